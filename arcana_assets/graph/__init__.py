"""What all assets of a domain share, said once: keys, runs, inputs, failures, and how tables reach the lake.

Belongs here: Dagster's words for domains, tables and runs. Does not belong here: what any asset computes (the slices),
Delta and files (`lake`, `exports`), when something runs (`automation`).
"""
