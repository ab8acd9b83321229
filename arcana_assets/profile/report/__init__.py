"""The page of the data profile: its sentences, tables and pictures.

Belongs here: what is said of the figures. Does not belong here: the figures, how pages look (`exports.pages`).
"""
