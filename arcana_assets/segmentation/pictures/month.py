"""Charts of a month: which segmentation has which, of which features, and what is a fault of them.

Belongs here: names, titles and columns of all pictures that business people get. Does not belong here: how one is drawn
(the other files), reading and publishing (`assets.pictures`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import pandas as pd

from arcana_assets.domain.facets.features import LIFT, MEAN, expanded
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.charts import Chart
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.presentation.png import NotAPicture, size_of
from arcana_assets.segmentation.pictures.distributions import distributions_chart
from arcana_assets.segmentation.pictures.migration import migration_chart
from arcana_assets.segmentation.pictures.profile import profile_chart, telling
from arcana_assets.segmentation.pictures.projection import projection_chart, standardised
from arcana_assets.segmentation.pictures.selection import selection_chart
from arcana_assets.segmentation.pictures.sizes import sizes_chart


def charts_of_month(
    segmentations: Sequence[Segmentation],
    month: date,
    frames: Mapping[str, pd.DataFrame],
    language: Language = DEFAULT,
) -> Iterator[tuple[str, Chart]]:
    """The charts of a month, with the names of their files.

    `frames` are the month's segments, profiles, migration and selection, and the features, a row a customer; segments
    and features may be those of a sample of the customers, the other tables are of all. A
    combination has its sizes only: its moves are those of its parts, and too many pairs for a chart. The choice of
    the number of segments is drawn in months with a fit.
    """
    say, modelled = language.say, {segmentation.name: segmentation for segmentation in segmentations}
    for name in sorted(frames["segments"]["segmentation"].unique()):
        mine = {table: rows[rows["segmentation"] == name] for table, rows in frames.items() if table != "features"}
        of = f"{name.replace('_', ' ')}, {language.short_month(month)}"
        yield (
            _file(name, "sizes", language),
            sizes_chart(mine["profiles"], say("segmentation.pictures.sizes", of=of), language),
        )
        if name in modelled:
            moved = say("segmentation.pictures.migration", of=of)
            yield _file(name, "migration", language), migration_chart(mine["migration"], moved, language)
            yield from _of_model(modelled[name], mine, frames["features"], of, language)
            if len(mine["selection"]):
                title = say("segmentation.pictures.selection", of=of)
                tried = selection_chart(mine["selection"], title, language)
                yield _file(name, "selection", language), tried


def _file(segmentation: str, shown: str, language: Language) -> str:
    return f"{segmentation}_{language.say(f'segmentation.pictures.files.{shown}')}.png"


def _of_model(
    segmentation: Segmentation,
    mine: Mapping[str, pd.DataFrame],
    customers: pd.DataFrame,
    of: str,
    language: Language,
) -> Iterator[tuple[str, Chart]]:
    """The charts of the features that a segmentation groups by."""
    name, profiles, say = segmentation.name, mine["profiles"], language.say
    features = [each for each in expanded(segmentation.features, customers.columns) if each in customers.columns]
    labels = {feature: label_of(feature, language) for feature in features}
    known = [each for each in features if {LIFT + each, MEAN + each} <= set(profiles.columns)]
    if known and len(profiles):
        columns = [prefix + each for each in known for prefix in (MEAN, LIFT)]
        table = profiles[["segment_id", "persona", "customers", "share", *columns]]
        title = say("segmentation.pictures.profile", of=of)
        yield _file(name, "profile", language), profile_chart(table, labels, title, language)
    grouped = customers.merge(mine["segments"][["customer_id", "segment_id"]], on="customer_id", validate="1:1")
    ids = grouped["segment_id"]
    personas = dict(zip(profiles["segment_id"].tolist(), profiles["persona"].astype(str).tolist(), strict=True))
    title = say("segmentation.pictures.distributions", of=of)
    shown = telling(known, profiles) if known and len(profiles) else features
    chart = distributions_chart(grouped, ids, personas, shown, labels, title, language)
    yield _file(name, "distributions", language), chart
    points, title = standardised(grouped, features), say("segmentation.pictures.projection", of=of)
    # The customers drawn of may be a sample; the profiles are of all.
    sizes = dict(zip(profiles["segment_id"].tolist(), profiles["customers"].tolist(), strict=True))
    chart = projection_chart(points, ids.to_numpy(), personas, title, segmentation.seed, sizes, language)
    yield _file(name, "projection", language), chart


def faults_of_pictures(
    pictures: Mapping[str, bytes], segmentations: Sequence[str], language: Language
) -> tuple[str, ...]:
    """Files that are no pictures, and segmentations without any: of its sizes each has one."""
    faults = [
        f"{name} has no picture of its sizes"
        for name in segmentations
        if _file(name, "sizes", language) not in pictures
    ]
    for name, picture in pictures.items():
        try:
            size_of(picture)
        except NotAPicture as wrong:
            faults.append(f"{name}: {wrong}")
    return tuple(faults)
