"""From silver to what is known of each customer as of the end of each month, and that as features.

Belongs here: sums by month, customer 360, the feature matrix, items owned. Does not belong here: how rows come into
silver (`landing`), what is made of what is known (`segmentation`, `recommendations`, `loyalty`).
"""
