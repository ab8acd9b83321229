"""What makes the graph run by itself: months to refresh, jobs, schedules and sensors.

Belongs here: when something runs, and what runs together. Does not belong here: what an asset computes (the slices),
whether a deployment wants it to run (`components`).
"""
