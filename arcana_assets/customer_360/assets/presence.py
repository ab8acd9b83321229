"""Silver to gold of who visits a place: days and months with visits, devices of staff, the house by the hour, offers.

Belongs here: which sources feed which tables, and that every row of silver is counted once. Does not belong here: what
is computed (`visitors`), whose a row is (`identities`).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.checks import adds_up, adds_up_spec
from arcana_assets.customer_360.assets.identities import identity_ins, under_customers
from arcana_assets.customer_360.assets.silver import silver_ins, silver_rows
from arcana_assets.customer_360.visitors import coupons, devices, presence
from arcana_assets.customer_360.visitors.tables import (
    COUPONS_MONTHLY,
    FOOTFALL_DAILY,
    PRESENCE_DAILY,
    PRESENCE_MONTHLY,
    STAFF_DEVICES,
)
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.visitors import COUPONS, PRESENCE
from arcana_assets.domain.months import spelled
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake

ALL_SEE, OWN_RECEIPTS = "every_source_sees", "receipts_are_of_who_bought"
_RECEIPTS = f"No customer has {coupons.MANY_A_DAY} or more orders on a day"
_SEEING = "Every source that tells of visits has rows in every month"
_SEES = ("visits", "wifi_sessions", "transactions", "app_events")  # entities that tell that a customer was there


def presence_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The tables of visits, devices and offers that a domain has sources of."""
    facets = spec.domain.facets
    return [
        *([_presence(spec), _monthly(spec)] if PRESENCE.name in facets else []),
        *([_devices(spec)] if PRESENCE.name in facets else []),
        *([_coupons(spec)] if COUPONS.name in facets else []),
    ]


