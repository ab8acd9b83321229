"""TODO: what this room is for."""

from collections.abc import Iterable, Mapping

from arcana_assets.catalogue.tables import describe_column
from arcana_assets.domain.column import MONEY, GoldColumn
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.facets.facet import ABSENT
from arcana_assets.domain.facets.features import LIFT, MEAN, MEDIAN, PERCENTILE, PERSONA_OF, SHARE
from arcana_assets.exports.column import Kind, PublishedColumn
from arcana_assets.presentation.labels import _BLOCKS, label_of
from arcana_assets.publication.publications import Publication

# Shown beside the segments of a customer where customer 360 has them, after the axes of the segmentations.
HEADLINES = (
    *("monetary", "frequency", "recency_days", "average_ticket"),
    *("mrr_12m", "contract_value", "products_owned", "nps", "tickets_opened", "active_days"),
    *("segment", "revenue_band", "state"),
    "tenure_months",
)

_AS_TYPED: dict[ColumnType, Kind] = {
    "text": "text",
    "boolean": "boolean",
    "integer": "integer",
    "instant": "instant",
}

CURRENCY = "<currency>"  # stands for the domain's currency in a unit
UNITS: dict[str, str] = {
    "days": "dias",
    "months": "meses",
    "orders": "pedidos",
    "products": "produtos",
    "customers": "clientes",
    "lines": "linhas",
    "items": "itens",
    "tickets": "chamados",
    "answers": "respostas",
    "points": "pontos",
    "proposals": "propostas",
    "contracts": "contratos",
    "sessions": "sessões",
    "modules": "módulos",
    "hours": "horas",
    "hours a ticket": "horas por chamado",
    "pieces": "peças",
    "as the feature": "como a variável",
    MONEY + " per order": f"{CURRENCY} por pedido",
    MONEY: CURRENCY,
}
"""Units of gold columns as a workbook spells them; one that is not here stays as it is."""


def published_columns(
    publication: Publication, types: Mapping[str, ColumnType], currency: str
) -> tuple[PublishedColumn, ...]:
    """The columns of a file from the names and types of its table, in their order. No two labels are alike."""
    columns, taken = [], set[str]()
    for name, type_ in types.items():
        label = publication.labels.get(name) or label_of(name)
        if label.casefold() in taken:
            label = f"{label} ({name})"
        taken.add(label.casefold())
        known = publication.described(name) or persona_column(name)
        unit = UNITS.get(known.unit, known.unit).replace(CURRENCY, currency) if known else ""
        kind = _kind(name, type_, known)
        description = known.description if known else ""
        columns.append(PublishedColumn(name, label, kind, unit, description, publication.choices.get(name, ())))
    return tuple(columns)


def persona_column(name: str) -> GoldColumn | None:
    """What a column with the persona in a segmentation means; None for any other name."""
    if not name.startswith(PERSONA_OF):
        return None
    segmentation = name.removeprefix(PERSONA_OF)
    words = f"The customer's persona in the segmentation `{segmentation}`; null for who has no segment"
    return GoldColumn(name, "text", words)


def headlines(axes: Iterable[str], known: Iterable[str]) -> list[str]:
    """The columns of customer 360 that stand beside a customer's segments: the axes first, each once."""
    there = set(known)
    return [name for name in dict.fromkeys((*axes, *HEADLINES)) if name in there]


def _kind(name: str, type_: ColumnType, known: GoldColumn | None) -> Kind:
    if type_ == "date":
        return "month" if name == "month" else "date"
    if type_ in _AS_TYPED:
        return _AS_TYPED[type_]
    if name.startswith(LIFT):
        return "decimal"
    for prefix in (MEAN, MEDIAN):
        if name.startswith(prefix):
            feature = name.removeprefix(prefix)
            if feature.endswith(ABSENT) or feature.startswith(tuple(_BLOCKS)):  # 0 or 1, so the mean is a share
                return "share"
            return _kind(feature, type_, describe_column("customer_360", feature))
    if (
        name.startswith((PERCENTILE, SHARE))
        or name in ("share", "membership_fidelity", "probability", "penetration")
        or name.endswith("_share")
        or "_growth_" in name
    ):
        return "share"
    return "money" if known and known.unit.startswith(MONEY) else "decimal"
