"""Selection quality: how often planted groups and their number are found, by the gate and by the silhouette alone.

Twenty-five made-up bases of five kinds of customers: heavy-tailed money and counts, and a categorical attribute of six
values that has nothing to do with the kinds. Three ways: the platform's preprocessing and gate; its preprocessing, and
the k of the best silhouette; and numbers and indicators all standardised, and the k of the best silhouette, as the
client's first version does.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

KINDS, MARKETS = 5, 6
NUMBERS = ["monetary", "frequency", "recency_days", "average_ticket", "distinct_products"]
MEDIANS = {  # of each kind, per number
    "monetary": (20_000, 4_000, 1_200, 400, 60),
    "frequency": (30, 10, 12, 2, 1),
    "recency_days": (6, 15, 60, 40, 150),
    "average_ticket": (650, 400, 100, 200, 60),
    "distinct_products": (120, 50, 15, 12, 3),
}


def measure(options: Options) -> Outcome:
    """Three sides on the same bases."""
    arguments = {"bases": 2 if options.quick else 25, "customers": 600 if options.quick else 3_000}
    names = ("gate", "silhouette_alone", "standardised")
    sides = [Side(name, f"{__name__}:{name}", arguments) for name in names]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio("agreement with the truth, gate / silhouette alone", "gate", "silhouette_alone", unit="agreement"),
            Ratio("agreement with the truth, gate / standardised", "gate", "standardised", 3, True, unit="agreement"),
        ],
        limits=[
            Limit("bases whose number of groups is not found, percent", "gate", 20, unit="wrong_k"),
            Limit("bases with a group of less than 3 %", "gate", 0, unit="degenerate"),
        ],
    )


def gate(folder: Path, bases: int, customers: int) -> dict[str, Any]:
    """The platform: its space and its rule."""

    def groups(frame: Any, features: list[str]) -> Any:
        from arcana_assets.segmentation.models.fitting import fit_segmentation

        return fit_segmentation(frame, "value", features, (2, 10)).assign(frame)["segment_id"].to_numpy()

    return _over(bases, customers, groups)


def silhouette_alone(folder: Path, bases: int, customers: int) -> dict[str, Any]:
    """The platform's space, the best silhouette."""

    def groups(frame: Any, features: list[str]) -> Any:
        from arcana_assets.segmentation.clustering.preprocessing import Preprocessing

        return _best(Preprocessing.fit(frame, features).points(frame))

    return _over(bases, customers, groups)


def standardised(folder: Path, bases: int, customers: int) -> dict[str, Any]:
    """Numbers and indicators standardised one by one, the best silhouette."""

    def groups(frame: Any, features: list[str]) -> Any:
        from sklearn.preprocessing import StandardScaler

        return _best(StandardScaler().fit_transform(frame[features]))

    return _over(bases, customers, groups)


def _best(points: Any) -> Any:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    tried = [KMeans(n_clusters=k, n_init=10, random_state=7).fit_predict(points) for k in range(2, 11)]
    return max(tried, key=lambda labels: silhouette_score(points, labels))


def _over(bases: int, customers: int, groups: Any) -> dict[str, Any]:
    """Mean `agreement` (adjusted Rand index, percent), percent with the `wrong_k`, mean distance from five groups."""
    import numpy as np
    from sklearn.metrics import adjusted_rand_score

    agreement, wrong, degenerate, away = list[float](), 0, 0, list[int]()
    with timed() as clock:
        for seed in range(bases):
            frame, kinds = _base(seed, customers)
            features = [name for name in frame.columns if name != "customer_id"]
            found = groups(frame, features)
            sizes = np.unique(found, return_counts=True)[1]
            agreement.append(adjusted_rand_score(kinds, found))
            wrong += int(len(sizes) != KINDS)
            away.append(abs(len(sizes) - KINDS))
            degenerate += int(sizes.min() < 0.03 * customers)
    return {
        **vars(clock),
        "agreement": 100 * float(np.mean(agreement)),
        "wrong_k": 100 * wrong / bases,
        "degenerate": degenerate,
        "away": float(np.mean(away)),
    }


def _base(seed: int, customers: int) -> Any:
    """A row a customer, and the kind of each."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(1_000 + seed)
    shares = draw.dirichlet(np.full(KINDS, 20.0))
    kinds = draw.choice(KINDS, customers, p=shares)
    spread = draw.uniform(0.25, 0.45)
    numbers = {
        name: np.array(medians)[kinds] * draw.lognormal(0, spread, customers) for name, medians in MEDIANS.items()
    }
    market = draw.integers(0, MARKETS, customers)
    flags = {f"segment_is_market_{place}": (market == place).astype("float64") for place in range(MARKETS)}
    ids = {"customer_id": [f"C{number:05d}" for number in range(customers)]}
    return pd.DataFrame(ids | numbers | flags), kinds
