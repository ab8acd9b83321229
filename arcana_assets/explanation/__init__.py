"""Explanation: all that is held of one customer, and what the platform decided about it and why.

Belongs here: what a person may ask for by law (LGPD, articles 18 and 20), as JSON and as a page for paper. Does not
belong here: erasing it (`erasure`), the screen of a customer (`dashboard`).
"""
