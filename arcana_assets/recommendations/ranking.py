"""Ranking: the best items of each customer by a recommender's scores.

Belongs here: what is left out of a list (what is owned, what is not allowed, the second of two alternatives), what
stays of an earlier one, and blocks of customers. Does not belong here: the scores (`recommenders`), who may be
recommended what (`eligibility`).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions, places
from arcana_assets.recommendations.recommenders.recommender import Allowed, Recommender, best

if TYPE_CHECKING:
    from scipy.sparse import csr_array

STAYS = 3  # times the length of a list: an item of it stays while it is among as many of the best
_MOST_CUSTOMERS, _MOST_SCORES = 4_096, 4_194_304  # scored at once


class Ranked(NamedTuple):
    """The lists of customers, a line an item, in the order of customer and rank: places, ranks from 1, and scores."""

    customers: np.ndarray
    items: np.ndarray
    ranks: np.ndarray
    scores: np.ndarray

    def none(self) -> "Ranked":
        """The lists of nobody."""
        return Ranked(*(each[:0] for each in self))

    def frame(self, interactions: Interactions) -> pd.DataFrame:
        """With ids: customer_id, rank, item_id, score."""
        ids = (interactions.customers[self.customers], interactions.items[self.items])
        ranked = {"customer_id": ids[0], "rank": self.ranks, "item_id": ids[1], "score": self.scores}
        # Without rows the columns have their types as well.
        return pd.DataFrame(ranked).astype({"customer_id": "str", "item_id": "str"})


def recommend(
    recommender: Recommender,
    interactions: Interactions,
    top: int = 5,
    allowed: Allowed | None = None,
    block: int | None = None,
    alternatives: Sequence[Sequence[str]] = (),
) -> pd.DataFrame:
    """The lists of `ranked` by ids: customer x rank, ordered, with customer_id, rank (from 1), item_id, score."""
    return ranked(recommender, interactions, top, allowed, block, alternatives).frame(interactions)


def ranked(
    recommender: Recommender,
    interactions: Interactions,
    top: int = 5,
    allowed: Allowed | None = None,
    block: int | None = None,
    alternatives: Sequence[Sequence[str]] = (),
    among: np.ndarray | None = None,
    asked: np.ndarray | None = None,
) -> Ranked:
    """The best `top` items of every customer that the customer never bought, and is `allowed`.

    Takes a recommender fitted on these interactions, to score the items `among`, and the places of the customers who
    are `asked` for, in order; all by default. A score is above 0; equal ones rank by item_id. Of items that are
    `alternatives` of one another a list holds only the best. A customer with nothing left to want has no line. Scores
    are held for `block` customers at a time (block x items x 8 bytes, about twice); left out: as many as make 4 million
    scores, 4,096 at most. Raises UnusableInteractions for a `top` or `block` below 1.
    """
    return lists(recommender, interactions, top, allowed, block, alternatives, among, asked)[0]


def lists(
    recommender: Recommender,
    interactions: Interactions,
    top: int = 5,
    allowed: Allowed | None = None,
    block: int | None = None,
    alternatives: Sequence[Sequence[str]] = (),
    among: np.ndarray | None = None,
    asked: np.ndarray | None = None,
    kept: "csr_array | None" = None,
) -> tuple[Ranked, Ranked]:
    """The lists of `ranked`, and those in which an item of an earlier one stays while it is among the best 3 x `top`.

    `kept` are customers x items, 1 for what is in the earlier list; of none of it the second lists are the first. What
    is not kept the best of the others fill up, and the rank in a list is by the scores of now.
    """
    among = np.arange(len(interactions.items)) if among is None else among
    if block is None:
        block = max(1, min(_MOST_CUSTOMERS, _MOST_SCORES // max(len(among), 1)))
    if top < 1 or block < 1:
        raise UnusableInteractions(f"top and block are at least 1; found top={top}, block={block}")
    most = top if kept is None else STAYS * top
    longest = most + sum(len(items) - 1 for items in alternatives)  # as many more as alternatives may take away
    owned = interactions.owned if len(among) == len(interactions.items) else interactions.owned[:, among]
    asked = np.arange(len(interactions.customers)) if asked is None else asked
    parts = []
    for rows in _blocks(asked, block):
        scores = recommender.score(rows)
        if allowed is not None and not (free := allowed(rows)[:, among]).all():
            scores *= free
        customers, items, ranks, found = best(scores, owned[rows], longest)
        parts.append(Ranked(rows[customers], among[items], ranks, found))
    groups = [places(interactions.items, items) for items in alternatives]
    lines = Ranked(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    fresh = _one_of_each(lines, groups, top)
    return fresh, fresh if kept is None else _by_score(_one_of_each(_kept_first(lines, kept, most), groups, top))


def _kept_first(lines: Ranked, kept: "csr_array", most: int) -> Ranked:
    """The lines of each customer in the order of rank, but those that are kept and not below `most` ahead of others."""
    pairs, width = kept.tocoo(), kept.shape[1]
    listed = np.isin(lines.customers * width + lines.items, pairs.row.astype("int64") * width + pairs.col)
    order = np.lexsort((lines.ranks, ~(listed & (lines.ranks <= most)), lines.customers))
    return _numbered(Ranked(*(each[order] for each in lines)))


def _by_score(lines: Ranked) -> Ranked:
    order = np.lexsort((lines.items, -lines.scores, lines.customers))
    return _numbered(Ranked(*(each[order] for each in lines)))


def _numbered(lines: Ranked) -> Ranked:
    """With ranks from 1 in the order of the lines, which is that of customers first."""
    ranks = np.arange(len(lines.customers)) - np.searchsorted(lines.customers, lines.customers) + 1
    return lines._replace(ranks=ranks)


def _one_of_each(lines: Ranked, alternatives: Sequence[np.ndarray], top: int) -> Ranked:
    """The first `top` lines of each customer, with no two alternatives among them; ranks begin at 1."""
    if not alternatives:
        return Ranked(*(each[lines.ranks <= top] for each in lines))
    kept = np.ones(len(lines.items), dtype=bool)
    for items in alternatives:
        inside = np.flatnonzero(np.isin(lines.items, items) & kept)
        _, first = np.unique(lines.customers[inside], return_index=True)
        kept[np.delete(inside, first)] = False
    customers = lines.customers[kept]
    ranks = np.arange(len(customers)) - np.searchsorted(customers, customers) + 1
    return Ranked(*(each[ranks <= top] for each in (customers, lines.items[kept], ranks, lines.scores[kept])))


def _blocks(places: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Places in blocks; one empty block where there are none, so that an empty result has its columns."""
    for start in range(0, max(len(places), 1), size):
        yield places[start : start + size]
