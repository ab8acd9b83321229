"""Pictures of segments as PNG bytes for business people: how chosen, how large, how they differ, who moved.

Belongs here: drawing what was already computed; the same input gives the same bytes, in any order of its rows.
Does not belong here: fitting, files, which months are drawn (`assets.pictures`), canvas and colours
(`presentation.drawing`).
"""
