"""The screens of the page, one file each: `show` draws it for a place and a viewer.

Belongs here: what a screen asks and in which order it tells it. Does not belong here: questions that several ask
(`queries`), how tables and figures look (`parts`, `charts`), who may see it (`access`).
"""
