"""Segments and profiles: what the models of the months say of each customer, and of the segments.

Belongs here: which tables the segments, profiles, tries and events come from and go to. Does not belong here: the
models (`models`), scoring (`segmentation.models.scores`), describing (`segmentation.profiles`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation import tables
from arcana_assets.segmentation.assets.inputs import MODEL_OF, customers_in, customers_of, fitted_models
from arcana_assets.segmentation.assets.metadata import picture_metadata, segments_lineage, sizes
from arcana_assets.segmentation.assets.models import model_asset
from arcana_assets.segmentation.assets.scoring import Scoring
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.models.month import history
from arcana_assets.segmentation.models.scores import segmented
from arcana_assets.segmentation.profiles.everybody import Everybody, everybody
from arcana_assets.segmentation.profiles.month import profiles_of_month
from arcana_assets.tables.frames import as_table, from_rows

EVERYONE = "every_customer_in_one_segment"
OUTPUTS = {
    "segments": tables.SEGMENTS,
    "profiles": tables.PROFILES,
    "selection": tables.SELECTION,
    "events": tables.EVENTS,
}


def segmentation_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """A model for each segmentation of the domain, then segments and profiles of all of them."""
    return [*(model_asset(spec, segmentation) for segmentation in spec.domain.segmentations), _segments(spec)]


def _segments(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key_of(tables.SEGMENTS)
    everyone = "Each customer of the feature matrix has one segment in each segmentation"

    @table_asset(
        spec,
        "segments",
        OUTPUTS,
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **{MODEL_OF + s.name: with_history(spec.key("models", s.name), 1) for s in domain.segmentations},
        },
        checks=[dg.AssetCheckSpec(EVERYONE, asset=key, blocking=True, description=everyone)],
    )
    def segments(
        context: dg.AssetExecutionContext, lake: Lake, engine: Engine, features: ir.Table, **models: ir.Table
    ) -> Events:
        run = Run.of(context, domain)
        fitted = {name.removeprefix(MODEL_OF): fitted_models(each, engine) for name, each in models.items()}
        before = _segments_before(lake, engine, key, run)
        scoring = Scoring.of(domain, fitted, features, run.months, before, engine)
        told = {"dagster/column_lineage": segments_lineage(spec)}
        yield dg.Output(scoring.reader, "segments", metadata=told)
        written = lake.read(key.path, list(run.months), engine)
        profiles, pictures = list[pd.DataFrame](), dict[str, pd.DataFrame]()
        for month in run.months:
            serving = {name: of[month] for name, of in fitted.items() if month in of}
            shapes = _profiles(domain, serving, features, written, month, engine)
            profiles += [rows.assign(month=month, segmentation=name) for name, rows in shapes.items()]
            pictures = shapes or pictures
        shown = {
            "sizes": dg.MetadataValue.md(sizes(pictures)),
            **picture_metadata(pictures, language_of(domain.language)),
        }
        yield dg.Output(as_table(profiles, tables.PROFILES), "profiles", metadata=shown)
        tried, events = history(_rows_of_models(models, run, engine))
        yield dg.Output(from_rows(tried, tables.SELECTION), "selection")
        yield dg.Output(from_rows(events, tables.EVENTS), "events")
        # That no row is of the same customer and segmentation as another, `as_declared` sees.
        customers = _customers(features, engine)
        expected = sum(customers.get(month, 0) * len(segmented(domain, fitted, month)) for month in run.months)
        rows = lake.rows(key.path, list(run.months))
        words = f"{expected} customers x segmentations expected, {rows} rows"
        yield verdict(key, EVERYONE, expected == rows, words, blocking=True)

    return segments


def _profiles(
    domain: CustomerDomain,
    models: Mapping[str, SegmentationModel],
    features: ir.Table,
    segments: ir.Table,
    month: date,
    engine: Engine,
) -> dict[str, pd.DataFrame]:
    """The profiles of a month by segmentation, from its segments as they were written."""
    customers, of = customers_of(features, engine, month)
    mine = customers_in(segments, month).select("customer_id", "segmentation", "segment_id", "persona")
    if len(customers) == of:
        return profiles_of_month(domain, customers, models, _by_segmentation(mine, engine))

    def counted(name: str, columns: Sequence[str]) -> Everybody:
        of_segmentation, of_month = mine.filter(mine.segmentation == name), customers_in(features, month)
        return everybody(of_segmentation, of_month, columns, lambda rows: engine.small(rows).to_pylist())

    sample = ibis.memtable(pa.table({"customer_id": pa.array(customers["customer_id"], pa.string())}))
    found = _by_segmentation(mine.semi_join(sample, "customer_id"), engine)
    return profiles_of_month(domain, customers, models, found, counted)


def _by_segmentation(segments: ir.Table, engine: Engine) -> dict[str, pd.DataFrame]:
    """Customers with their segment, by segmentation, each in the order of customers."""
    frame = engine.backend.to_pyarrow(segments.order_by("segmentation", "customer_id")).to_pandas()
    return {str(name): rows.reset_index(drop=True) for name, rows in frame.groupby("segmentation", sort=True)}


def _customers(features: ir.Table, engine: Engine) -> dict[date, int]:
    """How many customers each month has."""
    counted = features.group_by("month").agg(customers=features.count())
    return {row["month"]: row["customers"] for row in engine.small(counted).to_pylist()}


def _segments_before(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> ir.Table | None:
    """The segments of the month before the run; None in the domain's first month."""
    if run.months[0] == run.domain.start:
        return None
    table = lake.read(key.path, [shifted(run.months[0], -1)], engine)
    return table.select("customer_id", "segmentation", "segment_id")


def _rows_of_models(models: Mapping[str, ir.Table], run: Run, engine: Engine) -> Iterator[dict[str, Any]]:
    for table in models.values():
        mine = table.filter(table.month.isin(list(run.months))).order_by("month")
        yield from engine.backend.to_pyarrow(mine).to_pylist()
