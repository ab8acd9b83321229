"""Pseudonyms: what customers are called beyond silver, where a domain says so, and back again for those who own them.

Belongs here: names under a key, and tables under other names. Does not belong here: which columns hold customers
(`tables`), who is erased (`erasure`).
"""
