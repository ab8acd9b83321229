"""Explained revenue: what share of the next 90 days' revenue groups tell, on rolling days of the real file.

Recency, frequency and net value of six months, as of each day. Three ways to group the same customers: the platform's
defaults; the client's recipe, which standardises the raw numbers and takes the k of the best silhouette; and the plain
sum of the percentiles of the three, cut into as many equal groups as the platform found. The measure is the platform's
own, epsilon squared of the logarithm of what each customer paid later.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import real_file
from benchmarks.segment_continuity import FEATURES, frames_of

# As far apart as the file allows, which has six months before the first and ends 90 days after the last.
DAYS = ["2011-06-01", "2011-06-26", "2011-07-21", "2011-08-15", "2011-09-10"]
SMALL = 0.03  # a group of a smaller share is degenerate


def measure(options: Options) -> Outcome:
    """Three sides: the platform, the client's recipe, the percentile score."""
    days = DAYS[:1] if options.quick else DAYS
    arguments = {"path": str(real_file()), "days": days}
    sides = [Side(name, f"{__name__}:{name}", arguments) for name in ("platform", "clients_recipe", "percentile_score")]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio("explained, platform / client's recipe", "platform", "clients_recipe", 4, True, unit="explained"),
            Ratio("explained, platform / percentile score", "platform", "percentile_score", unit="explained"),
        ],
        limits=[Limit("days with a group of less than 3 % of customers", "platform", 0, unit="degenerate")],
    )


def platform(folder: Path, path: str, days: list[str]) -> dict[str, Any]:
    """The defaults: logarithms, groups where valleys lie between customers, else cuts."""
    return _over(path, days, _platform)


def clients_recipe(folder: Path, path: str, days: list[str]) -> dict[str, Any]:
    """Raw numbers standardised, K-Means for k from 2 to 12, the best silhouette."""

    def groups(frame: Any) -> Any:
        from sklearn.cluster import KMeans
        from sklearn.metrics import silhouette_score
        from sklearn.preprocessing import StandardScaler

        points = StandardScaler().fit_transform(frame[FEATURES])
        tried = [KMeans(n_clusters=k, n_init=10, random_state=7).fit_predict(points) for k in range(2, 13)]
        return max(tried, key=lambda labels: silhouette_score(points, labels))

    return _over(path, days, groups)


def percentile_score(folder: Path, path: str, days: list[str]) -> dict[str, Any]:
    """The sum of three percentiles, cut into as many groups as the platform finds."""

    def groups(frame: Any) -> Any:
        import pandas as pd

        k = len(set(_platform(frame).tolist()))
        ranks = frame[FEATURES].rank(pct=True)
        score = ranks["frequency"] + ranks["monetary"] - ranks["recency_days"]
        return pd.qcut(score.rank(method="first"), k, labels=False).to_numpy()

    return _over(path, days, groups)


def _platform(frame: Any) -> Any:
    from arcana_assets.domain.settings.segmentation import Segmentation
    from arcana_assets.segmentation.models.fitting import fit_segmentation

    return fit_segmentation(frame, Segmentation(name="value", features=FEATURES)).assign(frame)["segment_id"].to_numpy()


def _over(path: str, days: list[str], groups: Any) -> dict[str, Any]:
    """Percent `explained` in the mean, days with a group below 3 %, and each day's k and share."""
    import numpy as np

    from arcana_assets.segmentation.clustering.explained_variance import explained_variance

    frames = frames_of(path, days)
    explained, degenerate, told = list[float](), 0, list[str]()
    with timed() as clock:
        for day, frame in frames.items():
            ordered = frame.sort_values("customer_id", ignore_index=True)
            found = groups(ordered)
            share = explained_variance(found, ordered["later"].to_numpy()) or 0.0
            sizes = np.unique(found, return_counts=True)[1]
            explained.append(share)
            degenerate += int(sizes.min() < SMALL * len(ordered))
            told.append(f"{day}: k = {len(sizes)}, {share:.3f}, smallest {sizes.min() / len(ordered):.3f}")
    return {**vars(clock), "explained": 100 * float(np.mean(explained)), "degenerate": degenerate, "days": told}
