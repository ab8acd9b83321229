"""The database of a domain: what its people call the columns that hold the clusters of a customer.

Belongs here: what `defs.yaml` may say of it. Does not belong here: its tables (`warehouse.tables`), where it is
(`deployment`).
"""

from pydantic import Field, field_validator

from arcana_assets.domain.names import Name
from arcana_assets.domain.yaml.file import Strict


class Warehouse(Strict):
    """The tables for BI tools."""

    clusters: dict[Name, Name] = Field(
        {},
        description="by segmentation or combination, the end of its column in the view `cluster_clientes_atual`: "
        "`value: rfv` is `cluster_rfv`; one that is not named here ends in its own name",
    )

    @field_validator("clusters")
    @classmethod
    def _differ(cls, clusters: dict[str, str]) -> dict[str, str]:
        if len(set(clusters.values())) < len(clusters):
            raise ValueError(f"columns need names of their own, found {', '.join(clusters.values())}")
        return clusters
