"""Segments and profiles: what the models of the months say of each customer, and of the segments.

Belongs here: which tables the segments, profiles, tries and events come from and go to. Does not belong here: the
models (`models`), scoring (`segmentation.models.scores`), describing (`segmentation.profiles`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.segmentation import tables
from arcana_assets.segmentation.assets.inputs import MODEL_OF, customers_of, fitted_models
from arcana_assets.segmentation.assets.metadata import picture_metadata, segments_lineage, sizes
from arcana_assets.segmentation.assets.models import model_asset
from arcana_assets.segmentation.models.month import history
from arcana_assets.segmentation.models.scores import segments_of_month
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
        assigned, profiles, expected = list[pd.DataFrame](), list[pd.DataFrame](), 0
        pictures: dict[str, pd.DataFrame] = {}
        before = _segments_before(lake, engine, key, run)
        fitted = {name.removeprefix(MODEL_OF): fitted_models(each, engine) for name, each in models.items()}
        for month in run.months:
            frame = customers_of(features, engine, month)
            found = segments_of_month(domain, frame, fitted, before, month)
            serving = {name: of[month] for name, of in fitted.items() if month in of}
            shapes = profiles_of_month(domain, frame, serving, found)
            before = {name: rows.set_index("customer_id")["segment_id"] for name, rows in found.items()}
            expected += len(frame) * len(found)
            assigned += [rows.assign(month=month, segmentation=name) for name, rows in found.items()]
            profiles += [rows.assign(month=month, segmentation=name) for name, rows in shapes.items()]
            pictures = shapes or pictures
        table = as_table(assigned, tables.SEGMENTS)
        tried, events = history(_rows_of_models(models, run, engine))
        told: dict[str, Any] = {
            "sizes": dg.MetadataValue.md(sizes(pictures)),
            "dagster/column_lineage": segments_lineage(spec),
        }
        yield dg.Output(table, "segments", metadata=told)
        yield dg.Output(as_table(profiles, tables.PROFILES), "profiles", metadata=picture_metadata(pictures))
        yield dg.Output(from_rows(tried, tables.SELECTION), "selection")
        yield dg.Output(from_rows(events, tables.EVENTS), "events")
        # That no row is of the same customer and segmentation as another, `as_declared` sees.
        words = f"{expected} customers x segmentations expected, {table.num_rows} rows"
        yield verdict(key, EVERYONE, expected == table.num_rows, words, blocking=True)

    return segments


def _segments_before(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> dict[str, pd.Series]:
    """The segment of each customer in the month before the run, by segmentation; none in the domain's first month."""
    if run.months[0] == run.domain.start:
        return {}
    month = shifted(run.months[0], -1)
    table = lake.read(key.path, [month], engine).select("customer_id", "segmentation", "segment_id")
    frame = engine.backend.to_pyarrow(table).to_pandas()
    return {
        str(name): rows.set_index("customer_id")["segment_id"]
        for name, rows in frame.groupby("segmentation", sort=True)
    }


def _rows_of_models(models: Mapping[str, ir.Table], run: Run, engine: Engine) -> Iterator[dict[str, Any]]:
    for table in models.values():
        mine = table.filter(table.month.isin(list(run.months))).order_by("month")
        yield from engine.backend.to_pyarrow(mine).to_pylist()
