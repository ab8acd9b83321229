"""What each customer owns, as of each month: of what was bought, of what is contracted, or of both.

Belongs here: which tables feed it, and whether most of what was bought is of an item that is told apart. Does not
belong here: what an item is (`customer_360.items`), what is bought and contracted (`goods.rollups`,
`listed.contracts`).
"""

from collections.abc import Mapping
from functools import partial

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins
from arcana_assets.customer_360.assets.silver import silver_ins, silver_rows
from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.tables import PRODUCT_CATEGORIES, TRANSACTIONS_BY_PRODUCT_MONTHLY
from arcana_assets.customer_360.identities import month_by_month
from arcana_assets.customer_360.items import ITEMS_OWNED
from arcana_assets.customer_360.listed import contracts
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake

TOLD_APART = "most_items_are_told_apart"
MOST_REST = 0.5  # of what was bought; beyond it lists are of what little is left
_BOUGHT, _CATEGORIES, _CONTRACTED = "by_product", "categories", "contracted"


def item_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Items owned, of a domain that knows what is bought or contracted."""
    domain = spec.domain
    if not domain.has_items:
        return []
    contracted = domain.sources_of("contracts") if domain.customers_from == "master" else []
    bought = TRANSACTIONS in domain.facets
    goods = {
        _BOUGHT: with_history(spec.key_of(TRANSACTIONS_BY_PRODUCT_MONTHLY)),
        _CATEGORIES: dg.AssetIn(spec.key_of(PRODUCT_CATEGORIES)),
    }

    key, level, other = spec.key_of(ITEMS_OWNED), domain.items.goods, domain.families.other
    # Who has put the rest into a group of items wants it told apart by no more than that.
    told = bought and not contracted and level != "product" and other not in domain.items.group_of
    most = f"Not most of what customers bought is without a {level}, or of a rare one"

    @table_asset(
        spec,
        ITEMS_OWNED.name,
        {"owned": ITEMS_OWNED},
        ins={**(goods if bought else {}), **silver_ins(spec, contracted), **identity_ins(spec)},
        checks=[dg.AssetCheckSpec(TOLD_APART, asset=key, description=most)] if told else [],
        by_month=["owned"] if bought else [],
        on_events=True,
    )
    def owned(
        context: dg.AssetExecutionContext, lake: Lake, events: dg.ResourceParam[EventEngine], **inputs: ir.Table
    ) -> Events:
        tables = {name: inputs[name] for name in goods if name in inputs}
        silver = silver_rows(inputs, contracted)
        if silver is not None:
            tables[_CONTRACTED] = silver
        run = Run.of(context, domain)
        made = month_by_month(partial(_owned, domain), tables, inputs.get(IDENTITIES), run.as_of_days, domain)
        yield dg.Output(made, "owned")
        if told:
            yield _told_apart(
                key, domain, events.small(shares_of_rest(lake.read(key.path, list(run.months), events), domain))
            )

    return [owned]


def shares_of_rest(owned: ir.Table, domain: CustomerDomain) -> ir.Table:
    """The share of what was paid in the lookback that is of the rest, of each month in which it is over half."""
    paid = owned.filter(owned.value > 0)
    rest = paid.value.sum(where=paid.item_id == domain.families.other).fill_null(0)
    shares = paid.group_by("month").agg(share=rest.cast("float64") / paid.value.sum().cast("float64"))
    return shares.filter(shares.share > MOST_REST).order_by("month")


def _told_apart(key: dg.AssetKey, domain: CustomerDomain, found: pa.Table) -> dg.AssetCheckResult:
    of, level = found.to_pylist(), domain.items.goods
    said = ", ".join(f"{row['share']:.0%} in {row['month']:%Y-%m}" for row in of)
    return verdict(
        key,
        TOLD_APART,
        not of,
        f"{said} of what customers bought is of '{domain.families.other}', which is recommended to nobody: see whether "
        f"a catalogue landed for the month and has the {level} of what is sold, and whether `rare_share`, or of "
        "categories by descriptions `families.minimum_products`, is too large"
        if of
        else "most of what customers bought is of an item that is told apart",
        {f"{row['month']:%Y-%m}": row["share"] for row in of},
    )


def _owned(domain: CustomerDomain, tables: Mapping[str, ir.Table], periods: ir.Table) -> ir.Table:
    items, parts = domain.items, []
    if _BOUGHT in tables:
        bought, categories = tables[_BOUGHT], tables[_CATEGORIES]
        if items.goods == "product":
            parts.append(rollups.items_owned(bought, categories, periods, items.group_of))
        else:
            folded = (items.goods, domain.families.other, items.rare_share)
            parts.append(rollups.levels_owned(bought, categories, periods, *folded, items.group_of))
    if _CONTRACTED in tables:
        parts.append(contracts.items_owned(tables[_CONTRACTED], periods, items.of, items.same, items.group_of))
    if len(parts) == 1:
        return parts[0]
    both = ibis.union(*(part.select(ITEMS_OWNED.arrow.names) for part in parts), distinct=False)
    return (
        both.group_by("customer_id", "month", "item_id")
        .agg(
            item_name=both.item_name.min(),
            since=both.since.min(),
            recent=both.recent.any(),
            value=both.value.sum().cast(DECIMAL),
        )
        .order_by("month", "customer_id", "item_id")
    )
