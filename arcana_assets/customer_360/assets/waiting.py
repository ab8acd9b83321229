"""The check of rows that are dated through another entity: none waits for its month to be computed again.

Belongs here: what of the lake it reads, and what it says. Does not belong here: which rows are due in which month
(`dating`).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.silver import silver_rows
from arcana_assets.customer_360.computation import Computation
from arcana_assets.customer_360.dating import waiting_months
from arcana_assets.domain.months import spelled
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.inputs import together
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake


def waiting_spec(key: dg.AssetKey, made: Computation) -> dg.AssetCheckSpec:
    """The check of one of the tables of a rollup."""
    assert made.dated_by, "only what is dated through others can wait"
    words = f"All {made.entity} that are dated through {made.dated_by.entity} are counted, in their month or later"
    return dg.AssetCheckSpec(_name(made), asset=key, description=words)


def waiting(
    spec: DomainSpec, made: Computation, inputs: Mapping[str, ir.Table], run: Run, lake: Lake, engine: EventEngine
) -> dg.AssetCheckResult:
    """Rows of the latest snapshot by the month that they are due in, against what the rollup of that month holds."""
    assert made.dated_by, "only what is dated through others can wait"
    key, (due, unknown) = spec.key_of(made.counted.table), _due(spec, made, inputs, run, lake, engine)
    differing = waiting_months(due, _held(spec, made, run.known, lake, engine))
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=_name(made),
        passed=not differing and not unknown,
        severity=dg.AssetCheckSeverity.WARN,
        description=(f"refresh {spelled(differing)}" if differing else "no month waits")
        + f"; {unknown} {made.entity} belong to no known row of {made.dated_by.entity}, so they have no date",
        metadata={"without_date": unknown, "months": [f"{month:%Y-%m}" for month in differing]},
    )


def _name(made: Computation) -> str:
    return f"no_{made.entity}_waiting"


def _due(
    spec: DomainSpec, made: Computation, inputs: Mapping[str, ir.Table], run: Run, lake: Lake, engine: EventEngine
) -> tuple[dict[date, int], int]:
    """Rows of the latest snapshot by the month that all of the dating entity puts them into, and those it knows not."""
    assert made.dated_by, "only what is dated through others can wait"
    snapshot = silver_rows(inputs, made.undated(spec.domain))
    assert snapshot is not None, "an asset that dates rows has sources of them"
    paths = [spec.key("silver", each.name).path for each in spec.domain.sources_of(made.dated_by.entity)]
    known = {path[-1]: (path, lake.materialized_months(path, run.known)) for path in paths}
    others = together({name: lake.read(path, months, engine) for name, (path, months) in known.items() if months})
    latest = snapshot.filter(snapshot.month == ibis.literal(run.months[-1]))
    rows = engine.small(made.dated_by.due(latest, others)).to_pylist()
    due = {row["due_in"]: row["rows"] for row in rows}
    unknown = due.pop(None, 0)
    return due, unknown


def _held(
    spec: DomainSpec, made: Computation, months: Sequence[date], lake: Lake, engine: EventEngine
) -> dict[date, int]:
    """Such rows that the rollup holds of each of the months."""
    assert made.dated_by, "only what is dated through others can wait"
    path = spec.key_of(made.counted.table).path
    kept = lake.materialized_months(path, months)
    if not kept:
        return {}
    kinds = {str(source.constants.get(made.dated_by.told_by)) for source in made.undated(spec.domain)}
    rows = made.dated_by.held(lake.read(path, kept, engine), kinds, made.counted.column)
    return {row["month"]: row["rows"] for row in engine.small(rows).to_pylist()}
