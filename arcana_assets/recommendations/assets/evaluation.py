"""The leaderboard of recommenders, month by month: fitted on what was known some months before, held against what came.

Belongs here: which months are before and after, the table, which recommender serves. Does not belong here: measures and
the choice (`ml.leaderboard`), the recommendations themselves (`recommendations`).
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.presentation.notation import count
from arcana_assets.recommendations import tables
from arcana_assets.recommendations.assets.inputs import attributes_of, interactions_of
from arcana_assets.tables.frames import as_table

MEANS = ("hit_1", "hit_3", "hit_5", "precision_5", "precision_10", "recall_10", "ndcg_10", "map_10", "mrr")
MEASURES = (*(each + end for each in MEANS for end in ("", "_low", "_high")), "coverage_5", "novelty_5")


def evaluation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The leaderboard of a domain."""
    domain = spec.domain

    @table_asset(
        spec,
        "recommendation_evaluation",
        {"evaluation": tables.EVALUATION},
        ins={
            name: with_history(spec.key("gold", table), offers.horizon_months + 1)
            for name, table in (("owned", "items_owned"), ("segments", "segments"), ("customers", "customer_360"))
        },
    )
    def evaluation(
        context: dg.AssetExecutionContext, engine: Engine, owned: ir.Table, segments: ir.Table, customers: ir.Table
    ) -> Iterator[Any]:
        run, rows = Run.of(context, domain), list[pd.DataFrame]()
        with failures():
            for month in run.months:
                rows.append(leaderboard_of(month, run.judged(month), spec, offers, engine, owned, segments, customers))
                serving = rows[-1][rows[-1]["serves"]].iloc[0]
                context.log.info(f"{month:%Y-%m}: {serving['reason']}")
        table = as_table(rows, tables.EVALUATION)
        last = rows[-1]
        yield dg.Output(
            table,
            "evaluation",
            metadata={
                "leaderboard": dg.MetadataValue.md(_markdown(last)),
                "serves": str(last[last["serves"]].iloc[0]["recommender"]),
                "reason": str(last[last["serves"]].iloc[0]["reason"]),
                "dagster/column_lineage": lineage(
                    {name: [(spec.key("gold", "items_owned"), "item_id")] for name in MEASURES}
                ),
            },
        )

    return evaluation


def leaderboard_of(
    month: date,
    judged: date,
    spec: DomainSpec,
    offers: Recommendations,
    engine: Engine,
    owned: ir.Table,
    segments: ir.Table,
    customers: ir.Table,
) -> pd.DataFrame:
    """The rows of a month: a recommender and segment, or, while the domain is too young, the one that serves.

    `judged` is the month at whose end it is seen what was adopted: the month itself, or, while it is open, the one
    before. Recommenders list what the rules of the domain let them, by what was known then.
    """
    from arcana_assets.recommendations.eligibility import Eligibility
    from arcana_assets.recommendations.leaderboard import FALLBACK, WHOLE, evaluate, probability_steps, serving
    from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS
    from arcana_assets.recommendations.recommenders.every import every_recommender

    back = shifted(judged, -offers.horizon_months)
    if back < spec.domain.start:
        young = (
            f"Serve a popularidade no segmento: os {offers.horizon_months} meses de que a comparação precisa ainda não "
            f"passaram desde {spec.domain.start:%m/%Y}."
        )
        return _rows(month, None, pd.DataFrame([{"recommender": FALLBACK, "segment": WHOLE, "customers": 0}]), young)
    before, _ = interactions_of(back, spec, offers, engine, owned, segments)
    now = owned.filter(owned.month == judged).select("customer_id", "item_id").order_by("customer_id", "item_id")
    later = engine.backend.to_pyarrow(now).to_pandas()
    if not len(before.items):
        none = f"Serve a popularidade no segmento: ninguém tinha item algum em {back:%m/%Y}."
        return _rows(month, back, pd.DataFrame([{"recommender": FALLBACK, "segment": WHOLE, "customers": 0}]), none)
    rules = Eligibility(before, offers, attributes_of(back, offers, engine, customers))
    board = evaluate(every_recommender(len(before.items), before.segments.tolist()), before, later, rules.allowed)
    chosen, why = serving(board)
    if len(before.items) > MOST_ITEMS:
        large, most = count(len(before.items)), count(MOST_ITEMS)
        why += f" EASE e quem tem X não foram avaliados: o catálogo tem {large} itens (limite: {most})."
    found = _rows(month, back, board.table, why, chosen)
    found.loc[found["serves"], "calibration"] = json.dumps(probability_steps(board.hits, chosen))
    return found


def _rows(month: date, back: date | None, table: pd.DataFrame, why: str, chosen: str | None = None) -> pd.DataFrame:
    chosen = chosen or str(table["recommender"].iloc[0])
    serves = (table["recommender"] == chosen) & (table["segment"] == "")
    reason = pd.Series([why if each else None for each in serves], index=table.index, dtype=object)
    calibration = pd.Series([None] * len(table), index=table.index, dtype=object)
    filled = table.reindex(columns=["recommender", "segment", "customers", *MEASURES])
    return filled.assign(month=month, fitted_month=back, serves=serves, reason=reason, calibration=calibration)


def _markdown(part: pd.DataFrame) -> str:
    """The leaderboard of all customers, the best first."""
    whole = part[part["segment"] == ""].sort_values("ndcg_10", ascending=False)
    lines = [
        "| recommender | customers | nDCG@10 | hit@5 | MAP@10 | coverage@5 | serves |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in whole.itertuples():
        interval = f"{row.ndcg_10_low:.4f} to {row.ndcg_10_high:.4f}"
        lines.append(
            f"| {row.recommender} | {row.customers} | {row.ndcg_10:.4f} ({interval}) "
            f"| {row.hit_5:.3f} | {row.map_10:.4f} | {row.coverage_5:.3f} | {'yes' if row.serves else ''} |"
        )
    return "\n".join(lines)
