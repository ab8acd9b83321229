"""The outside world: the lake (Delta), the engine (Ibis on DuckDB), landing files, the deployment's environment.

Does not belong here: what the tables mean (`transforms`, `ml`) and which assets exist (`assets`).
"""
