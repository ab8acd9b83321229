"""Profile of the data: what each column of silver and gold holds, what was refused, and what the base looks like.

Belongs here: measuring tables that others made, and the page of it. Does not belong here: which tables there are
(`catalogue`), drift of the features of a model (`segmentation`).
"""
