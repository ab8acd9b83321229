"""Erasure: a customer who asks for it is in no table, file or log any more, and does not come back.

Belongs here: the key and the register of erased customers, requests, which rows are theirs, the traces that rewriting
leaves, the scan of every byte and the proof of it. Does not belong here: refusing rows that land (`landing.erased`),
the job (`automation.erasure`).
"""
