"""Facets: what customer 360 knows of a customer, each by one entity; the words that YAML may name.

Belongs here: its columns, and the names of its features. Does not belong here: what a source says
(`domain.entities`), computing a facet (`customer_360.listed`).
"""
