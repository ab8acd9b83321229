"""Preprocessing as part of a model: how values become coordinates, fitted on a month and applied unchanged to others.

Belongs here: transforms, scaling, absence. Does not belong here: groups (`clusterers`), how far features have moved
since (`customer_360.drift`), which features there are (`customer_360`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.domain.facets.features import is_indicator, is_share
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.settings.segmentation import Transform, setting_of

BLOCK_VARIANCE = 0.5  # of all indicators together, where the known values of any other feature have 1
KNOTS = np.linspace(0, 1, 101)
FURTHEST = 3.0  # normal scores are clipped there: 1 in 740 customers


class UnusableFeatures(ArcanaError):
    """Raised when a frame cannot be fitted or scored: no rows, a missing or non-numeric column, a repeated customer."""


class DamagedPreprocessing(ArcanaError):
    """Raised when data are not what `Preprocessing.as_dict` wrote."""


@dataclass(frozen=True)
class FittedFeature:
    """A feature as the fitted month had it: (transform(x) - centre) / scale is its coordinate.

    `quantiles` are the 0 to 100 % quantiles of the known raw values, which normal scores are read from; none for other
    transforms, and where nobody has the feature. `base` is the mean that a share is drawn to; None of what is no share.
    `highest` is what a higher value counts as; None where values count as they are.
    """

    name: str
    transform: str
    centre: float
    scale: float
    quantiles: tuple[float, ...]
    base: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class Evidence:
    """How much a customer's shares tell: with n of `counted`, a share is (n x share + prior x base) / (n + prior).

    The mean of a Dirichlet distribution with the base as its prior, worth `prior` of what is counted. Who has less than
    `least`, or no share, has those of the base: one order is no habit.
    """

    counted: str
    prior: float
    least: float


@dataclass(frozen=True)
class Preprocessing:
    """The transforms of all features of a model, and, where shares are drawn to the base, by how much."""

    features: tuple[FittedFeature, ...]
    evidence: Evidence | None = None

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        features: Sequence[str],
        transforms: Mapping[str, Transform] | None = None,
        weights: Mapping[str, float] | None = None,
        evidence: Evidence | None = None,
        winsorise: Mapping[str, float] | None = None,
    ) -> "Preprocessing":
        """Fitted on one row a customer; numeric features, missing and infinite values allowed.

        `transforms` and `weights` are by feature or by a pattern such as `share_*`. Left out: signed log1p, of shares
        the signed square root (Hellinger), of indicators none. A weight multiplies the coordinate; all indicators
        together have the variance 1/2 unless weighted. Absent values are no part of centre and scale. With `evidence`
        shares are drawn to their means over the customers who have at least `least`. `winsorise` gives quantiles, by
        feature or pattern as well: what is above counts as the quantile, here and in every later month.

        Raises UnusableFeatures for a missing or non-numeric column.
        """
        raw, fitted, spreads = matrix_of(frame, features), [], []
        enough = _counts(frame, evidence) >= (evidence.least if evidence else 0.0)
        for name, column in zip(features, raw.T, strict=True):
            base = _base(column[enough]) if evidence and is_share(name) else None
            if evidence and base is not None:
                column = _drawn(column, _counts(frame, evidence), base, evidence)
            default: Transform = (
                "standardise" if is_indicator(name) else "square_root" if name.startswith(SHARE) else "log"
            )
            transform = setting_of(name, transforms or {}, default)
            # Sorted, so that the rounding of sums does not depend on row order.
            known = np.sort(column[~np.isnan(column)])
            quantile = setting_of(name, winsorise or {}, None)
            highest = float(np.quantile(known, quantile)) if quantile is not None and len(known) else None
            known = known if highest is None else np.minimum(known, highest)
            scored = transform == "normal_scores" and len(known)
            quantiles = tuple(np.quantile(known, KNOTS).tolist()) if scored else ()
            bent = _bend(known, transform, quantiles)
            spreads.append(float(bent.std()) if len(bent) else 0.0)
            centre = float(bent.mean()) if len(bent) else 0.0
            fitted.append(FittedFeature(name, transform, centre, 1.0, quantiles, base, highest))
        scales = _scales(features, np.array(spreads), weights or {})
        scaled = (FittedFeature(**asdict(f) | {"scale": s}) for f, s in zip(fitted, scales, strict=True))
        return cls(tuple(scaled), evidence)

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the order of the coordinates."""
        return tuple(feature.name for feature in self.features)

    @property
    def measured(self) -> list[int]:
        """The places of the coordinates that are no indicators; of all of them where there are no others."""
        found = [place for place, name in enumerate(self.names) if not is_indicator(name)]
        return found or list(range(len(self.names)))

    def divided(self, divisors: np.ndarray) -> "Preprocessing":
        """The same transforms with each coordinate divided by a number, in the order of the features."""
        pairs = zip(self.features, divisors.tolist(), strict=True)
        return replace(self, features=tuple(replace(each, scale=each.scale * by) for each, by in pairs))

    def counted(self, frame: pd.DataFrame) -> np.ndarray:
        """How much each customer has bought, by what the evidence counts; 1 where it counts nothing."""
        return _counts(frame, self.evidence)

    def points(self, frame: pd.DataFrame, jitter: int | None = None) -> np.ndarray:
        """Customers x features in the model's space; an absent value lies at 0 and pulls to no side.

        With the seed `jitter` whole numbers are moved by up to half a unit before they are bent: between one order and
        two there is a hole that is no valley. Raises UnusableFeatures for a missing or non-numeric column.
        """
        raw = matrix_of(frame, self.names)
        counts = None if self.evidence is None else _counts(frame, self.evidence)
        draw = None if jitter is None else np.random.default_rng(jitter)
        columns = []
        for feature, column in zip(self.features, raw.T, strict=True):
            if self.evidence and counts is not None and feature.base is not None:
                column = _drawn(column, counts, feature.base, self.evidence)
            if feature.highest is not None:
                column = np.minimum(column, feature.highest)
            if draw is not None and not (is_indicator(feature.name) or is_share(feature.name)) and _whole(column):
                column = column + draw.uniform(-0.5, 0.5, len(column))
            columns.append((_bend(column, feature.transform, feature.quantiles) - feature.centre) / feature.scale)
        return np.nan_to_num(np.column_stack(columns), nan=0.0)

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it; floats keep every bit."""
        return {
            "features": [asdict(feature) | {"quantiles": list(feature.quantiles)} for feature in self.features],
            "evidence": None if self.evidence is None else asdict(self.evidence),
        }

    @classmethod
    def from_dict(cls, data: Any) -> "Preprocessing":
        """What `as_dict` wrote. Raises DamagedPreprocessing naming the feature and the field."""
        rows = data.get("features") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not rows:
            raise DamagedPreprocessing("expected the preprocessing of a model, found none; fit the month again")
        return cls(tuple(_checked(row) for row in rows), _evidence(data.get("evidence")))


def signed_log(values: np.ndarray) -> np.ndarray:
    """log1p of the size with the sign kept: returns can outweigh sales."""
    return np.sign(values) * np.log1p(np.abs(values))


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """The column, or UnusableFeatures naming the nearest."""
    if name not in frame.columns:
        raise UnusableFeatures(f"the customers have no column '{name}'{nearest(name, frame.columns)}")
    return frame[name]


def matrix_of(frame: pd.DataFrame, features: Sequence[str]) -> np.ndarray:
    """Customers x features as float64, NaN where missing or infinite."""
    columns = []
    for name in features:
        column = column_of(frame, name)
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":  # what nearly all are, read at once
            columns.append(column.to_numpy(dtype="float64"))
            continue
        try:
            columns.append(pd.to_numeric(column).astype("Float64").to_numpy(dtype="float64", na_value=np.nan))
        except (ValueError, TypeError) as error:
            raise UnusableFeatures(f"feature '{name}' must be numeric: {error}") from error
    matrix = np.column_stack(columns)
    return np.where(np.isfinite(matrix), matrix, np.nan)


def _counts(frame: pd.DataFrame, evidence: Evidence | None) -> np.ndarray:
    if evidence is None:
        return np.ones(len(frame))
    return np.nan_to_num(matrix_of(frame, [evidence.counted])[:, 0])


def _base(column: np.ndarray) -> float:
    known = np.sort(column[~np.isnan(column)])
    return float(known.mean()) if len(known) else 0.0


def _drawn(column: np.ndarray, counts: np.ndarray, base: float, evidence: Evidence) -> np.ndarray:
    counted = np.where(np.isnan(column) | (counts < evidence.least), 0.0, np.maximum(counts, 0.0))
    total = counted + evidence.prior
    drawn = (counted * np.nan_to_num(column) + evidence.prior * base) / np.where(total > 0, total, 1.0)
    return np.where(counted > 0, drawn, base)


def _whole(column: np.ndarray) -> bool:
    known = column[~np.isnan(column)]
    return bool(len(known) and known.max() > known.min() and (known == np.round(known)).all())


def _bend(values: np.ndarray, transform: str, quantiles: Sequence[float]) -> np.ndarray:
    if transform == "log":
        return signed_log(values)
    if transform == "square_root":
        return np.sign(values) * np.sqrt(np.abs(values))
    if transform == "standardise":
        return values
    if not quantiles:
        return np.full(len(values), np.nan)
    from scipy.special import ndtri

    # The middle of the knots that a value ties with: of two customers with the same value none is ahead.
    low, high = (np.searchsorted(quantiles, values, side=side) for side in ("left", "right"))
    between = np.interp(values, quantiles, KNOTS)
    tied = (low + high - 1) / 2 / (len(KNOTS) - 1)
    place = np.where(high - low > 1, tied, between)
    return np.where(np.isnan(values), np.nan, np.clip(ndtri(np.clip(place, 0, 1)), -FURTHEST, FURTHEST))


def _scales(features: Sequence[str], spreads: np.ndarray, weights: Mapping[str, float]) -> list[float]:
    weight = np.array([setting_of(name, weights, 1.0) for name in features])
    block = np.array([is_indicator(name) and np.isnan(setting_of(name, weights, np.nan)) for name in features])
    scales = np.where(spreads > 1e-12, spreads, 1.0) / weight
    together = float(np.sqrt((spreads[block] ** 2).sum() / BLOCK_VARIANCE)) if block.any() else 0.0
    scales[block] = together if together > 1e-12 else 1.0
    return [float(scale) for scale in scales]


def _checked(row: Any) -> FittedFeature:
    name = row.get("name") if isinstance(row, dict) else None

    def number(value: Any) -> bool:
        return type(value) in (int, float) and bool(np.isfinite(value))

    fields = row if isinstance(row, dict) else {}
    quantiles = fields.get("quantiles")
    checks = {
        "name": isinstance(name, str),
        "transform": fields.get("transform") in get_args(Transform),
        "centre": number(fields.get("centre")),
        "scale": number(fields.get("scale")) and fields["scale"] > 0,
        "quantiles": isinstance(quantiles, list) and len(quantiles) in (0, len(KNOTS)) and all(map(number, quantiles)),
        "base": fields.get("base") is None or number(fields["base"]),
        "highest": fields.get("highest") is None or number(fields["highest"]),
    }
    if wrong := next((field for field, good in checks.items() if not good), None):
        raise DamagedPreprocessing(f"the feature '{name}' of a model has a damaged '{wrong}'; fit the month again")
    return FittedFeature(**{field: fields.get(field) for field in checks} | {"quantiles": tuple(fields["quantiles"])})


def _evidence(data: Any) -> Evidence | None:
    if data is None:
        return None
    try:
        found = Evidence(str(data["counted"]), float(data["prior"]), float(data["least"]))
    except (TypeError, KeyError, ValueError):
        found = Evidence("", np.nan, np.nan)
    if not found.counted or not (np.isfinite(found.prior) and np.isfinite(found.least)):
        raise DamagedPreprocessing("a model has a damaged 'evidence' of its shares; fit the month again")
    return found
