"""Where expressions run, and the few functions that each engine spells its own way.

Belongs here: the engine, chains of expressions that it runs as one query, rows that it keeps aside, and what its
messages mean. Does not belong here: what is computed (the slices), and where tables are kept (`lake`).
"""
