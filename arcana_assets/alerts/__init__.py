"""Alerts: whoever is on call hears of what went wrong before a customer does, and of its end.

Belongs here: what is found, what is open, who is told of it and how. Does not belong here: the checks that find it (the
slices), how runs of dead processes are ended (`automation`).
"""
