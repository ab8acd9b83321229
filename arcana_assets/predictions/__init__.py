"""Predictions: what each customer will do in the months after, as of a month, how sure that is, and what speaks for it.

Belongs here: learning from months whose outcome is known, judging on the last of them, probabilities and reasons. Does
not belong here: features (`customer_360`), revenue of groups (`loyalty.forecast`), what is sold to whom
(`recommendations`).
"""
