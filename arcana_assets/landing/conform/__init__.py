"""Conforming: from raw rows to the typed rows of an entity, or to the reasons why they are none.

Belongs here: expressions: months, fields, rules, rivals, refusal. Does not belong here: running them (`streaming`),
files (`files`), what a contract may say (`domain.contract`).
"""
