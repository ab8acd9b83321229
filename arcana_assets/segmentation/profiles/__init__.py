"""Profiles: what is told of each segment, with numbers, in words and by customers who stand for it.

Belongs here: describing segments already assigned and named. Does not belong here: finding them (`models`), naming them
(`personas`), drawing them (`pictures`).
"""
