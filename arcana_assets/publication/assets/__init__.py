"""The assets of publications, and what their checks say.

Belongs here: wiring. Does not belong here: rows (`publication.rows`), columns (`publication.columns`), files
(`exports`).
"""
