"""Pictures of the segments: the gold tables of a month as PNG files for business people, read back before they appear.

Belongs here: which tables feed which picture, and the order of drawing, checking and publishing. Does not belong here:
how a picture is drawn (`segmentation.pictures`), where files are (`exports`).
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.facets.features import LIFT, MEAN, expanded
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine
from arcana_assets.exports.files import Exports, PublishedFile
from arcana_assets.exports.publishing import publish_together, published
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.drawing import NotAPicture, size_of, thumbnail
from arcana_assets.presentation.labels import label_of
from arcana_assets.segmentation.assets.inputs import customers_of
from arcana_assets.segmentation.pictures.distributions import distributions_picture
from arcana_assets.segmentation.pictures.migration import migration_picture
from arcana_assets.segmentation.pictures.profile import profile_picture, telling
from arcana_assets.segmentation.pictures.projection import projection_picture, standardised
from arcana_assets.segmentation.pictures.selection import selection_picture
from arcana_assets.segmentation.pictures.sizes import sizes_picture

NAME = "figuras_dos_segmentos"
EVERY_PICTURE = "every_picture_published"
MOST_BYTES = 44_000  # of a picture within the metadata; as base64 it is a third more
TABLES = {
    "segments": "segments",
    "profiles": "segment_profiles",
    "migration": "segment_migration",
    "selection": "segmentation_selection",
    "features": "feature_matrix",
}


@dataclass(frozen=True)
class _MonthDrawn:
    """What became of a month: its pictures by file name, what is wrong with them, its files where nothing is."""

    month: date
    pictures: Mapping[str, bytes]
    faults: tuple[str, ...]
    files: tuple[PublishedFile, ...] | None


def segment_pictures_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The pictures of all segmentations of a domain: a folder a month, six files a segmentation.

    A combination has its sizes only: its moves are those of its parts, and too many pairs for a picture. The choice of
    the number of segments is drawn in months with a fit.
    """
    domain, key = spec.domain, spec.key("published", NAME)

    @dg.multi_asset(
        name=f"{domain.name}_published_{NAME}",
        ins={name: dg.AssetIn(spec.key("gold", table)) for name, table in TABLES.items()},
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
    def pictures(
        context: dg.AssetExecutionContext, engine: Engine, exports: Exports, **tables: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            made = [_publish(spec, month, tables, engine, exports) for month in run.months]
        last = made[-1]
        yield from published(
            context,
            exports,
            key,
            {each.month: each.files for each in made},
            checks=[_check_result(key, made)],
            # Of the last month alone: pictures in the metadata of every month would fill the log.
            months={last.month: {} if last.faults else _embedded(last)},
        )

    return pictures


def _publish(
    spec: DomainSpec, month: date, tables: Mapping[str, ir.Table], engine: Engine, exports: Exports
) -> _MonthDrawn:
    """Draws a month into drafts, reads all of them back, and only then lets each take its place."""
    frames = {name: _of_month(table, month, engine) for name, table in tables.items() if name != "features"}
    frames["features"] = customers_of(tables["features"], engine, month)
    pictures = dict(_drawn(spec, month, frames))
    faults_of = partial(_faults, segmentations=frames["segments"]["segmentation"].unique().tolist())
    files, faults = publish_together(exports, spec.key("published", NAME), month, pictures, faults_of)
    return _MonthDrawn(month, pictures, faults, files)


def _of_month(table: ir.Table, month: date, engine: Engine) -> pd.DataFrame:
    mine = table.filter(table.month == month).drop("month")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


def _drawn(spec: DomainSpec, month: date, frames: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, bytes]]:
    """The pictures of a month, with the names of their files."""
    modelled = {segmentation.name: segmentation for segmentation in spec.domain.segmentations}
    for name in sorted(frames["segments"]["segmentation"].unique()):
        mine = {table: rows[rows["segmentation"] == name] for table, rows in frames.items() if table != "features"}
        of = f"{name.replace('_', ' ')}, {month:%m/%Y}"
        yield f"{name}_tamanhos.png", sizes_picture(mine["profiles"], f"Clientes por segmento: {of}")
        if name in modelled:
            yield f"{name}_migracao.png", migration_picture(mine["migration"], f"De onde vieram os clientes: {of}")
            yield from _of_model(modelled[name], mine, frames["features"], of)
            if len(mine["selection"]):
                tried = selection_picture(mine["selection"], f"Escolha do número de segmentos: {of}")
                yield f"{name}_selecao.png", tried


def _of_model(
    segmentation: Segmentation, mine: Mapping[str, pd.DataFrame], customers: pd.DataFrame, of: str
) -> Iterator[tuple[str, bytes]]:
    """The pictures of the features that a segmentation groups by."""
    name, profiles = segmentation.name, mine["profiles"]
    features = [each for each in expanded(segmentation.features, customers.columns) if each in customers.columns]
    labels = {feature: label_of(feature) for feature in features}
    known = [each for each in features if {LIFT + each, MEAN + each} <= set(profiles.columns)]
    if known and len(profiles):
        columns = [prefix + each for each in known for prefix in (MEAN, LIFT)]
        table = profiles[["segment_id", "persona", "customers", "share", *columns]]
        yield f"{name}_perfil.png", profile_picture(table, labels)
    grouped = customers.merge(mine["segments"][["customer_id", "segment_id"]], on="customer_id", validate="1:1")
    ids = grouped["segment_id"]
    personas = dict(zip(profiles["segment_id"].tolist(), profiles["persona"].astype(str).tolist(), strict=True))
    title = f"Distribuição dos atributos: {of}"
    shown = telling(known, profiles) if known and len(profiles) else features
    yield f"{name}_distribuicoes.png", distributions_picture(grouped, ids, personas, shown, labels, title)
    points, title = standardised(grouped, features), f"Clientes e centros dos segmentos: {of}"
    yield f"{name}_projecao.png", projection_picture(points, ids.to_numpy(), personas, title, segmentation.seed)


def _faults(drafts: Sequence[Path], segmentations: Sequence[str]) -> tuple[str, ...]:
    """What reading the files back found: those that are no pictures, segmentations without any."""
    faults = [
        f"{name} has no picture of its sizes"
        for name in segmentations
        if f"{name}_tamanhos.png" not in {draft.name for draft in drafts}
    ]
    for draft in drafts:
        try:
            size_of(draft.read_bytes())
        except NotAPicture as wrong:
            faults.append(f"{draft.name}: {wrong}")
    return tuple(faults)


def _check_result(key: dg.AssetKey, made: Sequence[_MonthDrawn]) -> dg.AssetCheckResult:
    faults = [f"{each.month:%Y-%m}: {fault}" for each in made for fault in each.faults]
    pictures = sum(len(each.pictures) for each in made)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=EVERY_PICTURE,
        passed=not faults,
        description="; ".join(faults) or f"{pictures} pictures",
        metadata={"pictures": pictures},
    )


def _embedded(drawn: _MonthDrawn) -> dict[str, Any]:
    """The pictures of a month, small, within the Markdown itself: a run log keeps no files."""
    names = {file: file.removesuffix(".png") for file in drawn.pictures}
    small = {name: b64encode(thumbnail(drawn.pictures[file], MOST_BYTES)).decode() for file, name in names.items()}
    return {name: dg.MetadataValue.md(f"![{name}](data:image/png;base64,{picture})") for name, picture in small.items()}
