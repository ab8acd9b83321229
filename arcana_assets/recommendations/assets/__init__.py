"""What Dagster runs of recommendations: the leaderboard, the lists, what came of them.

Belongs here: which tables are read, and what of the result the UI shows and checks. Does not belong here: what is made
of the frames that were read (`month`, `evaluation`, `results`).
"""
