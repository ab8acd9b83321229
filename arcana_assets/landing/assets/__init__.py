"""Assets of a source: its files, bronze, and silver with quarantine; and their checks.

Belongs here: what Dagster runs and is told. Does not belong here: reading files (`files`), judging rows (`conform`).
"""
