"""Recommendations: what customers of the real file bought for the first time in 90 days, as served and by popularity.

Fitted on sales before 2011-09-01, segments by the platform's defaults on six months. The recommender that serves is the
one that the leaderboard of three months earlier picks, so that nothing of the 90 days chooses it. The other side is the
client's rule, the most popular items of the segment that the customer does not have; the best popularity, of the whole
base or the segment, of one, three or six months, picked with the 90 days in hand; and, where `implicit` is
installed, the best of its item-item neighbours and ALS, picked with the 90 days in hand.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import real_file
from benchmarks.segment_continuity import FEATURES, frames_of

EARLIER, DAY, DAYS = "2011-06-01", "2011-09-01", 90


def measure(options: Options) -> Outcome:
    """Two sides: the recommender that serves, popularity in the segment."""
    arguments = {"path": str(real_file()), "thin": 10 if options.quick else 1}
    others = ["implicit_best"] if find_spec("implicit") else []
    names = ("served", "popular_in_segment", "popular_best", *others)
    sides = [Side(name, f"{__name__}:{name}", arguments) for name in names]
    beside = [Ratio("nDCG at 10, what serves / best of implicit", "served", each, 1, True, "ndcg") for each in others]
    beside += [Ratio("fit and score, what serves / best of implicit", "served", each) for each in others]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio("nDCG at 10, what serves / popularity in segment", "served", "popular_in_segment", 2.2, True, "ndcg"),
            Ratio("nDCG at 10, what serves / the best popularity", "served", "popular_best", 2.2, True, "ndcg"),
            *beside,
        ],
    )


def served(folder: Path, path: str, thin: int) -> dict[str, Any]:
    """The pick of the leaderboard of three months earlier, fitted and scored anew."""
    from arcana_assets.presentation.language import language_of
    from arcana_assets.recommendations.leaderboard import evaluate
    from arcana_assets.recommendations.recommenders.every import every_recommender
    from arcana_assets.recommendations.serving import serving

    before, later = _split(path, EARLIER, thin)
    tried = every_recommender(len(before.items), before.segments.tolist())
    chosen = serving(language_of("en"), evaluate(tried, before, later), margin=0.02)
    return _scored(path, thin, chosen.name) | {"serves": chosen.name, "why": chosen.why}


def popular_in_segment(folder: Path, path: str, thin: int) -> dict[str, Any]:
    """The client's rule."""
    return _scored(path, thin, "popular_in_segment")


def popular_best(folder: Path, path: str, thin: int) -> dict[str, Any]:
    """The popularity with the highest nDCG in the 90 days themselves."""
    scored = {
        f"{name}_{months}": _scored(path, thin, name, months)
        for name in ("popular", "popular_in_segment")
        for months in (1, 3, 6)
    }
    best = max(scored, key=lambda name: scored[name]["ndcg"])
    return scored[best] | {"serves": best, "each": {name: each["ndcg"] for name, each in scored.items()}}


def implicit_best(folder: Path, path: str, thin: int) -> dict[str, Any]:
    """The model of implicit with the highest nDCG in the 90 days themselves."""
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

    models = {
        **{f"bm25_{near}": BM25Recommender(K=near, num_threads=1) for near in (20, 50, 100)},
        **{f"cosine_{near}": CosineRecommender(K=near, num_threads=1) for near in (20, 50)},
        **{f"tfidf_{near}": TFIDFRecommender(K=near, num_threads=1) for near in (20, 50)},
        **{
            f"als_{factors}_{weight}": AlternatingLeastSquares(
                factors, regularization=0.1, alpha=weight, iterations=20, random_state=7
            )
            for factors in (16, 32, 64)
            for weight in (1, 10)
        },
    }
    before, later = _split(path, DAY, thin)
    scored = {name: _measured(_Implicit(model), before, later) for name, model in models.items()}
    best = max(scored, key=lambda name: scored[name]["ndcg"])
    return scored[best] | {"serves": best, "each": {name: each["ndcg"] for name, each in scored.items()}}


class _Implicit:
    """A model of implicit as a recommender of ours."""

    name = "implicit"

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, interactions: Any) -> "_Implicit":
        """Fits it on what is owned."""
        from scipy.sparse import csr_matrix

        self.owned = csr_matrix(interactions.owned.astype("float32"))
        self.model.fit(self.owned, show_progress=False)
        return self

    def score(self, customers: Any) -> Any:
        """What it ranks by, above 0 as ours are."""
        if hasattr(self.model, "user_factors"):
            scores = self.model.user_factors[customers] @ self.model.item_factors.T
            return scores - scores.min() + 1e-9
        return (self.owned[customers] @ self.model.similarity).toarray()


def _scored(path: str, thin: int, name: str, months: int = 6) -> dict[str, Any]:
    from arcana_assets.recommendations.recommenders.every import every_recommender

    before, later = _split(path, DAY, thin, months)
    (mine,) = (each for each in every_recommender(len(before.items), before.segments.tolist()) if each.name == name)
    return _measured(mine, before, later)


def _measured(recommender: Any, before: Any, later: Any) -> dict[str, Any]:
    from arcana_assets.recommendations.leaderboard import evaluate

    with timed() as clock:
        board = evaluate([recommender], before, later)
    name = recommender.name
    row = board.table[(board.table["segment"] == "") & (board.table["recommender"] == name)].iloc[0]
    told = ("customers", "hit_5", "ndcg_10_low", "ndcg_10_high", "coverage_5")
    return {**vars(clock), "ndcg": 100 * float(row["ndcg_10"]), **{each: float(row[each]) for each in told}}


def _split(path: str, day: str, thin: int, months: int = 6) -> Any:
    """Who owned what before a day, with segments as of it, and what was bought in the 90 days from it on.

    What was bought in so many months before the day is recent.
    """
    import pandas as pd

    from arcana_assets.domain.settings.segmentation import Segmentation
    from arcana_assets.recommendations.interactions import Interactions
    from arcana_assets.segmentation.models.fitting import fit_segmentation

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
    recent = known[known["day"] >= start - pd.DateOffset(months=months)]
    later = bought[(bought["day"] >= start) & (bought["day"] < start + pd.Timedelta(days=DAYS))]
    (frame,) = frames_of(path, [day]).values()
    model = fit_segmentation(frame, Segmentation(name="value", features=FEATURES))
    labels = frame[["customer_id"]].astype(str).assign(segment=model.assign(frame)["persona"].to_numpy())
    labels = labels[labels["customer_id"].isin(known["customer_id"])]
    columns = ["customer_id", "item_id"]
    return Interactions.from_frames(known[columns], recent[columns], labels), later[columns]
