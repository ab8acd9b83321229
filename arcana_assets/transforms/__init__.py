"""Table to table, as Ibis expressions that DuckDB and Spark both compile.

Does not belong here: Dagster, files, the clock, the environment (those are `assets` and `resources`), arrays (`ml`).
"""
