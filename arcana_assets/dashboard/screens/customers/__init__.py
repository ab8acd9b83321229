"""Screens of customers by code: any part of them as a list, and one in full.

Belongs here: what only who has the role `customers` may see from the top. Does not belong here: totals (the screens
beside this folder), the list behind a prediction (`screens.predictions`).
"""
