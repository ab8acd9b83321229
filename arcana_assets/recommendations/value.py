"""Value: how likely a recommendation is to be adopted, what that brings, and what each segment does not buy yet.

Belongs here: probabilities by score, tickets, opportunities by segment. Does not belong here: whether recommendations
were adopted (`leaderboard`), what lists have brought (`results`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from arcana_assets.recommendations.eligibility import Account
from arcana_assets.recommendations.interactions import Interactions, places

_MOST_POINTS, _LEAST_OF_POINT, _PRIOR = 20, 100, 20  # of the function from score to probability


class Tickets:
    """What an item typically brings: the median value among its owners in the segment, else in the whole base.

    Takes customer_id, item_id and value of what is owned; a value that is missing or not positive is not one. The
    segment's median counts where at least `minimum` owners there have a value.
    """

    def __init__(self, owned: pd.DataFrame, interactions: Interactions, minimum: int) -> None:
        self._items, (self._labels, of) = interactions.items, interactions.parted()
        values = pd.to_numeric(owned["value"], errors="coerce").to_numpy(dtype="float64")
        known = values > 0
        items = places(self._items, owned["item_id"])[known]
        segments = of[places(interactions.customers, owned["customer_id"])[known]]
        grouped = pd.Series(values[known]).groupby([segments, items]).agg(["median", "count"])
        grouped = grouped[grouped["count"] >= minimum]
        self._base = np.full(len(self._items), np.nan)
        base = pd.Series(values[known]).groupby(items).median()
        self._base[base.index.to_numpy()] = base.to_numpy()
        self._segment = np.full((len(self._labels), len(self._items)), np.nan)
        self._segment[tuple(grouped.index.get_level_values(level) for level in (0, 1))] = grouped["median"].to_numpy()

    def of(self, segments: Sequence[str] | pd.Series, items: Sequence[str] | pd.Series) -> np.ndarray:
        """The ticket of each pair of segment and item; NaN where no owner of the item has a value."""
        at = places(self._items, items)
        inside = self._segment[places(self._labels, segments), at]
        return np.where(np.isnan(inside), self._base[at], inside)


def valued(lines: pd.DataFrame, steps: Mapping[str, Sequence[float]], tickets: Tickets) -> pd.DataFrame:
    """The lines (score, segment, item_id) with probability, ticket and expected_value, the product of the two."""
    likely, ticket = probability(steps, lines["score"].to_numpy()), tickets.of(lines["segment"], lines["item_id"])
    return lines.assign(probability=likely, ticket=ticket, expected_value=likely * ticket)


def opportunities(interactions: Interactions, account: Account, tickets: Tickets, lines: pd.DataFrame) -> pd.DataFrame:
    """What each segment does not buy yet: a row a segment and item that somebody there may buy, the largest first.

    Takes recommended lines (segment, item_id, expected_value). Returns segment, item_id, customers, owners,
    penetration (owners / customers), may_buy (customers who may be recommended it), ticket, potential (may_buy x
    ticket: what it were if all of them bought, an upper bound), recommended_to and expected_value (the sum over the
    lines; missing where the probability of none is known).
    """
    labels, _ = interactions.parted()
    owners, sizes = interactions.by_segment(interactions.owned)
    rows, columns = np.nonzero((account.may_buy > 0) & (labels != "")[:, None])
    table = pd.DataFrame(
        {
            "segment": labels[rows].astype(object),
            "item_id": interactions.items[columns],
            "customers": sizes[rows],
            "owners": owners[rows, columns],
            "penetration": owners[rows, columns] / sizes[rows],
            "may_buy": account.may_buy[rows, columns],
        }
    )
    table["ticket"] = tickets.of(table["segment"], table["item_id"])
    table["potential"] = table["may_buy"] * table["ticket"]
    by = lines.groupby(["segment", "item_id"])["expected_value"]
    listed = pd.DataFrame({"recommended_to": by.size(), "expected_value": by.sum(min_count=1)})
    table = table.merge(listed.reset_index(), on=["segment", "item_id"], how="left", validate="one_to_one")
    table["recommended_to"] = table["recommended_to"].fillna(0).astype("int64")
    order = ["segment", "expected_value", "potential", "item_id"]
    return table.sort_values(order, ascending=[True, False, False, True], ignore_index=True)


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
    least = max(_LEAST_OF_POINT, counts.sum() / _MOST_POINTS)
    point = np.minimum(np.cumsum(counts) - counts, counts.sum() - least).clip(0) // least
    sizes, sums, weighted = (
        np.bincount(point.astype("int64"), weights=each)
        for each in (counts, adopted, counts * by_score.index.to_numpy(dtype="float64"))
    )
    there = sizes > 0
    shares = (sums + _PRIOR * adopted.sum() / counts.sum())[there] / (sizes + _PRIOR)[there]
    rising = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    rising.fit(weighted[there] / sizes[there], shares, sample_weight=sizes[there])
    return {"scores": rising.X_thresholds_.tolist(), "probabilities": rising.y_thresholds_.tolist()}


def probability(steps: Mapping[str, Sequence[float]], scores: np.ndarray) -> np.ndarray:
    """The probability of each score by what `probability_steps` found; NaN where it found nothing."""
    if not steps.get("scores"):
        return np.full(len(scores), np.nan)
    return np.interp(np.asarray(scores, dtype="float64"), steps["scores"], steps["probabilities"])
