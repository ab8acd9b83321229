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
import pyarrow as pa

from arcana_assets.assets.spec import DomainSpec, Run, lineage, with_history
from arcana_assets.domain.feature_names import TRANSACTIONS
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings import Recommendations
from arcana_assets.ml.notation import count
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake_io import failures

MEANS = ("hit_1", "hit_3", "hit_5", "precision_5", "precision_10", "recall_10", "ndcg_10", "map_10", "mrr")
MEASURES = (*(each + end for each in MEANS for end in ("", "_low", "_high")), "coverage_5", "novelty_5")
EVALUATION = pa.schema(
    [
        ("month", pa.date32()),
        ("fitted_month", pa.date32()),
        ("recommender", pa.string()),
        ("segment", pa.string()),
        ("customers", pa.int64()),
        *((name, pa.float64()) for name in MEASURES),
        ("serves", pa.bool_()),
        ("reason", pa.string()),
        ("calibration", pa.string()),
    ]
)


def evaluation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The leaderboard of a domain."""
    domain = spec.domain

    @dg.multi_asset(
        name=f"{domain.name}_recommendation_evaluation",
        ins={
            name: with_history(spec.key("gold", table), offers.horizon_months + 1)
            for name, table in (("owned", "items_owned"), ("segments", "segments"), ("customers", "customer_360"))
        },
        outs={
            "evaluation": spec.out(
                "gold",
                "recommendation_evaluation",
                f"What each recommender, fitted {offers.horizon_months} months before, was worth by what customers "
                "adopted since; and the one that serves, with the reason.",
            )
        },
        **spec.options,
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
        table = pa.concat_tables(
            pa.Table.from_pandas(part[EVALUATION.names], schema=EVALUATION, preserve_index=False) for part in rows
        )
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


def interactions_of(
    month: date, spec: DomainSpec, offers: Recommendations, engine: Engine, owned: ir.Table, segments: ir.Table
) -> tuple[Any, pd.DataFrame]:
    """Who owned what as of a month, and the items' names; nothing of a later month is read.

    Goods are bought again and again, so what counts for popularity is lately; what is contracted is owned until it is
    cancelled.
    """
    from arcana_assets.ml.recommenders import Interactions

    mine = owned.filter(owned.month == month).select("customer_id", "item_id", "item_name", "recent", "value")
    pairs = engine.backend.to_pyarrow(mine.order_by("customer_id", "item_id")).to_pandas()
    counted = pairs if lookback(spec) is None else pairs[pairs["recent"]]
    put = segments.filter(segments.month == month, segments.segmentation == offers.segmentation)
    labels = engine.backend.to_pyarrow(put.select("customer_id", segment="persona").order_by("customer_id")).to_pandas()
    columns = ["customer_id", "item_id"]
    return Interactions.from_frames(pairs[columns], counted[columns], labels), pairs


def attributes_of(month: date, offers: Recommendations, engine: Engine, customers: ir.Table) -> pd.DataFrame | None:
    """What limits of items look at, as of a month: customer_id and columns of customer 360; None where they do not."""
    from arcana_assets.ml.eligibility import PERSONA

    columns = sorted({name for limits in offers.limits.values() for name in limits} - {PERSONA})
    if not columns:
        return None
    mine = customers.filter(customers.month == month).select("customer_id", *columns)
    return engine.backend.to_pyarrow(mine).to_pandas()


def lookback(spec: DomainSpec) -> int | None:
    """The months over which an item is popular; None where what is owned is owned."""
    return spec.domain.lookback_months if spec.domain.customers_from == TRANSACTIONS else None


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
    from arcana_assets.ml.eligibility import Eligibility
    from arcana_assets.ml.leaderboard import FALLBACK, WHOLE, evaluate, probability_steps, serving
    from arcana_assets.ml.recommenders_by_neighbours import every_recommender
    from arcana_assets.ml.recommenders_ease import MOST_ITEMS

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
