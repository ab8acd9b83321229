"""The Dagster component that turns the folder of a domain into assets, jobs, schedules and sensors.

Belongs here: putting the slices together. Does not belong here: what a slice has (its `definitions`). The name below is
how `defs.yaml` calls it.
"""

from arcana_assets.components.customer_domain import CustomerDomainComponent

__all__ = ["CustomerDomainComponent"]
