"""The expressions of a company with customers under contract, each on tables with the columns the one before makes."""

from datetime import date

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360 import identities
from arcana_assets.customer_360.consent import consent_coverage
from arcana_assets.customer_360.features import counted_values, indicators, item_indicators, listed_features, with_items
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.customers import category_columns
from arcana_assets.customer_360.goods.customers import customer_360 as goods_customers
from arcana_assets.customer_360.goods.tables import PRODUCT_CATEGORIES
from arcana_assets.customer_360.identities import CUSTOMER_IDENTITIES
from arcana_assets.customer_360.listed import (
    contracts,
    master,
    proposals,
    purchases,
    subscriptions,
    surveys,
    tickets,
    usage,
)
from arcana_assets.customer_360.listed.customers import listed_customers
from arcana_assets.customer_360.outliers.flags import with_flags
from arcana_assets.customer_360.outliers.measured import measured_listed
from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.customer_360.visitors import app_events, coupons, devices, presence
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets_tests.customer_360.listed.silver_rows import PERIODS, schema

ZONE = "America/Sao_Paulo"
SAME = [" - (LICENCA|MANUTENCAO)$"]
WHEN = ibis.table(dict.fromkeys(PERIODS, "date"), name="periods")


def silver(entity: str, name: str = "") -> ir.Table:
    return ibis.table(schema(entity), name=name or f"silver_{entity}")


def made(expression: ir.Table, name: str) -> ir.Table:
    """A table of the expression's columns: each stage reads what the one before wrote."""
    return ibis.table(expression.schema(), name=name)


def _statements() -> ir.Table:
    return silver("customers").mutate(source=ibis.literal("clients"))


def _rollups() -> dict[str, ir.Table]:
    return {
        "customers": master.customers(_statements(), {"Sul": ["PR", "RS", "SC"], "Norte": ["AM"]}),
        "items_owned": contracts.items_owned(silver("contracts"), WHEN, "product_line", SAME),
        "subscriptions_monthly": subscriptions.subscriptions_monthly(silver("subscriptions")),
        "proposals_monthly": proposals.proposals_monthly(silver("proposals")),
        "tickets_monthly": tickets.tickets_monthly(silver("tickets"), ZONE, {"urgent": 8.0, "low": 168.0}),
        "surveys_monthly": surveys.surveys_monthly(silver("surveys")),
        "survey_aspects_monthly": surveys.survey_aspects_monthly(silver("surveys")),
        "usage_daily": usage.usage_daily(silver("usage"), ZONE, 24 * 3600),
        "usage_modules_monthly": usage.usage_modules_monthly(silver("usage")),
        "app_events_monthly": app_events.app_events_monthly(silver("app_events")),
        **_of_visitors(),
    }


def _of_visitors() -> dict[str, ir.Table]:
    seen = {name: silver(name) for name in ("visits", "wifi_sessions", "transactions", "app_events")}
    daily, staff = (
        presence.presence_daily(presence.seen(seen, ZONE)),
        devices.staff_devices(silver("wifi_sessions"), ZONE),
    )
    return {
        "presence_daily": daily,
        "presence_monthly": presence.presence_monthly(made(daily, "presence_daily"), ZONE),
        "staff_devices": staff,
        "footfall_daily": devices.footfall_daily(silver("wifi_sessions"), made(staff, "staff_devices"), ZONE),
        "coupons_monthly": coupons.coupons_monthly(silver("transactions"), ZONE),
    }


ROLLUPS = _rollups()
_READ = {name: made(expression, name) for name, expression in ROLLUPS.items()}

FACET_TABLES: dict[str, ir.Table] = {
    "contracts": contracts.contracts(silver("contracts"), WHEN, "product_line", SAME),
    "subscriptions": subscriptions.subscriptions(
        _READ["subscriptions_monthly"], silver("subscriptions", "silver_yearly"), WHEN
    ),
    "proposals": proposals.proposals(_READ["proposals_monthly"], WHEN),
    "purchases": purchases.purchases(silver("purchases"), WHEN),
    "tickets": tickets.tickets(_READ["tickets_monthly"], WHEN, ["urgent", "high"]),
    "surveys": surveys.surveys(_READ["surveys_monthly"], _READ["survey_aspects_monthly"], WHEN),
    "usage": usage.usage(_READ["usage_daily"], _READ["usage_modules_monthly"], WHEN, 3600),
    "transactions": goods_customers(
        made(rollups.transactions_monthly(silver("transactions"), ZONE), "transactions_monthly"),
        made(rollups.transactions_by_product_monthly(silver("transactions")), "transactions_by_product_monthly"),
        ibis.table(ibis.Schema.from_pyarrow(PRODUCT_CATEGORIES.arrow), name="categories"),
        WHEN,
        category_columns(["Bags"]),
        "Bags",
        2,
    ),
    "coupons": coupons.coupons(_READ["coupons_monthly"], WHEN, 2),
    "presence": presence.presence(_READ["presence_monthly"], _READ["staff_devices"], WHEN, 6),
    "identities": identities.identities(ibis.table(ibis.Schema.from_pyarrow(CUSTOMER_IDENTITIES.arrow), name="known")),
    "app_events": app_events.app_events(_READ["app_events_monthly"], WHEN),
}
"""Facets by name, but for profile and consent."""

_FACETS = {name: made(table, f"facet_{name}") for name, table in FACET_TABLES.items()}
CUSTOMER_360 = with_flags(
    listed_customers(_READ["customers"], _FACETS, asked=True),
    ibis.table(ibis.Schema.from_pyarrow(OUTLIERS.arrow), name="outliers"),
)
_BLOCKS = {
    "segment": indicators("segment", [(date(2024, 6, 1), "Bags", 99), (date(2024, 6, 1), "Rare", 0)]),
    "region": indicators("region", [(date(2024, 5, 1), "Bags", 1), (date(2024, 6, 1), "Bags", 1)]),
}
FEATURES = with_items(
    listed_features(made(CUSTOMER_360, "customer_360"), list(FACETS), _BLOCKS),
    _READ["items_owned"],
    item_indicators([(date(2024, 6, 1), "Bags", 9)], {date(2024, 6, 1): 9}),
)

GOLD: dict[str, ir.Table] = {
    **ROLLUPS,
    "source_coverage": master.coverage(
        "support", "tickets", silver("tickets"), _READ["customers"], ibis.table({"month": "date"}, name="months")
    ),
    "customer_360": CUSTOMER_360,
    "consent_coverage": consent_coverage(made(CUSTOMER_360, "customer_360")),
    "feature_matrix": FEATURES,
}
"""Gold tables by name."""

OTHERS: dict[str, ir.Table] = {
    **{f"facet of {name}": table for name, table in FACET_TABLES.items()},
    "dated surveys": surveys.COMPUTATION.rows(
        silver("surveys"), silver("surveys", "silver_surveys_of_tickets"), silver("tickets")
    ),
    "customers without regions": master.customers(_statements(), {}),
    "subscriptions by month only": subscriptions.subscriptions(_READ["subscriptions_monthly"], None, WHEN),
    "subscriptions by year only": subscriptions.subscriptions(None, silver("subscriptions"), WHEN),
    "tickets without targets": tickets.tickets_monthly(silver("tickets"), ZONE, {}),
    "tickets of which none is urgent": tickets.tickets(_READ["tickets_monthly"], WHEN, []),
    "measures of outliers": measured_listed(_READ["customers"], _FACETS),
    "counted values": counted_values(made(CUSTOMER_360, "customer_360"), "segment"),
}
"""What is no table of its own, and tables of domains that say less."""
