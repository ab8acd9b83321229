"""The gate: what a clustering is worth, which ones may be shown to business people, and which of those is taken.

Belongs here: the measures of a clustering, the limits, the rule and its reason in a sentence. Does not belong here:
fitting (`segmentation`), whether a fit replaces the one in use (`champion`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arcana_assets.domain.segmentations import Gate

SILHOUETTE_SAMPLE = 10_000
BOOTSTRAP = 5_000  # customers of a bootstrap sample, at most: what is asked is whether the structure is found again
FEWEST = 3  # segments: two tell hardly more than high and low
SAMPLE_WIDENED = 1.5  # the plain interval of a sampled silhouette covers 80 to 88 % at 95 %


def measures(points: np.ndarray, labels: np.ndarray, seed: int, refits: int) -> dict[str, Any]:
    """The measures of a clustering: a row of the selection table, before `choose`.

    Takes customers x features in the model's space, ordered by customer, and the group of each (0 to k - 1).
    Silhouette (Rousseeuw 1987) is exact up to 10,000 customers (`silhouette_on` "todos"), beyond that of a seeded
    sample ("amostra") with its standard error; Calinski-Harabasz (1974); Davies-Bouldin (1979); stability as
    `stability`; inertia is the sum of squared distances to the means of the groups. Of one group only shares and
    inertia are known.
    """
    from sklearn import config_context
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples
    from threadpoolctl import threadpool_limits

    total, k = len(points), int(labels.max()) + 1
    shares = np.bincount(labels, minlength=k) / total
    row: dict[str, Any] = {
        "k": k,
        "silhouette": None,
        "silhouette_on": "todos" if total <= SILHOUETTE_SAMPLE else "amostra",
        "silhouette_customers": 0,
        "silhouette_error": None,
        "calinski_harabasz": None,
        "davies_bouldin": None,
        "smallest_share": float(shares.min()),
        "largest_share": float(shares.max()),
        "stability": None,
        "inertia": within(points, labels),
    }
    if k == 1 or k >= total:
        return row
    sample = np.arange(total)
    if total > SILHOUETTE_SAMPLE:
        sample = np.sort(np.random.default_rng(seed).choice(total, SILHOUETTE_SAMPLE, replace=False))
    # Sums split over threads round differently: one thread gives one result.
    # Distances in tiles of 128 MB: the default of 1 GB would hold those of 10,000 customers at once.
    with threadpool_limits(limits=1), config_context(working_memory=128):
        if len(np.unique(labels[sample])) > 1:
            each = silhouette_samples(points[sample], labels[sample])
            row |= {"silhouette": float(each.mean()), "silhouette_customers": len(sample)}
            if len(sample) < total:
                row["silhouette_error"] = float(SAMPLE_WIDENED * each.std(ddof=1) / np.sqrt(len(sample)))
        row["calinski_harabasz"] = float(calinski_harabasz_score(points, labels))
        row["davies_bouldin"] = float(davies_bouldin_score(points, labels))
    row["stability"] = stability(points, labels, seed, refits)
    return row


def stability(points: np.ndarray, labels: np.ndarray, seed: int, refits: int) -> float:
    """Mean adjusted Rand index (Hubert and Arabie 1985) of a clustering and refits of K-Means on bootstrap samples.

    A refit sees as many customers as there are, drawn with replacement, 5,000 at most; what is compared is how it
    groups all of them, of more than 10,000 a seeded sample. 1 is the same groups each time, 0 is chance.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    draw, total, k = np.random.default_rng(seed), len(points), int(labels.max()) + 1
    judged = np.arange(total)
    if total > SILHOUETTE_SAMPLE:
        judged = np.sort(draw.choice(total, SILHOUETTE_SAMPLE, replace=False))
    found = []
    with threadpool_limits(limits=1):
        for _ in range(refits):
            drawn = points[draw.integers(0, total, min(total, BOOTSTRAP))]
            groups = min(k, len(np.unique(drawn, axis=0)))
            refitted = KMeans(n_clusters=groups, n_init=2, random_state=seed).fit(drawn)
            found.append(adjusted_rand_score(labels[judged], refitted.predict(points[judged])))
    return float(np.mean(found))


def within(points: np.ndarray, labels: np.ndarray) -> float:
    """The sum of squared distances to the means of the groups."""
    return float(sum(((points[labels == g] - points[labels == g].mean(axis=0)) ** 2).sum() for g in np.unique(labels)))


def refused_for(row: Mapping[str, Any], gate: Gate) -> str:
    """The limits that a clustering breaks, in words; nothing where it is admissible."""
    broken = []
    if row["k"] < FEWEST:
        broken.append(f"{row['k']} segmentos (< {FEWEST})")
    if row["smallest_share"] < gate.minimum_share:
        broken.append(f"menor grupo {percent(row['smallest_share'])} (< {percent(gate.minimum_share)})")
    if row["largest_share"] > gate.maximum_share:
        broken.append(f"maior grupo {percent(row['largest_share'])} (> {percent(gate.maximum_share)})")
    if row["stability"] is not None and row["stability"] < gate.stability:
        broken.append(f"estabilidade {decimal(row['stability'], 2)} (< {decimal(gate.stability, 2)})")
    if row["silhouette"] is None and row["k"] >= FEWEST:
        broken.append("sem silhueta")
    return "; ".join(broken)


def choose(rows: Sequence[Mapping[str, Any]], gate: Gate, k_min: int) -> tuple[list[dict[str, Any]], str]:
    """Mark the admissible k and the chosen one, and say why in one sentence: the finest admissible one.

    Takes rows of `measures` and adds admissible, refused_for and chosen. Admissible is what has at least 3 segments,
    none too small or too large, and is found again by bootstrap refits. Of the admissible the largest k is taken whose
    silhouette reaches `silhouette_within` of the best one's: the silhouette alone prefers few giants and some whales.
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
        best = min(marked, key=lambda row: (_beyond(row, gate), -(row["silhouette"] or -1.0), row["k"]))
        best["chosen"] = True
        return marked, (
            f"k = {best['k']}: nenhum dos {len(marked)} agrupamentos passou; este é o mais próximo dos limites "
            f"({best['refused_for']})."
        )
    top = max(row["silhouette"] for row in admissible)
    near = [row for row in admissible if row["silhouette"] >= (gate.silhouette_within * top if top > 0 else top)]
    best = max(near, key=lambda row: row["k"])
    best["chosen"] = True
    alone = max(marked, key=lambda row: (row["silhouette"] if row["silhouette"] is not None else -1.0, -row["k"]))
    others = f"; a silhueta sozinha escolheria k = {alone['k']}" if alone["k"] != best["k"] else ""
    return marked, (
        f"k = {best['k']}: o agrupamento mais fino entre os {len(admissible)} de {len(marked)} que passaram, com "
        f"silhueta {decimal(best['silhouette'], 3)} (a melhor: {decimal(top, 3)}) e estabilidade "
        f"{decimal(best['stability'], 2)}{others}."
    )


def percent(share: float) -> str:
    """0.125 as `12,5 %`."""
    return f"{decimal(100 * share, 1)} %"


def decimal(value: float, places: int) -> str:
    """0.25 as `0,25`, without zeros at the end."""
    text = f"{value:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def _beyond(row: Mapping[str, Any], gate: Gate) -> float:
    small = max(gate.minimum_share - row["smallest_share"], 0.0)
    large = max(row["largest_share"] - gate.maximum_share, 0.0)
    unstable = max(gate.stability - row["stability"], 0.0) if row["stability"] is not None else 0.0
    return small + large + unstable + max(FEWEST - row["k"], 0)
