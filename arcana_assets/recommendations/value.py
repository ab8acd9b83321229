"""Value: what recommendations may bring, whom lists are kept from, and what lists have brought.

Belongs here: tickets, opportunities by segment, the hold-out, acceptance and lift with their intervals. Does not belong
here: how likely a recommendation is to be adopted (`leaderboard`), which tables these come from (`assets`).
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from arcana_assets.domain.entities.feedback import OUTCOMES
from arcana_assets.recommendations.eligibility import Account
from arcana_assets.recommendations.interactions import Interactions

LEVEL = 0.95
WHOLE = ""  # the segment of all customers


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


def opportunities(interactions: Interactions, account: Account, tickets: Tickets, lines: pd.DataFrame) -> pd.DataFrame:
    """What each segment does not buy yet: a row a segment and item that somebody there may buy, the largest first.

    Takes recommended lines (segment, item_id, expected_value). Returns segment, item_id, customers, owners,
    penetration (owners / customers), may_buy (customers who may be recommended it), ticket, potential (may_buy x
    ticket: what it were if all of them bought, an upper bound), recommended_to and expected_value (the sum over the
    lines; missing where the probability of none is known).
    """
    from scipy.sparse import csr_array

    labels, of = np.unique(interactions.segments.astype(str), return_inverse=True)
    members = csr_array((np.ones(len(of), dtype="int64"), (of, np.arange(len(of)))), shape=(len(labels), len(of)))
    owners = (members @ interactions.owned).toarray()
    rows, columns = np.nonzero((account.may_buy > 0) & (labels != WHOLE)[:, None])
    sizes = np.bincount(of, minlength=len(labels))
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


def held_out(customers: Sequence[str], share: float, domain: str) -> np.ndarray:
    """Whether each customer gets no list: about `share` of them, the same ones in every month.

    By the SHA-256 of domain and customer, so that neither order nor who else is there matters; who is held out at one
    share is so at every larger one.
    """
    limit = int(share * 2**32)
    return np.array(
        [int.from_bytes(hashlib.sha256(f"{domain}:{each}".encode()).digest()[:4]) < limit for each in customers],
        dtype=bool,
    )


def acceptance(answers: pd.DataFrame) -> pd.DataFrame:
    """What came of offers: a row a segment (empty: all) and whether the item was on the customer's list.

    Takes segment (missing where not known), listed and outcome, a row an offer. Returns segment, listed, offers, a
    count an outcome, won_share and its 95 % interval (Wilson 1927).
    """
    whole = answers.assign(segment=WHOLE)
    known = answers[answers["segment"].notna() & (answers["segment"] != WHOLE)]
    rows = []
    for (segment, listed), mine in pd.concat([whole, known]).groupby(["segment", "listed"], sort=True):
        counts = {name: int((mine["outcome"] == name).sum()) for name in OUTCOMES}
        low, high = proportion_interval(counts["won"], len(mine))
        rows.append(
            {"segment": segment, "listed": bool(listed), "offers": len(mine)}
            | counts
            | {"won_share": counts["won"] / len(mine), "won_share_low": low, "won_share_high": high}
        )
    columns = ["segment", "listed", "offers", *OUTCOMES, "won_share", "won_share_low", "won_share_high"]
    return pd.DataFrame(rows, columns=columns)


def proportion_interval(successes: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927); NaN of nobody."""
    from scipy.stats import binomtest

    if not of:
        return np.nan, np.nan
    found = binomtest(successes, of).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def difference(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float, float]:
    """The first proportion (successes, of) less the second, and its 95 % interval; NaN where either is of nobody.

    Source: R. Newcombe, Interval estimation for the difference between independent proportions (1998), method 10.
    """
    if not first[1] or not second[1]:
        return np.nan, np.nan, np.nan
    (one, other), away = (each[0] / each[1] for each in (first, second)), []
    (low_1, high_1), (low_2, high_2) = proportion_interval(*first), proportion_interval(*second)
    away = [np.hypot(one - low_1, high_2 - other), np.hypot(high_1 - one, other - low_2)]
    return one - other, one - other - float(away[0]), one - other + float(away[1])
