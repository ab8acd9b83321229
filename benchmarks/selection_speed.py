"""Selection speed: trying k from 2 to 12 and taking one, against ten starts and the full silhouette for every k.

Customers x 30 features in planted groups. The naive loop is K-Means with ten starts and scikit-learn's silhouette of
all customers, for each k. Beyond 10,000 customers it is measured for one k (6) and one start, and the silhouette of a
tenth of the customers or less; starts, k and the square of the customers are multiplied up. `extrapolated` says so.
Stability by bootstrap refits, which the naive loop does not have, is a side of its own; valleys are part of both.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn

FEATURES, KINDS, LOWEST, HIGHEST = 30, 6, 2, 12
GOALS = {10_000: 10, 70_000: 60, 500_000: 100}
MEASURED = 6_000  # customers whose silhouette is measured where that of all cannot be


def measure(options: Options) -> Outcome:
    """Three sides for each size."""
    sizes = [1_000] if options.quick else list(GOALS)
    sides = [
        Side(f"{way}, {size:,} customers", f"{__name__}:{function}", {"customers": size})
        for size in sizes
        for way, function in (("selection", "selection"), ("with stability", "with_stability"), ("naive", "naive"))
    ]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio(
                f"naive / {way}, {size:,} customers",
                f"naive, {size:,} customers",
                f"{way}, {size:,} customers",
                GOALS.get(size) if way == "selection" else None,
                True,
            )
            for size in sizes
            for way in ("selection", "with stability")
        ],
    )


def selection(folder: Path, customers: int) -> dict[str, Any]:
    """The platform's groups by valleys, its candidates and their measures, stability left out."""
    return _selected(customers, 0)


def with_stability(folder: Path, customers: int) -> dict[str, Any]:
    """The same with five bootstrap refits of what is taken."""
    return _selected(customers, 5)


def _selected(customers: int, refits: int) -> dict[str, Any]:
    from sklearn.cluster import KMeans  # noqa: F401 (imported here, so that its import is not measured)
    from sklearn.metrics import adjusted_rand_score

    from arcana_assets.domain.settings.segmentation import Gate
    from arcana_assets.segmentation.clustering.candidates import candidates
    from arcana_assets.segmentation.clustering.gate import choose
    from arcana_assets.segmentation.clustering.valleys import groups_of

    points, kinds = _points(customers)
    with timed() as clock:
        groups = groups_of(points, 7, most=HIGHEST)
        begin = {groups.k: groups.centres / groups.divisors} if groups.k > 1 else {}
        found = candidates(points / groups.divisors, ["kmeans"], (LOWEST, HIGHEST), [], 7, begin, refits)
        rows, taken = choose([each.row for each in found], Gate(), groups.k)
    if taken is None:
        return {**vars(clock), "k": 1, "agreement": 0.0, "extrapolated": False}
    agreement = adjusted_rand_score(kinds, found[taken].labels)
    return {**vars(clock), "k": rows[taken]["k"], "agreement": 100 * agreement, "extrapolated": False}


def naive(folder: Path, customers: int) -> dict[str, Any]:
    """Ten starts and the full silhouette for every k; the best silhouette is taken."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    points, kinds = _points(customers)
    if customers <= 10_000:
        with timed() as clock:
            tried = [
                KMeans(n_clusters=k, n_init=10, random_state=7).fit_predict(points) for k in range(LOWEST, HIGHEST + 1)
            ]
            taken = max(tried, key=lambda labels: silhouette_score(points, labels))
        found = {"k": len(set(taken.tolist())), "agreement": 100 * adjusted_rand_score(kinds, taken)}
        return {**vars(clock), **found, "extrapolated": False}
    with timed() as fitting:
        labels = KMeans(n_clusters=KINDS, n_init=1, random_state=7).fit_predict(points)
    with timed() as scoring:
        silhouette_score(points[:MEASURED], labels[:MEASURED])
    tried_k, square = HIGHEST - LOWEST + 1, (customers / MEASURED) ** 2
    seconds = tried_k * (10 * fitting.seconds + square * scoring.seconds)
    cpu = tried_k * (10 * fitting.cpu_seconds + square * scoring.cpu_seconds)
    return {"seconds": seconds, "cpu_seconds": cpu, "extrapolated": True}


def _points(customers: int) -> Any:
    """Points of six kinds in the model's space, and the kind of each."""
    import numpy as np

    draw = np.random.default_rng(3)
    kinds = draw.integers(0, KINDS, customers)
    return draw.normal(0, 2, (KINDS, FEATURES))[kinds] + draw.normal(0, 1.5, (customers, FEATURES)), kinds
