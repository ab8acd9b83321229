"""Recommendations: what customers of the real file bought for the first time in 90 days, as served and by popularity.

Fitted on sales before 2011-09-01, segments by the platform's defaults on six months. The recommender that serves is the
one that the leaderboard of three months earlier picks, so that nothing of the 90 days chooses it. The other side is the
client's rule, the most popular items of the segment that the customer does not have.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import real_file
from benchmarks.segment_continuity import FEATURES, frames_of

EARLIER, DAY, DAYS = "2011-06-01", "2011-09-01", 90


def measure(options: Options) -> Outcome:
    """Two sides: the recommender that serves, popularity in the segment."""
    arguments = {"path": str(real_file()), "thin": 10 if options.quick else 1}
    sides = [Side(name, f"{__name__}:{name}", arguments) for name in ("served", "popular_in_segment")]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [Ratio("nDCG at 10, what serves / popularity in segment", "served", "popular_in_segment", 2.2, True, "ndcg")],
    )


def served(folder: Path, path: str, thin: int) -> dict[str, Any]:
    """The pick of the leaderboard of three months earlier, fitted and scored anew."""
    from arcana_assets.ml.leaderboard import evaluate, serving
    from arcana_assets.ml.recommenders_by_neighbours import every_recommender

    before, later = _split(path, EARLIER, thin)
    tried = every_recommender(len(before.items), before.segments.tolist())
    name, why = serving(evaluate(tried, before, later))
    return _scored(path, thin, name) | {"serves": name, "why": why}


def popular_in_segment(folder: Path, path: str, thin: int) -> dict[str, Any]:
    """The client's rule."""
    return _scored(path, thin, "popular_in_segment")


def _scored(path: str, thin: int, name: str) -> dict[str, Any]:
    from arcana_assets.ml.leaderboard import evaluate
    from arcana_assets.ml.recommenders import PopularInSegment
    from arcana_assets.ml.recommenders_by_neighbours import every_recommender

    before, later = _split(path, DAY, thin)
    mine = [each for each in every_recommender(len(before.items), before.segments.tolist()) if each.name == name]
    beside = [] if name == PopularInSegment.name else [PopularInSegment()]
    with timed() as clock:
        board = evaluate([*beside, *mine], before, later)
    row = board.table[(board.table["segment"] == "") & (board.table["recommender"] == name)].iloc[0]
    told = ("customers", "hit_5", "ndcg_10_low", "ndcg_10_high", "coverage_5")
    return {**vars(clock), "ndcg": 100 * float(row["ndcg_10"]), **{each: float(row[each]) for each in told}}


def _split(path: str, day: str, thin: int) -> Any:
    """Who owned what before a day, with segments as of it, and what was bought in the 90 days from it on."""
    import pandas as pd

    from arcana_assets.ml.recommenders import Interactions
    from arcana_assets.ml.segmentation import fit_segmentation

    rows = pd.read_csv(path, encoding="latin-1", dtype={"CustomerID": "string", "InvoiceNo": "string"})
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)].iloc[::thin]
    rows = rows[rows["StockCode"].astype(str).str.match(r"^\d{5}")]
    bought = pd.DataFrame(
        {
            "customer_id": rows["CustomerID"].astype(str),
            "item_id": rows["StockCode"].astype(str),
            "day": pd.to_datetime(rows["InvoiceDate"], format="%m/%d/%Y %H:%M"),
        }
    )
    start = pd.Timestamp(day)
    known = bought[bought["day"] < start]
    recent = known[known["day"] >= start - pd.DateOffset(months=6)]
    later = bought[(bought["day"] >= start) & (bought["day"] < start + pd.Timedelta(days=DAYS))]
    (frame,) = frames_of(path, [day]).values()
    model = fit_segmentation(frame, "value", FEATURES, (3, 8))
    labels = frame[["customer_id"]].astype(str).assign(segment=model.assign(frame)["persona"].to_numpy())
    labels = labels[labels["customer_id"].isin(known["customer_id"])]
    columns = ["customer_id", "item_id"]
    return Interactions.from_frames(known[columns], recent[columns], labels), later[columns]
