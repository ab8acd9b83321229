"""Pictures of segments for business people, as charts: how chosen, how large, how they differ, who moved.

Belongs here: making charts of what was already computed; the same input gives the same chart, in any order of its rows.
Does not belong here: fitting, files, which months are drawn (`assets.pictures`), what all charts share and how one
becomes a PNG (`presentation`).
"""
