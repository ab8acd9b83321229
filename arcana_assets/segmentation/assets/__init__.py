"""Segmentation as Dagster runs it: a file an asset, and what the UI shows of them.

Belongs here: which tables feed what, checks, metadata. Does not belong here: what is computed (the other rooms of
`segmentation`).
"""
