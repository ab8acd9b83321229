"""What `defs.yaml` may say, a model a key, in the words of who reads customers.

Belongs here: which values a setting can have and what they mean. Does not belong here: the domain that has them
(`domain.customer_domain`), what is computed with them (the slices).
"""
