"""Previsões: what customers are likely to do, how sure that is, and who they are.

Belongs here: the screen in its parts. Does not belong here: what is said of one customer (`screens.customers`), what is
predicted (`arcana_assets.predictions`).
"""
