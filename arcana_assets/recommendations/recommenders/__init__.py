"""Recommenders: a file each, and the list of all that are compared.

Belongs here: how a recommender learns and scores. Does not belong here: the order of scores and what is left out of it
(`ranking`), which recommender serves (`serving`), what is said of an item (`evidence`, `reasons`).
"""
