"""Loyalty: who is a member of each programme, what members will pay, what is shown of them, and the report.

Belongs here: one capability from its tables to its assets. Does not belong here: settings of a programme
(`domain.settings.loyalty`), the list of members as a file (`publication`).
"""
