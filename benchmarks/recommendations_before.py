"""A month of recommendations by an earlier commit of the platform (10db793), for `recommendations_scale`.

Run as a script with `PYTHONPATH` at a worktree of that commit; says what it found as JSON.
Does not belong here: anything of the platform as it is now.
"""

import json
import sys
import time
from importlib import import_module
from typing import Any

import pandas as pd

MODULES = ("domain.settings", "ml.eligibility", "ml.leaderboard", "ml.recommendation_evidence", "ml.recommenders")
MODULES += ("ml.recommenders_by_neighbours",)


def month(customers: int, items: int, each: int) -> dict[str, Any]:
    """The leaderboard of a month, and its lists with their evidence."""
    # By name: what is imported is of that commit, and no longer here.
    of = {name: import_module(f"arcana_assets.{name}") for name in MODULES}
    rooms, tried_by = of["ml.recommenders"], of["ml.recommenders_by_neighbours"].every_recommender
    rules_of, evidence = of["ml.eligibility"].Eligibility, of["ml.recommendation_evidence"].evidence
    earlier, later, tastes, (ids, names) = import_module("recommendations_world").world(customers, items, each, 7)
    labels = tastes.astype(str).astype(object)
    rows, columns = (later - earlier).nonzero()
    adopted = pd.DataFrame({"customer_id": ids[rows], "item_id": names[columns]})
    before, now = (rooms.Interactions(ids, names, pairs, pairs, labels) for pairs in (earlier, later))
    offers = of["domain.settings"].Recommendations(segmentation="value", minimum_owners=5)
    clock, spent = time.perf_counter(), time.process_time()
    tried = tried_by(items, before.segments.tolist())
    board = of["ml.leaderboard"].evaluate(tried, before, adopted, rules_of(before, offers).allowed)
    name, _ = of["ml.leaderboard"].serving(board)
    rules = rules_of(now, offers)
    rules.account()
    (mine,) = (each for each in tried_by(items, now.segments.tolist()) if each.name == name)
    lines = rooms.recommend(mine.fit(now), now, 5, rules.allowed)
    evidence(now, lines, 5)
    took = {"seconds": time.perf_counter() - clock, "cpu_seconds": time.process_time() - spent}
    return {**took, "serves": name, "ndcg_of": board.ndcg.mean().to_dict(), "pairs": int(now.owned.nnz)}


if __name__ == "__main__":
    print(json.dumps(month(**json.loads(sys.argv[1]))))
