"""Value: how likely a recommendation is to be adopted, what that brings, and what each segment does not buy yet.

Belongs here: probabilities by score, tickets, opportunities by segment. Does not belong here: whether recommendations
were adopted (`leaderboard`), what lists have brought (`results`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from arcana_assets.recommendations.eligibility import Account
from arcana_assets.recommendations.interactions import Interactions

_MOST_POINTS, _LEAST_OF_POINT, _PRIOR = 20, 100, 20  # of the function from score to probability


class Tickets:
    """What an item typically brings: the median value among its owners in the segment, else in the whole base.

    Takes customer_id, item_id and value of what is owned; a value that is missing or not positive is not one. The
    segment's median counts where at least `minimum` owners there have a value.
    """

    def __init__(self, owned: pd.DataFrame, interactions: Interactions, minimum: int) -> None:
        segment_of = pd.Series(interactions.segments, index=interactions.customers)
        values = pd.to_numeric(owned["value"], errors="coerce")
        known = owned.assign(value=values, segment=owned["customer_id"].map(segment_of))[values > 0]
        self._base = known.groupby("item_id")["value"].median()
        by_segment = known.groupby(["segment", "item_id"])["value"].agg(["median", "count"])
        self._segment = by_segment.loc[by_segment["count"] >= minimum, "median"]

    def of(self, segments: Sequence[str] | pd.Series, items: Sequence[str] | pd.Series) -> np.ndarray:
        """The ticket of each pair of segment and item; NaN where no owner of the item has a value."""
        pairs = pd.MultiIndex.from_arrays([np.asarray(segments, dtype=object), np.asarray(items, dtype=object)])
        inside = self._segment.reindex(pairs).to_numpy(dtype="float64")
        everywhere = self._base.reindex(np.asarray(items, dtype=object)).to_numpy(dtype="float64")
        return np.where(np.isnan(inside), everywhere, inside)


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
    listed = lines.groupby(["segment", "item_id"])["expected_value"].agg(
        recommended_to="size", expected_value=lambda values: values.sum(min_count=1)
    )
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
