"""Methods: candidates that say how likely an event is, each as data that scores by itself.

Belongs here: fitting and scoring, a file a kind. Does not belong here: who serves (`champion`), measures (`measures`).
"""
