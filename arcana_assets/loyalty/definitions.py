"""Loyalty: the ledger of the programmes, forecasts, proof and answers, and the page of them.

Belongs here: the list of them. Does not belong here: the assets (`assets`), what is computed (the other rooms).
"""

import dagster as dg

from arcana_assets.graph.spec import DomainSpec
from arcana_assets.loyalty.assets.forecast import loyalty_forecast_asset
from arcana_assets.loyalty.assets.ledger import loyalty_asset
from arcana_assets.loyalty.assets.page import loyalty_page_asset
from arcana_assets.loyalty.assets.proof import loyalty_proof_asset
from arcana_assets.loyalty.assets.report import loyalty_report_asset


def loyalty_tables(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The tables of the programmes; none where the domain has no programme."""
    if not spec.domain.programmes:
        return []
    return [make(spec) for make in (loyalty_asset, loyalty_forecast_asset, loyalty_proof_asset, loyalty_report_asset)]


def loyalty_files(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """What of the programmes is published as files."""
    return [loyalty_page_asset(spec)] if spec.domain.programmes else []
