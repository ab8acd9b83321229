"""A software company that sells subscriptions to companies: contracts, revenue, proposals, surveys, tickets, usage.

Belongs here: its customers, products and files, and their dirt. Does not belong here: the retailer (`folder`).
"""
