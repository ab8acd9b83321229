"""The asset of recommendations: the lists, those held out, what segments do not buy yet, what was left out.

Belongs here: what is read for them, their lineage and how a run shows their checks. Does not belong here: the tables of
a month (`recommendations.month`), what they are checked for (`recommendations.limits`), which recommender serves
(`recommendations.evaluation`), what came of lists (`recommendations.results`).
"""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import dagster as dg
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.assets.consent import consent_specs, consented
from arcana_assets.customer_360.consent import MARKETING
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import plotted, verdict
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
        ]
        + consent_specs(spec, key, MARKETING),
    )
    def recommendations(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **tables: ir.Table) -> Events:
        run, inputs = Run.of(context, domain), Inputs(spec, offers, engine, tables)
        before = _lists_there(lake, engine, spec, [shifted(run.months[0], -1), *run.months])
        made = lists_of(run, inputs, before)
        for words in warnings(made):
            context.log.warning(words)
        for name in MADE:
            table = pa.concat_tables(each.tables[name] for each in made.values())
            if name == RECOMMENDATIONS.name:
                plotted(context, key, {month: _reach(each.tables[name]) for month, each in made.items()})
            yield dg.Output(table, name, metadata={"dagster/column_lineage": _lineage(spec, table.schema.names)})
        for check, passed, found in verdicts(made, offers):
            yield verdict(key, check, passed, found, blocking=check in BLOCKING)
        yield from consented(spec, key, MARKETING, run, lake, engine)

    return recommendations


def _reach(lists: pa.Table) -> dict[str, int]:
    """How many customers the lists of a month are for, and how many items are on them."""
    return {
        "customers": len(set(lists.column("customer_id").to_pylist())),
        "items": len(set(lists.column("item_id").to_pylist())),
    }


def lists_of(run: Run, inputs: Inputs, there: pd.DataFrame | None = None) -> dict[date, MonthOfLines]:
    """The lists of each month of a run; `there` are those that earlier runs made of these, and of the month before.

    A month computed again keeps what it kept, for the lists of the month before it are the same, and the day on which
    its lists were first made.
    """
    by_month = {} if there is None else dict(list(there.groupby("month")))
    before, made = by_month.get(shifted(run.months[0], -1)), dict[date, MonthOfLines]()
    for month in run.months:
        days = [run.moment.astimezone(ZoneInfo(run.domain.timezone)).date()]
        days += list(by_month[month]["made_on"].dropna()) if month in by_month else []
        read = inputs.of_month(month, run.as_of(month), run.judged(month), min(days), before)
        made[month] = lines_of_month(read, inputs.offers)
        before = made[month].listed
    return made


def _lists_there(lake: Lake, engine: Engine, spec: DomainSpec, months: Sequence[date]) -> pd.DataFrame | None:
    """The lists that earlier runs made of some months, held out or not; None where they made none."""
    found = []
    for table in (RECOMMENDATIONS, HELD_OUT):
        path = spec.key_of(table).path
        if there := lake.materialized_months(path, months):
            rows: pd.DataFrame = engine.backend.to_pyarrow(lake.read(path, there, engine)).to_pandas()
            found.append(rows.reindex(columns=["month", "made_on", *LISTED]))
    return pd.concat(found) if found else None


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
