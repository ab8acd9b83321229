"""The files of the month for business people: which there are, their rows, their columns.

Belongs here: publications made of tables alone. Does not belong here: files that a capability draws itself (the page of
`loyalty`, the pictures of `segmentation`), the formats (`exports`).
"""
