"""Profile: the columns of a domain's tables month by month, and what is found in its data beyond them.

Belongs here: which tables feed the two, and the drift that the UI plots. Does not belong here: what is measured
(`columns`, `sources`, `customers`, `features`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.revenue import known_revenue
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import plotted, verdict
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.profile import customers, features, sources, tables
from arcana_assets.profile.batches import rows_by_month
from arcana_assets.profile.columns import Row, profile_of
from arcana_assets.tables.frames import from_rows
from arcana_assets.tables.table import Table

KEEP = "columns_keep_their_distribution"
_NAMED = 5  # columns that the verdict names
_SEGMENTS, _OF_PRODUCTS = "segments", "transactions_coverage"
_FOUND_IN = ("customer_360", "feature_matrix", "items_owned", "customer_spellings", "source_coverage", _OF_PRODUCTS)


def profile_asset(spec: DomainSpec, given: Sequence[Table]) -> dg.AssetsDefinition:
    """The profile and the findings of a domain, from all its tables."""
    domain, key = spec.domain, spec.key_of(tables.DATA_PROFILE)
    mine = {_named(table): table for table in tables.profiled(given)}
    read = mine | {
        _named(table): table
        for table in given
        if table.layer in ("bronze", "quarantine") or (table.layer == "gold" and table.name in (*_FOUND_IN, _SEGMENTS))
    }

    @table_asset(
        spec,
        "data_profile",
        {"profile": tables.DATA_PROFILE, "findings": tables.DATA_FINDINGS},
        ins={name: dg.AssetIn(spec.key_of(table)) for name, table in read.items()},
        checks=[
            dg.AssetCheckSpec(
                KEEP, asset=key, description=f"No column of silver has a PSI above {tables.MOVED} month to month"
            )
        ],
    )
    def profile(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **found: ir.Table) -> Events:
        run = Run.of(context, domain)
        held = rows_by_month(engine, {name: found[name] for name in mine})
        before = _before(lake, engine, key, run.months[0])
        rows = list[Row]()
        for name, table in mine.items():
            kept = before.get((table.layer, table.name), {})
            rows += profile_of(engine, table, found[name], run.months, held[name], kept)
        plotted(context, key, {month: _told(rows, month) for month in run.months})
        yield dg.Output(from_rows(rows, tables.DATA_PROFILE), "profile")
        yield verdict(key, KEEP, not (moved := _moved(rows)), _words(moved), {"columns": len(moved)})
        said = [*_findings(engine, domain, read, found, run), *_cohorts(lake, engine, spec, run)]
        yield dg.Output(from_rows(said, tables.DATA_FINDINGS), "findings")

    return profile


def _named(table: Table) -> str:
    return f"{table.layer}_{table.name}"


def _before(lake: Lake, engine: Engine, key: dg.AssetKey, month: date) -> dict[tuple[str, str], dict[str, Row]]:
    """The profile of the month before, as it is kept, by table and column; nothing where it was never made."""
    there = lake.materialized_months(key.path, [shifted(month, -1)])
    kept: dict[tuple[str, str], dict[str, Row]] = {}
    if there:
        for row in engine.backend.to_pyarrow(lake.read(key.path, there, engine)).to_pylist():
            kept.setdefault((row["layer"], row["table"]), {})[row["column"]] = row
    return kept


def _findings(
    engine: Engine, domain: CustomerDomain, read: Mapping[str, Table], found: Mapping[str, ir.Table], run: Run
) -> Iterable[Row]:
    landed = [
        sources.Source(contract, read[f"quarantine_{name}"], *(found[f"{layer}_{name}"] for layer in _OF_SOURCE))
        for name, contract in domain.sources.items()
    ]
    yield from (rows := sources.rows_of_sources(engine, landed))
    yield from sources.refused_rows(engine, landed, rows)
    yield from sources.days_without_rows(engine, landed, run.as_of_days, domain.timezone)
    gold = {name: found[f"gold_{name}"] for name in (*_FOUND_IN, _SEGMENTS) if f"gold_{name}" in found}
    yield from customers.coverage(engine, gold.get("source_coverage"), gold.get(_OF_PRODUCTS))
    for name, said in (
        ("customer_spellings", customers.spellings),
        ("customer_360", customers.concentration),
        ("items_owned", customers.items),
    ):
        if name in gold:
            yield from said(engine, gold[name])
    if (matrix := gold.get("feature_matrix")) is not None:
        patterns = [each for segmentation in domain.segmentations for each in segmentation.features]
        names = features.named_features(patterns, matrix.columns, features.FEATURES)
        yield from features.correlations(engine, matrix, names)
        if _SEGMENTS in gold:
            chosen = {
                each.name: features.named_features(each.features, matrix.columns, features.BY_PERSONA)
                for each in domain.segmentations
            }
            yield from features.by_persona(engine, matrix, gold[_SEGMENTS], chosen)


def _cohorts(lake: Lake, engine: Engine, spec: DomainSpec, run: Run) -> Iterable[Row]:
    """Cohorts by what was paid in all months up to the run's last; a month that was never made ends the history."""
    if (known := known_revenue(spec)) is None:
        return ()
    key, column = known
    months = months_between(spec.domain.start, run.months[-1])
    there = set(lake.materialized_months(key.path, months))
    gap = next((at for at, month in enumerate(reversed(months)) if month not in there), len(months))
    paid = lake.read(key.path, months[len(months) - gap :], engine)
    return customers.cohorts(engine, paid, column, run.months)


_OF_SOURCE = ("bronze", "silver", "quarantine")


def _moved(rows: Iterable[Row]) -> list[Row]:
    silver = [row for row in rows if row["layer"] == "silver" and row["rows"] >= tables.ENOUGH]
    moved = [row for row in silver if (row.get("psi") or 0) > tables.MOVED]
    return sorted(moved, key=lambda row: -row["psi"])


def _told(rows: Iterable[Row], month: date) -> dict[str, float]:
    psi = [row["psi"] for row in rows if row["month"] == month and row.get("psi") is not None]
    return {"largest_psi": max(psi)} if psi else {}


def _words(moved: Sequence[Row]) -> str:
    if not moved:
        return "every column of silver is as it was the month before"
    named = "; ".join(
        f"{row['table']}.{row['column']} in {row['month']:%Y-%m} ({row['psi']:.2f})" for row in moved[:_NAMED]
    )
    return f"moved against the month before: {named}" + (
        f"; and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    )
