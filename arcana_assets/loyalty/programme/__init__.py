"""A programme: its conditions, the ledger of its members, and one month of both.

Belongs here: who is a member and why. Does not belong here: what members will pay (`forecast`), whether they are better
customers (`proof`).
"""
