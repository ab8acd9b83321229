"""What is known of who visits a place, month by month: presence, the Wi-Fi's devices, offers that were used.

Belongs here: rollups of silver of several entities. Does not belong here: facets made of them (`listed`), whose an
identifier is (`identities`), what is bought (`goods`).
"""
