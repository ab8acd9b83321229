"""Eligibility: which items may be recommended to whom, and how many pairs each reason takes away.

Belongs here: the rules and their count. Does not belong here: what is owned, which every ranking leaves out
(`recommenders`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from arcana_assets.ml.recommenders import Interactions

OWNED, NEVER, RARE, REQUIRES = "já tem", "nunca recomendar", "poucos clientes têm", "exige outro item antes"
BLOCK = 4_096


class Eligibility:
    """Rules over customers x items.

    `never` are items never recommended; `requires` items that are recommended only to who owns one of others; an item
    that fewer than `minimum_owners` customers own says too little of who wants it. `unknown` are items that the rules
    name and nobody owns: a rule for them does nothing.
    """

    def __init__(
        self,
        interactions: Interactions,
        never: Sequence[str] = (),
        requires: Mapping[str, Sequence[str]] | None = None,
        minimum_owners: int = 1,
    ) -> None:
        self._interactions = interactions
        items = pd.Index(interactions.items)
        self._never = np.isin(interactions.items, list(never))
        self._rare = np.asarray(interactions.owned.sum(axis=0)).ravel() < minimum_owners
        named = {*never, *(requires or {}), *(each for others in (requires or {}).values() for each in others)}
        self.unknown = sorted(named - set(interactions.items.tolist()))
        self._requires = {
            int(items.get_loc(item)): [int(items.get_loc(each)) for each in others if each in items]
            for item, others in (requires or {}).items()
            if item in items
        }

    def allowed(self, customers: np.ndarray) -> np.ndarray:
        """Whether each of a block of customers may be recommended each item: customers x items."""
        return ~(self._never | self._rare)[None, :] & ~self._lacking(customers)

    def counted(self) -> pd.DataFrame:
        """How many pairs of customer and item each reason takes away: reason, pairs, items.

        A pair counts once, for the first of the reasons, in their order: owned, never, rare, required.
        """
        total = dict.fromkeys((OWNED, NEVER, RARE, REQUIRES), 0)
        customers, width = len(self._interactions.customers), len(self._interactions.items)
        items = {reason: np.zeros(width, dtype=bool) for reason in total}
        for start in range(0, customers, BLOCK):
            rows = np.arange(start, min(start + BLOCK, customers))
            left = np.ones((len(rows), width), dtype=bool)
            owned = self._interactions.owned[rows].toarray() > 0
            everywhere = np.ones((len(rows), 1), dtype=bool)
            parts = (owned, self._never & everywhere, self._rare & everywhere, self._lacking(rows))
            for reason, taken in zip(total, parts, strict=True):
                new = taken & left
                total[reason] += int(new.sum())
                items[reason] |= new.any(axis=0)
                left &= ~taken
        return pd.DataFrame(
            {"reason": list(total), "pairs": list(total.values()), "items": [int(items[each].sum()) for each in total]}
        )

    def _lacking(self, customers: np.ndarray) -> np.ndarray:
        """Whether a customer lacks all of what an item requires, customers x items."""
        lacking = np.zeros((len(customers), len(self._interactions.items)), dtype=bool)
        for item, others in self._requires.items():
            has = np.asarray(self._interactions.owned[customers][:, others].sum(axis=1)).ravel() if others else 0
            lacking[:, item] = np.asarray(has == 0)
        return lacking
