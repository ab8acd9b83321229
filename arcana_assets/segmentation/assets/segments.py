"""Segments and profiles: what the models of the months say of each customer, and of the segments.

Belongs here: the tables of segments, of profiles, of what was tried and what happened. Does not belong here: the models
(`segmentation_models`), scoring (`segment_scores`), sizes and pictures for the UI (`segment_metadata`).
"""

import json
from collections.abc import Iterator
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.labels import label_of
from arcana_assets.segmentation import tables
from arcana_assets.segmentation.assets.inputs import customers_of
from arcana_assets.segmentation.assets.metadata import picture_metadata, segments_lineage, sizes
from arcana_assets.segmentation.assets.models import fitted_models, model_asset
from arcana_assets.segmentation.models.scores import combined, ids_of, scored
from arcana_assets.tables.frames import as_table, from_rows

EVERYONE = "every_customer_in_one_segment"


def segmentation_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """A model for each segmentation of the domain, then segments and profiles of all of them."""
    return [*(model_asset(spec, segmentation) for segmentation in spec.domain.segmentations), _segments(spec)]


def _segments(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "segments")

    @table_asset(
        spec,
        "segments",
        {
            "segments": tables.SEGMENTS,
            "profiles": tables.PROFILES,
            "selection": tables.SELECTION,
            "events": tables.EVENTS,
        },
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **{f"model_{s.name}": with_history(spec.key("models", s.name), 1) for s in domain.segmentations},
        },
        checks=[
            dg.AssetCheckSpec(
                EVERYONE,
                asset=key,
                blocking=True,
                description="Each customer of the feature matrix has one segment in each segmentation",
            )
        ],
    )
    def segments(
        context: dg.AssetExecutionContext, lake: Lake, engine: Engine, features: ir.Table, **models: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            before = _segments_before(lake, engine, key, run)
            fitted = {s.name: fitted_models(models[f"model_{s.name}"], engine) for s in domain.segmentations}
            assigned, profiles, expected = list[pd.DataFrame](), list[pd.DataFrame](), 0
            pictures: dict[str, pd.DataFrame] = {}
            for month in run.months:
                frame = customers_of(features, engine, month)
                found = {}
                for segmentation in domain.segmentations:
                    name = segmentation.name
                    if month in fitted[name] and len(frame):
                        found[name] = scored(segmentation, frame, fitted[name], before.get(name), month)
                models_now = {name: fitted[name][month] for name in found}
                shapes = _profiled(spec, frame, models_now, found)
                for combination in domain.combinations:
                    if set(combination.of) <= found.keys():
                        found[combination.name] = combined(combination, found)
                        shapes[combination.name] = _joined(frame, combination.of, found[combination.name], shapes)
                before = {
                    name: pd.Series(rows["segment_id"].to_numpy(), index=frame["customer_id"])
                    for name, rows in found.items()
                }
                expected += len(frame) * len(domain.groupings)
                assigned += [rows.assign(month=month, segmentation=name) for name, rows in found.items()]
                profiles += [rows.assign(month=month, segmentation=name) for name, rows in shapes.items()]
                pictures = shapes or pictures
            table = as_table(assigned, tables.SEGMENTS)
            tried, events = _history(models, run, engine)
        yield dg.Output(
            table,
            "segments",
            metadata={"sizes": dg.MetadataValue.md(sizes(pictures)), "dagster/column_lineage": segments_lineage(spec)},
        )
        yield dg.Output(as_table(profiles, tables.PROFILES), "profiles", metadata=picture_metadata(pictures))
        yield dg.Output(from_rows(tried, tables.SELECTION), "selection")
        yield dg.Output(from_rows(events, tables.EVENTS), "events")
        once = table.group_by(["customer_id", "month", "segmentation"]).aggregate([]).num_rows
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=EVERYONE,
            passed=expected == table.num_rows == once,
            description=f"{expected} customers x segmentations expected, {table.num_rows} rows, {once} different ones",
        )

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


def _profiled(
    spec: DomainSpec, frame: pd.DataFrame, models: dict[str, Any], found: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The profile of each segmentation of a month."""
    from arcana_assets.segmentation.models.named import personas_of
    from arcana_assets.segmentation.personas.naming import actions_of
    from arcana_assets.segmentation.profiles.profile import profile

    shapes = {}
    for name, model in models.items():
        settings = spec.domain.segmentation(name)
        actions = {each.segment_id: actions_of(each, settings.personas) for each in personas_of(model)}
        columns = list(dict.fromkeys([*model.features, *settings.personas.features]))
        labels = {column: label_of(column) for column in columns}
        points = model.preprocessing.points(frame)
        shape = profile(frame, found[name], columns, points, labels, actions, settings.seed)
        sure = {each.segment_id: each.confident for each in personas_of(model)}
        shapes[name] = shape.assign(confident=shape["segment_id"].map(sure).astype("boolean"))
    return shapes


def _joined(frame: pd.DataFrame, of: list[str], found: pd.DataFrame, shapes: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The profile of a combination: its own averages, and the rules and actions of the segments that it is made of."""
    from arcana_assets.segmentation.profiles.profile import profile

    named = [shapes[name].set_index("segment_id") for name in of]
    features = list(dict.fromkeys(each[5:] for part in named for each in part.columns if each.startswith("mean_")))
    labels = {column: label_of(column) for column in features}
    shape = profile(frame, found, features, labels=labels)
    parts = [ids_of(segment, len(of)) for segment in shape["segment_id"].tolist()]

    def together(column: str, between: str) -> pd.Series:
        told = [[part.at[each, column] for part, each in zip(named, ids, strict=True)] for ids in parts]
        kept = [[str(text) for text in texts if isinstance(text, str) and text] for texts in told]
        return pd.Series([between.join(texts) or None for texts in kept], index=shape.index, dtype=object)

    joined = {"membership_rule": together("membership_rule", " E "), "actions": together("actions", "; ")}
    return shape.assign(**joined, confident=pd.Series(pd.NA, index=shape.index, dtype="boolean"))


def _history(
    models: dict[str, ir.Table], run: Run, engine: Engine
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the fits of the run's months tried, and what became of segments in them."""
    tried, events = [], []
    for table in models.values():
        mine = table.filter(table.month.isin(list(run.months))).order_by("month")
        for row in engine.backend.to_pyarrow(mine).to_pylist():
            of = {"month": row["month"], "segmentation": row["segmentation"]}
            serves = row["outcome"] in ("first", "replaced", "promoted")
            tried += [of | each | {"serves": each["chosen"] and serves} for each in json.loads(row["selection"])]
            happened = json.loads(row["events"])
            events += [of | event | {"other_segment_id": event["other"]} for event in happened]
    return tried, events
