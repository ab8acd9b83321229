"""What gates, cameras, the car park and the app see of trips: stays in zones.

Belongs here: `visitas_<month>.csv` and its dirt. Does not belong here: who is there (`trips`), what the Wi-Fi sees
(`wifi`).
"""

import numpy as np
import pyarrow as pa

from arcana_assets.samples.lines import integers, lines_of, picked, prefixed
from arcana_assets.samples.mall.layout import MINUTE, Ints, Period
from arcana_assets.samples.mall.people import People
from arcana_assets.samples.mall.stores import ZONES, zones
from arcana_assets.samples.mall.trips import Trips

SEEN_BY = ("gate", "camera", "parking", "app")
SEEN = 0.78  # share of trips that any of them sees
MORE_ZONES = 1.25  # mean number of zones beside the first
ENTRANCES = (0, 5, 11, 17)  # zones that one enters by
TOLD_AGAIN, WITHOUT_LEAVING, NEGATIVE = 0.01, 0.03, 0.002  # shares of stays


def visit_lines(
    rng: np.random.Generator, trips: Trips, people: People, period: Period, month: int
) -> tuple[pa.Array, dict[str, int]]:
    """The lines of `visitas_<month>.csv` by entry, and the dirt in them."""
    seen = trips.take(rng.random(len(trips)) < SEEN)
    parts = 1 + rng.poisson(MORE_ZONES, len(seen))
    trip = np.repeat(np.arange(len(seen)), parts)
    opens = np.cumsum(parts) - parts
    entered, left = _stays(rng, seen, trip, opens)
    size = len(trip)
    leads = np.zeros(size, dtype=np.bool_)
    leads[opens] = True
    zone = np.where(leads, np.array(ENTRANCES)[rng.integers(0, len(ENTRANCES), size)], rng.integers(0, ZONES, size))
    first_by = np.where(rng.random(size) < 0.35, SEEN_BY.index("parking"), SEEN_BY.index("gate"))
    later_by = np.where(rng.random(size) < 0.06, SEEN_BY.index("app"), SEEN_BY.index("camera"))
    draw = rng.random(size)
    negative = draw < NEGATIVE
    left = np.where(negative, entered - rng.integers(1 * MINUTE, 40 * MINUTE, size), left)
    unknown = (draw >= NEGATIVE) & (draw < NEGATIVE + WITHOUT_LEAVING)
    order = np.argsort(entered, kind="stable")
    rank = np.empty(size, dtype=np.int64)
    rank[order] = np.arange(size)
    columns = [
        prefixed(f"V{period.month(month):%y%m}", integers(rank + 1, 7)),
        picked(people.ids, seen.account[trip]),
        picked(zones(), zone),
        period.iso_seconds(entered),
        period.iso_seconds(left, unknown),
        picked(SEEN_BY, np.where(leads, first_by, later_by)),
    ]
    again = rng.permutation(size)[: round(size * TOLD_AGAIN)]
    rows = _told_again(rng, order, again)
    dirt = {
        "visits_told_again": len(again),
        "visits_without_leaving": int(unknown[rows].sum()),
        "negative_stays": int(negative[rows].sum()),
    }
    return lines_of(columns).take(pa.array(rows)), dirt


def _stays(rng: np.random.Generator, seen: Trips, trip: Ints, opens: Ints) -> tuple[Ints, Ints]:
    """Entry and leaving of each zone: the stay in parts of random length, one after the other."""
    part = rng.exponential(1.0, len(trip)) + 0.15
    ends = np.cumsum(part)
    before = np.concatenate([[0.0], ends])[opens][trip]
    whole = np.bincount(trip, part, minlength=len(seen))[trip]
    scale = seen.stay[trip] / whole
    entered = seen.begin[trip] + ((ends - part - before) * scale).astype(np.int64)
    # A few seconds pass between two zones.
    left = seen.begin[trip] + ((ends - before) * scale).astype(np.int64) - rng.integers(5, 40, len(trip))
    return entered, np.maximum(left, entered + 1)


def _told_again(rng: np.random.Generator, order: Ints, again: Ints) -> Ints:
    """Rows in order, some a second time soon after."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    at = np.concatenate([np.arange(len(order)), place[again] + 0.5 + rng.integers(0, 50, len(again))])
    return np.concatenate([order, again])[np.argsort(at, kind="stable")]
