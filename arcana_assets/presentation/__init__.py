"""How a number, a table, a column or a picture is shown to people.

Belongs here: notation, labels, Markdown, the canvas of pictures. Does not belong here: what is shown; that is said by
who makes it (`loyalty.report`, `segmentation.pictures`, `catalogue`).
"""
