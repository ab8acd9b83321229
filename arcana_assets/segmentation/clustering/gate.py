"""The gate: which clusterings may be shown to business people, and which of those is taken.

Belongs here: the limits, the rule and its reason in a sentence. Does not belong here: the measures (`candidates`),
whether a fit replaces the one in use (`models.champion`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from arcana_assets.domain.settings.segmentation import Gate
from arcana_assets.presentation.notation import number, percent
from arcana_assets.segmentation.clustering.clusterer_data import ALGORITHMS

FEWEST = 3  # segments: two tell hardly more than high and low


def refused_for(row: Mapping[str, Any], gate: Gate) -> str:
    """The limits that a clustering breaks, in words; nothing where it is admissible."""
    broken = []
    if row["k"] < FEWEST:
        broken.append(f"{row['k']} segmentos (< {FEWEST})")
    if row["smallest_share"] < gate.minimum_share:
        broken.append(f"menor grupo {percent(row['smallest_share'])} (< {percent(gate.minimum_share)})")
    if row["largest_share"] > gate.maximum_share:
        broken.append(f"maior grupo {percent(row['largest_share'])} (> {percent(gate.maximum_share)})")
    if row["noise_share"] > gate.maximum_noise:
        broken.append(f"sem grupo {percent(row['noise_share'])} (> {percent(gate.maximum_noise)})")
    if row["stability"] is not None and row["stability"] < gate.stability:
        broken.append(f"estabilidade {number(row['stability'], 2)} (< {number(gate.stability, 2)})")
    if row["silhouette"] is None and row["k"] >= FEWEST:
        broken.append("sem silhueta")
    return "; ".join(broken)


def choose(rows: Sequence[Mapping[str, Any]], gate: Gate, k_min: int) -> tuple[list[dict[str, Any]], str]:
    """Mark the admissible candidates and the chosen one, and say why in one sentence: the finest admissible one.

    Takes rows of `candidates.measured` and adds admissible, refused_for and chosen. Admissible is what has at least 3
    segments, none too small or too large, few customers in none, and is found again by bootstrap refits. Of the
    admissible the largest k is taken whose silhouette reaches `silhouette_within` of the best one's: the silhouette
    alone prefers few giants and some whales. Of equal k the higher silhouette is taken, then the earlier candidate.
    Where none passes, the one nearest to the limits is kept: what it lacks in all, least of all.
    """
    marked = [dict(row) | {"refused_for": refused_for(row, gate), "chosen": False} for row in rows]
    for row in marked:
        row["admissible"] = not row["refused_for"]
    if not any(row["k"] > 1 for row in marked):
        marked[0]["chosen"] = True
        return marked, f"Um único segmento: não há clientes diferentes o bastante para formar {k_min} grupos."
    admissible = [row for row in marked if row["admissible"]]
    if not admissible:
        best = min(marked, key=lambda row: (_beyond(row, gate), -_known(row["silhouette"]), row["k"]))
        best["chosen"] = True
        return marked, (
            f"{_called(best, marked)}: nenhum dos {len(marked)} agrupamentos passou; este é o mais próximo dos limites "
            f"({best['refused_for']})."
        )
    top = max(row["silhouette"] for row in admissible)
    near = [row for row in admissible if row["silhouette"] >= (gate.silhouette_within * top if top > 0 else top)]
    best = max(near, key=lambda row: (row["k"], row["silhouette"]))
    best["chosen"] = True
    alone = max(marked, key=lambda row: (_known(row["silhouette"]), -row["k"]))
    others = "" if alone is best else f"; a silhueta sozinha escolheria {_called(alone, marked)}"
    stable = f" e estabilidade {number(best['stability'], 2)}" if best["stability"] is not None else ""
    return marked, (
        f"{_called(best, marked)}: o agrupamento mais fino entre os {len(admissible)} de {len(marked)} que passaram, "
        f"com silhueta {number(best['silhouette'], 3)} (a melhor: {number(top, 3)}){stable}{others}."
    )


def _called(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """`k = 4`, and by which algorithm where several were tried."""
    several = len({each["algorithm"] for each in rows}) > 1
    return (f"{ALGORITHMS[row['algorithm']]} com " if several else "") + f"k = {row['k']}"


def _beyond(row: Mapping[str, Any], gate: Gate) -> float:
    """How far a candidate is from the limits in all, each shortfall as a share of its limit."""
    short = [
        (gate.minimum_share - row["smallest_share"]) / gate.minimum_share,
        (row["largest_share"] - gate.maximum_share) / gate.maximum_share,
        (row["noise_share"] - gate.maximum_noise) / max(gate.maximum_noise, 0.01),
        (gate.stability - row["stability"]) / max(gate.stability, 0.01) if row["stability"] is not None else 0.0,
        float(FEWEST - row["k"]),
    ]
    return sum(max(each, 0.0) for each in short)


def _known(silhouette: float | None) -> float:
    """The silhouette; below any other where there is none."""
    return silhouette if silhouette is not None else -2.0
