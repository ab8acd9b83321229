"""TODO: what this room is for."""

from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import LABELS as FEATURE_LABELS
from arcana_assets.domain.facets.features import LIFT, MEAN, MEDIAN, OWNS, PERCENTILE, PERSONA_OF, SHARE, SHARES_ABSENT
from arcana_assets.domain.facets.registry import ENCODED, FACET_LABELS

LABELS: dict[str, str] = {
    **FEATURE_LABELS,
    "customer_id": "Cliente",
    "month": "Mês",
    "gross": "Valor bruto",
    "returned": "Valor devolvido",
    "segmentation": "Segmentação",
    "segment_id": "Nº do segmento",
    "persona": "Persona",
    "previous_segment_id": "Nº do segmento anterior",
    "previous_persona": "Persona anterior",
    "distance": "Distância do centro do segmento",
    "rank": "Posição",
    "item_id": "Código do item",
    "item_name": "Item",
    "score": "Pontuação",
    "reason": "Motivo",
    "probability": "Probabilidade",
    "ticket": "Valor típico",
    "expected_value": "Valor esperado",
    "owners": "Clientes com o item",
    "penetration": "Penetração",
    "may_buy": "Clientes elegíveis",
    "potential": "Potencial (teto)",
    "recommended_to": "Recomendado a",
    "offered_at": "Oferecido em",
    "outcome": "Resultado",
    "customers": "Clientes",
    "recent_customers": "Clientes recentes",
    "segment_customers": "Clientes do segmento",
    "share": "Parcela dos clientes",
    SHARES_ABSENT: "Ausência: Parcela de compras",
}
"""What a header says, by the column's name. A name that is not here, and that no pattern covers, is its own label."""

_BLOCKS = {**{f"{name}_is_": label for name, label in ENCODED.items()}, OWNS: "Contratou"}
_PATTERNS: dict[str, str] = {PERSONA_OF: "Persona", SHARE: "Parcela de compras", HAS: "Tem", **_BLOCKS}
_STATISTICS: dict[str, str] = {MEAN: "Média", MEDIAN: "Mediana", LIFT: "Lift", PERCENTILE: "Percentil médio"}


def label_of(name: str) -> str:
    """The label of a column: its own, that of its pattern, else its name."""
    if name in LABELS:
        return LABELS[name]
    for prefix, words in _STATISTICS.items():
        if name.startswith(prefix):
            return f"{words}: {label_of(name.removeprefix(prefix))}"
    for prefix, words in _PATTERNS.items():
        if name.startswith(prefix) and (rest := name.removeprefix(prefix)):
            return f"{words}: {FACET_LABELS.get(rest, rest) if prefix == HAS else rest.replace('_', ' ')}"
    if (rest := name.removesuffix(ABSENT)) and rest != name:
        return f"Ausência: {FACET_LABELS.get(rest) or label_of(rest)}"
    return name
