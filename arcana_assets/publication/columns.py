"""Columns of published files: labels, units and kinds, from what the tables behind them declare.

Belongs here: which words of a table a file takes. Does not belong here: the files (`publications`), the rows (`rows`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from arcana_assets.catalogue.tables import column_of
from arcana_assets.domain.column import Column, Kind
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.facets.features import MEAN, MEDIAN, PERSONA_OF, is_indicator
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.presentation.labels import label_of, unit_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.publication.publications import Publication

# Shown beside the segments of a customer where customer 360 has them, after the axes of the segmentations.
HEADLINES = (
    *("monetary", "frequency", "recency_days", "average_ticket"),
    *("visits", "weekend_share", "coupon_share", "dwell_minutes", "days_since_visit"),
    *("mrr_12m", "contract_value", "products_owned", "nps", "tickets_opened", "active_days"),
    *("segment", "revenue_band", "state", "district", "marketing_opt_in"),
    "tenure_months",
)


def published_columns(
    publication: Publication, types: Mapping[str, ColumnType], currency: str, language: Language | None = None
) -> tuple[PublishedColumn, ...]:
    """The columns of a file from the names and types of its table, in their order. No two labels are alike."""
    language = language or language_of()
    columns, taken = [], set[str]()
    for name, type_ in types.items():
        known = publication.described(name) or _persona_column(name)
        label = label_of(name, language, (publication.name, *publication.tables))
        if label.casefold() in taken:
            label = f"{label} ({name})"
        taken.add(label.casefold())
        unit = unit_of(known.unit, language, currency) if known else ""
        kind = _kind(name, type_, known)
        description = known.description if known else ""
        choices = language.words(f"workbook.{publication.choices[name]}") if name in publication.choices else ()
        columns.append(PublishedColumn(name, label, kind, unit, description, choices))
    return tuple(columns)


def _persona_column(name: str) -> Column | None:
    """What a column with the persona in a segmentation means; None for any other name."""
    if not name.startswith(PERSONA_OF):
        return None
    segmentation = name.removeprefix(PERSONA_OF)
    words = f"The customer's persona in the segmentation `{segmentation}`; null for who has no segment"
    return Column(name, "text", words)


def headlines(axes: Iterable[str], known: Iterable[str]) -> list[str]:
    """The columns of customer 360 that stand beside a customer's segments: the axes first, each once."""
    there = set(known)
    return [name for name in dict.fromkeys((*axes, *HEADLINES)) if name in there]


def _kind(name: str, type_: ColumnType, known: Column | None) -> Kind:
    """How the values of a file's column are shown, whose type may be another than that of the table's column."""
    number = type_ in ("decimal", "double")
    for prefix in (MEAN, MEDIAN):
        if number and name.startswith(prefix):
            feature = name.removeprefix(prefix)
            if is_indicator(feature):  # 0 or 1, so the mean is a share
                return "share"
            return _kind(feature, type_, column_of("customer_360", feature))
    column = replace(known or Column(name, type_, ""), type=type_)
    return (column if number else replace(column, shown=None)).kind
