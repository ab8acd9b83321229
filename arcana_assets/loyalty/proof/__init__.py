"""Proof: what the months after a ledger show of members, and what an experiment would take to show a cause.

Belongs here: comparing, matching, sample sizes. Does not belong here: who is a member (`programme`), what is said of it
(`report`).
"""
