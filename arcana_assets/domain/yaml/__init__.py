"""YAML read with its line numbers, and errors that name file, line, place and the nearest right key.

Belongs here: parsing and wording. Does not belong here: what a key means (`domain.contract`, `domain.settings`).
"""
