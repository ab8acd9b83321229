"""The leaderboard: recommenders held against what customers did later.

Belongs here: measures, their intervals, and how far one is behind another. Does not belong here: the recommenders
(`recommenders`), which of them serves (`serving`), which months are before and after (`evaluation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.recommender import Allowed, Recommender
from arcana_assets.recommendations.tables import CONFIDENCE, WHOLE

TOP = 10
RESAMPLES = 1_000
MOST_DRAWN = 4_000_000  # counts held at once by a bootstrap


class UnusableLeaderboard(ArcanaError):
    """Raised when there is nothing to compare, or no popularity to compare it with."""


@dataclass(frozen=True, eq=False)
class Leaderboard:
    """What each recommender was worth: a row a recommender and segment, and nDCG at 10 by customer and recommender.

    `hits` has a row a recommendation at rank 5 or better: recommender, score, adopted; by it scores become
    probabilities.
    """

    table: pd.DataFrame
    ndcg: pd.DataFrame
    hits: pd.DataFrame


def evaluate(
    recommenders: Sequence[Recommender],
    before: Interactions,
    adopted: pd.DataFrame,
    allowed: Allowed | None = None,
    seed: int = 7,
) -> Leaderboard:
    """Fit each recommender on what was known and score it on what was newly adopted afterwards.

    Takes customers x items as of the earlier month, and customer_id, item_id of what customers had later. What they had
    before, items unknown then and customers unknown then do not count. Customers who adopted nothing are left out of
    all measures but coverage and novelty.

    Measures over customers, of the ten best: hit at 1, 3, 5 (whether any was adopted), precision at 5 and 10, recall,
    nDCG and MAP at 10, MRR, each with the 95 % interval (`..._low`, `..._high`) of 1,000 bootstrap samples of the
    customers. Coverage at 5 is the share of the catalogue that somebody is recommended; novelty at 5 the mean of -log2
    of the share of customers who own the recommended item. Binary nDCG as in Järvelin and Kekäläinen (2002); MAP
    divides by what could have been found in ten.

    Raises UnusableLeaderboard without recommenders, for two of one name, or a missing column.
    """
    _check(recommenders, adopted)
    truth = _new(before, adopted)
    customers, sizes = np.unique(truth[0], return_counts=True)
    owners = np.asarray(before.owned.sum(axis=0)).ravel() / max(len(before.customers), 1)
    everybody = np.array(before.segments, dtype=object).astype(str)
    segments = everybody[customers]
    wanted = truth[0] * len(before.items) + truth[1]
    rows, by_customer, hits = list[dict[str, object]](), {}, []
    for recommender in recommenders:
        listed = recommend(recommender.fit(before), before, top=TOP, allowed=allowed)
        places = _places(before, listed)
        found = np.isin(places[0] * len(before.items) + places[1], wanted)
        measured = _by_customer(places[0], listed["rank"].to_numpy(), found, customers, sizes)
        by_customer[recommender.name] = measured["ndcg_10"]
        five = listed["rank"].to_numpy() <= 5
        of, best = everybody[places[0][five]], places[1][five]
        hits.append(
            pd.DataFrame({"recommender": recommender.name, "score": listed["score"][five], "adopted": found[five]})
        )
        draw = np.random.default_rng(seed)
        whole = {**_means(measured, draw), **_spread(best, owners)}
        rows.append({"recommender": recommender.name, "segment": WHOLE, **whole})
        for segment in np.unique(segments[segments != ""]):
            inside = {name: values[segments == segment] for name, values in measured.items()}
            part = {**_means(inside, draw), **_spread(best[of == segment], owners)}
            rows.append({"recommender": recommender.name, "segment": segment, **part})
    scores = pd.DataFrame(by_customer, index=before.customers[customers])
    return Leaderboard(pd.DataFrame(rows), scores, pd.concat(hits, ignore_index=True))


def differences(board: Leaderboard, seed: int = 7) -> pd.DataFrame:
    """How far each recommender stays behind the best one, in nDCG at 10 over the same customers.

    Returns a row a recommender: recommender, ndcg_10, behind (0 of the best), low and high (95 % of 1,000 bootstrap
    samples of customers, of the difference of each customer: paired). Equals are best in the order of the leaderboard.
    """
    means = board.ndcg.mean()
    first = board.ndcg[means.idxmax()].to_numpy()
    rows = []
    for name in board.ndcg.columns:
        behind = first - board.ndcg[name].to_numpy()
        low, high = _interval(behind, np.random.default_rng(seed))
        rows.append((str(name), float(means[name]), float(behind.mean()), low, high))
    return pd.DataFrame(rows, columns=["recommender", "ndcg_10", "behind", "low", "high"])


def _new(before: Interactions, adopted: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Places of customers and items of what is new, known before, and was not owned."""
    pairs = adopted[["customer_id", "item_id"]].astype(str).drop_duplicates()
    rows = pd.Index(before.customers).get_indexer(pd.Index(pairs["customer_id"], dtype=object))
    columns = pd.Index(before.items).get_indexer(pd.Index(pairs["item_id"], dtype=object))
    known = (rows >= 0) & (columns >= 0)
    rows, columns = rows[known], columns[known]
    fresh = np.asarray(before.owned[rows, columns]).ravel() == 0 if len(rows) else np.zeros(0, dtype=bool)
    order = np.lexsort((columns[fresh], rows[fresh]))
    return rows[fresh][order], columns[fresh][order]


