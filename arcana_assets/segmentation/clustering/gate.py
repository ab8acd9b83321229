"""The gate: which clusterings may be shown to business people, and which of those is taken.

Belongs here: the limits, the rule and its reason in a sentence. Does not belong here: the measures (`candidates`),
whether a fit replaces the one in use (`models.champion`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from arcana_assets.domain.settings.segmentation import Gate
from arcana_assets.presentation.notation import number, percent
from arcana_assets.segmentation.clustering.clusterer_data import ALGORITHMS, DENSITY, LATENT_CLASSES

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


def choose(rows: Sequence[Mapping[str, Any]], gate: Gate, k: int) -> tuple[list[dict[str, Any]], int | None]:
    """The rows with what each is refused for, and which one is taken: of those with k groups the best silhouette.

    Takes rows of `candidates.measured`, and the number of groups that customers form. Groups found by density have a
    number of their own. Latent classes go before all others: a silhouette counts what customers do not share, most of
    which is chance, and would never take them. Adds admissible, refused_for and chosen; None where nothing is
    admissible.
    """
    marked = [dict(row) | {"refused_for": refused_for(row, gate), "chosen": False} for row in rows]
    for row in marked:
        row["admissible"] = not row["refused_for"]
    asked = [at for at, row in enumerate(marked) if row["k"] == k or row["algorithm"] in DENSITY]
    fine = [at for at in asked if marked[at]["admissible"]]
    if not fine:
        return marked, None
    taken = max(fine, key=lambda at: (marked[at]["algorithm"] == LATENT_CLASSES, marked[at]["silhouette"], -at))
    marked[taken]["chosen"] = True
    return marked, taken


def called(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """`k = 4`, and by which algorithm where several were tried."""
    several = len({each["algorithm"] for each in rows}) > 1
    return (f"{ALGORITHMS[row['algorithm']]} com " if several else "") + f"k = {row['k']}"
