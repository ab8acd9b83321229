"""Samples: invented companies that deliver files with the dirt of real ones, and the truth that was planted in them.

Belongs here: making those files, to the byte the same for a seed. Does not belong here: reading them (`landing`), and
anything that a company's own files need. Used by `cli` and tests only.
"""
