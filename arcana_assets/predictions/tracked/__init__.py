"""Tracked fits: what MLflow keeps of a prediction, and the code that scores with what it kept.

Belongs here: parameters, measures, texts, and the file that is copied beside a model. Does not belong here: handing
them over (`assets.tracking`), MLflow itself (`tracking`).
"""
