"""Recommendations: what each customer may want next, why, what it may bring, and what came of it.

Belongs here: one capability from its tables to its assets; the files beside `assets` know no run and no storage. The
lists of a month are made in `month`: who may be recommended what (`eligibility`, with `rules`), the order (`ranking`,
by one of the `recommenders`), what speaks for an item (`evidence`) and the sentence of it (`reasons`), what it may
bring (`value`). Which recommender serves is decided in `evaluation` (`leaderboard`, `serving`); what came of lists is
counted in `results`. Does not belong here: what customers own (`customer_360`), their segments (`segmentation`), the
files of lists (`publication`), what a domain may say of recommendations (`domain.settings`).
"""
