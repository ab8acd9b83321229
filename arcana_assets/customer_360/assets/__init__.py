"""What Dagster runs from silver to the feature matrix.

Belongs here: which tables feed which, over which months, and checks of what was written. Does not belong here: what is
computed (`goods`, `listed`, and the files that both use).
"""
