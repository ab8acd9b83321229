"""Tables as they are declared: columns, key, grain, and their types in Arrow, Ibis and SQL.

Belongs here: what a declaration is and what follows from it. Does not belong here: which tables there are; each slice
declares its own in its `tables`, and `catalogue` knows them all.
"""
