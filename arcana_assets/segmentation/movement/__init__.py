"""Movement: who went from which segment to which, and what is said of it.

Belongs here: counting moves, sentences on moves and drift. Does not belong here: what a single move is due to
(`models.continuity`), measuring drift (`customer_360.drift`).
"""
