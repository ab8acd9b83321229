"""Tracking: fits of models as MLflow runs, embedded or on a server.

Belongs here: what is kept of a fit, and where. Does not belong here: fitting, and which fit serves (`segmentation`,
`predictions`); no table is computed from what is kept here.
"""
