"""Selection of algorithms: whether what serves is as good with several algorithms to choose from as with K-Means alone.

The worlds of `selection_quality` that are no clouds and have numbers for features, and three kinds whose groups differ
in width and direction (`selection_worlds.UNEQUAL`), each drawn with seeds that were not used to choose the rule. The
number of groups is the platform's; where nothing passes the gate, K-Means' groups count. Agreement is the adjusted
Rand index with the truth, strangers left out; customers in no group are a group of their own.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn

FIRST_WORLD = 60_000  # the rule, its two limits and how far components are widened were chosen on worlds below 10,000
ALONE, SEVERAL = ("kmeans",), ("kmeans", "gaussian_mixture", "dbscan", "hdbscan")
LOWEST, HIGHEST, SEED, DENSITIES = 3, 8, 7, (0.04, 0.08)
GOALS = {"malls": 1.0, "shops": 1.0, "stretched": 1.01}  # where another algorithm is worth something
NO_LESS = 0.995  # elsewhere it must cost nothing


def measure(options: Options) -> Outcome:
    """A side for each kind of world and list of algorithms."""
    worlds = 1 if options.quick else 20
    lists = {"K-Means alone": ALONE, "several": SEVERAL}
    sides = [
        Side(f"{name}, {kind}", f"{__name__}:served", {"kind": kind, "worlds": worlds, "algorithms": list(algorithms)})
        for kind in _kinds()
        for name, algorithms in lists.items()
    ]
    figures = turn_by_turn(sides, options.times(1))
    return Outcome(
        figures,
        [
            Ratio(
                f"agreement with the truth in {kind}, several algorithms / K-Means alone",
                f"several, {kind}",
                f"K-Means alone, {kind}",
                GOALS.get(kind, NO_LESS),
                True,
                unit="agreement",
            )
            for kind in _kinds()
        ],
    )


def served(folder: Path, kind: str, worlds: int, algorithms: list[str]) -> dict[str, Any]:
    """Mean `agreement` in percent of worlds in which groups were found, and how often each algorithm served."""
    from collections import Counter

    import numpy as np
    from sklearn.metrics import adjusted_rand_score

    from arcana_assets.domain.settings.segmentation import Gate, Segmentation
    from arcana_assets.segmentation.clustering.candidates import candidates
    from arcana_assets.segmentation.clustering.clusterers import fit_clusterer
    from arcana_assets.segmentation.clustering.gate import choose
    from arcana_assets.segmentation.clustering.preprocessing import Preprocessing
    from arcana_assets.segmentation.models.seeking import sought
    from benchmarks.selection_worlds import STRANGER, UNEQUAL, WORLDS

    agreement, by, gate = list[float](), Counter[str](), Gate()
    with timed() as clock:
        for seed in range(FIRST_WORLD, FIRST_WORLD + worlds):
            world = (WORLDS | UNEQUAL)[kind](seed)
            plain = Preprocessing.fit(world.frame, world.features, world.transforms)
            asked = Segmentation(name="x", features=["monetary"], k=(LOWEST, HIGHEST), seed=SEED)
            found = sought(world.frame, plain, asked)
            if found.k < LOWEST:
                continue
            points, known = found.preprocessing.points(world.frame), world.groups != STRANGER
            tried = candidates(
                points, algorithms, (found.k, found.k), DENSITIES, SEED, {found.k: found.begun}, gate.refits
            )
            _, taken = choose([each.row for each in tried], gate, found.k)
            if taken is None:
                labels = fit_clusterer(points, "kmeans", {"k": found.k}, SEED, found.begun).labels(points)
            else:
                labels, chosen = tried[taken].labels, tried[taken].clusterer.algorithm
                by[chosen] += 1
            agreement.append(adjusted_rand_score(world.groups[known], labels[known]))
    mean = 100 * float(np.mean(agreement)) if agreement else 0.0
    return {**vars(clock), "agreement": mean, "worlds": len(agreement), "served": dict(by)}


def _kinds() -> list[str]:
    from benchmarks.selection_worlds import UNEQUAL, WORLDS

    return [kind for kind in WORLDS if not kind.startswith(("ownership", "clouds"))] + list(UNEQUAL)
