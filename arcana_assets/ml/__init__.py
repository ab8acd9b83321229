"""Arrays and frames to results, with numpy and scikit-learn: product families, segmentations, recommenders.

Does not belong here: Dagster, files, the clock, randomness without a seed; SQL-shaped work (that is `transforms`).
"""
