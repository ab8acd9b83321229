"""Customer segmentation: K-Means on log-scaled, standardised features, k by silhouette, names by order of value.

Belongs here: fitting, choosing k, naming. Does not belong here: the model as data and scoring (`segmentation_model`);
profiles and pictures (`segment_profiles`); which features there are (`transforms`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.feature_names import is_indicator
from arcana_assets.ml.segment_profiles import profile, profile_picture
from arcana_assets.ml.segmentation_model import (
    DamagedModel,
    SegmentationModel,
    UnusableFeatures,
    column_of,
    feature_matrix,
    signed_exp,
    signed_log,
)

__all__ = [
    "DamagedModel",
    "SegmentationModel",
    "UnusableFeatures",
    "fit_segmentation",
    "profile",
    "profile_picture",
]

SILHOUETTE_SAMPLE = 10_000
BLOCK_VARIANCE = 0.5  # of all indicators together, where the known values of any other feature have 1

_LEVELS = {
    2: ("Alta", "Baixa"),
    3: ("Alta", "Média", "Baixa"),
    4: ("Alta", "Média Alta", "Média Baixa", "Baixa"),
    5: ("Alta", "Média Alta", "Média", "Média Baixa", "Baixa"),
    6: ("Muito Alta", "Alta", "Média Alta", "Média Baixa", "Baixa", "Muito Baixa"),
    7: ("Muito Alta", "Alta", "Média Alta", "Média", "Média Baixa", "Baixa", "Muito Baixa"),
}


def fit_segmentation(
    frame: pd.DataFrame,
    name: str,
    features: Sequence[str],
    k_range: tuple[int, int] = (3, 8),
    minimum_share: float = 0.05,
    maximum_share: float = 0.6,
    seed: int = 7,
    axis: str = "monetary",
    axis_label: str = "Receita",
) -> SegmentationModel:
    """Fit K-Means for every k of `k_range` (both ends included) and keep the one `choose` prefers.

    Takes one row a customer: customer_id, numeric features (missing allowed), and `axis`, whose mean orders the
    segments. `axis_label` is its name in the personas, a feminine noun ("Alta Receita"). The shares are those of the
    customers that the smallest segment must and the largest may hold. Too few different customers give one segment and
    a reason that says so. The result does not depend on row order or thread count.

    Raises UnusableFeatures for no rows, a repeated or missing customer_id, a missing or non-numeric column.
    Method: Lloyd (1982) with k-means++ starts; silhouette (Rousseeuw 1987), exact up to 10,000 customers, beyond that
    on a seeded sample of 10,000.
    """
    if frame.empty or not features:
        raise UnusableFeatures(
            f"segmentation '{name}' needs customers and features; found {len(frame)}, {list(features)}"
        )
    if column_of(frame, "customer_id").isna().any():
        raise UnusableFeatures(f"segmentation '{name}' takes one row a customer; found rows without customer_id")
    ids = frame["customer_id"].astype(str)
    if ids.duplicated().any():
        twice = ids[ids.duplicated()].iloc[0]
        raise UnusableFeatures(f"segmentation '{name}' takes one row a customer; customer_id '{twice}' appears twice")
    if not 1 <= k_range[0] <= k_range[1]:
        raise UnusableFeatures(f"segmentation '{name}': k_range {k_range} must be (lowest, highest), from 1 up")
    ordered = frame.iloc[np.argsort(ids.to_numpy(dtype=object), kind="stable")]
    raw, value = feature_matrix(ordered, features), np.nan_to_num(feature_matrix(ordered, [axis])[:, 0])
    fills, spreads = _middles(raw)
    means, scales = signed_log(fills), _scales(features, spreads)
    scaled = (signed_log(np.where(np.isnan(raw), fills, raw)) - means) / scales
    candidates = _candidates(scaled, k_range, seed)
    selection, reason = choose([row for row, _, _ in candidates], minimum_share, maximum_share, k_range[0])
    at = next((index for index, row in enumerate(selection) if row["chosen"]), 0)
    labels, centres = candidates[at][1:]
    order = sorted(range(len(centres)), key=lambda i: (-value[labels == i].mean(), *centres[i]))
    return SegmentationModel(
        name=name,
        features=tuple(features),
        axis=axis,
        means=tuple(means.tolist()),
        scales=tuple(scales.tolist()),
        fills=tuple(fills.tolist()),
        missing=tuple(np.isnan(raw).sum(axis=0).tolist()),
        centroids=tuple(tuple(centres[i].tolist()) for i in order),
        personas=personas_by_order(len(order), axis_label),
        selection=tuple(selection),
        customers=len(ordered),
        reason=reason,
        seed=seed,
    )


def _middles(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of each feature, in its own unit, and the spread of its signed logarithms; both of known values alone.

    The middle is the value whose signed logarithm is the mean of theirs. An absent value put there has the coordinate
    0: it pulls to no side, and the indicator of absence alone tells. A median lies far off where values are lopsided.
    Absent values are no part of the spread, else those of a rarely known feature would be stretched to outweigh others.
    """
    known = [column[~np.isnan(column)] for column in signed_log(raw).T]
    middles = signed_exp(np.array([column.mean() if len(column) else 0.0 for column in known]))
    return middles, np.array([column.std() if len(column) else 0.0 for column in known])


