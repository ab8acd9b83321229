"""Recommendations over months: whether what lists said came true, and who keeps which list, on the real file.

Thirteen months by the job itself, with the value segmentation and recommendations only. What the lists of a month said
(probability, expected value) is held against what their customers bought for the first time in the three months after,
and paid for it: out of time, for the month's leaderboard ends with the month. Months whose three months the file covers
count. Who bought nothing is looked at in the months whose lists, and those before them, come of a recommender that was
evaluated. The other side makes the lists of each month anew, by whoever is best on its leaderboard.
"""

import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.loyalty import _table
from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed, turn_by_turn
from benchmarks.real_file import real_file

HORIZON, LAST_WHOLE = 3, date(2011, 11, 1)
LEAST, MOST = 0.8, 1.25  # said / came
FEW = 100  # adopted recommendations; of fewer chance says more than the probability


def measure(options: Options) -> Outcome:
    """The platform once, then its tables."""
    last = date(2011, 6, 1) if options.quick else date(2011, 12, 1)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-") as kept:
        arguments = {"kept": kept}
        asked = {**arguments, "path": str(real_file()), "last": str(last), "without": ["programmes"]}
        made = in_child(Side("platform", "benchmarks.loyalty:platform", asked))
        sides = [Side(name, f"{__name__}:{name}", arguments) for name in ("said", "held", "anew")]
        figures = turn_by_turn(sides, 1)
    limits = [
        Limit("months whose sum of probabilities is not 0.8 to 1.25 of what came", "said", 0, "wrong"),
        Limit("value segments, likewise", "said", 0, "wrong_segments"),
        Limit("sum of expected values, likewise", "said", 0, "wrong_value"),
        Limit("of the list of who bought nothing, the most that a month changes", "held", 15, "lost"),
    ]
    told = "nDCG at 5, lists that hold their place / made anew by the best"
    return Outcome(
        {"platform": [made], **figures},
        [Ratio(told, "held", "anew", 0.98, True, "ndcg")],
        facts=figures["said"][0]["facts"] | figures["held"][0]["facts"],
        limits=limits,
    )


def said(folder: Path, kept: str) -> dict[str, Any]:
    """What lists said and what came, by month and by value segment."""
    import pandas as pd

    with timed() as clock:
        lists = pd.concat([_with_outcome(mine, new) for _, mine, _, new in _months(kept)])
        lists = lists[lists["probability"].notna()]
        by_month, by_segment = (_sums(lists, by) for by in ("month", "segment"))
        known = by_segment[(by_segment.index != "") & (by_segment["came"] >= FEW)]
        value = lists["expected_value"].sum() / lists["paid"].sum()
    return {
        **vars(clock),
        "wrong": int((~by_month["said_over_came"].between(LEAST, MOST)).sum()),
        "wrong_segments": int((~known["said_over_came"].between(LEAST, MOST)).sum()),
        "wrong_value": int(not LEAST <= value <= MOST),
        "facts": {
            "value": value,
            **{by.index.name: by.reset_index().to_dict("records") for by in (by_month, by_segment)},
        },
    }


def held(folder: Path, kept: str) -> dict[str, Any]:
    """What the lists were worth, and what stays of the list of who bought nothing in a month."""
    with timed() as clock:
        ndcg = [_ndcg(mine, owned, new) for _, mine, owned, new in _months(kept)]
        lists = dict(list(_lists(kept).groupby("month")))
        bought = _table(kept, "transactions_monthly")
        bought = bought[bought["orders"] > 0]
        board = _table(kept, "recommendation_evaluation")
        board = board[board["serves"].astype(bool)]
        evaluated, stays = set(board.loc[board["ndcg_10"].notna(), "month"]), {}
        for before, month in pairwise(sorted(lists)):
            active = set(bought.loc[bought["month"] == month, "customer_id"])
            quiet = lists[before][~lists[before]["customer_id"].isin(active)]
            still = quiet.merge(lists[month][["customer_id", "item_id"]], on=["customer_id", "item_id"])
            stays[str(month)] = len(still) / max(len(quiet), 1)
        settled = [stays[str(month)] for before, month in pairwise(sorted(lists)) if {before, month} <= evaluated]
    serves = dict(zip(board["month"].astype(str), board["recommender"], strict=True))
    return {
        **vars(clock),
        "ndcg": 100 * sum(ndcg) / max(len(ndcg), 1),
        "lost": 100 * (1 - min(settled, default=1)),
        "facts": {"kept": stays, "serves": serves, "ndcg_held": ndcg},
    }


