"""Proposal items of the b2b drop: `historico.csv`.

Belongs here: what was offered, at which discount. Does not belong here: what was signed (`contracts`).
"""

import numpy as np
import pyarrow as pa

from arcana_assets.samples.b2b.csv import DIGITS, decimals, iso_days
from arcana_assets.samples.b2b.customers import People
from arcana_assets.samples.b2b.layout import Ints, Sizes
from arcana_assets.samples.b2b.words import BANDS, HOSTING
from arcana_assets.samples.lines import integers, lines_of, picked

SENTINEL_SHARE, FRACTION_SHARE = 0.02, 0.03
NEGATIVE = 9
CODES = 1_500


def proposal_lines(
    rng: np.random.Generator, people: People, who: Ints, spelt: list[str], spelling: Ints, sizes: Sizes
) -> tuple[pa.Array, dict[str, int]]:
    """Items in order of proposals, for the customer (or orphan) of each item; and the dirt in them.

    `who` comes in runs of one customer; a proposal holds up to six items of a run.
    """
    rows = len(who)
    begins = np.concatenate([[True], (who[1:] != who[:-1]) | (rng.random(rows - 1) < 0.3)])
    run = np.cumsum(begins) - 1
    place = np.arange(rows) - np.flatnonzero(begins)[run]
    begins |= place % 6 == 0
    proposal = np.cumsum(begins) - 1
    item = np.arange(rows) - np.flatnonzero(begins)[proposal]
    day = people.days(rng, who)[np.flatnonzero(begins)][proposal]
    # Numbers of proposals rise with time.
    order = np.lexsort((item, proposal, day))
    number = np.empty(int(proposal[-1]) + 1, dtype=np.int64)
    ranked = proposal[order]
    number[ranked[np.sort(np.unique(ranked, return_index=True)[1])]] = np.arange(len(number))
    known = np.where(who < len(people), who, 0)
    quantity = 1.0 + np.floor(rng.exponential(4, rows))
    fraction = rng.random(rows) < FRACTION_SHARE
    quantity = np.where(fraction, quantity + 0.5, quantity)
    price = np.round(people.value[known] * np.exp(rng.normal(-2.5, 0.8, rows)), 2) + 0.01
    price = np.where(rng.random(rows) < 0.3, np.round(price / 3, DIGITS), price)
    full = np.round(quantity * price, DIGITS)
    rate = np.where(rng.random(rows) < 0.6, 0, rng.integers(1, 61, rows) / 2)
    months = np.where(rng.random(rows) < 0.8, 0, rng.integers(1, 13, rows))
    passing = np.where(months > 0, rng.integers(1, 11, rows) * 5, 0)
    discount, for_a_while = (np.round(full * share / 100, DIGITS) for share in (rate, passing))
    total = np.round(full - discount, DIGITS)
    months = np.where(rng.random(rows) < SENTINEL_SHARE, 999, months)
    months[: 1 + (rows < 100)] = 999
    negative = rng.choice(rows, sizes.of(NEGATIVE, 2), replace=False)
    total[negative] = -np.round(0.01 + rng.random(len(negative)), 2)
    band = np.where(who < len(people), people.band[known], len(BANDS) - 1)
    codes = [_code(number, int(sign)) for number, sign in enumerate(rng.integers(0, 100_000, CODES))]
    columns = [
        integers(number[proposal] + 1, 6),
        integers(item + 1, 2),
        iso_days(day),
        picked(HOSTING, rng.integers(0, len(HOSTING), rows)),
        picked(spelt, spelling),
        picked(BANDS, band),
        picked(codes, rng.integers(0, CODES, rows)),
        decimals(quantity),
        integers(months),
        decimals(passing.astype(np.float64)),
        decimals(rate.astype(np.float64)),
        decimals(price),
        decimals(for_a_while),
        decimals(total),
        decimals(full),
        decimals(discount),
    ]
    dirt = {
        "bonus_sentinels": int((months == 999).sum()),
        "fractional_quantities": int((quantity % 1 > 0).sum()),
        "negative_proposals": len(negative),
    }
    return lines_of(columns).take(pa.array(order)), dirt


def _code(number: int, sign: int) -> str:
    """Distinct by number; with leading zeros, dots or hyphens."""
    forms = (f"{number:08}", f"0{number:04}.{sign % 1000:03}", f"{number:05}-{sign % 10}", f"00.{number:04}-{sign:05}")
    return forms[number % 4]
