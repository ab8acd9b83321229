"""Assets of predictions: the models of each, and what they say of every customer.

Belongs here: wiring, lineage, checks. Does not belong here: what is computed (the other files of the slice).
"""