def _places(before: Interactions, listed: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    rows = pd.Index(before.customers).get_indexer(pd.Index(listed["customer_id"], dtype=object))
    return rows, pd.Index(before.items).get_indexer(pd.Index(listed["item_id"], dtype=object))


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


def _means(measured: dict[str, np.ndarray], draw: np.random.Generator) -> dict[str, float]:
    """Means over customers, and their intervals."""
    count = len(measured["ndcg_10"])
    row: dict[str, float] = {"customers": count}
    row |= {name: float(values.mean()) if count else np.nan for name, values in measured.items()}
    for name in measured:
        row[f"{name}_low"], row[f"{name}_high"] = _interval(measured[name], draw)
    return row


def _spread(best: np.ndarray, owners: np.ndarray) -> dict[str, float]:
    """How much of the catalogue the five best of some customers show, and how little known it is.

    Takes the places of the recommended items, and the share of customers who own each item.
    """
    return {
        "coverage_5": len(np.unique(best)) / max(len(owners), 1),
        "novelty_5": float(-np.log2(np.maximum(owners[best], 1e-12)).mean()) if len(best) else np.nan,
    }


def _interval(values: np.ndarray, draw: np.random.Generator) -> tuple[float, float]:
    """Of the mean of bootstrap samples; without values none.

    How often each different value is drawn is multinomial, so that half a million customers with few different values
    cost no more than these.
    """
    if not len(values):
        return np.nan, np.nan
    different, counts = np.unique(values, return_counts=True)
    means = np.empty(RESAMPLES)
    step = max(1, MOST_DRAWN // len(different))
    for start in range(0, RESAMPLES, step):
        drawn = draw.multinomial(len(values), counts / len(values), size=min(step, RESAMPLES - start))
        means[start : start + len(drawn)] = drawn @ different / len(values)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _check(recommenders: Sequence[Recommender], adopted: pd.DataFrame) -> None:
    names = [each.name for each in recommenders]
    if not names or len(set(names)) < len(names):
        raise UnusableLeaderboard(f"expected recommenders of different names; found {', '.join(names) or 'none'}")
    for column in ("customer_id", "item_id"):
        if column not in adopted.columns:
            raise UnusableLeaderboard(f"'adopted' has no column '{column}'{nearest(column, adopted.columns)}")
