"""Entities: the typed schemas that every source is conformed to, with a description and a unit for each column.

Belongs here: what a column of silver means, a file a kind of company. Does not belong here: how a company spells it
(`domain.contract`), what is made of it (`domain.facets`).
"""