def _scales(features: Sequence[str], spreads: np.ndarray) -> np.ndarray:
    """What each feature is divided by: its spread, so that known values have a variance of 1; indicators share 1/2.

    Standardised one by one, indicators outweigh every number: the clusters would be the values of a category, or who
    is absent from which file. As one block with a total variance of 1/2 they have a say and no more.
    """
    scales = np.where(spreads > 1e-12, spreads, 1.0)
    block = np.array([is_indicator(name) for name in features])
    together = float(np.sqrt((spreads[block] ** 2).sum() / BLOCK_VARIANCE)) if block.any() else 0.0
    scales[block] = together if together > 1e-12 else 1.0
    return scales


def choose(
    rows: Sequence[Mapping[str, Any]], minimum_share: float, maximum_share: float, k_min: int
) -> tuple[list[dict[str, Any]], str]:
    """Mark the admissible k and the chosen one, and say why in one sentence.

    Takes the rows of the selection table without `admissible` and `chosen`. The best silhouette among clusterings whose
    smallest cluster holds at least `minimum_share` and whose largest at most `maximum_share` of the customers wins, the
    smaller k on a tie; without these limits silhouette picks a few whales against the rest. Where none passes, the one
    nearest to the limits is kept: what its smallest cluster lacks plus what its largest has too much, least of all.
    """

    def beyond(row: Mapping[str, Any]) -> float:
        return max(minimum_share - row["smallest_share"], 0.0) + max(row["largest_share"] - maximum_share, 0.0)

    marked = [row | {"admissible": beyond(row) == 0, "chosen": False} for row in map(dict, rows)]
    if not any(row["k"] > 1 for row in marked):
        reason = f"Um único segmento: não há clientes diferentes o bastante para formar {k_min} grupos."
        return [row | {"admissible": False, "chosen": True} for row in marked], reason
    least, most = _percent(minimum_share), _percent(maximum_share)
    limits = f"menor grupo tem pelo menos {least} dos clientes e o maior, no máximo {most}"
    admissible = [row for row in marked if row["admissible"]]
    if admissible:
        best = max(admissible, key=lambda row: (row["silhouette"], -row["k"]))
        reason = (
            f"k = {best['k']}: maior silhueta ({_decimal(best['silhouette'], 3)}) entre os agrupamentos cujo {limits}."
        )
    else:
        best = min(marked, key=lambda row: (beyond(row), -row["silhouette"], row["k"]))
        reason = (
            f"k = {best['k']}: nenhum agrupamento passou, pois só passa aquele cujo {limits}; este é o mais próximo "
            f"dos limites (menor grupo: {_percent(best['smallest_share'])}; maior: {_percent(best['largest_share'])})."
        )
    best["chosen"] = True
    return marked, reason


def personas_by_order(k: int, label: str = "Receita") -> tuple[dict[str, Any], ...]:
    """Names for k segments in descending order of value: `01-Alta Receita` to `NN-Baixa Receita`, unique for any k."""
    if k == 1:
        names: Sequence[str] = ("Base Única",)
    elif k in _LEVELS:
        names = [f"{level} {label}" for level in _LEVELS[k]]
    else:
        names = [f"{label} Nível {place} de {k}" for place in range(1, k + 1)]
    return tuple({"segment_id": i, "persona": f"{i:02d}-{text}"} for i, text in enumerate(names, start=1))


def _candidates(
    scaled: np.ndarray, k_range: tuple[int, int], seed: int
) -> list[tuple[dict[str, Any], np.ndarray, np.ndarray]]:
    """(selection row, labels, centres) of every k that the customers allow; of one segment where they allow none."""
    from sklearn import config_context
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
    from threadpoolctl import threadpool_limits

    total = len(scaled)
    most = min(k_range[1], len(np.unique(scaled, axis=0)), total - 1)
    sample = np.arange(total)
    if total > SILHOUETTE_SAMPLE:
        sample = np.sort(np.random.default_rng(seed).choice(total, SILHOUETTE_SAMPLE, replace=False))
    measured = {"silhouette_on": "todos" if total == len(sample) else "amostra", "silhouette_customers": len(sample)}
    found = []
    # Sums split over threads round differently: one thread gives one model.
    # Distances in tiles of 128 MB: the default of 1 GB would hold those of 10,000 customers at once.
    with threadpool_limits(limits=1), config_context(working_memory=128):
        for k in range(max(k_range[0], 2), most + 1):
            fitted = KMeans(n_clusters=k, n_init=10, random_state=seed).fit(scaled)
            shares = np.bincount(fitted.labels_, minlength=k) / total
            several = len(np.unique(fitted.labels_[sample])) > 1
            row: dict[str, Any] = {
                "k": k,
                "silhouette": float(silhouette_score(scaled[sample], fitted.labels_[sample])) if several else -1.0,
                **measured,
                "smallest_share": float(shares.min()),
                "largest_share": float(shares.max()),
                "inertia": float(fitted.inertia_),
            }
            found.append((row, fitted.labels_, fitted.cluster_centers_))
    if found:
        return found
    centre = scaled.mean(axis=0)
    alone: dict[str, Any] = {"k": 1, "silhouette": None, **measured, "smallest_share": 1.0, "largest_share": 1.0}
    alone |= {"silhouette_customers": 0, "inertia": float(((scaled - centre) ** 2).sum())}
    return [(alone, np.zeros(total, dtype=int), centre[None, :])]


def _percent(share: float) -> str:
    return f"{_decimal(100 * share, 1)} %"


def _decimal(value: float, places: int) -> str:
    return f"{value:.{places}f}".rstrip("0").rstrip(".").replace(".", ",")
