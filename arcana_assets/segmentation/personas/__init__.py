"""Personas: where segments lie in the base, and what business people call them.

Belongs here: positions and names. Does not belong here: what `defs.yaml` may say of names (`domain.settings.personas`),
paragraphs and rules of membership (`profiles`).
"""
