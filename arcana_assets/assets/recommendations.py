"""Recommendations: for each customer what the segment owns most and the customer does not, with the reason.

Belongs here: what a recommender learns from and how its lines are written. Does not belong here: the recommenders
(`ml.recommenders`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.assets.spec import DomainSpec, Run, lineage
from arcana_assets.domain.settings import Recommendations
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake_io import failures

MINIMUM_SUPPORT = 5  # customers who own both, for an item to speak for another
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
            "owned": dg.AssetIn(spec.key("gold", "items_owned")),
            "segments": dg.AssetIn(spec.key("gold", "segments")),
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
                description="No customer is recommended what the customer owns",
            ),
            dg.AssetCheckSpec(
                DISTINCT, asset=key, blocking=True, description="No customer is recommended one item twice"
            ),
        ],
        **spec.options,
    )
    def recommendations(
        context: dg.AssetExecutionContext, engine: Engine, owned: ir.Table, segments: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            table = pa.concat_tables([_for_month(month, spec, offers, engine, owned, segments) for month in run.months])
            repeated = _already_owned(table, owned, engine)
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
    month: date, spec: DomainSpec, offers: Recommendations, engine: Engine, owned: ir.Table, segments: ir.Table
) -> pa.Table:
    from arcana_assets.ml.recommendation_evidence import evidence, reason
    from arcana_assets.ml.recommenders import Interactions, PopularInSegment, recommend

    domain = spec.domain
    mine = owned.filter(owned.month == month).select("customer_id", "item_id", "item_name", "recent")
    pairs = engine.backend.to_pyarrow(mine.order_by("customer_id", "item_id")).to_pandas()
    # Goods are bought again and again, so what counts is lately; what is contracted is owned until it is cancelled.
    lookback = domain.lookback_months if domain.customers_from == "transactions" else None
    counted = pairs if lookback is None else pairs[pairs["recent"]]
    put = segments.filter(segments.month == month, segments.segmentation == offers.segmentation)
    labels = engine.backend.to_pyarrow(put.select("customer_id", segment="persona").order_by("customer_id")).to_pandas()
    interactions = Interactions.from_frames(
        pairs[["customer_id", "item_id"]], counted[["customer_id", "item_id"]], labels
    )
    recommender = PopularInSegment().fit(interactions)
    lines = recommend(recommender, interactions, top=offers.top)
    names = pairs.drop_duplicates("item_id").set_index("item_id")["item_name"]
    lines = pd.concat([lines, evidence(interactions, lines, MINIMUM_SUPPORT)], axis=1)
    verb = ("têm", "Contratado") if lookback is None else ("compraram", "Comprado")
    called = lines["item_id"].map(names)
    lines = lines.assign(
        month=month,
        recommender=recommender.name,
        item_name=called,
        reason=[
            reason(row, str(item), names.get(row.antecedent_item), verb, lookback)
            for row, item in zip(lines.itertuples(), called, strict=True)
        ],
    )
    return pa.Table.from_pandas(lines[RECOMMENDATIONS.names], schema=RECOMMENDATIONS, preserve_index=False)


def _already_owned(table: pa.Table, owned: ir.Table, engine: Engine) -> int:
    """Recommended items that the same customer owns as of the same month."""
    lines = ibis.memtable(table.select(["customer_id", "month", "item_id"]))
    return int(engine.backend.execute(lines.semi_join(owned, ["customer_id", "month", "item_id"]).count()))


def _lineage(spec: DomainSpec) -> dg.TableColumnLineage:
    owned, segments = (spec.key("gold", name) for name in ("items_owned", "segments"))
    evidence = [(owned, "item_id"), (owned, "recent"), (segments, "persona")]
    return lineage(
        {
            "customer_id": [(segments, "customer_id")],
            "month": [(segments, "month")],
            "item_id": [(owned, "item_id")],
            "item_name": [(owned, "item_name")],
            **dict.fromkeys(("rank", "score", "buyers", "segment_customers", "reason"), evidence),
            "segment": [(segments, "persona")],
        }
    )
