"""Reports for print: the personas of a month, a sheet each, and the month on two sheets.

Belongs here: what is said on them. Does not belong here: which tables feed them (`assets`), how pages look
(`exports.pages`).
"""
