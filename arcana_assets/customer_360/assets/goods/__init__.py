"""What Dagster runs for who buys: rollups of sales, categories, customer 360 of who has no master.

Belongs here: which tables feed them, over which months. Does not belong here: what is computed (`customer_360.goods`).
"""
