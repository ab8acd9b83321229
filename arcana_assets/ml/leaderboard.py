"""The leaderboard: recommenders held against what customers did later, and which of them may serve.

Belongs here: measures, intervals, the choice and its reason in a sentence. Does not belong here: the recommenders
(`recommenders`, `recommenders_by_neighbours`), which months are before and after (`assets`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.ml.gate import decimal
from arcana_assets.ml.recommenders import Allowed, Interactions, Recommender, recommend

TOP = 10
RESAMPLES = 1_000
LEVEL = 0.95
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

    Measures over customers, of the ten best: hit at 1, 3, 5 (whether any was adopted), precision at 5, recall, nDCG and
    MAP at 10, MRR. Coverage at 5 is the share of the catalogue that somebody is recommended; novelty at 5 the mean of
    -log2 of the share of customers who own the recommended item. Intervals (95 %) by 1,000 bootstrap samples of
    customers.
    """
    truth = _new(before, adopted)
    customers, sizes = np.unique(truth[0], return_counts=True)
    owners = np.asarray(before.owned.sum(axis=0)).ravel() / max(len(before.customers), 1)
    segments = np.array(before.segments, dtype=object)[customers].astype(str)
    wanted = set(zip(truth[0].tolist(), truth[1].tolist(), strict=True))
    rows, by_customer, hits = [], {}, []
    for recommender in recommenders:
        listed = recommend(recommender.fit(before), before, top=TOP, allowed=allowed)
        places = _places(before, listed)
        found = np.array([pair in wanted for pair in zip(*(each.tolist() for each in places), strict=True)], dtype=bool)
        measured = _by_customer(places[0], listed["rank"].to_numpy(), found, customers, sizes)
        by_customer[recommender.name] = measured["ndcg_10"]
        five = listed["rank"].to_numpy() <= 5
        spread = {
            "coverage_5": len(np.unique(places[1][five])) / max(len(before.items), 1),
            "novelty_5": float(-np.log2(np.maximum(owners[places[1][five]], 1e-12)).mean()) if five.any() else np.nan,
        }
        hits.append(
            pd.DataFrame({"recommender": recommender.name, "score": listed["score"][five], "adopted": found[five]})
        )
        draw = np.random.default_rng(seed)
        rows.append({"recommender": recommender.name, "segment": WHOLE} | _means(measured, draw) | spread)
        for segment in np.unique(segments[segments != ""]):
            inside = {name: values[segments == segment] for name, values in measured.items()}
            rows.append({"recommender": recommender.name, "segment": segment} | _means(inside, draw))
    scores = pd.DataFrame(by_customer, index=before.customers[customers])
    return Leaderboard(pd.DataFrame(rows), scores, pd.concat(hits, ignore_index=True) if hits else pd.DataFrame())


def serving(board: Leaderboard, seed: int = 7) -> tuple[str, str]:
    """The recommender that serves, and why in one sentence: the simplest that is as good as the best.

    Recommenders are in the order of their simplicity. As good is whose difference in nDCG at 10 to the best one, over
    the same customers, has an interval that includes 0; never one that is worse than popularity.
    """
    if board.ndcg.empty:
        return FALLBACK, (
            f"Serve {WORDS[FALLBACK]}: nenhum cliente adotou um item novo no período, e não há com o que comparar."
        )
    means = board.ndcg.mean()
    best = str(means.idxmax())
    popular = max(float(means[name]) for name in POPULAR if name in means)
    draws = np.random.default_rng(seed).integers(0, len(board.ndcg), (RESAMPLES, len(board.ndcg)))
    chosen = best
    for name in board.ndcg.columns:
        lost = board.ndcg[best].to_numpy() - board.ndcg[name].to_numpy()
        low = float(np.quantile(lost[draws].mean(axis=1), (1 - LEVEL) / 2))
        if low <= 0 and means[name] >= popular:
            chosen = str(name)
            break
    told = f"nDCG@10 {decimal(float(means[chosen]), 4)}, contra {decimal(popular, 4)} da popularidade"
    beside = ""
    if chosen != best:
        beside = f"; o melhor, {WORDS.get(best, best)} ({decimal(float(means[best]), 4)}), não é melhor além do acaso"
    count = f"{len(board.ndcg):,}".replace(",", ".")
    return chosen, f"Serve {WORDS.get(chosen, chosen)}: {told}, em {count} clientes que adotaram algo novo{beside}."


def probability(hits: pd.DataFrame, recommender: str) -> Callable[[np.ndarray], np.ndarray]:
    """How likely it is that a recommended item is adopted, by its score: a rising step function of what happened.

    Takes the `hits` of a leaderboard. Source: isotonic regression (Barlow et al. 1972).
    """
    from sklearn.isotonic import IsotonicRegression

    mine = hits[hits["recommender"] == recommender]
    if mine.empty:
        return lambda scores: np.full(len(scores), np.nan)
    rising = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    rising.fit(mine["score"].to_numpy(dtype="float64"), mine["adopted"].to_numpy(dtype="float64"))
    return lambda scores: np.asarray(rising.predict(np.asarray(scores, dtype="float64")))


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
    inside = (at < len(customers)) & (customers[np.minimum(at, len(customers) - 1)] == rows) if len(customers) else None
    hit = np.zeros((len(customers), TOP), dtype=bool)
    if inside is not None:
        hit[at[inside], ranks[inside] - 1] = found[inside]
    places = np.arange(1, TOP + 1)
    gains = 1 / np.log2(places + 1)
    ideal = np.cumsum(gains)[np.minimum(sizes, TOP) - 1] if len(customers) else np.zeros(0)
    running = np.cumsum(hit, axis=1) / places
    first = np.where(hit.any(axis=1), 1 / (hit.argmax(axis=1) + 1), 0.0)
    return {
        **{f"hit_{top}": hit[:, :top].any(axis=1).astype(float) for top in (1, 3, 5)},
        "precision_5": hit[:, :5].mean(axis=1),
        "recall_10": hit.sum(axis=1) / np.maximum(sizes, 1),
        "ndcg_10": (hit * gains).sum(axis=1) / np.where(ideal > 0, ideal, 1),
        "map_10": (running * hit).sum(axis=1) / np.maximum(np.minimum(sizes, TOP), 1),
        "mrr": first,
    }


def _means(measured: dict[str, np.ndarray], draw: np.random.Generator) -> dict[str, Any]:
    """Means over customers, and the intervals of hit at 5 and nDCG at 10."""
    count = len(measured["ndcg_10"])
    row: dict[str, Any] = {"customers": count}
    for name, values in measured.items():
        row[name] = float(values.mean()) if count else np.nan
    both = np.column_stack([measured["hit_5"], measured["ndcg_10"]]) if count else np.empty((0, 2))
    for place, name in enumerate(("hit_5", "ndcg_10")):
        low = high = np.nan
        if count:
            means = _resampled(both[:, place], draw)
            low, high = (float(each) for each in np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
        row |= {f"{name}_low": low, f"{name}_high": high}
    return row


def _resampled(values: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """The means of bootstrap samples: how often each value is drawn is multinomial, a block of samples at a time."""
    count, means = len(values), np.empty(RESAMPLES)
    step = max(1, 4_000_000 // count)
    for start in range(0, RESAMPLES, step):
        places = draw.integers(0, count, (min(step, RESAMPLES - start), count))
        means[start : start + len(places)] = values[places].mean(axis=1)
    return means
