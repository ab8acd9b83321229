"""Spark, reached over Connect: the engine of events for those who have more of them than a machine.

Belongs here: its SQL, its sessions, its files. Does not belong here: what is computed (the slices), the commit of what
it wrote (`lake`).
"""
