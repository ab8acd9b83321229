"""The leaderboard: recommenders held against what customers did later.

Belongs here: measures and their intervals. Does not belong here: the recommenders
(`recommenders`), which of them serves (`serving`), which months are before and after (`evaluation`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.recommendations.interactions import Interactions, places
from arcana_assets.recommendations.ranking import ranked
from arcana_assets.recommendations.recommenders.recommender import Allowed, Recommender
from arcana_assets.recommendations.tables import CONFIDENCE, WHOLE

TOP = 10
RESAMPLES = 1_000
MOST_JUDGED = 50_000  # customers who adopted something; of more, a sample of all customers
MOST_RESAMPLED = 20_000  # customers; of more, means are normal
MOST_DRAWN = 4_000_000  # counts held at once by a bootstrap


class UnusableLeaderboard(ArcanaError):
    """Raised when there is nothing to compare, or no popularity to compare it with."""


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """What each recommender was worth: a row a recommender and segment, and nDCG at 10 by customer and recommender.

    `hits` has a row a recommendation that a list would show: recommender, segment, score, adopted; by it scores become
    probabilities. `chance` is the nDCG at 10 that a list drawn by chance is expected to have, in the order of `ndcg`;
    None where nobody asked.
    """

    table: pd.DataFrame
    ndcg: pd.DataFrame
    hits: pd.DataFrame
    chance: np.ndarray | None = None


def evaluate(
    recommenders: Sequence[Recommender],
    before: Interactions,
    adopted: pd.DataFrame,
    allowed: Allowed | None = None,
    seed: int = 7,
    among: np.ndarray | None = None,
    shown: int = 5,
) -> Leaderboard:
    """Fit each recommender on what was known and score it on what was newly adopted afterwards.

    Takes customers x items as of the earlier month, and customer_id, item_id of what customers had later. What they had
    before, items unknown then and customers unknown then do not count. Customers who adopted nothing are left out of
    all measures but coverage and novelty.

    Measures over customers, of the ten best: hit at 1, 3, 5 (whether any was adopted), precision at 5 and 10, recall,
    nDCG and MAP at 10, MRR, each with the 95 % interval (`..._low`, `..._high`) of 1,000 bootstrap samples of the
    customers, the same samples for all recommenders and measures; of more than 20,000 customers the normal interval of
    a mean, which by then is the same. Only items `among` (all by default) are recommended. Coverage at 5 is the share
    of the catalogue that somebody is recommended; novelty at 5 the mean of -log2 of the share of customers who own the
    recommended item. Of `hits` are as many a customer as a list has `shown`, ten at most. Where more than 50,000
    customers adopted something, about as many of them are judged, and of all others the same share, drawn by
    `seed`: in all measures and in `hits`. Recommenders are fitted on everybody all the same. Binary nDCG as in
    Järvelin and Kekäläinen (2002); MAP divides by what could have been found in ten.

    Raises UnusableLeaderboard without recommenders, for two of one name, or a missing column.
    """
    _check(recommenders, adopted)
    draw = np.random.default_rng(seed)
    wanted, judged = _new(before, adopted), None
    customers, sizes = np.unique(wanted // max(len(before.items), 1), return_counts=True)
    if len(customers) > MOST_JUDGED:
        # Of those who adopted something and of the others the same share, so that hits are as frequent as among all.
        judged = np.flatnonzero(draw.random(len(before.customers)) < MOST_JUDGED / len(customers))
        inside = _in_order(judged, customers)
        wanted, customers, sizes = wanted[np.repeat(inside, sizes)], customers[inside], sizes[inside]
    owners = before.base.owners / max(before.base.customers, 1)
    labels, of = before.parted()
    measured, hits, firsts = dict[str, dict[str, np.ndarray]](), [], {}
    for recommender in recommenders:
        listed = ranked(recommender.fit(before, among), before, TOP, allowed, among=among, asked=judged)
        found = _in_order(wanted, listed.customers * len(before.items) + listed.items)
        measured[recommender.name] = _by_customer(listed.customers, listed.ranks, found, customers, sizes)
        five = listed.ranks <= 5
        firsts[recommender.name] = (listed.items[five], of[listed.customers[five]])
        line = listed.ranks <= shown
        shown_to = labels[of[listed.customers[line]]]
        hits.append(
            pd.DataFrame(
                {
                    "recommender": recommender.name,
                    "segment": shown_to,
                    "score": listed.scores[line],
                    "adopted": found[line],
                }
            )
        )
    parts = {WHOLE: np.ones(len(customers), dtype=bool)}
    parts |= {str(labels[place]): of[customers] == place for place in np.unique(of[customers]) if labels[place]}
    means = {segment: _means(measured, inside, draw) for segment, inside in parts.items()}
    rows, chance = list[dict[str, object]](), _by_chance(before, wanted, customers, sizes, among)
    for name, (best, whose) in firsts.items():
        for segment in parts:
            mine = best if segment == WHOLE else best[labels[whose] == segment]
            inside = parts[segment]
            row = {"recommender": name, "segment": segment, "customers": int(inside.sum())}
            row["chance"] = float(chance[inside].mean()) if inside.any() else np.nan
            rows.append(row | means[segment][name] | _spread(mine, owners))
    scores = pd.DataFrame({name: mine["ndcg_10"] for name, mine in measured.items()}, index=before.customers[customers])
    return Leaderboard(pd.DataFrame(rows), scores, pd.concat(hits, ignore_index=True), chance)


def _new(before: Interactions, adopted: pd.DataFrame) -> np.ndarray:
    """What is new, known before, and was not owned: customer x items + item, of their places, in order."""
    rows, columns = places(before.customers, adopted["customer_id"]), places(before.items, adopted["item_id"])
    known = (rows >= 0) & (columns >= 0)
    pairs = np.unique(rows[known] * len(before.items) + columns[known])
    owned = np.repeat(np.arange(len(before.customers)), np.diff(before.owned.indptr)) * len(before.items)
    return pairs[~_in_order(owned + before.owned.indices, pairs)]


def _in_order(ordered: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Whether each number is among those that are in order."""
    if not len(ordered):
        return np.zeros(len(wanted), dtype=bool)
    found: np.ndarray = ordered[np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)] == wanted
    return found


