"""Outliers: customers and events that stand out from those of their month, flagged and never removed.

Belongs here: the rules, the table of what they find, the flags of customer 360. Does not belong here: rows that cannot
be true, which the rules of a source refuse (`landing.conform`); what was reversed, line by line (`goods.reversals`).
"""
