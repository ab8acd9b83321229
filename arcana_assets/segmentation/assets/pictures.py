"""Pictures of the segments: the gold tables of a month as PNG files for business people, read back before they appear.

Belongs here: which tables feed them, which months are drawn, the order of drawing, checking and publishing. Does not
belong here: which pictures there are and what they show (`segmentation.pictures`), where files are (`exports`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.editions import PublishedFile
from arcana_assets.exports.files import Exports
from arcana_assets.exports.publishing import Published, publish_together, published
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.files_asset import files_asset
from arcana_assets.graph.run import Run, computes
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.charts import Chart
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.png import NotAPicture, digest, digest_of, png, size_of
from arcana_assets.segmentation import tables as of_segmentation
from arcana_assets.segmentation.assets.inputs import customers_of
from arcana_assets.segmentation.assets.metadata import embedded
from arcana_assets.segmentation.pictures.month import charts_of_month, faults_of_pictures

NAME = "figuras_dos_segmentos"
NOT_DRAWN = {"pictures": "not drawn: materialize this month of this asset without the segments to have them"}
EVERY_PICTURE = "every_picture_published"
TABLES = {
    "segments": of_segmentation.SEGMENTS,
    "profiles": of_segmentation.PROFILES,
    "migration": of_segmentation.MIGRATION,
    "selection": of_segmentation.SELECTION,
}


@dataclass(frozen=True)
class _MonthDrawn:
    """What became of a month: charts and pictures by file name, how many of these were there already, what is wrong
    with them, and the files where nothing is."""

    month: date
    charts: Mapping[str, Chart]
    pictures: Mapping[str, bytes]
    unchanged: int
    faults: tuple[str, ...]
    files: tuple[PublishedFile, ...] | None

    @property
    def told(self) -> dict[str, Any]:
        """How many pictures were drawn anew, for the log of the run."""
        return {"drawn": len(self.charts) - self.unchanged, "unchanged": self.unchanged}


def segment_pictures_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The pictures of all segmentations of a domain: a folder a month, six files a segmentation."""
    domain, key = spec.domain, spec.published(NAME)

    @files_asset(
        spec,
        NAME,
        "Pictures of each segmentation: sizes, profile, distributions, projection, migration and the choice of the "
        "number of segments. A folder of PNG files a month.",
        {"vegalite"},
        group="reports",
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **{name: dg.AssetIn(spec.key_of(table)) for name, table in TABLES.items()},
        },
        checks=[
            dg.AssetCheckSpec(
                EVERY_PICTURE,
                asset=key,
                blocking=True,
                description="Each segmentation of the month has its pictures, and each file, read back, is a whole PNG",
            )
        ],
    )
    def pictures(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Published:
        run = Run.of(context, domain)
        # Asked for without the segments, every month is drawn; else the last, and those whose pictures are there and
        # would be of older data.
        all_of_them = not computes(context, spec.key_of(of_segmentation.SEGMENTS))
        months = [month for month in run.months if all_of_them or month == run.months[-1] or exports.has(key, month)]
        made = [_publish(spec, month, tables, engine, exports) for month in months]
        # Of the last month alone, and small: pictures in the metadata of every month would fill the log.
        last = made[-1]
        pictures = {} if last.faults else last.pictures
        small = {name: embedded(last.charts[name], picture) for name, picture in pictures.items()}
        told = {each.month: each.told for each in made}
        told[last.month] |= {name.removesuffix(".png"): picture for name, picture in small.items()}
        yield from published(
            context,
            exports,
            key,
            {**dict.fromkeys(run.months, ()), **{each.month: each.files for each in made}},
            checks=[_check_result(key, made)],
            months={**dict.fromkeys(run.months, NOT_DRAWN), **told},
        )

    return pictures


def _publish(
    spec: DomainSpec, month: date, tables: Mapping[str, ir.Table], engine: Engine, exports: Exports
) -> _MonthDrawn:
    """Draws what is not drawn yet into drafts, reads all of them back, and only then lets each take its place."""
    customers, of = customers_of(tables["features"], engine, month)
    shown = {name: tables[name] for name in TABLES}
    if len(customers) < of:
        drawn = ibis.memtable(pa.table({"customer_id": pa.array(customers["customer_id"], pa.string())}))
        shown["segments"] = shown["segments"].semi_join(drawn, "customer_id")
    frames = {name: _of_month(table, month, engine) for name, table in shown.items()}
    frames["features"] = customers
    language = language_of(spec.domain.language)
    charts = dict(charts_of_month(spec.domain.segmentations, month, frames, language))
    key = spec.published(NAME)
    there = {name: _unchanged(chart, exports.read(key, month, name)) for name, chart in charts.items()}
    pictures = {name: picture or png(charts[name]) for name, picture in there.items()}

    def faults_of(drafts: Sequence[Path]) -> tuple[str, ...]:
        found = {draft.name: draft.read_bytes() for draft in drafts}
        return faults_of_pictures(found, frames["segments"]["segmentation"].unique().tolist(), language)

    files, faults = publish_together(exports, key, month, pictures, faults_of)
    unchanged = sum(picture is not None for picture in there.values())
    return _MonthDrawn(month, charts, pictures, unchanged, faults, files)


def _unchanged(chart: Chart, picture: bytes | None) -> bytes | None:
    """The published picture, where it is whole and was drawn from the same chart."""
    if picture is None:
        return None
    try:
        size_of(picture)
    except NotAPicture:
        return None
    return picture if digest_of(picture) == digest(chart) else None


def _of_month(table: ir.Table, month: date, engine: Engine) -> pd.DataFrame:
    mine = table.filter(table.month == month).drop("month")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


def _check_result(key: dg.AssetKey, made: Sequence[_MonthDrawn]) -> dg.AssetCheckResult:
    faults = [f"{each.month:%Y-%m}: {fault}" for each in made for fault in each.faults]
    pictures = sum(len(each.charts) for each in made)
    said = "; ".join(faults) or f"{pictures} pictures"
    return verdict(key, EVERY_PICTURE, not faults, said, {"pictures": pictures}, blocking=True)
