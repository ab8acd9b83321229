"""What Dagster runs of loyalty: the ledger, the forecast, the proof, the report and its page.

Belongs here: reading tables, yielding what was made of them, checks as Dagster shows them. Does not belong here: what a
month becomes (`programme`, `forecast`, `proof`, `report`).
"""
