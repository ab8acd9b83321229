"""Report: what is said of a programme, in the domain's language: nine answers, groups to act on, pictures.

Belongs here: words and small tables for business people. Does not belong here: the figures (`programme`, `forecast`,
`proof`), how pages look (`exports.pages`).
"""
