"""Recommendations: for each customer what the segment buys most and the customer never bought, with the reason.

Belongs here: what a recommender learns from and how its lines are written. Does not belong here: the recommenders
(`ml.recommenders`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.assets.spec import DomainSpec, Run, lineage, with_history
from arcana_assets.domain.customer_domain import Recommendations
from arcana_assets.domain.months import shifted
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake_io import failures

NEVER_OWNED, DISTINCT = "no_item_already_bought", "no_item_twice"
RECOMMENDATIONS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("month", pa.date32()),
        ("rank", pa.int64()),
        ("item_id", pa.string()),
        ("item_name", pa.string()),
        ("score", pa.float64()),
        ("recommender", pa.string()),
        ("reason", pa.string()),
        ("segment", pa.string()),
        ("buyers", pa.int64()),
        ("segment_customers", pa.int64()),
    ]
)


def recommendation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The recommendations of a domain."""
    domain, key = spec.domain, spec.key("gold", "recommendations")

    @dg.multi_asset(
        name=f"{domain.name}_recommendations",
        ins={
            "bought": with_history(spec.key("gold", "transactions_by_product_monthly")),
            "segments": dg.AssetIn(spec.key("gold", "segments")),
            "products": dg.AssetIn(spec.key("gold", "product_categories")),
        },
        outs={
            "recommendations": spec.out(
                "gold",
                "recommendations",
                f"Up to {offers.top} items for each customer, with score, evidence and the reason in a sentence.",
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                NEVER_OWNED,
                asset=key,
                blocking=True,
                description="No customer is recommended what the customer bought before",
            ),
            dg.AssetCheckSpec(
                DISTINCT, asset=key, blocking=True, description="No customer is recommended one item twice"
            ),
        ],
        **spec.options,
    )
    def recommendations(
        context: dg.AssetExecutionContext, engine: Engine, bought: ir.Table, segments: ir.Table, products: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            table = pa.concat_tables(
                [_for_month(month, spec, offers, engine, bought, segments, products) for month in run.months]
            )
            repeated = _already_bought(table, bought, engine)
        covered = len(set(table.column("customer_id").to_pylist()))
        yield dg.Output(
            table,
            "recommendations",
            metadata={
                "customers": covered,
                "items": len(set(table.column("item_id").to_pylist())),
                "dagster/column_lineage": _lineage(spec),
            },
        )
        pairs = table.select(["month", "customer_id", "item_id"]).to_pandas()
        yield dg.AssetCheckResult(
            asset_key=key, check_name=NEVER_OWNED, passed=repeated == 0, metadata={"rows": repeated}
        )
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=DISTINCT,
            passed=not pairs.duplicated().any(),
            metadata={"rows": int(pairs.duplicated().sum())},
        )

    return recommendations


def _for_month(
    month: date,
    spec: DomainSpec,
    offers: Recommendations,
    engine: Engine,
    bought: ir.Table,
    segments: ir.Table,
    products: ir.Table,
) -> pa.Table:
    from arcana_assets.ml.recommenders import Interactions, PopularInSegment, reason_sentence, recommend

    domain = spec.domain
    so_far = bought.filter(bought.month <= month, bought.orders > 0)
    pairs = so_far.group_by("customer_id", item_id=so_far.product_id).agg(last=so_far.month.max())
    owned = engine.backend.to_pyarrow(pairs.order_by("customer_id", "item_id")).to_pandas()
    recent = owned[owned["last"] >= shifted(month, 1 - domain.lookback_months)]
    mine = segments.filter(segments.month == month, segments.segmentation == offers.segmentation)
    labels = engine.backend.to_pyarrow(
        mine.select("customer_id", segment="persona").order_by("customer_id")
    ).to_pandas()
    interactions = Interactions.from_frames(
        owned[["customer_id", "item_id"]], recent[["customer_id", "item_id"]], labels
    )
    recommender = PopularInSegment().fit(interactions)
    lines = recommend(recommender, interactions, top=offers.top)
    names = engine.backend.to_pyarrow(products.filter(products.month == month).select("product_id", "name")).to_pandas()
    lines = lines.assign(
        month=month,
        recommender=recommender.name,
        item_name=lines["item_id"].map(names.set_index("product_id")["name"]).fillna(lines["item_id"]),
        reason=[
            reason_sentence(buyers, customers, segment, domain.lookback_months)
            for buyers, customers, segment in zip(
                lines["buyers"], lines["segment_customers"], lines["segment"], strict=True
            )
        ],
    )
    return pa.Table.from_pandas(lines[RECOMMENDATIONS.names], schema=RECOMMENDATIONS, preserve_index=False)


def _already_bought(table: pa.Table, bought: ir.Table, engine: Engine) -> int:
    """Recommended items with a sale to the same customer up to the same month, counted from the rollup itself."""
    lines = ibis.memtable(table.select(["customer_id", "month", "item_id"])).rename(as_of="month")
    sales = bought.filter(bought.orders > 0).select(buyer="customer_id", item="product_id", month="month")
    again = lines.semi_join(
        sales, [lines.customer_id == sales.buyer, lines.item_id == sales.item, sales.month <= lines.as_of]
    )
    return int(engine.backend.execute(again.count()))


def _lineage(spec: DomainSpec) -> dg.TableColumnLineage:
    bought, segments, products = (
        spec.key("gold", name) for name in ("transactions_by_product_monthly", "segments", "product_categories")
    )
    evidence = [(bought, "product_id"), (bought, "orders"), (segments, "persona")]
    return lineage(
        {
            "customer_id": [(segments, "customer_id")],
            "month": [(segments, "month")],
            "item_id": [(bought, "product_id")],
            "item_name": [(products, "name")],
            **dict.fromkeys(("rank", "score", "buyers", "segment_customers", "reason"), evidence),
            "segment": [(segments, "persona")],
        }
    )
