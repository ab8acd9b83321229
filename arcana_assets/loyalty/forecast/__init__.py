"""Forecast: what members, the rest, and each customer will pay in the next months, and what came of earlier forecasts.

Belongs here: models, intervals, which model serves. Does not belong here: who is a member (`programme`).
"""
