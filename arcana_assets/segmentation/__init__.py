"""Segmentation: customers in groups that keep their names, from the choice of a clustering to who moved where.

Belongs here: grouping (`clustering`), naming (`personas`), the model of a month (`models`), what is told of segments
(`profiles`, `movement`, `pictures`), their tables. Does not belong here: the features (`customer_360`), what is offered
to whom (`recommendations`), programmes of members (`loyalty`).
"""
