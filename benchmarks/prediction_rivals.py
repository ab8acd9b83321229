"""The field's usual methods, as somebody who knows them would set them up, beside the platform's candidates.

Belongs here: making and fitting each, its settings, picked on months before those that are judged. Does not belong
here: rows (`prediction_months`), measures and verdicts (`prediction_methods`).
"""

import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.prediction_months import Fold, prediction_of_the_shop

CLIPPED = 0.001  # a probability of 0 or 1 has no log-odds
RFM = ("recency_days", "frequency", "monetary")
OURS = ("last_period", "table", "rfm", "logistic", "additive", "mean")


@dataclass(frozen=True)
class Rival:
    """A method of the field: what it is called, the settings tried, and how one is made."""

    words: str
    settings: tuple[dict[str, Any], ...]
    make: Callable[..., Any]


@dataclass(frozen=True)
class Fit:
    """A fitted method: log-odds by rows of numbers, bytes of what is kept of it, and seconds of CPU that it took."""

    logits: Callable[[pd.DataFrame], np.ndarray]
    size: int
    cpu_seconds: float


def rivals() -> dict[str, Rival]:
    """The methods in the order of their simplicity; LightGBM only where it is installed (`pip install .[bench]`)."""
    leaves = tuple({"min_samples_leaf": size} for size in (2, 5, 10, 20, 40))
    found = {
        "knn": Rival("the nearest neighbours", tuple({"n_neighbors": n} for n in (25, 50, 100, 200)), _knn),
        "random_forest": Rival("the random forest", leaves, _random_forest),
        "extra_trees": Rival("extra trees", leaves, _extra_trees),
        "lightgbm": Rival(
            "LightGBM",
            tuple({"num_leaves": n, "n_estimators": trees} for n in (4, 8, 15) for trees in (50, 100, 200)),
            _lightgbm,
        ),
        "default_boosting": Rival("scikit-learn's boosting by default", ({},), _default_boosting),
    }
    return {name: each for name, each in found.items() if name != "lightgbm" or has_lightgbm()}


def has_lightgbm() -> bool:
    """Whether LightGBM is there."""
    return find_spec("lightgbm") is not None


def picked(rival: Rival, early: Sequence[Fold]) -> dict[str, Any]:
    """The settings with the least error on the early months, which nothing is judged on."""
    return min(rival.settings, key=lambda each: _error(rival, each, early))


def fit_rival(rival: Rival, settings: dict[str, Any], numbers: pd.DataFrame, came: np.ndarray) -> Fit:
    """A method fitted on rows, in one thread: more of them wait for each other."""
    from benchmarks.measure import timed

    with one_thread(), timed() as clock:
        model = rival.make(**settings).fit(numbers.to_numpy(), came)
    names = list(numbers.columns)

    def logits(rows: pd.DataFrame) -> np.ndarray:
        with one_thread():
            said = model.predict_proba(rows.reindex(columns=names).to_numpy())[:, 1].clip(CLIPPED, 1 - CLIPPED)
        return np.log(said / (1 - said))

    return Fit(logits, len(pickle.dumps(model)), clock.cpu_seconds)


def fit_ours(name: str, numbers: pd.DataFrame, came: np.ndarray) -> Fit:
    """A candidate of the platform fitted on rows; of the mean both members."""
    from arcana_assets.predictions.methods.every import fitted
    from arcana_assets.predictions.rows import DID
    from benchmarks.measure import timed

    names = ["logistic", "additive", "mean"] if name == "mean" else [name]
    with one_thread(), timed() as clock:
        model = fitted(names, numbers, came, DID, RFM)[name]
    return Fit(model.logits, len(json.dumps(model.as_dict())), clock.cpu_seconds)


def one_thread() -> Any:
    """The limit that the platform fits in, libraries of boosting loaded."""
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def named() -> dict[str, str]:
    """All methods, the platform's first, by name in words."""
    prediction, _ = prediction_of_the_shop()
    assert tuple(prediction.tried) == OURS
    words = (
        "the last period",
        "the table",
        "RFM logistic",
        "the logistic",
        "the additive model",
        "the mean of the two",
    )
    return dict(zip(OURS, words, strict=True)) | {name: each.words for name, each in rivals().items()}


def _error(rival: Rival, settings: dict[str, Any], early: Sequence[Fold]) -> float:
    losses = []
    for fold in early:
        logits = fit_rival(rival, settings, fold.known, fold.came).logits(fold.numbers)
        losses.append(float(np.mean((1 / (1 + np.exp(-logits)) - fold.outcome) ** 2)))
    return float(np.mean(losses))


def _filled(model: Any) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), model)


def _knn(**settings: Any) -> Any:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    from arcana_assets.predictions.methods.linear import damped

    return _filled(make_pipeline(FunctionTransformer(damped), StandardScaler(), KNeighborsClassifier(**settings)))


def _random_forest(**settings: Any) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return _filled(RandomForestClassifier(300, random_state=0, n_jobs=1, **settings))


def _extra_trees(**settings: Any) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return _filled(ExtraTreesClassifier(300, random_state=0, n_jobs=1, **settings))


def _lightgbm(**settings: Any) -> Any:
    from lightgbm import LGBMClassifier

    usual = {"learning_rate": 0.05, "min_child_samples": 40, "reg_lambda": 1.0, "random_state": 0, "n_jobs": 1}
    return LGBMClassifier(**usual, **settings, deterministic=True, force_row_wise=True, verbose=-1)


def _default_boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=0)
