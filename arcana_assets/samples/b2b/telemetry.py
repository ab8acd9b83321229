"""Usage of the software in the b2b drop: eleven files of five days, most rows of them told again.

Belongs here: `telemetria_1.csv` to `telemetria_11.csv`. Does not belong here: how much a customer uses
(`customers`).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.samples.b2b.csv import write_csv
from arcana_assets.samples.b2b.customers import People
from arcana_assets.samples.b2b.events import ORPHAN_SHARE, Told
from arcana_assets.samples.b2b.layout import (
    TELEMETRY_DAYS,
    TELEMETRY_FILES,
    TELEMETRY_FIRST,
    Floats,
    Ints,
    Sizes,
    day_number,
)
from arcana_assets.samples.b2b.ownership import Ownership
from arcana_assets.samples.lines import integers, lines_of, picked

DUPLICATE_SHARE = 0.63
STORE = "00"
BEGINS, HOURS = 7 * 3600, 13
SPAN = TELEMETRY_DAYS * HOURS * 3600 // TELEMETRY_FILES
"""Seconds of a file; the hours from seven to twenty of five days, one after the other."""
LOWEST, HIGHEST = -811_819, 120_000_000_000
ZERO_SHARE, NEGATIVE_SHARE, HUGE_SHARE = 0.21, 0.001, 0.00005
STATUSES = ("Desconectado", "Conectado", "Negado")
FALL_BY_DAY = 0.18
MODULES, SLOTS = 120, 5_000
ROWS_AT_ONCE = 1_000_000


class Telemetry:
    """Who uses how much in each of the files, and their rows."""

    def __init__(self, rng: np.random.Generator, people: People, owned: Ownership, who: Ints, sizes: Sizes) -> None:
        self.people, self.sizes = people, sizes
        self.who = np.concatenate([who, people.orphans])
        usage = np.exp(people.usage[who] + rng.normal(0, 0.4, len(who)))
        orphans = rng.random(len(people.orphans)) + 0.2
        orphans *= usage.sum() * ORPHAN_SHARE / (1 - ORPHAN_SHARE) / orphans.sum()
        self.weight: Floats = np.concatenate([usage, orphans])
        known = np.where(self.who < len(people), self.who, 0)
        self.at_risk = people.at_risk[known] & (self.who < len(people))
        self.first = np.searchsorted(owned.base_customer, known)
        self.has = np.bincount(owned.base_customer, minlength=len(people))[known]
        self.lines = owned.base_line
        self.keys = [people.keys[number] + STORE for number in self.who.tolist()]
        self.clock = _clock()

    def write(self, rng: np.random.Generator, folder: Path, file: int) -> Told:
        """The file numbered from 0: its distinct rows in order of time, each told again as often as chance has it."""
        bounds = np.rint(np.linspace(0, self.sizes.telemetry, TELEMETRY_FILES + 1)).astype(np.int64)
        rows = int(bounds[file + 1] - bounds[file])
        ends = np.rint(np.linspace(0, round(self.sizes.telemetry * DUPLICATE_SHARE), TELEMETRY_FILES + 1))
        again = int(ends[file + 1] - ends[file])
        each = self._each(rng, file, rows - again)
        spoken = np.repeat(np.arange(len(self.who)), each)
        duration = _durations(rng, len(spoken), file)
        lines, order = self._lines(rng, file, spoken, each, duration)
        told = np.concatenate([np.arange(len(spoken)), rng.integers(0, len(spoken), again)])
        # A copy comes some thousand rows after its first one, as batches were loaded twice.
        place = told + np.concatenate([np.zeros(len(spoken)), rng.integers(1, 50_000, again)])
        told = told[np.argsort(place, kind="stable")]
        write_csv(folder, f"telemetria_{file + 1}.csv", _parts(lines, told))
        at = order[told]
        dirt = {
            "zero_durations": int((duration[at] == 0).sum()),
            "negative_durations": int((duration[at] < 0).sum()),
        }
        return Told(rows, again, int((self.who[spoken[at]] >= len(self.people)).sum()), dirt)

    def _each(self, rng: np.random.Generator, file: int, rows: int) -> Ints:
        """Rows of each user in this file; who is at risk uses less day by day."""
        day = (file + 0.5) * TELEMETRY_DAYS / TELEMETRY_FILES
        weight = np.where(self.at_risk, np.maximum(0.02, 1 - FALL_BY_DAY * day) * self.weight, self.weight)
        # Nobody has more rows than seconds, by far, so that each row has a second of its own.
        most = SPAN // 3
        chances = weight / weight.sum()
        chances = np.minimum(chances, max(most / rows, 2 / len(chances)))
        here = np.arange(len(self.who)) % TELEMETRY_FILES == file
        each: Ints = here + rng.multinomial(rows - int(here.sum()), chances / chances.sum())
        assert int(each.max()) <= SPAN // 2, int(each.max())
        return each

    def _lines(
        self, rng: np.random.Generator, file: int, spoken: Ints, each: Ints, duration: Ints
    ) -> tuple[pa.Array, Ints]:
        """Distinct lines in order of time, and the row that each of them comes from."""
        number = np.arange(len(spoken)) - np.repeat(np.cumsum(each) - each, each)
        count = each[spoken]
        # The seconds of a file are dealt out in shares, so that no two rows of a user fall on one.
        begin = number * SPAN // count
        second = file * SPAN + begin + (rng.random(len(spoken)) * (SPAN // count)).astype(np.int64)
        order = np.argsort(second, kind="stable")
        spoken, second = spoken[order], second[order]
        line = self.lines[self.first[spoken] + (rng.random(len(spoken)) * self.has[spoken]).astype(np.int64)]
        module = line * 2 + rng.integers(0, 2, len(spoken))
        padded = [f"{value:04}" for value in range(MODULES)]
        columns: list[pa.Array | str] = [
            picked(self.keys, spoken),
            pc.binary_join_element_wise(integers(duration[order]), "0", "."),
            picked(padded, module),
            picked([f"{value:03}" for value in range(60)], line),
            self.clock.take(pa.array(second)),
            picked([f"{value:05}" for value in range(SLOTS)], rng.integers(0, SLOTS, len(spoken))),
            picked(STATUSES, np.searchsorted([0.7, 0.95], rng.random(len(spoken)), side="right")),
            "",
            "",
        ]
        return lines_of(columns, ","), order


def _durations(rng: np.random.Generator, rows: int, file: int) -> Ints:
    """Median 198 and tails far out on both sides; the unit is not stated anywhere."""
    draw = rng.random(rows)
    value = np.exp(rng.normal(6.042, 2.2, rows))
    value = np.where(draw < ZERO_SHARE, 0.0, value)
    value = np.where(draw > 1 - NEGATIVE_SHARE, -np.minimum(value, -LOWEST), value)
    value = np.where((draw > 0.5) & (draw < 0.5 + HUGE_SHARE), value * 1e6, value)
    duration = np.clip(np.rint(value), LOWEST, HIGHEST).astype(np.int64)
    if file == 0:
        duration[rng.choice(rows, 2, replace=False)] = (LOWEST, HIGHEST)
    return np.asarray(duration, dtype=np.int64)


def _clock() -> pa.Array:
    """Every second of the files as text."""
    day = day_number(TELEMETRY_FIRST) * 86_400 + np.arange(TELEMETRY_DAYS)[:, None] * 86_400
    seconds = (day + BEGINS + np.arange(HOURS * 3600)[None, :]).ravel()
    return pc.replace_substring(pc.cast(pa.array(seconds, pa.timestamp("s")), pa.string()), " ", "T")


def _parts(lines: pa.Array, told: Ints) -> Iterator[pa.Array]:
    for low in range(0, len(told), ROWS_AT_ONCE):
        yield lines.take(pa.array(told[low : low + ROWS_AT_ONCE]))
