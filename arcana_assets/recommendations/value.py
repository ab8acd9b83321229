"""Value: how likely a recommendation is to be adopted, what that brings, and what each segment does not buy yet.

Belongs here: probabilities by score and segment, tickets, opportunities by segment. Does not belong here: whether
recommendations were adopted (`leaderboard`), what lists have brought (`results`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.eligibility import Account
from arcana_assets.recommendations.interactions import Interactions, places

_MOST_POINTS, _LEAST_OF_POINT, _PRIOR = 20, 100, 20  # of the function from place in the month to probability
_PRIOR_OF_SEGMENT = 1_000  # recommendations to a segment that what is known of all counts for
_MOST_SCORES = 1_000_000  # different ones that are told apart to the last bit
_AS_MANY = 20  # adopters of an item, or of a segment, that what is known of all counts for


@dataclass(frozen=True)
class Calibration:
    """How likely it is that a recommended item is adopted: by the place of its score, and by the customer's segment.

    A rising function of the place among the scores of the month (see `standing`), as the points it bends at: `places`
    ascend, `probabilities` do not fall. `segments` is how many times as likely it is in each segment, that of no
    segment ("") among them; 1 in any other. Without places nothing is known.
    """

    places: Sequence[float] = ()
    probabilities: Sequence[float] = ()
    segments: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def learned(cls, hits: pd.DataFrame, recommender: str) -> Self:
        """From the `hits` of a leaderboard; of nothing where the recommender recommended nothing.

        Recommendations of neighbouring scores are one point, about 100 of them or more, for the share of a few is
        chance; each share is drawn to that of all as if by 20 more of these. What is adopted in a segment, times what
        its places say, is drawn to 1 as if by 1,000 more. Source: isotonic regression (Barlow et al. 1972).
        """
        from sklearn.isotonic import IsotonicRegression

        mine = hits[hits["recommender"] == recommender]
        if mine.empty:
            return cls()
        # Equal scores are one: a point must not tell the adopted of them from the others.
        by_score = mine.groupby("score")["adopted"].agg(["size", "sum"]).sort_index().astype("float64")
        counts, adopted = by_score["size"].to_numpy(), by_score["sum"].to_numpy()
        place = (np.cumsum(counts) - counts / 2) / counts.sum()
        least = max(_LEAST_OF_POINT, counts.sum() / _MOST_POINTS)
        point = np.minimum(np.cumsum(counts) - counts, counts.sum() - least).clip(0) // least
        sizes, sums, weighted = (
            np.bincount(point.astype("int64"), weights=each) for each in (counts, adopted, counts * place)
        )
        there, overall = sizes > 0, adopted.sum() / counts.sum()
        shares = (sums + _PRIOR * overall)[there] / (sizes + _PRIOR)[there]
        rising = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        rising.fit(weighted[there] / sizes[there], shares, sample_weight=sizes[there])
        by_place = cls(rising.X_thresholds_.tolist(), rising.y_thresholds_.tolist())
        said = pd.Series(by_place.of(place, [""] * len(place)), index=by_score.index)
        by_segment = mine.assign(said=mine["score"].map(said)).groupby("segment")[["adopted", "said"]].sum()
        drawn = _PRIOR_OF_SEGMENT * overall
        times = {
            str(segment): float((adopted + drawn) / (said + drawn))
            for segment, adopted, said in by_segment.itertuples()
            if drawn  # of nothing adopted nobody adopts more often
        }
        return cls(by_place.places, by_place.probabilities, times)

    @classmethod
    def from_json(cls, text: str | None) -> Self:
        """What `json` wrote; of nothing where there is none."""
        return cls(**json.loads(text)) if isinstance(text, str) else cls()

    def json(self) -> str:
        """As the leaderboard's table keeps it."""
        return json.dumps(asdict(self))

    def of(self, stand: np.ndarray, segments: Sequence[str] | pd.Series) -> np.ndarray:
        """The probability of each place among the scores of a month and segment of the customer; NaN of nothing."""
        if not self.places:
            return np.full(len(stand), np.nan)
        times = pd.Series(segments, dtype="object").map(dict(self.segments)).fillna(1.0).to_numpy(dtype="float64")
        found = np.interp(np.asarray(stand, dtype="float64"), self.places, self.probabilities) * times
        return np.asarray(found.clip(max=1.0))


