"""DuckDB in this process: the one room that knows it.

Belongs here: connections, its SQL, chains of expressions that it runs as one query, rows that it keeps aside. Does not
belong here: what is computed (the slices), and where tables are kept (`lake`).
"""
