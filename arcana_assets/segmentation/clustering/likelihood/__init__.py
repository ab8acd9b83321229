"""Likelihood: groups by how likely a customer is in each, and not by how far from its centre.

Belongs here: mixtures of Gaussians, latent classes, persona labels, each as plain arrays. Does not belong here: a rule
as one of several (`clustering.clusterers`), which one is taken (`clustering.gate`).
"""
