"""Eligibility: which items may be recommended to whom, and how many pairs each reason takes away.

Belongs here: the rules, the answers that hold an item back for a while, and their count. Does not belong here: which of
the items that are left are the best (`ranking`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.interactions import Interactions, places
from arcana_assets.recommendations.rules.audience import PERSONA, as_said, audience_of, described, outside_in_words

if TYPE_CHECKING:
    from scipy.sparse import csr_array


OWNED, NEVER, ALTERNATIVE, UPGRADED = "owned", "never", "alternative", "upgraded"
LIMITED, REQUIRES, COOLING, RARE = "limited", "requires", "cooling", "rare"
REASONS = (OWNED, NEVER, ALTERNATIVE, LIMITED, REQUIRES, COOLING, RARE)
"""Beside these: that of each condition of the audience, after OWNED, and UPGRADED, after ALTERNATIVE, where said."""
BLOCK = 8_388_608  # pairs of customer and item looked at at once


@dataclass(frozen=True, eq=False)
class Tally:
    """What eligibility leaves and takes of some customers; over blocks of customers it adds up.

    `pairs` are reasons x items: pairs that a reason takes away; `outside` customers who get no list for each reason;
    `may_buy` segments x items: customers who may be recommended the item.
    """

    pairs: np.ndarray
    outside: np.ndarray
    may_buy: np.ndarray

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.pairs + other.pairs, self.outside + other.outside, self.may_buy + other.may_buy)

    def account(self, reasons: Sequence[str], labels: np.ndarray) -> "Account":
        """By these reasons, and the segments of these labels."""
        left_out = pd.DataFrame(
            {
                "reason": reasons,
                "pairs": self.pairs.sum(axis=1),
                "items": (self.pairs > 0).sum(axis=1),
                "customers": self.outside,
            }
        )
        return Account(left_out, labels, self.may_buy)


@dataclass(frozen=True, eq=False)
class Account:
    """What eligibility leaves and takes.

    `left_out` has a row a reason: reason, pairs, items (different ones among them), customers (who get no list for it;
    0 of a reason of single items). A pair counts for its first reason only, in the order of `Eligibility.reasons`; so
    does a customer. `may_buy` is segments (`labels`) x items: customers who may be recommended the item.
    """

    left_out: pd.DataFrame
    labels: np.ndarray
    may_buy: np.ndarray


class Eligibility:
    """Rules over customers x items, as the domain says them.

    `attributes` has customer_id and the columns that limits and the audience name; a customer whose value is not known
    is outside. `audience` is who gets lists at all, `reasons` are those for which a pair can be left out. `cooling` are
    pairs customer_id, item_id that are not to be offered yet. `unknown` are items that the rules name and nobody owns:
    a rule for them does nothing.
    """

    def __init__(
        self,
        interactions: Interactions,
        offers: Recommendations,
        attributes: pd.DataFrame | None = None,
        cooling: pd.DataFrame | None = None,
    ) -> None:
        self._interactions, items = interactions, pd.Index(interactions.items)
        customers = described(interactions, attributes)
        self.audience = audience_of(customers, offers.audience)
        upgraded = [UPGRADED] if offers.upgrades else []
        self.reasons = (OWNED, *self.audience.reasons, NEVER, ALTERNATIVE, *upgraded, *REASONS[3:])
        self._never = np.isin(interactions.items, offers.kept_back)
        self._rare = interactions.base.owners < offers.minimum_owners
        named = {*offers.never, *offers.requires, *offers.limits, *offers.upgrades}
        others_named = (*offers.requires.values(), *offers.alternatives, *offers.upgrades.values())
        named |= {each for others in others_named for each in others}
        self.unknown = sorted(named - set(interactions.items.tolist()))
        self._requires = {
            int(items.get_loc(item)): [int(items.get_loc(each)) for each in others if each in items]
            for item, others in offers.requires.items()
            if item in items
        }
        groups = (items.get_indexer_for([each for each in group if each in items]) for group in offers.alternatives)
        self._alternatives = [group for group in groups if len(group)]
        replaced = offers.replaced
        self._upgraded = {
            int(items.get_loc(item)): [
                int(items.get_loc(each)) for each in replaced if each in items and item in replaced[each]
            ]
            for item in sorted({each for others in replaced.values() for each in others} & set(items))
        }
        self._limits = {
            int(items.get_loc(item)): _inside(columns, customers)
            for item, columns in offers.limits.items()
            if item in items
        }
        self._cooling = self._pairs(cooling)
        ruled = [*self._alternatives, list(self._upgraded), list(self._limits), list(self._requires)]
        ruled += [] if self._cooling is None else [self._cooling.indices]
        # Only of these items the rules tell customers apart: they alone are looked at customer by customer.
        self._ruled = np.unique(np.concatenate([np.asarray(each, dtype="int64") for each in ruled]))

    @property
    def possible(self) -> np.ndarray:
        """The items (places in order) that are not kept from everybody."""
        return np.flatnonzero(~(self._never | self._rare))

    def allowed(self, customers: np.ndarray) -> np.ndarray:
        """Whether each of a block of customers may be recommended each item: customers x items, or 1 x items."""
        free = ~(self._never | self._rare)[None, :]
        inside = self.audience.inside[customers]
        if not len(self._ruled) and inside.all():
            return free
        left = free & inside[:, None]
        for _, taken in self._taken(customers):
            left[:, self._ruled] &= ~taken
        return left

    def account(self) -> Account:
        """How many pairs each reason takes away, and who is left to buy."""
        return self.tally().account(self.reasons, self._interactions.parted()[0])

    def tally(self) -> Tally:
        """The same of these customers alone, to be added up with that of others."""
        _, of = self._interactions.parted()
        inside = np.flatnonzero(self.audience.inside)
        owners, sizes = self._owners_by_segment(inside)
        plain = np.ones(len(self._interactions.items), dtype=bool)
        plain[self._ruled] = False
        left = np.where(plain, sizes[:, None] - owners, 0)
        by_item = {reason: np.zeros(len(plain), dtype="int64") for reason in self.reasons}
        by_item[OWNED] = self._interactions.owners.astype("int64")
        outside = dict.fromkeys(self.reasons, 0)
        for place, reason in enumerate(self.audience.reasons):
            mine = np.flatnonzero(self.audience.first == place)
            outside[reason] = len(mine)
            have = np.bincount(self._interactions.owned[mine].indices, minlength=len(plain))
            by_item[reason] = len(mine) - have
        for reason, taken in ((NEVER, self._never & plain), (RARE, self._rare & ~self._never & plain)):
            by_item[reason][taken] = left.sum(axis=0)[taken]
            left[:, taken] = 0
        count, width = len(inside), len(self._ruled)
        step = max(1, BLOCK // max(width, 1))
        for start in range(0, count if width else 0, step):
            rows = inside[start : start + step]
            free = self._interactions.owned[rows][:, self._ruled].toarray() == 0
            for reason, taken in self._taken(rows):
                by_item[reason][self._ruled] += (taken & free).sum(axis=0)
                free &= ~taken
            for place in np.unique(of[rows]):
                left[place, self._ruled] += free[of[rows] == place].sum(axis=0)
        return Tally(np.array(list(by_item.values())), np.array(list(outside.values())), left)

    def _owners_by_segment(self, customers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of some customers those of each segment who own each item, and how many there are of each segment."""
        from scipy.sparse import csr_array

        everybody = self._interactions.owned.shape[0]
        kept = csr_array((np.ones(len(customers), dtype="int64"), (customers, customers)), shape=(everybody, everybody))
        owners, sizes = self._interactions.by_segment(kept @ self._interactions.owned)
        _, of = self._interactions.parted()
        return owners, np.bincount(of[customers], minlength=len(sizes))

    def _taken(self, customers: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """What each rule takes from a block of customers, in the order of REASONS.

        Customers x items that rules tell them apart by, or 1 x these.
        """
        yield NEVER, self._never[None, self._ruled]
        owned, shape = self._interactions.owned[customers], (len(customers), len(self._ruled))
        at = np.full(len(self._never), -1)
        at[self._ruled] = np.arange(len(self._ruled))
        if self._alternatives:
            taken = np.zeros(shape, dtype=bool)
            for group in self._alternatives:
                taken[:, at[group]] |= (np.asarray(owned[:, group].sum(axis=1)).ravel() > 0)[:, None]
            yield ALTERNATIVE, taken
        if self._upgraded:
            taken = np.zeros(shape, dtype=bool)
            for item, upgrades in self._upgraded.items():
                taken[:, at[item]] = np.asarray(owned[:, upgrades].sum(axis=1)).ravel() > 0
            yield UPGRADED, taken
        if self._limits:
            taken = np.zeros(shape, dtype=bool)
            for item, inside in self._limits.items():
                taken[:, at[item]] = ~inside[customers]
            yield LIMITED, taken
        if self._requires:
            taken = np.zeros(shape, dtype=bool)
            for item, others in self._requires.items():
                has = np.asarray(owned[:, others].sum(axis=1)).ravel() if others else np.zeros(len(customers))
                taken[:, at[item]] = has == 0
            yield REQUIRES, taken
        if self._cooling is not None:
            yield COOLING, self._cooling[customers][:, self._ruled].toarray() > 0
        yield RARE, self._rare[None, self._ruled]

    def _pairs(self, cooling: pd.DataFrame | None) -> "csr_array | None":
        from scipy.sparse import csr_array

        if cooling is None or cooling.empty:
            return None
        rows = places(self._interactions.customers, cooling["customer_id"])
        columns = places(self._interactions.items, cooling["item_id"])
        known = (rows >= 0) & (columns >= 0)
        ones = np.ones(int(known.sum()), dtype="int64")
        shape = (len(self._interactions.customers), len(self._interactions.items))
        return csr_array((ones, (rows[known], columns[known])), shape=shape)


def cooling(feedback: pd.DataFrame, months: Mapping[str, int], as_of: date) -> pd.DataFrame:
    """The pairs customer_id, item_id that are not to be offered as of a day, by what came of the last offer before it.

    Takes feedback (customer_id, item_id, offered_at, outcome; several rows a pair) and how many months each outcome
    holds. Of two answers of one day the one that holds longer counts.
    """
    if feedback.empty:
        return feedback[["customer_id", "item_id"]]
    offered = pd.to_datetime(feedback["offered_at"])
    holds = feedback["outcome"].map(months)
    table = feedback.assign(offered=offered, holds=holds)[offered < pd.Timestamp(as_of)]
    table = table.sort_values(["offered", "holds"], kind="stable")
    last = table.drop_duplicates(["customer_id", "item_id"], keep="last")
    ends = [day + pd.DateOffset(months=int(count)) for day, count in zip(last["offered"], last["holds"], strict=True)]
    held = np.array([end > pd.Timestamp(as_of) for end in ends], dtype=bool)
    return last.loc[held, ["customer_id", "item_id"]].sort_values(["customer_id", "item_id"]).reset_index(drop=True)


def in_words(language: Language, reason: str) -> str:
    """One of the reasons of `Eligibility`, as business people read it."""
    outside = outside_in_words(language, reason)
    return language.say(f"offered.left_out.{reason}") if outside is None else outside


def _inside(columns: Mapping[str, list[str]], customers: pd.DataFrame) -> np.ndarray:
    """Whether each customer has one of the values in every column of a limit."""
    inside = np.ones(len(customers), dtype=bool)
    for column, values in columns.items():
        said = as_said(customers[column], values) if column == PERSONA else customers[column]
        inside &= said.isin(values).to_numpy()
    return inside
