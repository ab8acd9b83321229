"""Comparison: members against others in the months after, as they are and matched.

Belongs here: matching, differences, intervals, tests. Does not belong here: which months and customers are compared
(`proof.month`), what an experiment would take (`proof.experiment`), what is said of it all (`report.guarantee`).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

LEAST = 10  # customers a side, for a comparison
CONFIDENCE = 0.95  # of intervals; a test is significant below what is left of 1
ALL, MATCHED = "all", "matched"
COLUMNS = (
    *("comparison", "measure", "members", "others", "members_mean", "others_mean"),
    *("difference", "low", "high", "rank_effect", "p", "p_adjusted", "beyond_chance"),
)
_RESAMPLES = 1_000
_CHUNK = 5_000_000  # resampled values at a time
_CALIPER = 0.25  # standard deviations of a covariate, in the mean over covariates, that a pair may be apart
_NEIGHBOURS = 10  # nearest customers among whom a pair is sought


@dataclass(frozen=True)
class Matches:
    """Pairs of a member and another customer, as positions, and how unlike they are before and after matching.

    `balance` has a row a covariate: the standardised mean difference of all, and of the pairs.
    """

    members: np.ndarray
    others: np.ndarray
    balance: pd.DataFrame


def matched(covariates: pd.DataFrame, members: np.ndarray) -> Matches:
    """Each member with the most alike other customer within the caliper, each of whom serves once.

    Takes numeric covariates, a row a customer, and whether each is a member. Covariates are bent by a signed logarithm
    and standardised; an absent value stands at the middle. The nearest pairs are made first (greedy matching without
    replacement; Stuart, Matching Methods for Causal Inference, 2010). Row order does not matter but for exact ties.
    """
    from scipy.spatial import cKDTree

    values = covariates.to_numpy(dtype="float64", na_value=np.nan)
    values = np.sign(values) * np.log1p(np.abs(values))
    known = ~np.isnan(values)
    middle = np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    values = np.where(known, values - middle, 0.0)
    spread = np.sqrt((values**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    points = values / np.where(spread > 0, spread, 1.0)
    inside, outside = np.flatnonzero(members), np.flatnonzero(~members)
    pairs_in, pairs_out = np.empty(0, dtype="int64"), np.empty(0, dtype="int64")
    if len(inside) and len(outside):
        near = min(_NEIGHBOURS, len(outside))
        far, at = cKDTree(points[outside]).query(points[inside], k=near)
        far, at = far.reshape(len(inside), near), at.reshape(len(inside), near)
        reach = _CALIPER * math.sqrt(points.shape[1])
        order = np.argsort(far, axis=None, kind="stable")
        order = order[far.ravel()[order] <= reach]
        taken_in, taken_out, found = set(), set(), []
        for flat in order.tolist():
            member, other = flat // near, int(at.ravel()[flat])
            if member not in taken_in and other not in taken_out:
                taken_in.add(member)
                taken_out.add(other)
                found.append((inside[member], outside[other]))
        if found:
            pairs_in, pairs_out = (np.array(side) for side in zip(*sorted(found), strict=True))
    # By the members' own spread: that of all holds the difference that is to be measured (Stuart, 2010).
    own = points[inside].std(axis=0) if len(inside) else np.ones(points.shape[1])
    own = np.where(own > 0, own, 1.0)
    balance = pd.DataFrame(
        {
            "covariate": list(covariates.columns),
            "all": _apart(points, inside, outside, own),
            "matched": _apart(points, pairs_in, pairs_out, own),
        }
    )
    return Matches(pairs_in, pairs_out, balance)


def compared(outcomes: pd.DataFrame, members: np.ndarray, pairs: Matches, seed: int) -> pd.DataFrame:
    """Each outcome of members and others, of all and of the pairs: means, difference, 95 % interval, tests.

    Takes outcomes, a row a customer (absent where there is none, such as the share returned of who bought nothing).
    Intervals are of the bootstrap, of customers and of pairs; the tests are those of ranks, Mann and Whitney's of all
    and Wilcoxon's of the pairs; `rank_effect` (-1 to 1) is what share of comparisons members win, less that they lose;
    `p_adjusted` is corrected for all tests (Holm, 1979). A difference is `beyond_chance` where its interval leaves 0
    out, the corrected test agrees, and means and ranks point to the same side. Without `LEAST` customers a side the row
    has their number and nothing else. Columns as in `COLUMNS`.
    """
    from scipy.stats import mannwhitneyu, wilcoxon

    rng, rows = np.random.default_rng(seed), []
    for measure in outcomes.columns:
        values = outcomes[measure].to_numpy(dtype="float64", na_value=np.nan)
        ours, others = (values[side] for side in (members, ~members))
        ours, others = ours[~np.isnan(ours)], others[~np.isnan(others)]
        row = _sides(ALL, measure, ours, others)
        if min(len(ours), len(others)) >= LEAST:
            spread = _means(ours, rng) - _means(others, rng)
            test = mannwhitneyu(ours, others)
            won = 2 * float(test.statistic) / (len(ours) * len(others)) - 1
            row |= {**_ends(spread), "p": 1.0 if _constant(ours, others) else float(test.pvalue), "rank_effect": won}
        rows.append(row)
        left, right = values[pairs.members], values[pairs.others]
        both = ~(np.isnan(left) | np.isnan(right))
        left, right = left[both], right[both]
        row = _sides(MATCHED, measure, left, right)
        if len(left) >= LEAST:
            gaps = left - right
            p = float(wilcoxon(gaps, zero_method="zsplit", method="asymptotic").pvalue) if gaps.any() else 1.0
            row |= {**_ends(_means(gaps, rng)), "p": p, "rank_effect": _won(gaps)}
        rows.append(row)
    table = pd.DataFrame(rows)
    table["p_adjusted"] = holm(table["p"].to_numpy(dtype="float64"))
    clear = (table["low"] > 0) | (table["high"] < 0)
    same_side = np.sign(table["difference"]) == np.sign(table["rank_effect"])
    table["beyond_chance"] = clear & same_side & (table["p_adjusted"] < 1 - CONFIDENCE)
    return table[list(COLUMNS)]


def holm(p: np.ndarray) -> np.ndarray:
    """P values corrected for their number, so that one below 5 % is by chance in 5 % of all families (Holm, 1979)."""
    adjusted, known = np.full(len(p), np.nan), np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    worst = 0.0
    for place, index in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - place) * p[index]))
        adjusted[index] = worst
    return adjusted


def _sides(comparison: str, measure: str, ours: np.ndarray, others: np.ndarray) -> dict[str, object]:
    row: dict[str, object] = {"comparison": comparison, "measure": measure}
    row |= {"members": len(ours), "others": len(others), "low": np.nan, "high": np.nan}
    row |= {"p": np.nan, "rank_effect": np.nan}
    means = [float(side.mean()) if len(side) else np.nan for side in (ours, others)]
    return row | {"members_mean": means[0], "others_mean": means[1], "difference": means[0] - means[1]}


def _means(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Means of bootstrap samples, shape (1000,), in parts so that memory stays flat."""
    part = max(1, _CHUNK // len(values))
    sizes = [min(part, _RESAMPLES - start) for start in range(0, _RESAMPLES, part)]
    return np.concatenate([values[rng.integers(0, len(values), (size, len(values)))].mean(axis=1) for size in sizes])


def _ends(spread: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(spread, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return {"low": float(low), "high": float(high)}


def _won(gaps: np.ndarray) -> float:
    """The rank effect of pairs: the ranks of gaps that members win less those they lose, as a share of all."""
    from scipy.stats import rankdata

    ranks = rankdata(np.abs(gaps))
    return float((ranks * np.sign(gaps)).sum() / ranks.sum())


def _constant(ours: np.ndarray, others: np.ndarray) -> bool:
    return bool(min(ours.min(), others.min()) == max(ours.max(), others.max()))


def _apart(points: np.ndarray, inside: np.ndarray, outside: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Mean differences of two groups in standard deviations of the members, a covariate each; null with one empty."""
    if not len(inside) or not len(outside):
        return np.full(points.shape[1], np.nan)
    return np.asarray((points[inside].mean(axis=0) - points[outside].mean(axis=0)) / spread)
