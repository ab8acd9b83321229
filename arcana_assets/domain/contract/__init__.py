"""Contracts of sources: what `sources/*.yaml` may say of files, columns and rules.

Belongs here: the models of these files, and whether their parts agree. Does not belong here: entities that sources are
conformed to (`domain.entities`), reading and judging rows (`landing`).
"""
