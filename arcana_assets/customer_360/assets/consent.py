"""How many customers agreed to what, and the checks that who refused is in no profile and on no list.

Belongs here: the asset, and these checks for whoever makes such rows. Does not belong here: what is counted
(`customer_360.consent`).
"""

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.consent import CONSENT_COVERAGE, MARKETING, PROFILING, consent_coverage, refused
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.commercial import CONSENT
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake

_CHECKS = {
    PROFILING: ("no_profile_without_consent", "No customer who refused to be profiled has a row"),
    MARKETING: ("no_list_without_consent", "No customer who refused to be profiled or contacted is on a list"),
}
_ASKED = {PROFILING: (PROFILING,), MARKETING: (PROFILING, MARKETING)}


def is_asked(domain: CustomerDomain) -> bool:
    """Whether the domain knows what its customers agreed to."""
    return CONSENT.name in domain.facets


def consent_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The table of consents, of a domain that knows them."""
    if not is_asked(spec.domain):
        return []

    @table_asset(
        spec,
        CONSENT_COVERAGE.name,
        {"coverage": CONSENT_COVERAGE},
        ins={"customers": dg.AssetIn(spec.key("gold", "customer_360"))},
    )
    def coverage(customers: ir.Table) -> ir.Table:
        return consent_coverage(customers)

    return [coverage]


def consent_specs(spec: DomainSpec, key: dg.AssetKey, purpose: str) -> list[dg.AssetCheckSpec]:
    """The check of a table that only customers who did not refuse may be in; none where nobody is asked."""
    name, words = _CHECKS[purpose]
    return [dg.AssetCheckSpec(name, asset=key, blocking=True, description=words)] if is_asked(spec.domain) else []


def consented(
    spec: DomainSpec, key: dg.AssetKey, purpose: str, run: Run, lake: Lake, engine: EventEngine
) -> list[dg.AssetCheckResult]:
    """Whether the table, as it was written, holds nobody who refused by customer 360 of the same months."""
    if not is_asked(spec.domain):
        return []
    months = list(run.months)
    customers = lake.read(spec.key("gold", "customer_360").path, months, engine)
    rows = engine.value(refused(lake.read(key.path, months, engine), customers, *_ASKED[purpose]).count())
    found = f"{rows} rows are of customers who refused" if rows else "nobody who refused is there"
    return [verdict(key, _CHECKS[purpose][0], not rows, found, {"rows": int(rows)}, blocking=True)]
