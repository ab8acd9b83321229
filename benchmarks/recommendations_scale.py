"""Recommendations at scale, in memory: many customers of few items, and few customers of many.

`many`: 500,000 customers, 2,000 items, about 20 million pairs; `wide`: 2,500 customers, 68,000 items, about 1.6 million
pairs, items by Zipf's law and some customers with thousands of them. Each customer has a taste; a tenth of the pairs
comes later. A side makes a month: the leaderboard of all recommenders by what came later, and the lists of the winner
on all pairs, with what eligibility takes and the evidence of each line. The other side does the same in a worktree of
an earlier commit, `ARCANA_BEFORE`, on the same pairs; without it there is nothing to compare with.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

WORLDS = {"many": (500_000, 2_000, 40), "wide": (2_500, 68_000, 925)}
QUICK = {"many": (2_000, 200, 40), "wide": (300, 12_000, 200)}
NEIGHBOURS = ("jaccard_neighbours", "bm25_neighbours")


def measure(options: Options) -> Outcome:
    """A side a world, and where there is an earlier commit the same side of it; then what drawing items costs."""
    before, worlds = os.environ.get("ARCANA_BEFORE"), QUICK if options.quick else WORLDS
    sides, ratios = [], []
    for name, (customers, items, each) in worlds.items():
        arguments = {"customers": customers, "items": items, "each": each}
        sides.append(Side(name, f"{__name__}:month", arguments))
        if before:
            sides.append(Side(f"{name}_before", f"{__name__}:month_before", {**arguments, "before": before}))
            goal = 60 / 88 if name == "many" else 10 / 60
            words = f"CPU of leaderboard and lists, {name}, now / before"
            ratios.append(Ratio(words, name, f"{name}_before", goal, unit="cpu_seconds"))
    customers, items, each = worlds["wide"]
    drawn = {"customers": customers, "items": items, "each": each, "seed": 11}
    sides += [Side("drawn", f"{__name__}:drawn", drawn), Side("undrawn", f"{__name__}:drawn", {**drawn, "most": items})]
    limits = [
        Limit(f"peak memory, {name}", name, most, unit="peak_mb") for name, most in (("many", 8_192), ("wide", 2_048))
    ]
    limits += [
        Limit("CPU of leaderboard and lists, wide", "wide", 10, unit="cpu_seconds"),
        Limit("CPU of leaderboard and lists, many", "many", 60, unit="cpu_seconds"),
        Limit("neighbours whose nDCG at 10 falls beyond its interval where items are drawn", "drawn", 0, unit="fallen"),
    ]
    figures = turn_by_turn(sides, options.times(1))
    for each_drawn, whole in zip(figures["drawn"], figures["undrawn"], strict=True):
        each_drawn["fallen"] = sum(each_drawn["ndcg_of"][name] < whole["low_of"][name] for name in NEIGHBOURS)
    return Outcome(figures, ratios, limits=limits)


def month(folder: Path, customers: int, items: int, each: int) -> dict[str, Any]:
    """The leaderboard of a month, and its lists with their evidence."""
    from arcana_assets.domain.settings.recommendations import Recommendations
    from arcana_assets.presentation.language import language_of
    from arcana_assets.recommendations.eligibility import Eligibility
    from arcana_assets.recommendations.evidence import evidence
    from arcana_assets.recommendations.leaderboard import evaluate
    from arcana_assets.recommendations.ranking import ranked
    from arcana_assets.recommendations.recommenders.every import every_recommender
    from arcana_assets.recommendations.serving import serving

    before, adopted, now = _world(customers, items, each)
    offers, language = Recommendations(segmentation="value", minimum_owners=5), language_of("en")
    with timed() as clock:
        rules = Eligibility(before, offers)
        tried = every_recommender(items, before.segments.tolist())
        board = evaluate(tried, before, adopted, rules.allowed, among=rules.possible)
        name = serving(language, board, offers.as_good_within).name
        rules = Eligibility(now, offers)
        rules.account()
        (mine,) = (each for each in every_recommender(items, now.segments.tolist()) if each.name == name)
        fitted = mine.fit(now, rules.possible)
        lines = ranked(fitted, now, 5, rules.allowed, among=rules.possible).frame(now)
        evidence(now, lines, 5, language)
    worth = board.ndcg.mean().to_dict()
    return {**vars(clock), "serves": name, "ndcg_of": worth, "pairs": now.owned.nnz, "rows": len(lines)}


def month_before(folder: Path, customers: int, items: int, each: int, before: str) -> dict[str, Any]:
    """The same by the code of another worktree, in a process of its own."""
    task = json.dumps({"customers": customers, "items": items, "each": each})
    path = os.pathsep.join([before, str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("recommendations_before.py")), task],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def drawn(folder: Path, customers: int, items: int, each: int, seed: int, most: int | None = None) -> dict[str, Any]:
    """Nearest items by as many items of a customer as `most` (as many as by default), and what they are worth."""
    from arcana_assets.recommendations.leaderboard import evaluate
    from arcana_assets.recommendations.recommenders import neighbours

    neighbours.MOST_TOLD = most or neighbours.MOST_TOLD
    before, adopted, _ = _world(customers, items, each, seed)
    among = (before.owned.sum(axis=0) >= 5).nonzero()[0]
    with timed() as clock:
        tried = [neighbours.Neighbours("jaccard"), neighbours.Neighbours("bm25")]
        board = evaluate(tried, before, adopted, among=among).table
    whole = board[board["segment"] == ""].set_index("recommender")
    return {**vars(clock), "ndcg_of": whole["ndcg_10"].to_dict(), "low_of": whole["ndcg_10_low"].to_dict()}


def _world(customers: int, items: int, each: int, seed: int = 7) -> Any:
    """Who owned what, customer_id and item_id of what was adopted later, and who owns what then."""
    import pandas as pd

    from arcana_assets.recommendations.interactions import Interactions
    from benchmarks.recommendations_world import world

    earlier, later, tastes, (ids, names) = world(customers, items, each, seed)
    labels = tastes.astype(str).astype(object)
    rows, columns = (later - earlier).nonzero()
    adopted = pd.DataFrame({"customer_id": ids[rows], "item_id": names[columns]})
    then, now = (Interactions(ids, names, pairs, pairs, labels) for pairs in (earlier, later))
    return then, adopted, now
