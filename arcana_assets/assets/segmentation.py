"""Segments and profiles: what the models of the months say of each customer.

Belongs here: scoring, what a move is due to, the tables of what was tried and what happened. Does not belong here: the
models (`segmentation_models`), sizes and pictures for the UI (`segment_metadata`).
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.assets.segment_metadata import picture_metadata, segments_lineage, sizes
from arcana_assets.assets.segmentation_models import customers_of, fitted_models, model_asset
from arcana_assets.assets.spec import DomainSpec, Run, with_history
from arcana_assets.domain.months import shifted
from arcana_assets.domain.segmentations import Segmentation
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_io import failures

EVERYONE = "every_customer_in_one_segment"
SELECTION = pa.schema(
    [
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("k", pa.int64()),
        ("silhouette", pa.float64()),
        ("silhouette_on", pa.string()),
        ("silhouette_customers", pa.int64()),
        ("silhouette_error", pa.float64()),
        ("calinski_harabasz", pa.float64()),
        ("davies_bouldin", pa.float64()),
        ("smallest_share", pa.float64()),
        ("largest_share", pa.float64()),
        ("stability", pa.float64()),
        ("inertia", pa.float64()),
        ("admissible", pa.bool_()),
        ("refused_for", pa.string()),
        ("chosen", pa.bool_()),
    ]
)
EVENTS = pa.schema(
    [
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("event", pa.string()),
        ("segment_id", pa.int64()),
        ("other_segment_id", pa.int64()),
        ("customers", pa.int64()),
    ]
)
SEGMENTS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("segment_id", pa.int64()),
        ("persona", pa.string()),
        ("previous_segment_id", pa.int64()),
        ("behaviour_segment_id", pa.int64()),
        ("move", pa.string()),
        ("distance", pa.float64()),
    ]
)


def segmentation_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """A model for each segmentation of the domain, then segments and profiles of all of them."""
    return [*(model_asset(spec, segmentation) for segmentation in spec.domain.segmentations), _segments(spec)]


def _segments(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "segments")

    @dg.multi_asset(
        name=f"{domain.name}_segments",
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **{f"model_{s.name}": with_history(spec.key("models", s.name), 1) for s in domain.segmentations},
        },
        outs={
            "segments": spec.out(
                "gold",
                "segments",
                "The segment of each customer in each segmentation, the one before, and what a move is due to.",
            ),
            "profiles": spec.out("gold", "segment_profiles", "Size, means, medians and lifts of each segment."),
            "selection": spec.out("gold", "segmentation_selection", "Each k that was tried, its measures and limits."),
            "events": spec.out("gold", "segment_events", "Segments born, split, merged, retired or renamed."),
        },
        check_specs=[
            dg.AssetCheckSpec(
                EVERYONE,
                asset=key,
                blocking=True,
                description="Each customer of the feature matrix has one segment in each segmentation",
            )
        ],
        **spec.options,
    )
    def segments(
        context: dg.AssetExecutionContext, lake: Lake, engine: Engine, features: ir.Table, **models: ir.Table
    ) -> Iterator[Any]:
        from arcana_assets.ml.segmentation import profile

        run = Run.of(context, domain)
        with failures():
            before = _segments_before(lake, engine, key, run)
            fitted = {s.name: fitted_models(models[f"model_{s.name}"], engine) for s in domain.segmentations}
            assigned, profiles, pictures, expected = [], [], {}, 0
            for month in run.months:
                frame = customers_of(features, engine, month)
                expected += len(frame) * len(domain.segmentations)
                for segmentation in domain.segmentations:
                    name = segmentation.name
                    if month not in fitted[name] or frame.empty:
                        before[name] = pd.Series(dtype="int64")
                        continue
                    found = _scored(segmentation, frame, fitted[name], before.get(name), month)
                    before[name] = pd.Series(found["segment_id"].to_numpy(), index=frame["customer_id"])
                    assigned.append(found.assign(month=month, segmentation=name))
                    shape = profile(frame, found, fitted[name][month].features)
                    profiles.append(shape.assign(month=month, segmentation=name))
                    pictures[name] = shape
            table = _table(assigned, SEGMENTS)
            tried, events = _history(models, run, engine)
        yield dg.Output(
            table,
            "segments",
            metadata={"sizes": dg.MetadataValue.md(sizes(pictures)), "dagster/column_lineage": segments_lineage(spec)},
        )
        yield dg.Output(_profiles(profiles), "profiles", metadata=picture_metadata(pictures))
        yield dg.Output(pa.Table.from_pylist(tried, schema=SELECTION), "selection")
        yield dg.Output(pa.Table.from_pylist(events, schema=EVENTS), "events")
        once = len({tuple(row.values()) for row in table.select(["customer_id", "month", "segmentation"]).to_pylist()})
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


def _scored(
    segmentation: Segmentation, frame: pd.DataFrame, fitted: dict[date, Any], before: pd.Series | None, month: date
) -> pd.DataFrame:
    """Customers with their segment, the one of the month before, and what a move between them is due to."""
    from arcana_assets.ml.champion import groups
    from arcana_assets.ml.continuity import moves

    hysteresis = segmentation.refit.hysteresis
    known = frame["customer_id"].map(before if before is not None else {}).astype("Int64")
    previous = known.fillna(0).to_numpy(dtype="int64")
    found = fitted[month].assign(frame, previous, hysteresis)
    now, older = found["segment_id"].to_numpy(), fitted.get(shifted(month, -1))
    old = now
    if older is not None:
        # What the older model cannot group, for want of a feature, did not move by itself.
        usable = groups(older, frame)
        old = older.assign(frame, previous, hysteresis)["segment_id"].to_numpy() if usable else previous
    return pd.concat([frame[["customer_id"]], found], axis=1).assign(
        previous_segment_id=known,
        behaviour_segment_id=pd.Series(np.where(previous == 0, now, old), index=frame.index, dtype="Int64"),
        move=moves(previous, old, now),
    )


def _history(
    models: dict[str, ir.Table], run: Run, engine: Engine
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the fits of the run's months tried, and what became of segments in them."""
    tried, events = [], []
    for table in models.values():
        mine = table.filter(table.month.isin(list(run.months))).order_by("month")
        for row in engine.backend.to_pyarrow(mine).to_pylist():
            of = {"month": row["month"], "segmentation": row["segmentation"]}
            tried += [of | each for each in json.loads(row["selection"])]
            if row["fitted_month"] == row["month"]:
                happened = json.loads(row["model"])["events"]
                events += [of | event | {"other_segment_id": event["other"]} for event in happened]
    return tried, events


def _table(parts: list[pd.DataFrame], schema: pa.Schema) -> pa.Table:
    if not parts:
        return schema.empty_table()
    return pa.concat_tables(
        pa.Table.from_pandas(part[schema.names], schema=schema, preserve_index=False) for part in parts
    )


def _profiles(parts: list[pd.DataFrame]) -> pa.Table:
    """Profiles of all segmentations; a feature of one that another lacks is null there."""
    if not parts:
        fields = [
            ("month", pa.date32()),
            ("segmentation", pa.string()),
            ("segment_id", pa.int64()),
            ("persona", pa.string()),
            ("customers", pa.int64()),
            ("share", pa.float64()),
        ]
        return pa.schema(fields).empty_table()
    return pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)
