"""Models: fitted segmentations that serve month after month, and which fit serves a month.

Belongs here: fitting, ids that stay, drift, the decision of a month, scoring. Does not belong here: groups of points
(`clustering`), names (`personas`), what is told of segments (`profiles`).
"""
