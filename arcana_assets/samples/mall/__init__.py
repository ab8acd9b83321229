"""A shopping centre that sees its members by receipts, visits, Wi-Fi and its app.

Belongs here: its stores, members, what they do in a month, and the dirt of those who record it. Does not belong here:
the retailer (`retail`), the software company (`b2b`).
"""
