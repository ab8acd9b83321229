"""Selection quality: how often the planted number of groups is found, and how well customers are told apart by it.

Nine kinds of worlds (`selection_worlds`), each drawn with seeds that were not used to choose the rule. Three ways to
find the number of groups: the platform's, by valleys, and by latent classes of what customers own; the
finest clustering that passes the gate and whose silhouette is near the best one's, which the platform had before; and
the best silhouette alone. A fourth, K-Means, is told the true number. Agreement is the adjusted Rand index of customers
where groups were found, strangers left out; a way that refuses some worlds is judged by the others, and has no goal.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

FIRST_WORLD = 50_000  # bandwidth, thresholds, starts, rounds and the prior were chosen on worlds below 10,000
WAYS = ("platform", "finest_admissible", "silhouette_alone", "told_the_number")
# Percent of worlds with another number, at most.
GOALS = {"easy": 5, "mixed": 35, "hard": 45, "shops": 35, "ownership": 15, "clouds": 5}
TOO_FEW = "ownership of 212"  # to find as many profiles as there are: what is told their number is reported beside it
CLOUDS, LOWEST, HIGHEST, SEED = "clouds", 3, 8, 7
NEAR, REFITS = 0.85, 5  # of the rule that the platform had before


def measure(options: Options) -> Outcome:
    """A side for each way and kind of world."""
    from benchmarks.selection_worlds import WORLDS

    worlds = 1 if options.quick else 20
    pairs = [(way, kind) for kind in WORLDS for way in WAYS if kind != CLOUDS or way != WAYS[-1]]
    sides = [
        Side(_name(way, kind), f"{__name__}:{way}", {"kind": kind, "worlds": 2 * worlds if kind == CLOUDS else worlds})
        for way, kind in pairs
    ]
    figures = turn_by_turn(sides, options.times(1))
    # A way that found no groups anywhere has no agreement to be held against.
    others = [pair for pair in pairs if pair[1] != CLOUDS and pair[0] != WAYS[0]]
    held = [pair for pair in others if figures[_name(*pair)][0]["agreement"]]
    judged = [pair for pair in held if not figures[_name(*pair)][0]["none"] and pair != (WAYS[-1], TOO_FEW)]
    return Outcome(
        figures,
        [
            Ratio(
                f"agreement with the truth in {kind}, platform / {way.replace('_', ' ')}",
                _name("platform", kind),
                _name(way, kind),
                1.0 if (way, kind) in judged else None,
                True,
                unit="agreement",
            )
            for way, kind in held
        ],
        limits=[
            Limit(
                "clouds in which groups are found, percent"
                if kind == CLOUDS
                else f"{kind}: worlds with another number of groups than planted, percent",
                _name("platform", kind),
                goal,
                unit="wrong_k",
            )
            for kind, goal in GOALS.items()
        ],
    )


def platform(folder: Path, kind: str, worlds: int) -> dict[str, Any]:
    """As many groups as have valleys between them or as latent classes tell, in the space that tells them apart."""

    def groups(world: Any, plain: Any) -> Any:
        from arcana_assets.domain.settings.segmentation import Segmentation
        from arcana_assets.segmentation.clustering.clusterers import fit_clusterer
        from arcana_assets.segmentation.models.seeking import sought

        known = ["owns_*"] if world.features[0].startswith("owns_") else ["monetary"]  # what customers own, or numbers
        found = sought(world.frame, plain, Segmentation(name="x", features=known, k=(LOWEST, HIGHEST), seed=SEED))
        points = found.preprocessing.points(world.frame)
        for fitted in found.fitted:
            if fitted.k == found.k:
                return fitted.labels(points)
        return fit_clusterer(points, "kmeans", {"k": found.k}, SEED, found.begun).labels(points)

    return _over(kind, worlds, groups)


def finest_admissible(folder: Path, kind: str, worlds: int) -> dict[str, Any]:
    """The platform's of before: of what passes the gate the finest whose silhouette is 85 % of the best one's.

    Where nothing passes there are no groups.
    """

    def groups(world: Any, plain: Any) -> Any:
        from arcana_assets.domain.settings.segmentation import Gate
        from arcana_assets.presentation.language import DEFAULT
        from arcana_assets.segmentation.clustering.candidates import measured
        from arcana_assets.segmentation.clustering.clusterers import fit_clusterer
        from arcana_assets.segmentation.clustering.gate import refused_for

        points = plain.points(world.frame)
        tried = [fit_clusterer(points, "kmeans", {"k": k}, SEED) for k in range(LOWEST, HIGHEST + 1)]
        rows = measured(points, tried, SEED, REFITS, language=DEFAULT)
        fine = [place for place, row in enumerate(rows) if not refused_for(row, Gate())]
        if not fine:
            return points[:, 0] * 0
        best = max(rows[place]["silhouette"] for place in fine)
        return tried[max(place for place in fine if rows[place]["silhouette"] >= NEAR * best)].labels(points)

    return _over(kind, worlds, groups)


def silhouette_alone(folder: Path, kind: str, worlds: int) -> dict[str, Any]:
    """The k of the best silhouette."""

    def groups(world: Any, plain: Any) -> Any:
        from sklearn.metrics import silhouette_score

        from arcana_assets.segmentation.clustering.threads import one_thread

        points = plain.points(world.frame)
        tried = [_kmeans(points, k) for k in range(2, HIGHEST + 1)]
        with one_thread():
            return max(tried, key=lambda labels: silhouette_score(points, labels))

    return _over(kind, worlds, groups)


def told_the_number(folder: Path, kind: str, worlds: int) -> dict[str, Any]:
    """K-Means with ten starts and the number that was planted."""
    return _over(kind, worlds, lambda world, plain: _kmeans(plain.points(world.frame), world.k))


def _kmeans(points: Any, k: int) -> Any:
    from arcana_assets.segmentation.clustering.clusterers import fit_clusterer

    return fit_clusterer(points, "kmeans", {"k": k}, SEED).labels(points)  # ten starts, on one thread


def _over(kind: str, worlds: int, groups: Any) -> dict[str, Any]:
    """Percent of worlds with the `wrong_k`; mean `agreement` in percent, where groups were found; how many had none."""
    import numpy as np
    from sklearn.metrics import adjusted_rand_score

    from arcana_assets.segmentation.clustering.preprocessing import Preprocessing
    from benchmarks.selection_worlds import STRANGER, WORLDS

    agreement, wrong, none, away = list[float](), 0, 0, list[int]()
    with timed() as clock:
        for seed in range(FIRST_WORLD, FIRST_WORLD + worlds):
            world = WORLDS[kind](seed)
            found = groups(world, Preprocessing.fit(world.frame, world.features, world.transforms))
            k, known = len(np.unique(found)), world.groups != STRANGER
            wrong += k != world.k
            none += k == 1
            away.append(k - world.k)
            if k > 1:
                agreement.append(adjusted_rand_score(world.groups[known], found[known]))
    mean = 100 * float(np.mean(agreement)) if agreement else 0.0
    return {**vars(clock), "agreement": mean, "wrong_k": 100 * wrong / worlds, "none": none, "away": away}


def _name(way: str, kind: str) -> str:
    return f"{way.replace('_', ' ')}, {kind}"
