"""Rows of one month of transactions as arrays, and what keeps invoices in order.

Belongs here: the columns of a row and operations that know only them. Does not belong here: why a row exists
(`orders`) or how it is written (`folder`, `dirt`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from arcana_assets.samples.retail.catalogue import Flags, Ints
from arcana_assets.samples.retail.customers import HOME

NOBODY = -1
SALE, CANCELLATION, ADJUSTMENT = range(3)
DAY = 24 * 60


@dataclass(frozen=True)
class Rows:
    """Rows of one month; one element a row. Prices in pence; `minute` counts from the first day of the period."""

    minute: Ints
    kind: Ints
    invoice: Ints
    customer: Ints
    country: Ints
    code: Ints
    text: Ints
    quantity: Ints
    price: Ints

    def __len__(self) -> int:
        return len(self.minute)

    def take(self, which: Ints | Flags) -> Self:
        return type(self)(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def having(self, **columns: Ints) -> Self:
        """The same rows with some columns replaced."""
        return type(self)(**{f.name: columns.get(f.name, getattr(self, f.name)) for f in fields(self)})

    @classmethod
    def joined(cls, parts: Iterable["Rows"]) -> "Rows":
        kept = list(parts)
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in kept]) for f in fields(cls)})

    @classmethod
    def of(cls, size: int, **columns: Ints | int) -> "Rows":
        """Columns or one value for all rows; nobody's sale at home unless told."""
        given: dict[str, Ints | int] = {"kind": SALE, "customer": NOBODY, "country": HOME, "invoice": 0, **columns}
        return cls(**{name: np.broadcast_to(np.asarray(c, dtype=np.int64), size).copy() for name, c in given.items()})


def first_of(numbers: Ints) -> Flags:
    """The first element of each run of equal numbers, such as the opening row of each invoice."""
    return np.concatenate([[True], numbers[1:] != numbers[:-1]])[: len(numbers)]


def once_each(order: Ints, product: Ints, codes: int) -> tuple[Ints, Ints, Ints]:
    """Each product once an order, and where the kept ones were: an equal second row would be an unplanned duplicate."""
    keys, at = np.unique(order * codes + product, return_index=True)
    # By order, and within it as the lines were put in the basket.
    at = at[np.lexsort((at, keys // codes))]
    return order[at], product[at], at


def numbered(parts: list[Rows]) -> Rows:
    """One set of rows in order of time, with invoices numbered from 0.

    Each part numbers its invoices on its own; parts that extend another one use the numbers of that one.
    """
    source = np.repeat(_sources(parts), [len(p) for p in parts])
    rows = Rows.joined(parts)
    span = int(rows.invoice.max()) + 1
    key = source * span + rows.invoice
    _, first, event = np.unique(key, return_index=True, return_inverse=True)
    by_time = np.argsort(rows.minute[first], kind="stable")
    rank = np.empty(len(first), dtype=np.int64)
    rank[by_time] = np.arange(len(first))
    rows = rows.having(invoice=rank[event])
    return rows.take(np.argsort(rows.invoice, kind="stable"))


def _sources(parts: list[Rows]) -> Ints:
    """The part whose invoice numbers each part uses: postage, dotcom and discounts (1, 3, 5) extend the one before."""
    extends = {1: 0, 3: 2, 5: 4}
    return np.array([extends.get(number, number) for number in range(len(parts))], dtype=np.int64)
