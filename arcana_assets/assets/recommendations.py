"""Recommendations: for each customer the items that the month's best recommender finds, with evidence and reason.

Belongs here: the lines, what is left out of them and why. Does not belong here: the recommenders (`ml.recommenders`),
which of them serves (`recommendation_evaluation`).
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.assets.recommendation_evaluation import interactions_of, lookback
from arcana_assets.assets.spec import DomainSpec, Run, lineage
from arcana_assets.domain.settings import Recommendations
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake_io import failures

NEVER_OWNED, DISTINCT = "no_item_already_bought", "no_item_twice"
COVERED, SPREAD = "customers_are_covered", "no_item_for_everybody"
LEAST_COVERED = 0.9  # of the customers who own something
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
        ("antecedent_item", pa.string()),
        ("antecedent_name", pa.string()),
        ("evidence_in", pa.string()),
        ("support", pa.int64()),
        ("antecedent_owners", pa.int64()),
        ("confidence", pa.float64()),
        ("lift", pa.float64()),
        ("probability", pa.float64()),
    ]
)
LEFT_OUT = pa.schema([("month", pa.date32()), ("reason", pa.string()), ("pairs", pa.int64()), ("items", pa.int64())])


def recommendation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The recommendations of a domain."""
    domain, key = spec.domain, spec.key("gold", "recommendations")

    @dg.multi_asset(
        name=f"{domain.name}_recommendations",
        ins={
            "owned": dg.AssetIn(spec.key("gold", "items_owned")),
            "segments": dg.AssetIn(spec.key("gold", "segments")),
            "evaluation": dg.AssetIn(spec.key("gold", "recommendation_evaluation")),
        },
        outs={
            "recommendations": spec.out(
                "gold",
                "recommendations",
                f"Up to {offers.top} items for each customer, with score, evidence and the reason in a sentence.",
            ),
            "left_out": spec.out(
                "gold", "recommendations_left_out", "Pairs of customer and item that may not be recommended, by reason."
            ),
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
            dg.AssetCheckSpec(
                COVERED,
                asset=key,
                description=f"At least {LEAST_COVERED:.0%} of who owns something has a recommendation",
            ),
            dg.AssetCheckSpec(
                SPREAD, asset=key, description=f"No item is recommended to more than {offers.most_recommended:.0%}"
            ),
        ],
        **spec.options,
    )
    def recommendations(
        context: dg.AssetExecutionContext, engine: Engine, owned: ir.Table, segments: ir.Table, evaluation: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            serving = evaluation.filter(evaluation.serves).select("month", "recommender", "calibration")
            served = engine.backend.to_pyarrow(serving).to_pandas()
            made = [_for_month(month, spec, offers, engine, owned, segments, served) for month in run.months]
            table = pa.concat_tables(lines for lines, _, _ in made)
            if unknown := sorted({item for _, _, items in made for item in items}):
                context.log.warning(f"The rules of recommendations name items that nobody owns: {', '.join(unknown)}")
            repeated = _already_owned(table, owned, engine)
            owners = int(engine.backend.execute(owned.select("month", "customer_id").distinct().count()))
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
        left_out = pd.concat([counted for _, counted, _ in made], ignore_index=True)
        yield dg.Output(
            pa.Table.from_pandas(left_out[LEFT_OUT.names], schema=LEFT_OUT, preserve_index=False), "left_out"
        )
        pairs = table.select(["month", "customer_id", "item_id"]).to_pandas()
        reached = len(pairs.drop_duplicates(["month", "customer_id"]))
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=COVERED,
            passed=reached >= LEAST_COVERED * owners,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{reached} of {owners} customers x months",
        )
        most = pairs.groupby(["month", "item_id"]).size().groupby("month").max()
        of = pairs.groupby("month")["customer_id"].nunique()
        share = float((most / of).max()) if len(pairs) else 0.0
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=SPREAD,
            passed=share <= offers.most_recommended,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"The most recommended item goes to {share:.1%} of the customers",
        )
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
    owned: ir.Table,
    segments: ir.Table,
    served: pd.DataFrame,
) -> tuple[pa.Table, pd.DataFrame, list[str]]:
    """The lines of a month, what was left out of them by reason, and the items of the rules that nobody owns."""
    from arcana_assets.ml.eligibility import Eligibility
    from arcana_assets.ml.leaderboard import probability
    from arcana_assets.ml.recommendation_evidence import evidence, reason
    from arcana_assets.ml.recommenders import recommend
    from arcana_assets.ml.recommenders_by_neighbours import every_recommender

    interactions, pairs = interactions_of(month, spec, offers, engine, owned, segments)
    of_month = served[served["month"] == month].iloc[0]
    tried = {each.name: each for each in every_recommender(len(interactions.items), interactions.segments.tolist())}
    # A catalogue that has grown too large since, or a base with a single segment, is served by what is simpler.
    recommender = tried.get(str(of_month["recommender"])) or tried["bm25_neighbours"]
    eligibility = Eligibility(interactions, offers.never, offers.requires, offers.minimum_owners)
    lines = recommend(recommender.fit(interactions), interactions, offers.top, eligibility.allowed)
    left_out = eligibility.counted().assign(month=month)
    steps = json.loads(of_month["calibration"]) if isinstance(of_month["calibration"], str) else {}
    names = pairs.drop_duplicates("item_id").set_index("item_id")["item_name"]
    lines = pd.concat([lines, evidence(interactions, lines, offers.minimum_support)], axis=1)
    months = lookback(spec)
    verb = ("têm", "Contratado") if months is None else ("compraram", "Comprado")
    called = lines["item_id"].map(names)
    lines = lines.assign(
        month=month,
        recommender=recommender.name,
        item_name=called,
        probability=probability(steps, lines["score"].to_numpy()),
        antecedent_name=lines["antecedent_item"].map(names),
        reason=[
            reason(row, str(item), names.get(row.antecedent_item), verb, months)
            for row, item in zip(lines.itertuples(), called, strict=True)
        ],
    )
    table = pa.Table.from_pandas(lines[RECOMMENDATIONS.names], schema=RECOMMENDATIONS, preserve_index=False)
    return table, left_out, eligibility.unknown


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
