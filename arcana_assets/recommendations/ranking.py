"""TODO: what this room is for."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from arcana_assets.recommendations.interactions import MOST_CUSTOMERS, MOST_SCORES, Interactions, UnusableInteractions
from arcana_assets.recommendations.recommenders.recommender import Allowed, Recommender, best


def recommend(
    recommender: Recommender,
    interactions: Interactions,
    top: int = 5,
    allowed: Allowed | None = None,
    block: int | None = None,
) -> pd.DataFrame:
    """The best `top` items of every customer that the customer never bought, and is `allowed`.

    Takes a recommender fitted on these interactions. Returns customer x rank, ordered: customer_id, rank (from 1),
    item_id, score (above 0). Equal scores rank by item_id. A customer with nothing left to want has no row. Scores are
    held for `block` customers at a time (block x items x 8 bytes, about three times); left out: as many as make
    16 million scores, 4,096 at most. Raises UnusableInteractions for a `top` or `block` below 1.
    """
    if block is None:
        block = max(1, min(MOST_CUSTOMERS, MOST_SCORES // max(len(interactions.items), 1)))
    if top < 1 or block < 1:
        raise UnusableInteractions(f"top and block are at least 1; found top={top}, block={block}")
    parts = []
    for rows in _blocks(len(interactions.customers), block):
        wanted = recommender.score(rows)
        if allowed is not None:
            wanted = np.where(allowed(rows), wanted, 0.0)
        customers, items, ranks, scores = best(wanted, interactions.owned[rows], top)
        ranked = {
            "customer_id": interactions.customers[rows[customers]],
            "rank": ranks,
            "item_id": interactions.items[items],
            "score": scores,
        }
        # A block without rows must not change the type of the columns.
        parts.append(pd.DataFrame(ranked).astype({"customer_id": "str", "item_id": "str"}))
    return pd.concat(parts, ignore_index=True)


def _blocks(total: int, size: int) -> Iterator[np.ndarray]:
    """Places in blocks; one empty block where there are none, so that an empty result has its columns."""
    for start in range(0, max(total, 1), size):
        yield np.arange(start, min(start + size, total))
