"""Leaderboards by a sample: nDCG at 10 and who serves, of a sample as large as a block against everybody.

Worlds of `recommendations_world` with seeds of their own. Recommenders learn from everybody both times; judged are all
customers, or those that the platform draws by the hash of their ids, as many as it holds at once.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Side, timed, turn_by_turn

CUSTOMERS, ITEMS, EACH = 400_000, 400, 12
QUICK = (3_000, 60, 6)
SEEDS = (201, 202, 203)


def measure(options: Options) -> Outcome:
    """A side a world."""
    customers, items, each = QUICK if options.quick else (CUSTOMERS, ITEMS, EACH)
    asked = {"customers": customers, "items": items, "each": each}
    sides = [Side(f"world {seed}", f"{__name__}:difference", {**asked, "seed": seed}) for seed in SEEDS]
    limits = list[Limit]()
    for side in sides:
        limits.append(
            Limit(f"{side.name}: nDCG at 10 by the sample, of the recommender farthest off", side.name, 3, "bias")
        )
        limits.append(Limit(f"{side.name}: recommenders outside the interval of the sample", side.name, 1, "fallen"))
        limits.append(Limit(f"{side.name}: another one serves", side.name, 0, "wrong"))
    return Outcome(turn_by_turn(sides, options.times(1)), [], limits=limits)


def difference(folder: Path, customers: int, items: int, each: int, seed: int) -> dict[str, Any]:
    """The leaderboard of everybody, and that of the sample that is judged of so many customers."""
    import ibis
    import numpy as np
    import pandas as pd

    from arcana_assets.engine.blocks import drawn
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.presentation.language import language_of
    from arcana_assets.recommendations import leaderboard
    from arcana_assets.recommendations.assets.inputs import AT_ONCE, LINES, SEED
    from arcana_assets.recommendations.interactions import Interactions
    from arcana_assets.recommendations.recommenders.every import every_recommender
    from arcana_assets.recommendations.serving import serving
    from benchmarks.recommendations_world import world

    leaderboard.MOST_JUDGED = customers
    earlier, later, tastes, (ids, names) = world(customers, items, each, seed)
    everybody = Interactions(ids, names, earlier, earlier, tastes.astype(str).astype(object))
    rows, columns = (later - earlier).nonzero()
    adopted = pd.DataFrame({"customer_id": ids[rows], "item_id": names[columns]})
    at_once = -(-AT_ONCE * customers // (LINES * customers + earlier.nnz))
    at_once = min(at_once, customers // 4)
    table = ibis.memtable(pd.DataFrame({"customer_id": ids}), schema={"customer_id": "string"})
    mine = Engine().small(drawn(table, at_once, SEED, customers))["customer_id"].to_pylist()
    places = np.flatnonzero(np.isin(ids.astype(str), np.array(mine)))
    sample = Interactions(
        ids[places],
        names,
        earlier[places],
        earlier[places],
        everybody.segments[places],
        everybody.base,
    )
    labels = everybody.base.labels.tolist()
    whole = leaderboard.evaluate(every_recommender(items, labels), everybody, adopted)
    with timed() as clock:
        part = leaderboard.evaluate(every_recommender(items, labels), sample, adopted)
    all_of, some_of = (each.table[each.table["segment"] == ""].set_index("recommender") for each in (whole, part))
    off = (some_of["ndcg_10"] / all_of["ndcg_10"] - 1).abs()
    outside = (all_of["ndcg_10"] < some_of["ndcg_10_low"]) | (all_of["ndcg_10"] > some_of["ndcg_10_high"])
    serves = [serving(language_of("en"), each, 0.02).name for each in (whole, part)]
    return {
        **vars(clock),
        "bias": 100 * float(off.max()),
        "fallen": int(outside.sum()),
        "wrong": int(serves[0] != serves[1]),
        "serves": serves,
        "judged": at_once,
        "ndcg_of": {name: [all_of.loc[name, "ndcg_10"], some_of.loc[name, "ndcg_10"]] for name in all_of.index},
    }
