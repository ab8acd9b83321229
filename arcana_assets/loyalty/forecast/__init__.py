"""Forecast: what members and the rest will pay in the next months, and what came of earlier forecasts.

Belongs here: models, intervals, which model serves. Does not belong here: who is a member (`programme`).
"""
