"""What is built: one folder per customer domain.

Belongs here: YAML only. Does not belong here: how it is built (`components`), what the YAML may say (`domain`).
"""
