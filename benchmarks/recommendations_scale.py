"""Recommendations at scale: 500,000 customers, 2,000 items, 18 million interactions, in memory.

Made-up customers of ten tastes; each recommender is fitted and lists five items for everybody.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

NAMES = ("popular_in_segment", "bm25_neighbours", "ease")


def measure(options: Options) -> Outcome:
    """A side a recommender; popularity is what there is to compare with."""
    customers, items = (5_000, 200) if options.quick else (500_000, 2_000)
    arguments = {"customers": customers, "items": items, "each": 40}
    sides = [Side(name, f"{__name__}:lists", {**arguments, "name": name}) for name in NAMES]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio("fit and lists, neighbours / popularity in segment", "bm25_neighbours", "popular_in_segment"),
            Ratio("fit and lists, EASE / popularity in segment", "ease", "popular_in_segment"),
        ],
        limits=[Limit(f"peak memory, {name}", name, 8_192, unit="peak_mb") for name in NAMES],
    )


def lists(folder: Path, customers: int, items: int, each: int, name: str) -> dict[str, Any]:
    """Fits the recommender and lists five items for every customer."""
    import time

    from arcana_assets.recommendations.ranking import recommend
    from arcana_assets.recommendations.recommenders.every import every_recommender

    interactions = _interactions(customers, items, each)
    (mine,) = (one for one in every_recommender(items, interactions.segments.tolist()) if one.name == name)
    with timed() as clock:
        begun = time.perf_counter()
        mine.fit(interactions)
        fitted = time.perf_counter() - begun
        found = recommend(mine, interactions, 5)
    return {**vars(clock), "fit_seconds": fitted, "pairs": interactions.owned.nnz, "rows": len(found)}


def _interactions(customers: int, items: int, each: int) -> Any:
    """About `each` items a customer, most of them of the customer's taste, popular ones more often."""
    import numpy as np
    from scipy.sparse import csr_array

    from arcana_assets.recommendations.interactions import Interactions

    draw = np.random.default_rng(7)
    tastes = draw.integers(0, 10, customers)
    weight = 1 / np.arange(1, items // 10 + 1) ** 0.6
    owned = []
    for start in range(0, customers, 50_000):
        rows = np.arange(start, min(start + 50_000, customers))
        own = draw.choice(items // 10, (len(rows), each), p=weight / weight.sum()) + tastes[rows, None] * (items // 10)
        lines = np.where(draw.random(own.shape) < 0.7, own, draw.integers(0, items, own.shape))
        places = np.unique(rows.repeat(each) * items + lines.ravel())
        owned.append(places)
    places = np.concatenate(owned)
    matrix = csr_array(
        (np.ones(len(places), dtype="int64"), (places // items, places % items)), shape=(customers, items)
    )
    width = len(str(customers))
    ids = np.array([f"{number:0{width}d}" for number in range(customers)], dtype=object)
    names = np.array([f"{number:05d}" for number in range(items)], dtype=object)
    return Interactions(ids, names, matrix, matrix, tastes.astype(str).astype(object))
