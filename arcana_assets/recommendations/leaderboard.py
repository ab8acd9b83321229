"""The leaderboard: recommenders held against what customers did later, and which of them may serve.

Belongs here: measures, intervals, the choice and its reason in a sentence. Does not belong here: the recommenders
(`recommenders`, `recommenders_by_neighbours`), which months are before and after (`assets`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.presentation.notation import number
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.recommender import Allowed, Recommender

TOP = 10
RESAMPLES = 1_000
LEVEL = 0.95
MOST_POINTS, LEAST_OF_POINT, PRIOR = 20, 100, 20  # of the function from score to probability
MOST_DRAWN = 4_000_000  # counts held at once by a bootstrap
WHOLE = ""  # the segment of all customers
FALLBACK = "popular_in_segment"
POPULAR = ("popular", "popular_in_segment")
WORDS = {
    "popular": "os mais populares da base",
    "popular_in_segment": "os mais populares do segmento",
    "also_in_segment": "quem tem X também tem Y no segmento",
    "jaccard_neighbours": "itens vizinhos (Jaccard)",
    "bm25_neighbours": "itens vizinhos (BM25)",
    "ease": "EASE",
    "ease_with_segments": "EASE com segmentos",
}


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
    rows, by_customer, hits = [], {}, []
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
        rows.append(
            {"recommender": recommender.name, "segment": WHOLE} | _means(measured, draw) | _spread(best, owners)
        )
        for segment in np.unique(segments[segments != ""]):
            inside = {name: values[segments == segment] for name, values in measured.items()}
            rows.append({"recommender": recommender.name, "segment": segment})
            rows[-1] |= _means(inside, draw) | _spread(best[of == segment], owners)
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


def serving(board: Leaderboard, seed: int = 7) -> tuple[str, str]:
    """The recommender that serves, and why in one sentence: the simplest that is as good as the best.

    Recommenders are in the order of their simplicity. As good is whose difference in nDCG at 10 to the best one, over
    the same customers, has an interval that includes 0; never one that is worse than popularity.
    Raises UnusableLeaderboard where popularity was not evaluated.
    """
    tried = [str(name) for name in board.ndcg.columns]
    if not set(POPULAR) & set(tried):
        raise UnusableLeaderboard(f"found {', '.join(tried)}; evaluate one of {', '.join(POPULAR)} beside them")
    if board.ndcg.empty:
        chosen = FALLBACK if FALLBACK in tried else POPULAR[0]
        none = "nenhum cliente adotou um item novo no período, e não há com o que comparar"
        return chosen, f"Serve {WORDS[chosen]}: {none}."
    compared = differences(board, seed)
    worth = dict(zip(tried, compared["ndcg_10"].tolist(), strict=True))
    behind = dict(zip(tried, compared["low"].tolist(), strict=True))
    best, popular = max(tried, key=lambda name: worth[name]), max(worth[name] for name in POPULAR if name in worth)
    chosen = next(name for name in tried if behind[name] <= 0 and worth[name] >= popular)
    told = f"Serve {WORDS.get(chosen, chosen)}: nDCG@10 {number(worth[chosen], 4)}"
    if chosen not in POPULAR:
        told += f", contra {number(popular, 4)} da popularidade"
    count = f"{len(board.ndcg):,}".replace(",", ".") + (
        " cliente que adotou algo novo" if len(board.ndcg) == 1 else " clientes que adotaram algo novo"
    )
    beside = ""
    if chosen != best:
        beside = f"; o melhor, {WORDS.get(best, best)} ({number(worth[best], 4)}), não é melhor além do acaso"
    elif chosen in POPULAR and len(tried) > 1:
        beside = "; nenhum outro foi melhor"
    return chosen, f"{told}, em {count}{beside}."


def probability_steps(hits: pd.DataFrame, recommender: str) -> dict[str, list[float]]:
    """How likely it is that a recommended item is adopted, by its score: a rising function, as the points it bends at.

    Takes the `hits` of a leaderboard. Recommendations of neighbouring scores are one point, about 100 of them or more,
    for the share of a few is chance; each share is drawn to that of all as if by 20 more of these. `scores` ascend,
    `probabilities` do not fall; both are empty where the recommender recommended nothing. Source: isotonic regression
    (Barlow et al. 1972).
    """
    from sklearn.isotonic import IsotonicRegression

    mine = hits[hits["recommender"] == recommender]
    if mine.empty:
        return {"scores": [], "probabilities": []}
    # Equal scores are one: a point must not tell the adopted of them from the others.
    by_score = mine.groupby("score")["adopted"].agg(["size", "sum"]).sort_index().astype("float64")
    counts, adopted = by_score["size"].to_numpy(), by_score["sum"].to_numpy()
    least = max(LEAST_OF_POINT, counts.sum() / MOST_POINTS)
    point = np.minimum(np.cumsum(counts) - counts, counts.sum() - least).clip(0) // least
    sizes, sums, weighted = (
        np.bincount(point.astype("int64"), weights=each)
        for each in (counts, adopted, counts * by_score.index.to_numpy(dtype="float64"))
    )
    there = sizes > 0
    shares = (sums + PRIOR * adopted.sum() / counts.sum())[there] / (sizes + PRIOR)[there]
    rising = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    rising.fit(weighted[there] / sizes[there], shares, sample_weight=sizes[there])
    return {"scores": rising.X_thresholds_.tolist(), "probabilities": rising.y_thresholds_.tolist()}


def probability(steps: Mapping[str, Sequence[float]], scores: np.ndarray) -> np.ndarray:
    """The probability of each score by what `probability_steps` found; NaN where it found nothing."""
    if not steps.get("scores"):
        return np.full(len(scores), np.nan)
    return np.interp(np.asarray(scores, dtype="float64"), steps["scores"], steps["probabilities"])


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


def _means(measured: dict[str, np.ndarray], draw: np.random.Generator) -> dict[str, Any]:
    """Means over customers, and their intervals."""
    count = len(measured["ndcg_10"])
    row: dict[str, Any] = {"customers": count}
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
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _check(recommenders: Sequence[Recommender], adopted: pd.DataFrame) -> None:
    names = [each.name for each in recommenders]
    if not names or len(set(names)) < len(names):
        raise UnusableLeaderboard(f"expected recommenders of different names; found {', '.join(names) or 'none'}")
    for column in ("customer_id", "item_id"):
        if column not in adopted.columns:
            raise UnusableLeaderboard(f"'adopted' has no column '{column}'{nearest(column, adopted.columns)}")