@dataclass(frozen=True, eq=False)
class Paid:
    """What some customers paid, summed up by item; over blocks of customers it adds up.

    `owned` are what owners paid, and `owners` how many; `adopted` and `adopters` are the same of who got the item
    within the horizon, segments x items.
    """

    owned: np.ndarray
    owners: np.ndarray
    adopted: np.ndarray
    adopters: np.ndarray

    @classmethod
    def of(cls, paid: pd.DataFrame, interactions: Interactions) -> Self:
        """Of customer_id, item_id, value and adopted; a value that is missing is not one."""
        width, (labels, of) = len(interactions.items), interactions.parted()
        values = pd.to_numeric(paid["value"], errors="coerce").to_numpy(dtype="float64")
        items, customers = (
            places(interactions.items, paid["item_id"]),
            places(interactions.customers, paid["customer_id"]),
        )
        known = ~np.isnan(values) & (items >= 0) & (customers >= 0)
        values, items, customers = values[known], items[known], customers[known]
        owned, owners = (np.bincount(items, each, width) for each in (values, None))
        new = paid["adopted"].to_numpy(dtype=bool)[known]
        cells, values = of[customers[new]] * width + items[new], values[new]
        adopted, adopters = (
            np.bincount(cells, each, len(labels) * width).reshape(len(labels), width) for each in (values, None)
        )
        return cls(owned, owners, adopted, adopters)

    def __add__(self, other: "Paid") -> "Paid":
        return Paid(
            self.owned + other.owned,
            self.owners + other.owners,
            self.adopted + other.adopted,
            self.adopters + other.adopters,
        )


class Tickets:
    """What an item brings of who adopts it: the mean of what adopters paid within the horizon.

    Takes customer_id, item_id, value and adopted (whether the item was got within the horizon) of what is owned at its
    end; a value that is missing is not one. The window is that of the probability: adopters of the whole horizon, the
    last of them with a few days. Adopters of one item are few, so their mean is drawn to that of all its owners, times
    what adopters pay of it over all items, as if that were 20 more adopters; and what a segment's adopters pay, times
    that of all adopters of the same items, likewise to 1. Without adopters it is the mean of the owners. No ticket is
    below 0.
    """

    def __init__(self, paid: pd.DataFrame, interactions: Interactions) -> None:
        self._learn(Paid.of(paid, interactions), interactions.base)

    @classmethod
    def summed(cls, paid: Paid, base: Base) -> Self:
        """The same of what was summed up of all customers of a base."""
        found = cls.__new__(cls)
        found._learn(paid, base)
        return found

    def _learn(self, paid: Paid, base: Base) -> None:
        self._items, self._labels = base.items, base.labels
        usual = np.divide(paid.owned, paid.owners, out=np.full(len(base.items), np.nan), where=paid.owners > 0)
        adopters, adopted = paid.adopters.sum(axis=0), paid.adopted.sum(axis=0)
        # Who adopted an item owns it, so what is usual of it is known.
        usual *= _ratio(adopted.sum(), (adopters * np.nan_to_num(usual)).sum())
        self._base = ((adopted + _AS_MANY * usual) / (adopters + _AS_MANY)).clip(min=0)
        prior = _AS_MANY * adopted.sum() / adopters.sum() if adopters.any() else 0.0
        sums, expected = paid.adopted.sum(axis=1), (paid.adopters * np.nan_to_num(self._base)).sum(axis=1)
        self._segment = np.array([_ratio(*each) for each in zip(sums + prior, expected + prior, strict=True)])

    def of(self, segments: Sequence[str] | pd.Series, items: Sequence[str] | pd.Series) -> np.ndarray:
        """The ticket of each pair of segment and item; NaN where no owner of the item has a value."""
        found: np.ndarray = self._base[places(self._items, items)] * self._segment[places(self._labels, segments)]
        return found


def _ratio(part: float, whole: float) -> float:
    """How many times as much; 1 where either is nothing or less, of which no ratio tells anything."""
    return float(part / whole) if part > 0 and whole > 0 else 1.0


def valued(
    lines: pd.DataFrame, calibration: Calibration, tickets: Tickets, among: "np.ndarray | Scores"
) -> pd.DataFrame:
    """The lines (score, segment, item_id) with probability, ticket and expected_value, the product of the two.

    Both are of the same months, those of the horizon. `among` are the scores that those of the lines are placed among.
    """
    likely = calibration.of(standing(lines["score"].to_numpy(), among), lines["segment"])
    ticket = tickets.of(lines["segment"], lines["item_id"])
    return lines.assign(probability=likely, ticket=ticket, expected_value=likely * ticket)


