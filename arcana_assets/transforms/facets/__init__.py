"""Facets of customer 360, one file an entity: its rollup by month, and what it says of each customer as of a month.

A facet is a table of customer_id, month and the columns that `domain.facets` describes, with a row for each customer
that anything is known of; customers that nothing is known of have no row. Does not belong here: joining facets.
"""
