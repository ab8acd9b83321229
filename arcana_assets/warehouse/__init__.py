"""The warehouse: tables of the lake in a database, month by month, for BI tools and people who write SQL.

Belongs here: which tables there are, their rows, columns and views, and how a month takes its place in PostgreSQL and
SQLite. Does not belong here: gold tables (the slices), files for people (`publication`), SQL over the lake (`lake`).
"""
