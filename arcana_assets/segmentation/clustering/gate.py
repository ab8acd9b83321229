"""The gate: which clusterings may be shown to business people, and which of those is taken.

Belongs here: the limits, the rule and its reason in a sentence. Does not belong here: the measures (`candidates`),
whether a fit replaces the one in use (`models.champion`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from arcana_assets.domain.settings.segmentation import Gate
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.clustering.clusterer_data import DENSITY, KMEANS, LATENT_CLASSES, algorithm_of

FEWEST = 3  # segments: two tell hardly more than high and low
# Chosen on worlds that `benchmarks/selection_quality.py` does not use; it reports what they bring on others.
FARTHER = 0.005  # by which the valleys of another clustering must be deeper than those of K-Means
LESS_STABLE = 0.03  # by which its stability may be less


def refused_for(row: Mapping[str, Any], gate: Gate, language: Language = DEFAULT) -> str:
    """The limits that a clustering breaks, as sentences; nothing where it is admissible."""
    say, number, percent = language.say, language.number, language.percent
    if row["k"] == 0:
        asked = re.search(r"[\d.,]+ ?%", row["parameter"])
        return say("segmentation.refused.no_region", share=asked[0] if asked else row["parameter"])
    broken = []
    if row["k"] < FEWEST:
        broken.append(say("segmentation.refused.groups", n=row["k"], least=FEWEST))
    if row["smallest_share"] < gate.minimum_share:
        share, limit = percent(row["smallest_share"]), percent(gate.minimum_share)
        broken.append(say("segmentation.refused.smallest", share=share, limit=limit))
    if row["largest_share"] > gate.maximum_share:
        share, limit = percent(row["largest_share"]), percent(gate.maximum_share)
        broken.append(say("segmentation.refused.largest", share=share, limit=limit))
    if row["noise_share"] > gate.maximum_noise:
        share, limit = percent(row["noise_share"]), percent(gate.maximum_noise)
        broken.append(say("segmentation.refused.noise", share=share, limit=limit))
    if row["stability"] is not None and row["stability"] < gate.stability:
        found, least = number(row["stability"], 2), number(gate.stability, 2)
        broken.append(say("segmentation.refused.unstable", found=found, least=least))
    if row["silhouette"] is None and row["k"] >= FEWEST:
        broken.append(say("segmentation.refused.no_silhouette"))
    return "; ".join(broken)


def choose(
    rows: Sequence[Mapping[str, Any]], gate: Gate, k: int, language: Language = DEFAULT
) -> tuple[list[dict[str, Any]], int | None]:
    """The rows with what each is refused for, and which one is taken, of those with k groups that the gate lets pass.

    Takes rows of `candidates.candidates`, and the number of groups that customers form. Density has a number of its
    own: with another one it is taken only where customers form no groups, by its silhouette. Latent classes go before
    all others: a silhouette counts what customers do not share, most of which is chance, and would never take them.
    Else K-Means is taken, or the best silhouette where it was not tried or does not pass; any other only where its
    groups lie farther apart (`valleys.apart`) by more than `FARTHER` and are found again as well, to `LESS_STABLE`; of
    several the one with the deepest valleys. Adds admissible, chosen and refused_for, of those others what they do no
    better; None where nothing is admissible.
    """
    marked = [dict(row) | {"refused_for": refused_for(row, gate, language), "chosen": False} for row in rows]
    for row in marked:
        row["admissible"] = not row["refused_for"]
    dense = [at for at, row in enumerate(marked) if row["algorithm"] in DENSITY and row["admissible"]]
    fine = [at for at, row in enumerate(marked) if row["k"] == k and row["admissible"]]
    if k < FEWEST:
        fine = dense
    for at in set(dense) - set(fine):
        refused = language.say("segmentation.refused.another_number", found=marked[at]["k"], formed=k)
        marked[at]["refused_for"] = refused
    if not fine:
        return marked, None
    kinds = [marked[at]["algorithm"] for at in fine]
    first = LATENT_CLASSES if LATENT_CLASSES in kinds else KMEANS
    taken = max(fine, key=lambda at: (marked[at]["algorithm"] == first, marked[at]["silhouette"], -at))
    if first == KMEANS:
        against = marked[taken]
        for row in (marked[at] for at in fine if at != taken):
            row["refused_for"] = _no_better(row, against, language)
        better = [at for at in fine if at == taken or not marked[at]["refused_for"]]
        taken = min(better, key=lambda at: (marked[at].get("valley") or 0.0, at)) if len(better) > 1 else taken
    marked[taken]["chosen"] = True
    return marked, taken


def _no_better(row: Mapping[str, Any], against: Mapping[str, Any], language: Language) -> str:
    """What a clustering does no better than another one, as a sentence; nothing where it serves better."""
    say, number, name = language.say, language.number, algorithm_of(against["algorithm"], language)
    mine, other = row.get("valley"), against.get("valley")
    if mine is None or other is None:
        return say("segmentation.refused.not_measured", name=name)
    if mine >= other - FARTHER:
        return say("segmentation.refused.no_better", name=name, mine=number(mine, 2), other=number(other, 2))
    if None not in (row["stability"], against["stability"]) and row["stability"] < against["stability"] - LESS_STABLE:
        found, least = number(row["stability"], 2), number(against["stability"], 2)
        return say("segmentation.refused.less_stable", name=name, found=found, least=least)
    return ""


def called(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], language: Language = DEFAULT) -> str:
    """`k = 4`, and by which algorithm where several were tried."""
    if len({each["algorithm"] for each in rows}) == 1:
        return f"k = {row['k']}"
    return language.say("segmentation.with_k", algorithm=algorithm_of(row["algorithm"], language), k=row["k"])
