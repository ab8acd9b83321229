"""Counts: what the lists of a month add up to, block by block.

Belongs here: counting them. Does not belong here: making lists (`month`), what they are checked for (`limits`).
"""

from dataclasses import dataclass

import numpy as np

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.ranking import Ranked


@dataclass(frozen=True)
class Counts:
    """What the lists of a month, held out or not, add up to.

    `owned` and `twice` are lines of items that the customer owns, or has in the list already. Of the `owners`, who own
    something and are of the audience, `reached` have a list. `most` is the share of customers with a list whose list
    holds the most recommended item.
    """

    owned: int
    twice: int
    owners: int
    reached: int
    most: float


@dataclass(frozen=True, eq=False)
class Counted:
    """What the lists of a block add up to; `listed` are customers with a list, `on` the lists that hold each item."""

    owned: int
    twice: int
    owners: int
    reached: int
    listed: int
    on: np.ndarray

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(*(mine + its for mine, its in zip(vars(self).values(), vars(other).values(), strict=True)))

    @property
    def counts(self) -> Counts:
        """Of all blocks that were added up."""
        most = float(self.on.max(initial=0) / self.listed) if self.listed else 0.0
        return Counts(self.owned, self.twice, self.owners, self.reached, most)


def counted(lines: Ranked, interactions: Interactions, inside: np.ndarray) -> Counted:
    """What the lists of a block add up to; `inside` says of each customer whether of the audience."""
    width, has = len(interactions.items), interactions.owned
    owned = np.repeat(np.arange(has.shape[0], dtype="int64"), np.diff(has.indptr)) * width + has.indices
    pairs = lines.customers.astype("int64") * width + lines.items
    listed = np.zeros(len(interactions.customers), dtype=bool)
    listed[lines.customers] = True
    owners = (np.diff(has.indptr) > 0) & inside
    return Counted(
        owned=int(np.isin(pairs, owned).sum()),
        twice=int(len(pairs) - len(np.unique(pairs))),
        owners=int(owners.sum()),
        reached=int((owners & listed).sum()),
        listed=int(listed.sum()),
        on=np.bincount(lines.items, minlength=width),
    )
