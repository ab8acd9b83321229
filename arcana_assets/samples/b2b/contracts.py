"""Contract rows of the b2b drop: the file that is the master of its customers, and what is told of contracts elsewhere.

Belongs here: `dados_clientes.csv`, `clientes_desde.csv`, `contratacoes_ultimos_12_meses.csv`. Does not belong here: who
owns which line since when (`ownership`), what products are called (`products`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from arcana_assets.samples.b2b.csv import DIGITS, decimals, iso_days
from arcana_assets.samples.b2b.customers import People, segment_of
from arcana_assets.samples.b2b.events import apart
from arcana_assets.samples.b2b.layout import END, MONTH_DAYS, MONTHS, Flags, Floats, Ints, Sizes, day_number
from arcana_assets.samples.b2b.ownership import FIRST_OF_PAIR, Ownership
from arcana_assets.samples.b2b.products import products_of
from arcana_assets.samples.b2b.words import (
    BANDS,
    BRANDS,
    CNAES,
    COMMERCIAL_MODES,
    FOREIGN_COUNTRIES,
    FOREIGN_STATES,
    HOME_COUNTRY,
    PAIRED_LINES,
    PERIODS,
    SEGMENTS,
    STATES,
    SUBSEGMENTS,
    coined_words,
    revenue_lines,
)
from arcana_assets.samples.lines import integers, lines_of, picked

STATUSES = ("ATIVO", "CANCELADO", "TROCADO", "GRATUITO", "PENDENTE", "FATURAR", "MANUAL")
ACTIVE, CANCELLED = 0, 1
OTHER_SHARES = (0.68, 0.18, 0.07, 0.03, 0.02, 0.02)
ACTIVE_SHARE, PLACEHOLDER_SHARE = 0.52, 0.13
WITHOUT_STATUS, NEGATIVE = 501, 24
PLACEHOLDER = 0.00420385736791976
MOST_ROWS = 641


@dataclass(frozen=True)
class Contracts:
    """One element a contract row, in order of customer. `status` -1 is none told."""

    customer: Ints
    line: Ints
    revenue_line: Ints
    product: Ints
    brand: Ints
    signed: Ints
    status: Ints
    value: Floats
    mode: Ints
    period: Ints
    names: list[str]
    revenue_lines: list[str]
    brands: list[str]

    def __len__(self) -> int:
        return len(self.customer)

    def one_of(self, rng: np.random.Generator, who: Ints) -> Ints:
        """A row of each customer, by chance. Rows come in runs of one customer, and every customer has some."""
        _, first, has = np.unique(self.customer, return_index=True, return_counts=True)
        return np.asarray(first[who] + (rng.random(len(who)) * has[who]).astype(np.int64), dtype=np.int64)


def make_contracts(
    rng: np.random.Generator, people: People, owned: Ownership, lines: list[str], sizes: Sizes
) -> Contracts:
    """The planned rows of what customers own, then as many others as make the size: renewals, extensions, history."""
    customer, line, signed, planned, may = _planned(rng, people, owned)
    more = _others(rng, people, owned, customer, sizes.contracts - len(customer))
    customer, line, signed, may = (
        np.concatenate(both) for both in zip((customer, line, signed, may), more, strict=True)
    )
    planned = np.concatenate([planned, np.zeros(len(more[0]), dtype=np.int64)])
    kind = np.where(planned > 0, planned - 1, rng.integers(0, 2, len(line)))
    paired = line < PAIRED_LINES
    revenue = np.where(paired, 2 * line + kind, PAIRED_LINES + line)
    status = _statuses(rng, planned > 0, may, people.churned[customer], sizes)
    names, product, base = products_of(rng, lines, line, sizes)
    signed = apart((customer * sizes.products + base) * 100 + revenue, signed)
    value = _values(rng, people, customer, status, sizes)
    order = np.lexsort((rng.random(len(customer)), rng.permutation(len(people))[customer]))
    period = np.where(rng.random(len(line)) < 0.8, 0, rng.integers(0, len(PERIODS), len(line)))
    return Contracts(
        customer[order],
        line[order],
        revenue[order],
        product[order],
        (base * 37 % BRANDS)[order],
        signed[order],
        status[order],
        value[order],
        rng.integers(0, len(COMMERCIAL_MODES), len(line)),
        period,
        names,
        revenue_lines(lines),
        coined_words(rng, BRANDS, 3),
    )


def _planned(rng: np.random.Generator, people: People, owned: Ownership) -> tuple[Ints, Ints, Ints, Ints, Flags]:
    """Customer, line, day, 1 for a licence or 2 for its maintenance, and that it may be active (nobody left)."""
    who = owned.base_customer
    since = people.since[who]
    before = np.maximum(MONTH_DAYS[0], since + 1)
    day = since + (rng.random(len(who)) * (before - since)).astype(np.int64)
    # The first contract is what makes a customer: its day is the day they are a customer since.
    day[np.unique(who, return_index=True)[1]] = since[np.unique(who, return_index=True)[1]]
    keeps = rng.random(len(owned.signed_customer)) < 0.7
    customer = np.concatenate([who, owned.signed_customer, owned.signed_customer[keeps]])
    line = np.concatenate([owned.base_line, owned.signed_line, owned.signed_line[keeps]])
    signed = np.concatenate([day, owned.signed_day, owned.signed_day[keeps]])
    kind = np.ones(len(customer), dtype=np.int64)
    kind[len(customer) - int(keeps.sum()) :] = 2
    return customer, line, signed, kind, ~people.churned[customer]


def _others(
    rng: np.random.Generator, people: People, owned: Ownership, planned: Ints, count: int
) -> tuple[Ints, Ints, Ints, Flags]:
    """Most on lines that the customer owns; one in five is history of another line, which is never active."""
    assert count > 0, count
    room = MOST_ROWS - np.bincount(planned, minlength=len(people))
    weight = np.exp(rng.normal(0, 1.25, len(people)))
    rows = np.zeros(len(people), dtype=np.int64)
    while (missing := count - int(rows.sum())) > 0:
        rows += rng.multinomial(missing, weight * (rows < room) / (weight * (rows < room)).sum())
        rows = np.minimum(rows, room)
    most = int(np.argmax(rows))
    if count > 100 * MOST_ROWS and rows[most] < room[most]:
        taken = rng.choice(np.flatnonzero((rows > 5) & (np.arange(len(rows)) != most)), int(room[most] - rows[most]))
        np.subtract.at(rows, taken, 1)
        rows[most] += len(taken)
    who = np.repeat(np.arange(len(people)), rows)
    first = np.searchsorted(owned.base_customer, np.arange(len(people)))
    has = np.bincount(owned.base_customer, minlength=len(people))
    line = owned.base_line[first[who] + (rng.random(len(who)) * has[who]).astype(np.int64)]
    foreign = rng.random(len(who)) < 0.2
    line = np.where(foreign, rng.integers(0, FIRST_OF_PAIR, len(who)), line)
    since = people.since[who]
    end = np.where(rng.random(len(who)) < 0.9, np.maximum(MONTH_DAYS[0], since + 30), day_number(END) - 20)
    end = np.minimum(end, MONTH_DAYS[np.minimum(people.left[who], MONTHS)] - 20)
    signed = since + (rng.random(len(who)) * (end - since)).astype(np.int64)
    return who, line, signed, ~foreign & ~people.churned[who]


def _statuses(rng: np.random.Generator, must: Flags, may: Flags, left: Flags, sizes: Sizes) -> Ints:
    must = must & may
    status = 1 + rng.choice(len(OTHER_SHARES), len(must), p=OTHER_SHARES)
    free = np.flatnonzero(may & ~must)
    wanted = min(len(free), max(0, round(len(must) * ACTIVE_SHARE) - int(must.sum())))
    status[rng.choice(free, wanted, replace=False)] = ACTIVE
    status[must] = ACTIVE
    status[left] = CANCELLED
    others = np.flatnonzero((status != ACTIVE) & ~left)
    status[rng.choice(others, sizes.of(WITHOUT_STATUS), replace=False)] = -1
    return np.asarray(status, dtype=np.int64)


def _values(rng: np.random.Generator, people: People, customer: Ints, status: Ints, sizes: Sizes) -> Floats:
    """Active rows of a customer add up to about a year of MRR; some are told with all digits of a division."""
    active = np.maximum(1, np.bincount(customer[status == ACTIVE], minlength=len(people)))
    value = 12 * people.value[customer] / active[customer] * np.exp(rng.normal(-0.1, 0.5, len(customer)))
    value = np.where(rng.random(len(value)) < 0.4, np.round(value, 2), np.round(value, DIGITS))
    rows = rng.permutation(len(value))
    placeholders = round(len(value) * PLACEHOLDER_SHARE)
    value[rows[:placeholders]] = PLACEHOLDER
    negative = rows[placeholders : placeholders + sizes.of(NEGATIVE, 2)]
    value[negative] = -np.round(0.01 + rng.random(len(negative)) * 5, 2)
    return np.asarray(value, dtype=np.float64)


def contract_lines(contracts: Contracts, people: People, spelt: list[str], spelling: Ints) -> pa.Array:
    """The lines of `dados_clientes.csv`; `spelling` numbers the key of each row among `spelt`."""
    who = contracts.customer
    subsegment = people.subsegment[who]
    return lines_of(
        [
            picked(spelt, spelling),
            picked(contracts.names, contracts.product),
            picked(contracts.revenue_lines, contracts.revenue_line),
            picked(people.cities, people.city[who]),
            picked(CNAES, people.cnae[who]),
            picked(SEGMENTS, segment_of(subsegment)),
            picked([name for _, name in SUBSEGMENTS], subsegment),
            picked(BANDS, people.band[who]),
            picked(contracts.brands, contracts.brand),
            picked(COMMERCIAL_MODES, contracts.mode),
            picked([HOME_COUNTRY, *FOREIGN_COUNTRIES], people.country[who]),
            picked(PERIODS, contracts.period),
            picked(STATUSES, contracts.status),
            picked([*STATES, *FOREIGN_STATES], people.state[who]),
            decimals(contracts.value),
            iso_days(contracts.signed),
        ]
    )


def since_lines(rng: np.random.Generator, people: People) -> pa.Array:
    order = rng.permutation(len(people))
    return lines_of([picked(people.keys, order), iso_days(people.since[order])])


def of_the_year_lines(rng: np.random.Generator, contracts: Contracts, who: Ints, people: People) -> pa.Array:
    """Active contracts signed in the last twelve months, their number and value; one at least for those listed."""
    who = rng.permutation(who)
    lately = (contracts.status == ACTIVE) & (contracts.signed >= MONTH_DAYS[MONTHS - 12])
    number = np.bincount(contracts.customer[lately], minlength=len(people))[who]
    sums = np.bincount(contracts.customer[lately], contracts.value[lately], minlength=len(people))[who]
    told = np.where(number > 0, sums, people.value[who] * rng.uniform(0.5, 3, len(who)))
    value = np.asarray(np.round(told, DIGITS), dtype=np.float64)
    return lines_of([picked(people.keys, who), integers(np.maximum(number, 1)), decimals(value)])
