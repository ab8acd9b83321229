"""Ranking: the best items of each customer by a recommender's scores.

Belongs here: what is left out of a list (what is owned, what is not allowed, the second of two alternatives) and blocks
of customers. Does not belong here: the scores (`recommenders`), who may be recommended what (`eligibility`).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions
from arcana_assets.recommendations.recommenders.recommender import Allowed, Recommender, best

_MOST_CUSTOMERS, _MOST_SCORES = 4_096, 16_777_216  # scored at once


def recommend(
    recommender: Recommender,
    interactions: Interactions,
    top: int = 5,
    allowed: Allowed | None = None,
    block: int | None = None,
    alternatives: Sequence[Sequence[str]] = (),
) -> pd.DataFrame:
    """The best `top` items of every customer that the customer never bought, and is `allowed`.

    Takes a recommender fitted on these interactions. Returns customer x rank, ordered: customer_id, rank (from 1),
    item_id, score (above 0). Equal scores rank by item_id. Of items that are `alternatives` of one another a list holds
    only the best. A customer with nothing left to want has no row. Scores are held for `block` customers at a time
    (block x items x 8 bytes, about three times); left out: as many as make 16 million scores, 4,096 at most. Raises
    UnusableInteractions for a `top` or `block` below 1.
    """
    if block is None:
        block = max(1, min(_MOST_CUSTOMERS, _MOST_SCORES // max(len(interactions.items), 1)))
    if top < 1 or block < 1:
        raise UnusableInteractions(f"top and block are at least 1; found top={top}, block={block}")
    longest = top + sum(len(items) - 1 for items in alternatives)  # as many more as alternatives may take away
    parts = []
    for rows in _blocks(len(interactions.customers), block):
        wanted = recommender.score(rows)
        if allowed is not None:
            wanted = np.where(allowed(rows), wanted, 0.0)
        customers, items, ranks, scores = best(wanted, interactions.owned[rows], longest)
        ranked = {
            "customer_id": interactions.customers[rows[customers]],
            "rank": ranks,
            "item_id": interactions.items[items],
            "score": scores,
        }
        # A block without rows must not change the type of the columns.
        parts.append(pd.DataFrame(ranked).astype({"customer_id": "str", "item_id": "str"}))
    lines = pd.concat(parts, ignore_index=True)
    return _one_of_each(lines, alternatives, top) if alternatives else lines


def _one_of_each(lines: pd.DataFrame, alternatives: Sequence[Sequence[str]], top: int) -> pd.DataFrame:
    """The first `top` lines of each customer, with no two alternatives among them; ranks begin at 1.

    Takes lines in the order of customer and rank.
    """
    kept = np.ones(len(lines), dtype=bool)
    for items in alternatives:
        inside = lines["item_id"].isin(list(items)).to_numpy() & kept
        kept[inside] &= ~lines.loc[inside, "customer_id"].duplicated().to_numpy()
    found = lines[kept]
    ranks = found.groupby("customer_id", sort=False).cumcount() + 1
    return found.assign(rank=ranks.astype("int64"))[(ranks <= top).to_numpy()].reset_index(drop=True)


def _blocks(total: int, size: int) -> Iterator[np.ndarray]:
    """Places in blocks; one empty block where there are none, so that an empty result has its columns."""
    for start in range(0, max(total, 1), size):
        yield np.arange(start, min(start + size, total))
