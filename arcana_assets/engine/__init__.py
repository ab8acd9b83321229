"""Where expressions run: what an engine has to do, and an engine a folder.

Belongs here: the protocol of engines, the few functions that each spells its own way, blocks and samples of rows, what
an engine's messages mean. Does not belong here: what is computed (the slices), and where tables are kept (`lake`).
"""
