"""Support tickets of the b2b drop, and the surveys that follow them.

Belongs here: `tickets.csv`, `nps_transacional_suporte.csv`. Does not belong here: how much support a customer needs
(`customers`).
"""

from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pyarrow as pa

from arcana_assets.samples.b2b.csv import with_duplicates, write_csv
from arcana_assets.samples.b2b.customers import UNHAPPY, People
from arcana_assets.samples.b2b.events import Spelling, Told, office_seconds, orphan_rows
from arcana_assets.samples.b2b.layout import END, SUPPORT_RESPONDENTS, Ints, Sizes, day_number, month_of
from arcana_assets.samples.b2b.surveys import main_scores, part_scores
from arcana_assets.samples.b2b.words import SUPPORT_GROUPS
from arcana_assets.samples.lines import integers, iso_seconds, lines_of, picked

STATUSES = ("closed", "solved", "open", "pending", "hold", "new")
TYPES = ("incident", "question", "problem", "task")
PRIORITIES = ("low", "normal", "high", "urgent")
DUPLICATES, UPDATED = 301, 400
WITHOUT_PRIORITY_SHARE, UNKNOWN_TICKETS_SHARE = 0.02, 0.005
FIRST_TICKET = 1_000_000
SUPPORT_BLOCKS = ((2, 0.28), (1, 0.36), (2, 0.57))
# Quantiles of tickets a customer, which make the total of the real drop; its busiest customer then has 8,713.
MEDIAN, SPREAD, NEAR_TOP, TOP, BEND = 61.0, 1.226, 1_063.0, 9_030.0, 1.68
CLOSED_AT = (day_number(END) - 1) * 86_400 + 20 * 3600
LINES_AT_ONCE = 500_000


@dataclass(frozen=True)
class Tickets:
    """One element a ticket: number of the customer or orphan, seconds on the local clock."""

    number: Ints
    customer: Ints
    created: Ints
    updated: Ints


def _tickets_each(rng: np.random.Generator, people: People, who: Ints, tickets: int) -> Ints:
    """Tickets of each customer: the quantiles of the page, given to customers by their need of support."""
    middle = (np.arange(len(who)) + 0.5) / len(who)
    normal = NormalDist()
    body = MEDIAN * np.exp(SPREAD * np.array([normal.inv_cdf(q) for q in middle.tolist()]))
    tail = NEAR_TOP * (TOP / NEAR_TOP) ** (np.clip((middle - 0.99) / 0.01, 0, 1) ** BEND)
    wanted = np.where(middle < 0.99, body, tail)
    wanted *= (tickets - len(who)) / wanted.sum()
    count = 1 + np.floor(wanted).astype(np.int64)
    missing = tickets - int(count.sum())
    count[np.argsort(np.floor(wanted) - wanted, kind="stable")[:missing]] += 1
    need = np.argsort(people.support[who] + rng.normal(0, 0.25, len(who)), kind="stable")
    each = np.empty(len(who), dtype=np.int64)
    each[need] = count
    return each


