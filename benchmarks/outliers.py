"""Outliers: what removing customers by a rule would take away, and what segments tell with them and without.

Recency, frequency and net value of six months of the real file, on the days of `explained_revenue`. Of each rule: which
share of the customers it flags, and of what they paid before and in the next 90 days. Of each way to treat them: the
share of the later revenue that segments tell, over all customers, who are scored whoever shaped the fit.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.explained_revenue import DAYS
from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import real_file
from benchmarks.segment_continuity import FEATURES, frames_of

KEPT, NOT_FITTED, WITHOUT_IQR, RAW = "kept", "forest not fitted", "IQR removed", "IQR removed, raw numbers"


def measure(options: Options) -> Outcome:
    """Four ways to treat outliers; the goal is that keeping them tells as much as removing them."""
    arguments = {"path": str(real_file()), "days": DAYS[:1] if options.quick else DAYS}
    functions = {KEPT: "kept", NOT_FITTED: "not_fitted", WITHOUT_IQR: "iqr_removed", RAW: "iqr_removed_raw"}
    sides = [Side(name, f"{__name__}:{function}", arguments) for name, function in functions.items()]
    ratios = [
        Ratio("explained, kept / removed by IQR", KEPT, WITHOUT_IQR, 1, True, unit="explained"),
        Ratio("explained, kept / removed by IQR from raw numbers", KEPT, RAW, 1, True, unit="explained"),
        Ratio("explained, forest not fitted / kept", NOT_FITTED, KEPT, unit="explained"),
    ]
    return Outcome(turn_by_turn(sides, options.times(1)), ratios)


def kept(folder: Path, path: str, days: list[str]) -> dict[str, Any]:
    """The platform as it is. Also the figures of each rule, in percent, as means over the days."""
    import numpy as np

    found = _over(path, days, lambda frame: frame)
    told = {}
    for name, rule in _RULES.items():
        rows = [_share(frame, rule(frame)) for frame in frames_of(path, days).values()]
        told[name] = dict(zip(("customers", "past", "later", "times"), np.mean(rows, axis=0).round(3), strict=True))
    return {**found, "rules": told}


def not_fitted(folder: Path, path: str, days: list[str]) -> dict[str, Any]:
    """`outliers: not_fitted` with the forest alone."""
    return _over(path, days, lambda frame: frame[~_forest(frame)])


def iqr_removed(folder: Path, path: str, days: list[str]) -> dict[str, Any]:
    """The platform's fit of who lies within 1.5 interquartile ranges in each number."""
    return _over(path, days, lambda frame: frame[~_iqr(frame)])


def iqr_removed_raw(folder: Path, path: str, days: list[str]) -> dict[str, Any]:
    """What is taught first: outliers by IQR removed, raw numbers standardised, K-Means with the best silhouette."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
    from sklearn.preprocessing import StandardScaler

    def groups(everyone: Any, fitted: Any) -> Any:
        scaler = StandardScaler().fit(fitted[FEATURES])
        points = scaler.transform(fitted[FEATURES])
        tried = [KMeans(n_clusters=k, n_init=10, random_state=7).fit(points) for k in range(2, 9)]
        best = max(tried, key=lambda model: silhouette_score(points, model.labels_))
        return best.predict(scaler.transform(everyone[FEATURES]))

    return _over(path, days, lambda frame: frame[~_iqr(frame)], groups)


def _platform(everyone: Any, fitted: Any) -> Any:
    from arcana_assets.domain.settings.segmentation import Segmentation
    from arcana_assets.segmentation.models.fitting import fit_segmentation

    model = fit_segmentation(fitted, Segmentation(name="value", features=FEATURES), everyone=everyone)
    return model.assign(everyone)["segment_id"].to_numpy()


def _over(
    path: str, days: list[str], shaping: Callable[[Any], Any], groups: Callable[[Any, Any], Any] = _platform
) -> dict[str, Any]:
    """Percent `explained` in the mean, and each day's groups."""
    import numpy as np

    from arcana_assets.segmentation.clustering.explained_variance import explained_variance

    frames = {day: frame.sort_values("customer_id", ignore_index=True) for day, frame in frames_of(path, days).items()}
    explained, told = list[float](), list[str]()
    with timed() as clock:
        for day, frame in frames.items():
            found = groups(frame, shaping(frame))
            share = explained_variance(found, frame["later"].to_numpy()) or 0.0
            sizes = np.unique(found, return_counts=True)[1] / len(frame)
            explained.append(share)
            told.append(f"{day}: {len(sizes)} groups, {share:.3f}, {sizes.min():.1%} to {sizes.max():.1%}")
    return {**vars(clock), "explained": 100 * float(np.mean(explained)), "days": told}


def _share(frame: Any, flagged: Any) -> tuple[float, float, float, float]:
    """Percent of customers, of past revenue and of later revenue; how many times the others' later mean they pay."""
    past, later = frame["monetary"].clip(lower=0), frame["later"].clip(lower=0)
    times = later[flagged].mean() / later[~flagged].mean()
    return (
        100 * flagged.mean(),
        100 * past[flagged].sum() / past.sum(),
        100 * later[flagged].sum() / later.sum(),
        times,
    )


def _iqr(frame: Any) -> Any:
    low, high = (frame[FEATURES].quantile(share) for share in (0.25, 0.75))
    reach = 1.5 * (high - low)
    return ((frame[FEATURES] < low - reach) | (frame[FEATURES] > high + reach)).any(axis=1)


def _far(points: Any) -> Any:
    return ((points - points.mean()).abs() > 3 * points.std()).any(axis=1)


def _logs(frame: Any) -> Any:
    import numpy as np

    return np.sign(frame[FEATURES]) * np.log1p(frame[FEATURES].abs())


def _flagged(frame: Any, rule: str) -> Any:
    from arcana_assets.customer_360.outliers.customers import outlying_customers
    from arcana_assets.domain.settings.outliers import Outliers

    found = outlying_customers(frame[["customer_id", "monetary", "frequency"]], ["monetary", "frequency"], Outliers())
    return frame["customer_id"].isin(found.loc[found["rule"] == rule, "customer_id"])


def _forest(frame: Any) -> Any:
    return _flagged(frame, "isolation_forest")


_RULES: dict[str, Callable[[Any], Any]] = {
    "1.5 IQR": _iqr,
    "z > 3": lambda frame: _far(frame[FEATURES]),
    "z > 3 of logs": lambda frame: _far(_logs(frame)),
    "platform, robust z": lambda frame: _flagged(frame, "robust_z"),
    "platform, isolation forest": _forest,
    "highest 1 % by value": lambda frame: frame["monetary"] > frame["monetary"].quantile(0.99),
}
