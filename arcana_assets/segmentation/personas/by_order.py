"""Names of segments by order: the highest on the axis first, the lowest last.

Belongs here: the scale of names and the place on it. Does not belong here: numbers and repeated names (`naming`).
"""

import math
from collections.abc import Mapping, Sequence

from arcana_assets.domain.facets.features import MEAN, PERCENTILE
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.notation import number, percent
from arcana_assets.segmentation.personas.persona import Choice, Persona, Row, known, settled

_LEVELS = {
    2: ("Alta", "Baixa"),
    3: ("Alta", "Média", "Baixa"),
    4: ("Alta", "Média Alta", "Média Baixa", "Baixa"),
    5: ("Alta", "Média Alta", "Média", "Média Baixa", "Baixa"),
    6: ("Muito Alta", "Alta", "Média Alta", "Média Baixa", "Baixa", "Muito Baixa"),
    7: ("Muito Alta", "Alta", "Média Alta", "Média", "Média Baixa", "Baixa", "Muito Baixa"),
}


def by_order(rows: Sequence[Row], axis: str, label: str, slack: float, kept: Mapping[int, Persona]) -> list[Choice]:
    """A choice for each segment by its place on the axis, the highest mean first.

    Two segments keep the order of last month until their mean percentiles are further apart than `slack`. `kept` are
    all personas of that month. A name is confident whose neighbours are further away than that.
    """
    last = {text: place for place, text in enumerate(_names_of(len(kept), label))}
    rank = {each: last[persona.name] for each, persona in kept.items() if persona.name in last}
    order = sorted(rows, key=lambda row: (-known(row[MEAN + axis], -math.inf), row["segment_id"]))
    at = {row["segment_id"]: known(row[PERCENTILE + axis], 0.0) for row in rows}
    ids = settled([row["segment_id"] for row in order], rank, at, slack)
    choices, means = [], {row["segment_id"]: row[MEAN + axis] for row in rows}
    for place, (each, text) in enumerate(zip(ids, _names_of(len(ids), label), strict=True)):
        beside = ids[max(place - 1, 0) : place] + ids[place + 1 : place + 2]
        sure = len(ids) == 1 or all(abs(at[each] - at[other]) > slack + 1e-9 for other in beside)
        sure = sure and (len(ids) == 1 or not math.isnan(means[each]))
        why = ""
        if len(kept) != len(ids):
            why = f"Os segmentos passaram de {len(kept)} para {len(ids)}, e com isso a escala dos nomes mudou."
        elif each in rank and rank[each] != place:
            why = (
                f"Passou do {rank[each] + 1}º para o {place + 1}º lugar em {label_of(axis)}: média "
                f"{number(means[each])}, percentil médio {percent(at[each], 0)}."
            )
        choices.append(Choice(each, text, (place,), None, None, sure, why=why))
    return choices


def _names_of(k: int, label: str) -> list[str]:
    """The names of k segments from the highest on the axis to the lowest, without numbers, all different."""
    if k <= 1:
        return ["Base Única"] * k
    if k in _LEVELS:
        return [f"{level} {label}" for level in _LEVELS[k]]
    return [f"{label} Nível {place} de {k}" for place in range(1, k + 1)]
