"""A gold table of what is known of customers.

Belongs here: what all of them have in common. Does not belong here: the tables (`tables`, and the files of `goods` and
`listed` that make them).
"""

from functools import partial

from arcana_assets.tables.table import Table
from arcana_assets.tables.types import TYPES

DECIMAL = TYPES["decimal"]  # of sums of money: exact, so they do not depend on the order of rows

gold = partial(Table, "gold", "customers")
"""Makes a table of gold that the UI shows among the customers; see `Table`."""
of_sales = partial(Table, "gold", "sales")
"""The same of what is sold."""
of_visits = partial(Table, "gold", "visits")
"""The same of who is there."""