def _by_customer(
    rows: np.ndarray, ranks: np.ndarray, found: np.ndarray, customers: np.ndarray, sizes: np.ndarray
) -> dict[str, np.ndarray]:
    """The measures of each customer who adopted something; `sizes` is how much each did."""
    at = np.searchsorted(customers, rows)
    hit = np.zeros((len(customers), TOP), dtype=bool)
    if len(customers):
        inside = customers[np.minimum(at, len(customers) - 1)] == rows
        hit[at[inside], ranks[inside] - 1] = found[inside]
    places = np.arange(1, TOP + 1)
    gains = 1 / np.log2(places + 1)
    ideal = np.cumsum(gains)[np.minimum(sizes, TOP) - 1] if len(customers) else np.zeros(0)
    running = np.cumsum(hit, axis=1) / places
    first = np.where(hit.any(axis=1), 1 / (hit.argmax(axis=1) + 1), 0.0)
    return {
        **{f"hit_{top}": hit[:, :top].any(axis=1).astype(float) for top in (1, 3, 5)},
        "precision_5": hit[:, :5].mean(axis=1),
        "precision_10": hit.mean(axis=1),
        "recall_10": hit.sum(axis=1) / np.maximum(sizes, 1),
        "ndcg_10": (hit * gains).sum(axis=1) / np.where(ideal > 0, ideal, 1),
        "map_10": (running * hit).sum(axis=1) / np.maximum(np.minimum(sizes, TOP), 1),
        "mrr": first,
    }


def _by_chance(
    before: Interactions, wanted: np.ndarray, customers: np.ndarray, sizes: np.ndarray, among: np.ndarray | None
) -> np.ndarray:
    """The nDCG at 10 that a list of each customer is expected to have whose items are drawn by chance.

    Every place of it holds what is adopted as often as the items that a list may hold are.
    """
    if not len(customers):
        return np.zeros(0)
    may = np.ones(len(before.items), dtype=bool) if among is None else np.isin(np.arange(len(before.items)), among)
    owned = before.owned[customers]
    width = may.sum() - np.asarray(owned[:, may].sum(axis=1)).ravel()
    found = np.bincount(np.searchsorted(customers, wanted // len(may)), may[wanted % len(may)], len(customers))
    gains = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(1, TOP + 1) + 1))])
    share = np.divide(found, width, out=np.zeros(len(customers)), where=width > 0)
    expected: np.ndarray = share * gains[np.minimum(width, TOP).astype("int64")] / gains[np.minimum(sizes, TOP)]
    return expected


def _means(
    measured: Mapping[str, Mapping[str, np.ndarray]], inside: np.ndarray, draw: np.random.Generator
) -> dict[str, dict[str, float]]:
    """Of each recommender the means of its measures over some customers, and their intervals."""
    columns = [(name, measure) for name, mine in measured.items() for measure in mine]
    values = np.array([measured[name][measure][inside] for name, measure in columns])
    if inside.any():
        found = np.vstack([values.mean(axis=1), *_intervals(np.ascontiguousarray(values.T), draw)])
    else:
        found = np.full((3, len(columns)), np.nan)
    rows: dict[str, dict[str, float]] = {name: {} for name in measured}
    for (name, measure), (mean, low, high) in zip(columns, found.T.tolist(), strict=True):
        rows[name] |= {measure: mean, f"{measure}_low": low, f"{measure}_high": high}
    return rows


def _intervals(values: np.ndarray, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper ends of the means of columns, over bootstrap samples of the rows."""
    from scipy.sparse import csr_array

    count, edges = len(values), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    if count > MOST_RESAMPLED:
        width = NormalDist().inv_cdf(edges[1]) * values.std(axis=0) / np.sqrt(count)
        return values.mean(axis=0) - width, values.mean(axis=0) + width
    means, step = [], max(1, MOST_DRAWN // count)
    for start in range(0, RESAMPLES, step):
        size = min(step, RESAMPLES - start)
        rows = draw.integers(0, count, (size, count), dtype="int32").ravel()
        drawn = csr_array((np.ones(len(rows)), rows, np.arange(0, len(rows) + 1, count)), shape=(size, count))
        means.append(drawn @ values / count)
    low, high = np.quantile(np.vstack(means), edges, axis=0)
    return low, high


def _spread(best: np.ndarray, owners: np.ndarray) -> dict[str, float]:
    """How much of the catalogue the five best of some customers show, and how little known it is.

    Takes the places of the recommended items, and the share of customers who own each item.
    """
    return {
        "coverage_5": np.count_nonzero(np.bincount(best)) / max(len(owners), 1),
        "novelty_5": float(-np.log2(np.maximum(owners[best], 1e-12)).mean()) if len(best) else np.nan,
    }


def _check(recommenders: Sequence[Recommender], adopted: pd.DataFrame) -> None:
    names = [each.name for each in recommenders]
    if not names or len(set(names)) < len(names):
        raise UnusableLeaderboard(f"expected recommenders of different names; found {', '.join(names) or 'none'}")
    for column in ("customer_id", "item_id"):
        if column not in adopted.columns:
            raise UnusableLeaderboard(f"'adopted' has no column '{column}'{nearest(column, adopted.columns)}")
