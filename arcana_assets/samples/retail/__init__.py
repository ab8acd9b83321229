"""A retailer that sells goods to customers: invoices in the layout of Online Retail.

Belongs here: its goods, customers, orders and their dirt. Does not belong here: the software company (`b2b`).
"""
