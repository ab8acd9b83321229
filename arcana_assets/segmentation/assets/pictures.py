"""Pictures of the segments: the gold tables of a month as PNG files for business people, read back before they appear.

Belongs here: which tables feed them, and the order of drawing, checking and publishing. Does not belong here: which
pictures there are and how one is drawn (`segmentation.pictures`), where files are (`exports`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.engine.duckdb import Engine
from arcana_assets.exports.files import Exports, PublishedFile
from arcana_assets.exports.publishing import Published, publish_together, published
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.drawing import thumbnail
from arcana_assets.presentation.markdown import image
from arcana_assets.segmentation import tables as of_segmentation
from arcana_assets.segmentation.assets.inputs import customers_of
from arcana_assets.segmentation.pictures.month import faults_of_pictures, pictures_of_month

NAME = "figuras_dos_segmentos"
EVERY_PICTURE = "every_picture_published"
MOST_BYTES = 44_000  # of a picture within the metadata; as base64 it is a third more
TABLES = {
    "segments": of_segmentation.SEGMENTS,
    "profiles": of_segmentation.PROFILES,
    "migration": of_segmentation.MIGRATION,
    "selection": of_segmentation.SELECTION,
}


@dataclass(frozen=True)
class _MonthDrawn:
    """What became of a month: its pictures by file name, what is wrong with them, its files where nothing is."""

    month: date
    pictures: Mapping[str, bytes]
    faults: tuple[str, ...]
    files: tuple[PublishedFile, ...] | None


def segment_pictures_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The pictures of all segmentations of a domain: a folder a month, six files a segmentation."""
    domain, key = spec.domain, spec.key("published", NAME)

    @dg.multi_asset(
        name=f"{domain.name}_published_{NAME}",
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **{name: dg.AssetIn(spec.key_of(table)) for name, table in TABLES.items()},
        },
        outs={
            "files": spec.files_out(
                NAME,
                "Pictures of each segmentation: sizes, profile, distributions, projection, migration and "
                "the choice of the number of segments. A folder of PNG files a month.",
                {"matplotlib"},
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                EVERY_PICTURE,
                asset=key,
                blocking=True,
                description="Each segmentation of the month has its pictures, and each file, read back, is a whole PNG",
            )
        ],
        **spec.options,
    )
    def pictures(context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table) -> Published:
        run = Run.of(context, domain)
        with failures():
            made = [_publish(spec, month, tables, engine, exports) for month in run.months]
        last = made[-1]
        # Of the last month alone, and small: pictures in the metadata of every month would fill the log.
        small = {} if last.faults else {name: thumbnail(each, MOST_BYTES) for name, each in last.pictures.items()}
        embedded = {name.removesuffix(".png"): dg.MetadataValue.md(image(name, each)) for name, each in small.items()}
        yield from published(
            context,
            exports,
            key,
            {each.month: each.files for each in made},
            checks=[_check_result(key, made)],
            months={last.month: embedded},
        )

    return pictures


def _publish(
    spec: DomainSpec, month: date, tables: Mapping[str, ir.Table], engine: Engine, exports: Exports
) -> _MonthDrawn:
    """Draws a month into drafts, reads all of them back, and only then lets each take its place."""
    frames = {name: _of_month(tables[name], month, engine) for name in TABLES}
    frames["features"] = customers_of(tables["features"], engine, month)
    pictures = dict(pictures_of_month(spec.domain.segmentations, month, frames))

    def faults_of(drafts: Sequence[Path]) -> tuple[str, ...]:
        found = {draft.name: draft.read_bytes() for draft in drafts}
        return faults_of_pictures(found, frames["segments"]["segmentation"].unique().tolist())

    files, faults = publish_together(exports, spec.key("published", NAME), month, pictures, faults_of)
    return _MonthDrawn(month, pictures, faults, files)


def _of_month(table: ir.Table, month: date, engine: Engine) -> pd.DataFrame:
    mine = table.filter(table.month == month).drop("month")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


def _check_result(key: dg.AssetKey, made: Sequence[_MonthDrawn]) -> dg.AssetCheckResult:
    faults = [f"{each.month:%Y-%m}: {fault}" for each in made for fault in each.faults]
    pictures = sum(len(each.pictures) for each in made)
    said = "; ".join(faults) or f"{pictures} pictures"
    return verdict(key, EVERY_PICTURE, not faults, said, {"pictures": pictures}, blocking=True)
