"""Publication: the files of the month for business people.

Belongs here: the list of them. Does not belong here: the assets (`assets`), the rows and columns (`rows`, `columns`).
"""

import dagster as dg

from arcana_assets.graph.spec import DomainSpec
from arcana_assets.publication.assets.files import publication_assets
from arcana_assets.publication.assets.reports import report_assets


def publication_files(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The publications that the domain has tables for; none where no source says who its customers are."""
    return [*publication_assets(spec), *report_assets(spec)] if spec.domain.facets else []
