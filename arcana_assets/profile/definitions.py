"""Profile: the tables of it, and the page.

Belongs here: the list of them. Does not belong here: the assets (`assets`), what is measured (the other files).
"""

from collections.abc import Sequence

import dagster as dg

from arcana_assets.graph.spec import DomainSpec
from arcana_assets.profile.assets.page import profile_page_asset
from arcana_assets.profile.assets.profile import profile_asset
from arcana_assets.tables.table import Table


def profile_tables(spec: DomainSpec, tables: Sequence[Table]) -> list[dg.AssetsDefinition]:
    """The profile and the findings of a domain with these tables, all but the two themselves."""
    return [profile_asset(spec, tables)] if spec.domain.facets else []


def profile_files(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """What of the profile is published as files."""
    return [profile_page_asset(spec)] if spec.domain.facets else []
