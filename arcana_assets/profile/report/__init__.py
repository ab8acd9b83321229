"""The page of the data profile: its sentences, tables and pictures, in Portuguese.

Belongs here: what is said of the figures. Does not belong here: the figures, how pages look (`exports.pages`).
"""
