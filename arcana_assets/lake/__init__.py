"""The lake: every table of the platform as one Delta table, in a folder or a bucket.

Belongs here: writing, reading, names, months and upkeep of any table. Does not belong here: which tables there are and
what their columns mean (each slice's `tables`), Dagster's outputs and inputs (`graph.io_manager`).
"""
