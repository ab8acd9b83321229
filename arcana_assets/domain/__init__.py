"""The vocabulary of the YAML files: typed models of domains, sources, entities and rules, with clear errors.

Belongs here: what a contract may say and what it means. Does not belong here: Dagster runs, storage, engines.
"""
