"""The dirt that lies in how rows of the retail sample are written, and the count of all dirt.

Belongs here: duplicates, codes in lower case, orders with two timestamps; the ledger that tests compare with. Does not
belong here: returns, write-offs, fees and rows without customer, which are business (`orders`).
"""

from collections import Counter

import numpy as np

from arcana_assets.samples.retail.catalogue import Catalogue, Flags
from arcana_assets.samples.retail.orders import BULK_PIECES
from arcana_assets.samples.retail.rows import ADJUSTMENT, CANCELLATION, NOBODY, SALE, Rows

DUPLICATE_SHARE = 0.01
LOWER_CASE_SHARE = 0.01
TWO_TIMESTAMPS_SHARE = 0.002


def soiled(rng: np.random.Generator, rows: Rows, catalogue: Catalogue) -> Rows:
    """The dirt of writing: codes in lower case, orders with two timestamps, duplicates."""
    has_letters = np.array([code != code.lower() for code in catalogue.codes])
    has_letters[catalogue.products :] = False
    has_letters[catalogue.code_id("M")] = True
    lower = has_letters[rows.code] & (rng.random(len(rows)) < LOWER_CASE_SHARE)
    minute = rows.minute + _second_half_of_some_orders(rng, rows)
    rows = rows.having(code=rows.code + np.where(lower, len(catalogue.codes), 0), minute=minute)
    # A second bulk order or bad debt would not be a duplicate anybody would believe.
    eligible = np.flatnonzero((rows.kind != ADJUSTMENT) & (np.abs(rows.quantity) != BULK_PIECES))
    times = np.ones(len(rows), dtype=np.int64)
    times[rng.choice(eligible, max(1, round(len(rows) * DUPLICATE_SHARE)), replace=False)] = 2
    return rows.take(np.repeat(np.arange(len(rows)), times))


def _second_half_of_some_orders(rng: np.random.Generator, rows: Rows) -> Flags:
    _, first, lines = np.unique(rows.invoice, return_index=True, return_counts=True)
    long = np.flatnonzero((lines > 1) & (rows.kind[first] == SALE))
    wanted = min(len(long), max(1, round(len(first) * TWO_TIMESTAMPS_SHARE)))
    chosen = np.zeros(len(first), dtype=np.bool_)
    chosen[rng.choice(long, wanted, replace=False)] = True
    place = np.arange(len(rows)) - first[rows.invoice]
    return np.asarray(chosen[rows.invoice] & (place >= (lines[rows.invoice] + 1) // 2), dtype=np.bool_)


class Ledger:
    """Counts the dirt of rows as they are written, month after month."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.counts: Counter[str] = Counter()
        self.descriptions: set[tuple[int, str]] = set()
        texts = catalogue.texts
        self.padded = np.array([text != text.strip() for text in texts])
        self.empty = np.array([text == "" for text in texts])
        self.pound = np.array(["£" in text for text in texts])

    def count(self, rows: Rows) -> None:
        codes = len(self.catalogue.codes)
        code = rows.code % codes
        flags = {
            "price_not_positive": rows.price <= 0,
            "negative_prices": rows.price < 0,
            "write_offs": (rows.quantity < 0) & (rows.price == 0),
            "without_customer": rows.customer == NOBODY,
            "returns": rows.kind == CANCELLATION,
            "adjustments": rows.kind == ADJUSTMENT,
            "non_product_rows": code >= self.catalogue.products,
            "lower_case_codes": rows.code >= codes,
            "padded_descriptions": self.padded[rows.text],
            "empty_descriptions": self.empty[rows.text],
            "pound_signs": self.pound[rows.text],
            "bulk_orders_returned": rows.quantity == -BULK_PIECES,
        }
        self.counts.update({name: int(flag.sum()) for name, flag in flags.items()})
        # Only a planted duplicate repeats a code within an invoice.
        self.counts["exact_duplicates"] += len(rows) - len(np.unique(rows.invoice * 2 * codes + rows.code))
        span = int(rows.minute.max()) + 1
        stamps = np.unique(rows.invoice * span + rows.minute)
        self.counts["two_timestamp_orders"] += len(stamps) - len(np.unique(stamps // span))
        told = (code < self.catalogue.products) & (rows.price > 0)
        texts = self.catalogue.texts
        pairs = np.unique(code[told] * len(texts) + rows.text[told]).tolist()
        self.descriptions |= {(pair // len(texts), texts[pair % len(texts)].strip()) for pair in pairs}

    def dirt(self) -> dict[str, int]:
        spellings = Counter(product for product, _ in self.descriptions)
        several = sum(count > 1 for count in spellings.values())
        return {
            **dict(sorted(self.counts.items())),
            "products_with_several_descriptions": several,
            "customers_in_two_countries": 1,
        }
