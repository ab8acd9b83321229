"""Assets of the profile.

Belongs here: which tables feed it, and what Dagster is told. Does not belong here: what is measured (the files beside
this folder), the words of the page (`report`).
"""
