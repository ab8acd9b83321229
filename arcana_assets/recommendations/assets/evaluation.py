"""The asset of the leaderboard, month by month.

Belongs here: what is read for it, its lineage and what the UI shows. Does not belong here: the rows of a month
(`recommendations.evaluation`), the lists that the best recommender makes (`assets.recommendations`).
"""

from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.scratch import scratch
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.recommendations.assets.inputs import Inputs
from arcana_assets.recommendations.evaluation import leaderboard_of
from arcana_assets.recommendations.serving import in_use
from arcana_assets.recommendations.tables import EVALUATION, WHOLE
from arcana_assets.tables.frames import as_table

READ = {"owned": "items_owned", "segments": "segments", "customers": "customer_360"}


def evaluation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The leaderboard of a domain."""

    @table_asset(
        spec,
        EVALUATION.name,
        {"evaluation": EVALUATION},
        ins={name: with_history(spec.key("gold", table)) for name, table in READ.items()},
    )
    def evaluation(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **tables: ir.Table) -> Events:
        run = Run.of(context, spec.domain)
        with scratch("lists") as folder:
            inputs = Inputs(spec, offers, engine, tables, folder)
            rows = leaderboards(run, inputs, _rows_there(lake, engine, spec.key_of(EVALUATION), run))
        for month, board in zip(run.months, rows, strict=True):
            context.log.info(f"{month:%Y-%m}: {_serving(board)['reason']}")
        yield dg.Output(as_table(rows, EVALUATION), "evaluation", metadata=_metadata(spec, rows[-1]))

    return evaluation


def leaderboards(run: Run, inputs: Inputs, there: pd.DataFrame | None = None) -> list[pd.DataFrame]:
    """The rows of each month of a run.

    Each month's own leaderboard decides its lists and their probabilities, so none is left out of a range of months.
    The recommender in use is that of the month before the one at whose end months are judged, so that the nights of
    an open month are no evaluations of their own. What is made from the same inputs is made once: the open month,
    which is judged by the same whole months, has the leaderboard of the month before it, and a month computed again
    the one that it has among the rows that are `there`.
    """
    offers, start = inputs.offers, inputs.spec.domain.start
    language = language_of(inputs.spec.domain.language)
    known, made = dict[str, pd.DataFrame](), dict[date, pd.DataFrame]()
    if there is not None:
        made = {board["month"].iloc[0]: board for _, board in there.groupby("month") if len(board)}
        known = {board["inputs_digest"].iloc[0]: board for board in made.values()}
    rows = list[pd.DataFrame]()
    for month in run.months:
        judged = run.judged(month)
        read = inputs.of_evaluation(month, judged, in_use(made.get(shifted(judged, -1))))
        digest = read.digest(offers, start, language)
        if digest not in known:
            known[digest] = leaderboard_of(read, offers, start, language).assign(inputs_digest=digest)
        made[month] = known[digest].assign(month=month)
        rows.append(made[month])
    return rows


def _rows_there(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> pd.DataFrame | None:
    """What earlier runs made of these months, and of those from the one before the first judged one on.

    None where they made nothing. At the end of the judged month it is seen what was adopted, and the evaluation
    before that one says who served.
    """
    first = shifted(run.judged(run.months[0]), -1)
    months = lake.materialized_months(key.path, months_between(first, run.months[-1]))
    if not months:
        return None
    rows: pd.DataFrame = engine.backend.to_pyarrow(lake.read(key.path, months, engine)).to_pandas()
    return rows.reindex(columns=EVALUATION.arrow.names)


def _metadata(spec: DomainSpec, last: pd.DataFrame) -> dict[str, Any]:
    """The leaderboard of the last month over all customers, what serves it, and where measures come from."""
    measures = [name for name, column in EVALUATION.columns.items() if column.type == "double"]
    return {
        "leaderboard": dg.MetadataValue.md(_leaderboard(last)),
        "serves": str(_serving(last)["recommender"]),
        "reason": str(_serving(last)["reason"]),
        "dagster/column_lineage": lineage({name: [(spec.key("gold", "items_owned"), "item_id")] for name in measures}),
    }


def _serving(rows: pd.DataFrame) -> pd.Series:
    return rows[rows["serves"]].iloc[0]


def _leaderboard(rows: pd.DataFrame) -> str:
    """The best first."""
    whole = rows[rows["segment"] == WHOLE].sort_values("ndcg_10", ascending=False)
    return markdown_table(
        ("recommender", "customers", "nDCG@10", "hit@5", "MAP@10", "coverage@5", "serves"),
        (
            (
                row.recommender,
                row.customers,
                f"{row.ndcg_10:.4f} ({row.ndcg_10_low:.4f} to {row.ndcg_10_high:.4f})",
                f"{row.hit_5:.3f}",
                f"{row.map_10:.4f}",
                f"{row.coverage_5:.3f}",
                "yes" if row.serves else "",
            )
            for row in whole.itertuples()
        ),
    )
