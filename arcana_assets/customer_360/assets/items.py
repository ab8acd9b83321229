"""What each customer owns, as of each month: of what was bought, of what is contracted, or of both.

Belongs here: which tables feed it. Does not belong here: what an item is (`customer_360.items`), what is bought and
contracted (`goods.rollups`, `listed.contracts`).
"""

from collections.abc import Mapping
from functools import partial

import dagster as dg
import ibis
import ibis.expr.types as ir

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
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset

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

    @table_asset(
        spec,
        ITEMS_OWNED.name,
        {"owned": ITEMS_OWNED},
        ins={**(goods if bought else {}), **silver_ins(spec, contracted), **identity_ins(spec)},
        by_month=["owned"] if bought else [],
        on_events=True,
    )
    def owned(context: dg.AssetExecutionContext, **inputs: ir.Table) -> ir.Table:
        tables = {name: inputs[name] for name in goods if name in inputs}
        silver = silver_rows(inputs, contracted)
        if silver is not None:
            tables[_CONTRACTED] = silver
        days = Run.of(context, domain).as_of_days
        return month_by_month(partial(_owned, domain), tables, inputs.get(IDENTITIES), days, domain)

    return [owned]


def _owned(domain: CustomerDomain, tables: Mapping[str, ir.Table], periods: ir.Table) -> ir.Table:
    items, parts = domain.items, []
    if _BOUGHT in tables:
        bought, categories = tables[_BOUGHT], tables[_CATEGORIES]
        if items.goods == "category":
            other = domain.families.other
            parts.append(rollups.categories_owned(bought, categories, periods, other, items.rare_share, items.group_of))
        else:
            parts.append(rollups.items_owned(bought, categories, periods, items.group_of))
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
