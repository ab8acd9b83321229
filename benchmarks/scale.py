"""Scale: time and memory by numbers of customers and of events, as slopes that `docs/scale.md` is made of.

Customers: what `customers` measures, at so many millions, all its groups one after the other. Events: the sales
file so many times over, from landing to silver. What is asked for is named by `ARCANA_SCALE_CUSTOMERS` and
`ARCANA_SCALE_EVENTS`, in millions and commas; by default what two cores do within an hour.
"""

import os
import tempfile
from pathlib import Path

from benchmarks.customers import GROUPS, MONTHS, WORLDS
from benchmarks.customers_world import SEED
from benchmarks.measure import Options, Outcome, Ratio, Side, in_child, turn_by_turn
from benchmarks.real_file import real_file, repeated

CUSTOMERS, EVENTS = "ARCANA_SCALE_CUSTOMERS", "ARCANA_SCALE_EVENTS"
USUAL = {CUSTOMERS: "0.2,1,2", EVENTS: "5,50"}
QUICK = {CUSTOMERS: "0.0005,0.001", EVENTS: "0.55,1.1"}
FILE = 0.541909  # million rows


def measure(options: Options) -> Outcome:
    """A side a size; slopes are between the smallest and the largest."""
    real_file()
    asked = QUICK if options.quick else {name: os.environ.get(name) or usual for name, usual in USUAL.items()}
    sizes = {name: sorted(float(size) for size in given.split(",") if size) for name, given in asked.items()}
    figures, ratios = {}, list[Ratio]()
    with tempfile.TemporaryDirectory(prefix="arcana-bench-scale-") as scratch:
        worlds = Path(os.environ.get(WORLDS) or scratch)
        by_group: dict[str, list[str]] = {name: [] for name in GROUPS}
        for millions in sizes[CUSTOMERS]:
            customers = round(millions * 1_000_000)
            world = str(worlds / f"{customers}_customers_{MONTHS}_months")
            made = {"world": world, "months": MONTHS, "customers": customers, "seed": SEED}
            for name, assets in GROUPS.items():
                in_child(Side("world", "benchmarks.customers_world:make_world", {**made, "assets": list(assets)}))
                side = f"{name}, {customers:,} customers"
                arguments = {"world": world, "months": MONTHS, "assets": list(assets)}
                figures |= turn_by_turn([Side(side, "benchmarks.customers_world:refresh_of", arguments)], 1)
                by_group[name].append(side)
        for name, sides in by_group.items():
            ratios += _slopes(name, sides)
        for_events = list[str]()
        for millions in sizes[EVENTS]:
            landing, copies = Path(scratch) / f"events {millions:g}", max(1, round(millions / FILE))
            rows = repeated(landing, copies, 1)
            side = f"landing to silver, {rows:,} events"
            figures |= turn_by_turn([Side(side, "benchmarks.flat_memory:ours", {"landing": str(landing)})], 1)
            for_events.append(side)
            for file in landing.rglob("*.csv"):
                file.unlink()
        ratios += _slopes("landing to silver", for_events)
    return Outcome(figures, ratios, {"sizes": sizes})


def _slopes(name: str, sides: list[str]) -> list[Ratio]:
    if len(sides) < 2:
        return []
    return [
        Ratio(f"{name}: {words}, largest / smallest", sides[-1], sides[0], unit=unit)
        for words, unit in (("CPU", "cpu_seconds"), ("peak memory", "peak_mb"))
    ]
