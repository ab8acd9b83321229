"""Benchmarks: the claims of the docs, measured, one script a claim.

Belongs here: what is compared with what, and the goal. Does not belong here: tests of results (`arcana_assets_tests`);
a benchmark only makes sure that both of its sides did the same work.
"""
