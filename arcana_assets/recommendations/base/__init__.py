"""The base: all customers of a month, however many they are.

Belongs here: what is counted of them (`counts`), and how they wait, block by block, where they are not held at once
(`blocks`). Does not belong here: who has what (`interactions`), what is learned of counts (`recommenders`).
"""