def _rows(entities: tuple[str, ...], domain: CustomerDomain, inputs: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Silver of the entities that the domain has, under its customers."""
    found = {each: silver_rows(inputs, domain.sources_of(each)) for each in entities}
    return {each: under_customers(each, rows, inputs) for each, rows in found.items() if rows is not None}


def _ins(spec: DomainSpec, *entities: str) -> dict[str, dg.AssetIn]:
    sources = [source for each in entities for source in spec.domain.sources_of(each)]
    return {**silver_ins(spec, sources), **identity_ins(spec)}


def _presence(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key_of(PRESENCE_DAILY)

    @table_asset(
        spec,
        "presence_daily",
        {"daily": PRESENCE_DAILY},
        ins=_ins(spec, *_SEES),
        checks=[adds_up_spec(key), dg.AssetCheckSpec(ALL_SEE, asset=key, description=_SEEING)],
        by_month=["daily"],
        on_events=True,
    )
    def daily(
        context: dg.AssetExecutionContext, lake: Lake, events: dg.ResourceParam[EventEngine], **inputs: ir.Table
    ) -> Events:
        rows = presence.seen(_rows(_SEES, domain, inputs), domain.timezone)
        yield dg.Output(presence.presence_daily(rows), "daily")
        run = Run.of(context, domain)
        yield adds_up(key, presence.COUNTED, events.value(rows.count()), run, lake, events)
        yield _all_see(key, _blind(domain, inputs, run.months, events))

    return daily


def _blind(
    domain: CustomerDomain, inputs: Mapping[str, ir.Table], months: Sequence[date], engine: EventEngine
) -> dict[str, list[date]]:
    """The months in which a source of what sees customers has no row, by its name."""
    found = {}
    for source in (source for each in _SEES for source in domain.sources_of(each)):
        there = engine.small(inputs[f"of_{source.name}"].select("month").distinct())
        if without := [month for month in months if month not in set(there.column("month").to_pylist())]:
            found[source.name] = without
    return found


def _all_see(key: dg.AssetKey, blind: Mapping[str, Sequence[date]]) -> dg.AssetCheckResult:
    said = "; ".join(f"{source} has no row in {spelled(months)}" for source, months in sorted(blind.items()))
    return verdict(
        key,
        ALL_SEE,
        not blind,
        f"{said}: visits of these months are those that the other sources saw"
        if blind
        else "every source saw somebody",
        {source: [f"{month:%Y-%m}" for month in months] for source, months in blind.items()},
    )


def _own_receipts(key: dg.AssetKey, customers: int) -> dg.AssetCheckResult:
    said = (
        f"{customers} customers have {coupons.MANY_A_DAY} or more orders on a day, as who hands in receipts of others"
    )
    return verdict(
        key,
        OWN_RECEIPTS,
        not customers,
        f"{said}; they stay in all numbers, and `most_orders_a_day` of customer 360 names them"
        if customers
        else "none",
        {"customers": int(customers)},
    )


def _monthly(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, daily_key, key = spec.domain, spec.key_of(PRESENCE_DAILY), spec.key_of(PRESENCE_MONTHLY)

    @table_asset(
        spec,
        "presence_monthly",
        {"monthly": PRESENCE_MONTHLY},
        ins={"daily": dg.AssetIn(daily_key)},
        checks=[adds_up_spec(key)],
        on_events=True,
    )
    def monthly(
        context: dg.AssetExecutionContext, lake: Lake, events: dg.ResourceParam[EventEngine], daily: ir.Table
    ) -> Events:
        yield dg.Output(presence.presence_monthly(daily, domain.timezone), "monthly")
        run = Run.of(context, domain)
        yield adds_up(key, "visits", lake.rows(daily_key.path, list(run.months)), run, lake, events)

    return monthly


def _devices(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key_of(FOOTFALL_DAILY)

    @table_asset(
        spec,
        "devices",
        {"staff": STAFF_DEVICES, "footfall": FOOTFALL_DAILY},
        ins=_ins(spec, "wifi_sessions"),
        checks=[adds_up_spec(key)],
        by_month=["staff", "footfall"],
        on_events=True,
    )
    def seen(
        context: dg.AssetExecutionContext, lake: Lake, events: dg.ResourceParam[EventEngine], **inputs: ir.Table
    ) -> Events:
        run = Run.of(context, domain)
        rows = _rows(("wifi_sessions",), domain, inputs)
        if not rows:
            yield dg.Output(STAFF_DEVICES.arrow.empty_table(), "staff")
            yield dg.Output(FOOTFALL_DAILY.arrow.empty_table(), "footfall")
            yield adds_up(key, "sessions", 0, run, lake, events)
            return
        sessions = rows["wifi_sessions"]
        yield dg.Output(devices.staff_devices(sessions, domain.timezone), "staff")
        staff = lake.read(spec.key_of(STAFF_DEVICES).path, list(run.months), events)
        yield dg.Output(devices.footfall_daily(sessions, staff, domain.timezone), "footfall")
        yield adds_up(key, "sessions", events.value(sessions.count()), run, lake, events)

    return seen


def _coupons(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key_of(COUPONS_MONTHLY)

    @table_asset(
        spec,
        "coupons",
        {"monthly": COUPONS_MONTHLY},
        ins=_ins(spec, "transactions"),
        checks=[adds_up_spec(key), dg.AssetCheckSpec(OWN_RECEIPTS, asset=key, description=_RECEIPTS)],
        by_month=["monthly"],
        on_events=True,
    )
    def monthly(
        context: dg.AssetExecutionContext, lake: Lake, events: dg.ResourceParam[EventEngine], **inputs: ir.Table
    ) -> Events:
        lines = _rows(("transactions",), domain, inputs)["transactions"]
        yield dg.Output(coupons.coupons_monthly(lines, domain.timezone), "monthly")
        known = events.value(lines.customer_id.count())
        run = Run.of(context, domain)
        yield adds_up(key, "lines", known, run, lake, events)
        kept = lake.read(key.path, list(run.months), events)
        many = kept.filter(kept.most_a_day >= coupons.MANY_A_DAY)
        yield _own_receipts(key, events.value(many.customer_id.nunique()))

    return monthly