def write_tickets(
    rng: np.random.Generator, folder: Path, people: People, who: Ints, sizes: Sizes
) -> tuple[Told, Tickets]:
    """`tickets.csv`, in order of creation. About 400 tickets are told as they were once and as they are now."""
    rows, again, before = sizes.tickets, sizes.of(DUPLICATES, 3), sizes.of(UPDATED, 4)
    orphans = orphan_rows(rng, people, rows)
    count = rows - again - before
    who = np.concatenate([np.repeat(who, _tickets_each(rng, people, who, count - len(orphans))), orphans])
    created = office_seconds(rng, people.days(rng, who))
    at = np.where(who < len(people), who, 0)
    hours = np.exp(rng.normal(3.4, 1.3, count)) * np.where(people.group[at] == UNHAPPY, 2.5, 1.0)
    ends = created + 60 + (hours * 3600).astype(np.int64)
    still = ends >= CLOSED_AT
    updated = np.where(still, created + ((CLOSED_AT - created) * rng.random(count)).astype(np.int64), ends)
    # Two seconds at least, so that an earlier state fits in between.
    updated = np.maximum(updated, created + 2)
    status = np.where(rng.random(count) < 0.86, 0, 1)
    status = np.where(still, rng.integers(2, 6, count), status)
    priority = rng.choice(len(PRIORITIES), count, p=(0.35, 0.45, 0.15, 0.05))
    priority = np.where(rng.random(count) < WITHOUT_PRIORITY_SHARE, -1, priority)
    order = np.argsort(created, kind="stable")
    number = np.empty(count, dtype=np.int64)
    number[order] = FIRST_TICKET + np.cumsum(rng.integers(1, 5, count))
    once = rng.choice(count, before, replace=False)
    row = np.concatenate([np.arange(count), once])
    status = np.concatenate([status, rng.integers(2, 5, before)])
    updated_then = created[once] + ((updated[once] - created[once]) * rng.random(before) * 0.9).astype(np.int64)
    changed = np.concatenate([updated, updated_then])
    spelling = Spelling(rng, people.keys, who[row], 0.0005)
    columns = [
        picked(spelling.texts, spelling.numbers),
        picked(SUPPORT_GROUPS, rng.integers(0, len(SUPPORT_GROUPS), count)[row]),
        picked(TYPES, rng.choice(len(TYPES), count, p=(0.4, 0.45, 0.05, 0.1))[row]),
        picked(STATUSES, status),
        iso_seconds(created[row]),
        iso_seconds(changed),
        integers(number[row]),
        picked(PRIORITIES, priority[row]),
    ]
    lines = lines_of(columns)
    by_time = np.lexsort((rng.random(len(row)), created[row]))
    told = by_time[with_duplicates(rng, len(row), again)]
    parts = (lines.take(pa.array(told[low : low + LINES_AT_ONCE])) for low in range(0, len(told), LINES_AT_ONCE))
    write_csv(folder, "tickets.csv", parts)
    dirt = {
        "padded_keys": spelling.padded(told),
        "updated_tickets": before,
        "tickets_without_priority": int((priority[row[told]] < 0).sum()),
    }
    orphaned = int((who[row[told]] >= len(people)).sum())
    return Told(rows, again, orphaned, dirt), Tickets(number, who, created, updated)


def write_support(rng: np.random.Generator, folder: Path, people: People, tickets: Tickets, sizes: Sizes) -> Told:
    """`nps_transacional_suporte.csv`: one survey a ticket, without a date of its own."""
    rows = sizes.surveys["suporte"]
    known = np.unique(tickets.customer[tickets.customer < len(people)])
    listed = np.zeros(len(people.keys), dtype=np.bool_)
    listed[rng.choice(known, min(len(known), sizes.of(SUPPORT_RESPONDENTS)), replace=False)] = True
    shuffled = rng.permutation(len(tickets.number))
    own = shuffled[listed[tickets.customer[shuffled]]]
    opening = np.zeros(len(own), dtype=np.bool_)
    opening[np.unique(tickets.customer[own], return_index=True)[1]] = True
    orphans = shuffled[tickets.customer[shuffled] >= len(people)][: max(1, round(rows * 0.01))]
    # Everybody listed answers once; the rest falls to tickets by chance.
    chosen = np.concatenate([orphans, own[opening], own[~opening]])[:rows]
    chosen = chosen[np.argsort(tickets.updated[chosen], kind="stable")]
    assert len(chosen) == rows, f"{len(chosen)} tickets for {rows} surveys"
    who = tickets.customer[chosen]
    number = tickets.number[chosen]
    unknown = rng.choice(rows, max(1, round(rows * UNKNOWN_TICKETS_SHARE)), replace=False)
    number[unknown] = int(tickets.number.max()) + 1 + np.arange(len(unknown))
    month = month_of(tickets.updated[chosen] // 86_400)
    score = people.scores(rng, who, month)
    spelling = Spelling(rng, people.keys, who)
    columns = [
        integers(number),
        main_scores(rng, score),
        picked(("Detrator", "Neutro", "Promotor"), np.searchsorted([7, 9], score, side="right")),
        *part_scores(rng, score, SUPPORT_BLOCKS),
        picked(spelling.texts, spelling.numbers),
    ]
    write_csv(folder, "nps_transacional_suporte.csv", [lines_of(columns)])
    dirt = {"padded_keys": spelling.padded(), "surveys_on_unknown_tickets": len(unknown)}
    return Told(rows, 0, int((who >= len(people)).sum()), dirt)
