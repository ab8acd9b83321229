"""The asset of recommendations: the lists, those held out, what segments do not buy yet, what was left out.

Belongs here: what is read for them, their lineage and how a run shows their checks. Does not belong here: the tables of
a month (`recommendations.month`), what they are checked for (`recommendations.limits`), which recommender serves
(`recommendations.evaluation`), what came of lists (`recommendations.results`).
"""

from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.months import as_of_day, shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.recommendations.assets.inputs import Inputs, answers_in
from arcana_assets.recommendations.limits import BLOCKING, asked, verdicts, warnings
from arcana_assets.recommendations.month import LISTED, MADE, MonthOfLines, lines_of_month
from arcana_assets.recommendations.tables import EVALUATION, HELD_OUT, RECOMMENDATIONS

READ = {"owned": "items_owned", "segments": "segments", "customers": "customer_360"}


def recommendation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The recommendations of a domain, those held out, what segments do not buy yet, and what was left out."""
    domain, key = spec.domain, spec.key_of(RECOMMENDATIONS)

    @table_asset(
        spec,
        RECOMMENDATIONS.name,
        MADE,
        ins={
            **{name: dg.AssetIn(spec.key("gold", table)) for name, table in READ.items()},
            "owned": with_history(spec.key("gold", READ["owned"]), 1),
            "evaluation": dg.AssetIn(spec.key_of(EVALUATION)),
            **answers_in(spec, max(offers.cool_off.months.values())),
        },
        checks=[
            dg.AssetCheckSpec(name, asset=key, blocking=name in BLOCKING, description=words)
            for name, words in asked(offers).items()
        ],
    )
    def recommendations(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **tables: ir.Table) -> Events:
        run, inputs = Run.of(context, domain), Inputs(spec, offers, engine, tables)
        made = lists_of(run, inputs, _lists_there(lake, engine, spec, shifted(run.months[0], -1)))
        for words in warnings(made):
            context.log.warning(words)
        for name in MADE:
            table = pa.concat_tables(each.tables[name] for each in made.values())
            yield dg.Output(table, name, metadata=_metadata(spec, name, table))
        for check, passed, found in verdicts(made, offers):
            yield verdict(key, check, passed, found, blocking=check in BLOCKING)

    return recommendations


def lists_of(run: Run, inputs: Inputs, listed: pd.DataFrame | None) -> dict[date, MonthOfLines]:
    """The lists of each month of a run; `listed` are those of the month before the first one, if any.

    A month computed again keeps what it kept, for the lists of the month before it are the same.
    """
    made = dict[date, MonthOfLines]()
    for month in run.months:
        as_of = as_of_day(month, run.moment, run.domain.timezone)
        made[month] = lines_of_month(inputs.of_month(month, as_of, run.judged(month), listed), inputs.offers)
        listed = made[month].listed
    return made


def _lists_there(lake: Lake, engine: Engine, spec: DomainSpec, month: date) -> pd.DataFrame | None:
    """The lists that earlier runs made of a month, held out or not; None where they made none."""
    paths = [spec.key_of(table).path for table in (RECOMMENDATIONS, HELD_OUT)]
    found = [
        lake.read(path, [month], engine).select(*LISTED) for path in paths if lake.materialized_months(path, [month])
    ]
    if not found:
        return None
    rows: pd.DataFrame = engine.backend.to_pyarrow(ibis.union(*found) if len(found) > 1 else found[0]).to_pandas()
    return rows


def _metadata(spec: DomainSpec, name: str, table: pa.Table) -> dict[str, Any]:
    found: dict[str, Any] = {"dagster/column_lineage": _lineage(spec, table.schema.names)}
    if name == "recommendations":
        found |= {
            "customers": len(set(table.column("customer_id").to_pylist())),
            "items": len(set(table.column("item_id").to_pylist())),
        }
    return found


def _lineage(spec: DomainSpec, columns: list[str]) -> dg.TableColumnLineage:
    owned, segments, evaluation = spec.key("gold", "items_owned"), spec.key("gold", "segments"), spec.key_of(EVALUATION)
    evidence = [(owned, "item_id"), (owned, "recent"), (segments, "persona")]
    known = {
        "customer_id": [(segments, "customer_id")],
        "month": [(segments, "month")],
        "item_id": [(owned, "item_id")],
        "item_name": [(owned, "item_name")],
        "antecedent_name": [(owned, "item_name")],
        "segment": [(segments, "persona")],
        "recommender": [(evaluation, "recommender")],
        "probability": [(evaluation, "calibration"), *evidence],
        "ticket": [(owned, "value"), (owned, "since"), (segments, "persona")],
        "potential": [(owned, "value"), *evidence],
        "expected_value": [(owned, "value"), (evaluation, "calibration"), *evidence],
    }
    return lineage({name: known.get(name, evidence) for name in columns})
