"""The assets of the tables of the database, and what their checks say.

Belongs here: wiring. Does not belong here: rows (`warehouse.rows`), databases (`postgres`, `sqlite`).
"""