def anew(folder: Path, kept: str) -> dict[str, Any]:
    """The lists of each month made anew by the best on its leaderboard."""
    from arcana_assets.domain.settings.recommendations import Recommendations
    from arcana_assets.recommendations.eligibility import Eligibility
    from arcana_assets.recommendations.interactions import Interactions
    from arcana_assets.recommendations.ranking import ranked
    from arcana_assets.recommendations.recommenders.every import every_recommender

    board, segments = _table(kept, "recommendation_evaluation"), _table(kept, "segments")
    whole = board[board["segment"] == ""]
    segments = segments[segments["segmentation"] == "value"].rename(columns={"persona": "segment"})
    offers = Recommendations(segmentation="value", minimum_owners=5)
    found = []
    with timed() as clock:
        for month, _, owned, new in _months(kept):
            mine = whole[whole["month"] == month]
            best = mine.loc[mine["ndcg_10"].astype("float64").idxmax(), "recommender"]
            put = segments.loc[segments["month"] == month, ["customer_id", "segment"]]
            now = Interactions.from_frames(owned, owned[owned["recent"].astype(bool)], put)
            rules = Eligibility(now, offers)
            tried = every_recommender(len(now.items), now.segments.tolist())
            (server,) = (each for each in tried if each.name == best)
            lines = ranked(server.fit(now, rules.possible), now, 5, rules.allowed, among=rules.possible).frame(now)
            found.append(_ndcg(lines, owned, new))
    return {**vars(clock), "ndcg": 100 * sum(found) / max(len(found), 1), "each": found}


def _months(kept: str) -> Iterator[tuple[date, Any, Any, Any]]:
    """Each month that was evaluated and whose horizon is over: its lists, what was owned, and what was new by then."""
    from arcana_assets.domain.months import shifted

    lists, owned = _lists(kept), _table(kept, "items_owned")
    for month, mine in lists.groupby("month"):
        later = shifted(month, HORIZON)
        now, then = (owned[owned["month"] == each] for each in (month, later))
        if mine["probability"].notna().any() and len(then) and later <= LAST_WHOLE:
            pairs = ["customer_id", "item_id"]
            new = then[[*pairs, "value"]].merge(now[pairs], on=pairs, how="left", indicator=True)
            yield month, mine, now, new.loc[new["_merge"] == "left_only", [*pairs, "value"]]


def _lists(kept: str) -> Any:
    import pandas as pd

    return pd.concat([_table(kept, name) for name in ("recommendations", "recommendations_held_out")])


def _with_outcome(lists: Any, new: Any) -> Any:
    """Lines and whether the item was bought since, and what was paid for it."""
    both = lists.merge(new, on=["customer_id", "item_id"], how="left", indicator=True)
    return both.assign(came=both["_merge"] == "both", paid=both["value"].astype("float64").fillna(0))


def _sums(lists: Any, by: str) -> Any:
    found = lists.assign(month=lists["month"].astype(str)).groupby(by)[
        ["probability", "came", "expected_value", "paid"]
    ]
    sums = found.sum().astype("float64")
    return sums.assign(
        said_over_came=sums["probability"] / sums["came"], value_over_paid=sums["expected_value"] / sums["paid"]
    )


def _ndcg(lists: Any, owned: Any, new: Any) -> float:
    """Of lists of five: the mean over all customers who bought something new that somebody had."""
    import numpy as np

    new = new[new["customer_id"].isin(owned["customer_id"]) & new["item_id"].isin(owned["item_id"])]
    gains = 1 / np.log2(np.arange(2, 7))
    wanted = new.groupby("customer_id").size()
    hits = lists.merge(new[["customer_id", "item_id"]], on=["customer_id", "item_id"])
    found = hits.assign(gain=gains[hits["rank"].to_numpy() - 1]).groupby("customer_id")["gain"].sum()
    ideal = np.cumsum(gains)[np.minimum(wanted.to_numpy(), 5) - 1]
    return float((found.reindex(wanted.index).fillna(0) / ideal).mean())
