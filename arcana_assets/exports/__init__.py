"""Files for people: CSV, workbooks and pages, where they lie, and how each takes its place.

Belongs here: the formats, reading back, places, and publishing. Does not belong here: what is in the files
(`publication`, `loyalty.report`, `segmentation.pictures`), tables (`lake`).
"""