def opportunities(interactions: Interactions, account: Account, tickets: Tickets, lines: pd.DataFrame) -> pd.DataFrame:
    """What each segment does not buy yet: a row a segment and item that somebody there may buy, the largest first.

    Takes recommended lines (segment, item_id, expected_value). Returns segment, item_id, customers, owners,
    penetration (owners / customers), may_buy (customers who may be recommended it), ticket, potential (may_buy x
    ticket: what it were if all of them bought, an upper bound), recommended_to and expected_value (the sum over the
    lines; missing where the probability of none is known).
    """
    return opportunities_of(interactions.base, account, tickets, listed_in(lines))


def listed_in(lines: pd.DataFrame) -> pd.DataFrame:
    """How many of some lines (segment, item_id, expected_value) are of each segment and item, and their value."""
    by = lines.groupby(["segment", "item_id"])["expected_value"]
    return pd.DataFrame({"recommended_to": by.size(), "expected_value": by.sum(min_count=1)}).reset_index()


def listed_in_all(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The same of all lines, of what `listed_in` says of parts of them."""
    if len(parts) == 1:
        return parts[0]
    by = pd.concat(parts).groupby(["segment", "item_id"])
    found = pd.DataFrame(
        {"recommended_to": by["recommended_to"].sum(), "expected_value": by["expected_value"].sum(min_count=1)}
    )
    return found.reset_index()


def opportunities_of(base: Base, account: Account, tickets: Tickets, listed: pd.DataFrame) -> pd.DataFrame:
    """The same of a base, by what `listed_in` says of its lines."""
    labels, owners, sizes = base.labels, base.owned, base.sizes
    rows, columns = np.nonzero((account.may_buy > 0) & (labels != "")[:, None])
    table = pd.DataFrame(
        {
            "segment": labels[rows].astype(object),
            "item_id": base.items[columns],
            "customers": sizes[rows],
            "owners": owners[rows, columns],
            "penetration": owners[rows, columns] / sizes[rows],
            "may_buy": account.may_buy[rows, columns],
        }
    )
    table["ticket"] = tickets.of(table["segment"], table["item_id"])
    table["potential"] = table["may_buy"] * table["ticket"]
    table = table.merge(listed, on=["segment", "item_id"], how="left", validate="one_to_one")
    table["recommended_to"] = table["recommended_to"].fillna(0).astype("int64")
    order = ["segment", "expected_value", "potential", "item_id"]
    return table.sort_values(order, ascending=[True, False, False, True], ignore_index=True)


class Scores:
    """The scores of a month, as many as there may be: each different one, and how often it is there.

    Beyond a million different ones the last bits of their fractions do not count, as many as it takes; which these are
    does not hang on the order in which scores came.
    """

    def __init__(self, scores: np.ndarray | None = None) -> None:
        self._values, self._counts, self._left_out = np.zeros(0), np.zeros(0, dtype="int64"), 0
        if scores is not None:
            self.add(scores)

    def add(self, scores: np.ndarray) -> None:
        """More scores, all above 0."""
        self._merge(np.concatenate([self._values, self._kept(scores)]), np.append(self._counts, np.ones_like(scores)))
        while len(self._values) > _MOST_SCORES:
            self._left_out += 2
            self._merge(self._kept(self._values), self._counts)

    def standing(self, scores: np.ndarray) -> np.ndarray:
        """See the function of this name."""
        until = np.append(0, np.cumsum(self._counts))
        below, to = (np.searchsorted(self._values, self._kept(scores), side) for side in ("left", "right"))
        found: np.ndarray = (until[below] + until[to]) / max(2 * until[-1], 1)
        return found

    def _merge(self, values: np.ndarray, counts: np.ndarray) -> None:
        self._values, of = np.unique(values, return_inverse=True)
        self._counts = np.bincount(of, counts, len(self._values)).astype("int64")

    def _kept(self, scores: np.ndarray) -> np.ndarray:
        # Bits of numbers above 0 are in the order of the numbers.
        bits = np.ascontiguousarray(scores, dtype="float64").view("int64")
        found: np.ndarray = (bits >> self._left_out << self._left_out).view("float64")
        return found


def standing(scores: np.ndarray, among: np.ndarray | Scores) -> np.ndarray:
    """Where scores stand among those of a month, 0 to 1: the share of lower ones and half of the equal ones.

    Scores grow with what customers own, so a score of one month says nothing in another; its place does.
    """
    return (among if isinstance(among, Scores) else Scores(among)).standing(scores)
