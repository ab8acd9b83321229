"""Clustering: points, ways to group them, what a grouping is worth, which one is taken.

Belongs here: what knows points and labels only. Does not belong here: ids, names and months of segments (`models`).
"""
