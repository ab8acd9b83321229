"""The Dagster component that turns the folder of a domain into assets, jobs, schedules and sensors."""

from arcana_assets.components.customer_domain import CustomerDomainComponent

__all__ = ["CustomerDomainComponent"]
