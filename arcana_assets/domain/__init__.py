"""The vocabulary of the YAML files: typed models of domains, sources, entities and rules, with clear errors.

Belongs here: what YAML may say and may name, and what that means; it reads YAML and writes nothing. Does not belong
here: Dagster, storage, engines, pages about a domain (`catalogue`), columns that only code names (each slice's
`tables`).
"""
