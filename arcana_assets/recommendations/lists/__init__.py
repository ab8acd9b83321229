"""Lists on their way: the rows of a month while they are made, a block of customers after the other.

Belongs here: where they wait (`kept`), and what they add up to (`counted`). Does not belong here: making them
(`month`), the tables that they become (`tables`).
"""
