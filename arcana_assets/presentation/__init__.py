"""How a number, a table, a column or a picture is shown to people.

Belongs here: notation, labels, Markdown, what charts share and how one becomes a picture. Does not belong here: what is
shown; that is said by who makes it (`loyalty.report`, `segmentation.pictures`, `catalogue`).
"""
