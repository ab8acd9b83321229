"""Labels: what a header or a picture calls a feature, in the language of its readers.

Belongs here: the words of patterns and statistics, and the look-up. Does not belong here: the label of one column; its
declaration says it.
"""

from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import BLOCKS, LIFT, MEAN, MEDIAN, OWNS, PERCENTILE, PERSONA_OF, SHARES_ABSENT
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.facets.registry import ENCODED, FACETS

_LABELS = {name: column.label for name, column in columns_of("customer_360", FACETS).items() if column.label}
_OF_FACETS = {name: facet.label for name, facet in FACETS.items()}
_OF_SHARES = "Parcela de compras"
_PATTERNS: dict[str, str] = {
    PERSONA_OF: "Persona",
    SHARE: _OF_SHARES,
    HAS: "Tem",
    **dict(zip(BLOCKS, ENCODED.values(), strict=True)),
    OWNS: "Contratou",
}
_STATISTICS: dict[str, str] = {MEAN: "Média", MEDIAN: "Mediana", LIFT: "Lift", PERCENTILE: "Percentil médio"}


def label_of(name: str) -> str:
    """The label of a feature or of a statistic of one: its own, that of its pattern, else its name."""
    if name in _LABELS:
        return _LABELS[name]
    if name == SHARES_ABSENT:
        return f"Ausência: {_OF_SHARES}"
    for prefix, words in _STATISTICS.items():
        if name.startswith(prefix):
            return f"{words}: {label_of(name.removeprefix(prefix))}"
    for prefix, words in _PATTERNS.items():
        if name.startswith(prefix) and (rest := name.removeprefix(prefix)):
            return f"{words}: {_OF_FACETS.get(rest, rest) if prefix == HAS else rest.replace('_', ' ')}"
    if (rest := name.removesuffix(ABSENT)) and rest != name:
        return f"Ausência: {_OF_FACETS.get(rest) or label_of(rest)}"
    return name
