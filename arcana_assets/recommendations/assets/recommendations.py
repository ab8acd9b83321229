"""The asset of recommendations: the lists, those held out, what segments do not buy yet, what was left out.

Belongs here: what is read for them, their lineage and how a run shows their checks. Does not belong here: the tables of
a month (`recommendations.month`), what they are checked for (`recommendations.limits`), which recommender serves
(`recommendations.evaluation`), what came of lists (`recommendations.results`).
"""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.consent import consent_specs, consented
from arcana_assets.customer_360.consent import MARKETING
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.scratch import scratch
from arcana_assets.graph.checks import plotted, verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.assets.inputs import Inputs, answers_in
from arcana_assets.recommendations.limits import BLOCKING, asked, verdicts, warnings
from arcana_assets.recommendations.lists.kept import KeptRows, chained
from arcana_assets.recommendations.month import LISTED, MADE, MonthOfLines, lines_in_parts
from arcana_assets.recommendations.tables import EVALUATION, HELD_OUT, RECOMMENDATIONS

_THERE = {"customer_id": "string", "item_id": "string", "month": "date", "made_on": "date"}
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
        run = Run.of(context, domain)
        before = _lists_there(lake, engine, spec, [shifted(run.months[0], -1), *run.months])
        with scratch("lists") as folder:
            made = lists_of(run, Inputs(spec, offers, engine, tables, folder), before, folder)
            for words in warnings(made):
                context.log.warning(words)
            reach = {month: dict(zip(("customers", "items"), each.reach, strict=True)) for month, each in made.items()}
            plotted(context, key, reach)
            for name, table in MADE.items():
                rows = partial(chained, [each.tables[name] for each in made.values()], table.arrow)
                yield dg.Output(rows, name, metadata={"dagster/column_lineage": _lineage(spec, table.arrow.names)})
        for check, passed, found in verdicts(made, offers):
            yield verdict(key, check, passed, found, blocking=check in BLOCKING)
        yield from consented(spec, key, MARKETING, run, lake, engine)

    return recommendations


def lists_of(
    run: Run, inputs: Inputs, there: pd.DataFrame | ir.Table | None = None, folder: Path | None = None
) -> dict[date, MonthOfLines]:
    """The lists of each month of a run; `there` are those that earlier runs made of these, and of the month before.

    A month computed again keeps what it kept, for the lists of the month before it are the same, and the day on which
    its lists were first made. Lists wait in the folder, where there is one.
    """
    if isinstance(there, pd.DataFrame):
        there = ibis.memtable(there[list(_THERE)], schema=_THERE)
    days = _first_made(inputs.engine, there)
    before = None if there is None else there.filter(there.month == shifted(run.months[0], -1))
    made, language = dict[date, MonthOfLines](), language_of(run.domain.language)
    for month in run.months:
        today = run.moment.astimezone(ZoneInfo(run.domain.timezone)).date()
        given = inputs.in_parts(month, run.as_of(month), run.judged(month), min(today, days.get(month, today)), before)
        kept = None if folder is None else folder / f"{month}"
        if kept is not None:
            kept.mkdir()
        made[month] = lines_in_parts(given, inputs.offers, language, kept)
        before = _listed(made[month], inputs.engine)
    return made


def _first_made(engine: Engine, there: ir.Table | None) -> dict[date, date]:
    """The first day on which lists of each month were made, where it is known."""
    if there is None:
        return {}
    known = there.filter(there.made_on.notnull())
    found = engine.small(known.group_by("month").agg(made_on=known.made_on.min()))
    return dict(zip(*(found[name].to_pylist() for name in ("month", "made_on")), strict=True))


def _listed(made: MonthOfLines, engine: Engine) -> pd.DataFrame | ir.Table:
    """The lists of a month, held out or not."""
    both = [made.tables[table.name] for table in (RECOMMENDATIONS, HELD_OUT)]
    files = [each.files for each in both if isinstance(each, KeptRows)]
    if not files:
        return made.listed
    return ibis.union(*(engine.table(each).select(*LISTED) for each in files), distinct=False)


def _lists_there(lake: Lake, engine: Engine, spec: DomainSpec, months: Sequence[date]) -> ir.Table | None:
    """The lists that earlier runs made of some months, held out or not; None where they made none."""
    found = []
    for table in (RECOMMENDATIONS, HELD_OUT):
        path = spec.key_of(table).path
        if there := lake.materialized_months(path, months):
            rows = lake.read(path, there, engine)
            lacking = {name: ibis.null(kind) for name, kind in _THERE.items() if name not in rows.columns}
            found.append(rows.mutate(**lacking).select(*_THERE))
    if not found:
        return None
    return ibis.union(*found, distinct=False) if len(found) > 1 else found[0]


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
