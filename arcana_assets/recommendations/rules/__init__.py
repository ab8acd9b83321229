"""Rules of recommendations about customers and about items: the audience, and upgrades.

Belongs here: a rule that the domain says, a file each. Does not belong here: all rules together over pairs of customer
and item (`eligibility`), what a domain may say (`domain.settings`).
"""
