"""Models, segments and profiles: one model a segmentation and month, kept as data, and what it says of each customer.

Belongs here: fitting for a month, scoring with the month's and the previous month's model. Does not belong here: how a
segmentation is fitted (`ml.segmentation`), sizes and pictures for the UI (`segment_metadata`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.assets.segment_metadata import fit_metadata, picture_metadata, segments_lineage, sizes
from arcana_assets.assets.spec import DomainSpec, Run, spell_months, with_history
from arcana_assets.domain.feature_names import expanded
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings import Segmentation
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake_io import failures

ADMISSIBLE, EVERYONE = "a_clustering_passes_the_gate", "every_customer_in_one_segment"
MODELS = pa.schema(
    [
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("k", pa.int64()),
        ("silhouette", pa.float64()),
        ("smallest_share", pa.float64()),
        ("customers", pa.int64()),
        ("admissible", pa.bool_()),
        ("reason", pa.string()),
        ("model", pa.string()),
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
        ("distance", pa.float64()),
    ]
)


def segmentation_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """A model for each segmentation of the domain, then segments and profiles of all of them."""
    return [*(_model(spec, segmentation) for segmentation in spec.domain.segmentations), _segments(spec)]


def _model(spec: DomainSpec, segmentation: Segmentation) -> dg.AssetsDefinition:
    key = spec.key("models", segmentation.name)

    @dg.multi_asset(
        name=f"{spec.domain.name}_model_{segmentation.name}",
        ins={"features": dg.AssetIn(spec.key("gold", "feature_matrix"))},
        outs={
            "model": spec.out(
                "models",
                segmentation.name,
                f"K-Means on {', '.join(segmentation.features)}, logarithmic and standardised; "
                "the fitted model as JSON, a row a month.",
            )
        },
        check_specs=[
            dg.AssetCheckSpec(ADMISSIBLE, asset=key, description="Some k keeps every segment within the shares allowed")
        ],
        **spec.options,
    )
    def model(context: dg.AssetExecutionContext, engine: Engine, features: ir.Table) -> Iterator[Any]:
        from arcana_assets.ml.segmentation import fit_segmentation

        run, rows = Run.of(context, spec.domain), []
        metadata: dict[str, Any] = {}
        with failures():
            shaped_by = [segmentation.fitted_on] if segmentation.fitted_on else []
            wanted = expanded(segmentation.features, features.columns)
            columns = ["customer_id", *dict.fromkeys([*wanted, *shaped_by])]
            frames = _by_month(features, engine, columns)
            for month in run.months:
                everyone = frames.get(month)
                if everyone is None:  # no customer at all: there is nothing to fit
                    continue
                shaping = everyone[everyone[segmentation.fitted_on] > 0] if segmentation.fitted_on else everyone
                # A month in which nobody is above zero still gives everyone a segment.
                frame = shaping if len(shaping) else everyone
                fitted = fit_segmentation(
                    frame,
                    segmentation.name,
                    [name for name in wanted if frame[name].notna().any()] or wanted[:1],
                    k_range=segmentation.k,
                    minimum_share=segmentation.minimum_share,
                    maximum_share=segmentation.maximum_share,
                    seed=segmentation.seed,
                    axis=segmentation.axis,
                    axis_label=segmentation.axis_label,
                )
                chosen = next(row for row in fitted.selection if row["chosen"])
                kept = {name: chosen[name] for name in ("k", "silhouette", "smallest_share", "admissible")}
                rows.append(
                    {
                        "month": month,
                        "segmentation": fitted.name,
                        "customers": fitted.customers,
                        "reason": fitted.reason,
                        "model": fitted.to_json(),
                        **kept,
                    }
                )
                context.log.info(f"{segmentation.name} {month:%Y-%m}: {fitted.reason}")
                metadata = fit_metadata(pd.DataFrame(fitted.selection), rows[-1])
        yield dg.Output(pa.Table.from_pylist(rows, schema=MODELS), "model", metadata=metadata)
        refused = [row["month"] for row in rows if not row["admissible"]]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=ADMISSIBLE,
            passed=not refused,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"No k passes in {', '.join(f'{month:%Y-%m}' for month in refused)}"
            if refused
            else f"A k passes in {spell_months(run.months)}",
        )

    return model


def _segments(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "segments")

    @dg.multi_asset(
        name=f"{domain.name}_segments",
        ins={
            "features": with_history(spec.key("gold", "feature_matrix"), 1),
            **{f"model_{s.name}": with_history(spec.key("models", s.name), 1) for s in domain.segmentations},
        },
        outs={
            "segments": spec.out(
                "gold",
                "segments",
                "The segment of each customer in each segmentation, and where the month before put them.",
            ),
            "profiles": spec.out("gold", "segment_profiles", "Size, means, medians and lifts of each segment."),
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
        context: dg.AssetExecutionContext, engine: Engine, features: ir.Table, **models: ir.Table
    ) -> Iterator[Any]:
        from arcana_assets.ml.segmentation import profile

        run = Run.of(context, domain)
        with failures():
            wanted = {n for s in domain.segmentations for n in expanded(s.features, features.columns)}
            frames = _by_month(features, engine, ["customer_id", *sorted(wanted)])
            assigned, profiles, pictures = [], [], {}
            for segmentation in domain.segmentations:
                fitted = _fitted(models[f"model_{segmentation.name}"], engine)
                for month in run.months:
                    if month not in fitted:
                        continue
                    frame = frames[month]
                    found = fitted[month].assign(frame)
                    assigned.append(
                        _with_previous(frame, found, frames, fitted, month).assign(
                            month=month, segmentation=segmentation.name
                        )
                    )
                    shape = profile(frame, found, fitted[month].features)
                    profiles.append(shape.assign(month=month, segmentation=segmentation.name))
                    pictures[segmentation.name] = shape
        table = _table(assigned, SEGMENTS)
        yield dg.Output(
            table,
            "segments",
            metadata={"sizes": dg.MetadataValue.md(sizes(pictures)), "dagster/column_lineage": segments_lineage(spec)},
        )
        yield dg.Output(_profiles(profiles), "profiles", metadata=picture_metadata(pictures))
        expected = sum(len(frames[month]) for month in run.months if month in frames) * len(domain.segmentations)
        once = len({tuple(row.values()) for row in table.select(["customer_id", "month", "segmentation"]).to_pylist()})
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=EVERYONE,
            passed=expected == table.num_rows == once,
            description=f"{expected} customers x segmentations expected, {table.num_rows} rows, {once} different ones",
        )

    return segments


def _by_month(table: ir.Table, engine: Engine, columns: list[str]) -> dict[date, pd.DataFrame]:
    """A frame a month, customers in order, of the columns asked for."""
    frame = engine.backend.to_pyarrow(table.select("month", *columns).order_by("month", "customer_id")).to_pandas()
    return {month: rows.drop(columns="month").reset_index(drop=True) for month, rows in frame.groupby("month")}


def _fitted(models: ir.Table, engine: Engine) -> dict[date, Any]:
    from arcana_assets.ml.segmentation import SegmentationModel

    rows = engine.backend.to_pyarrow(models.select("month", "model")).to_pylist()
    return {row["month"]: SegmentationModel.from_json(row["model"]) for row in rows}


def _with_previous(
    frame: pd.DataFrame, found: pd.DataFrame, frames: dict[date, pd.DataFrame], fitted: dict[date, Any], month: date
) -> pd.DataFrame:
    """Segments with the one that the month before gave the same customer; null for who was not there."""
    table = pd.concat([frame[["customer_id"]], found], axis=1)
    before = shifted(month, -1)
    if before not in fitted or before not in frames:
        return table.assign(previous_segment_id=pd.Series(pd.NA, index=table.index, dtype="Int64"))
    earlier = pd.Series(
        fitted[before].assign(frames[before])["segment_id"].to_numpy(), index=frames[before]["customer_id"]
    )
    return table.assign(previous_segment_id=table["customer_id"].map(earlier).astype("Int64"))


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
