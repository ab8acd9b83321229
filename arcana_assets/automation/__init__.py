"""What makes the graph run by itself: months to refresh, jobs, schedules and sensors.

Does not belong here: what an asset computes (`assets`), and whether a deployment wants it to run (`definitions`).
"""
