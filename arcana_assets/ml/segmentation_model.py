"""A fitted segmentation as data: scoring customers with it, writing it as JSON, reading it back.

Belongs here: the model and the one way values become coordinates. Does not belong here: fitting it (`segmentation`);
where it is kept (`resources`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest

TRANSFORM = "signed_log1p_standardise"


class UnusableFeatures(ArcanaError):
    """Raised when a frame cannot be fitted or scored: no rows, a missing or non-numeric column, a repeated customer."""


class DamagedModel(ArcanaError):
    """Raised when the text of a model is not one that `SegmentationModel.to_json` wrote."""


@dataclass(frozen=True)
class SegmentationModel:
    """A fitted segmentation as data: all that is needed to score customers of any later month.

    A value x becomes (sign(x) log(1 + |x|) - mean) / scale, with mean and scale of the known values of the fitted month
    (indicators share a scale). A missing one is first replaced by `fills`, the value that becomes 0; `missing` counts
    them. `centroids` (k x features) are in that transformed space; row i is the segment with id i + 1, ordered by the
    mean of `axis`, highest first. `selection` has one row a tried k: k, silhouette, silhouette_on ("todos" or
    "amostra"), silhouette_customers, smallest_share, largest_share, inertia, admissible, chosen.
    """

    name: str
    features: tuple[str, ...]
    axis: str
    means: tuple[float, ...]
    scales: tuple[float, ...]
    fills: tuple[float, ...]
    missing: tuple[int, ...]
    centroids: tuple[tuple[float, ...], ...]
    personas: tuple[dict[str, Any], ...]
    selection: tuple[dict[str, Any], ...]
    customers: int
    reason: str
    seed: int
    transform: str = TRANSFORM

    def assign(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The nearest segment of every row: segment_id, persona, distance (in transformed space), in the frame's index.

        Raises UnusableFeatures for a missing or non-numeric feature column.
        """
        scaled = self._scaled(feature_matrix(frame, self.features))
        away = np.column_stack([np.sqrt(((scaled - centre) ** 2).sum(axis=1)) for centre in np.array(self.centroids)])
        at = away.argmin(axis=1)
        columns = {
            "segment_id": at + 1,
            "persona": np.array([row["persona"] for row in self.personas], dtype=object)[at],
            "distance": away[np.arange(len(at)), at],
        }
        return pd.DataFrame(columns, index=frame.index)

    def _scaled(self, raw: np.ndarray) -> np.ndarray:
        filled = np.where(np.isnan(raw), self.fills, raw)
        return (signed_log(filled) - self.means) / self.scales

    def to_json(self) -> str:
        """The model as JSON text; floats keep every bit."""
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "SegmentationModel":
        """The model `to_json` wrote, equal in every field. Raises DamagedModel saying which field is wrong."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise DamagedModel(f"the segmentation model is not JSON: {error}; fit the month again") from error
        return cls(**_validated(data))


def signed_log(values: np.ndarray) -> np.ndarray:
    """log1p of the size with the sign kept: returns can outweigh sales."""
    return np.sign(values) * np.log1p(np.abs(values))


def signed_exp(logs: np.ndarray) -> np.ndarray:
    """The values whose `signed_log` these are."""
    return np.sign(logs) * np.expm1(np.abs(logs))


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """The column, or UnusableFeatures naming the nearest."""
    if name not in frame.columns:
        raise UnusableFeatures(f"the customers have no column '{name}'{nearest(name, frame.columns)}")
    return frame[name]


def feature_matrix(frame: pd.DataFrame, features: Sequence[str]) -> np.ndarray:
    """Customers x features as float64, NaN where missing or infinite."""
    columns = []
    for name in features:
        column = column_of(frame, name)
        try:
            columns.append(pd.to_numeric(column).astype("Float64").to_numpy(dtype="float64", na_value=np.nan))
        except (ValueError, TypeError) as error:
            raise UnusableFeatures(f"feature '{name}' must be numeric: {error}") from error
    matrix = np.column_stack(columns)
    return np.where(np.isfinite(matrix), matrix, np.nan)


def _validated(data: Any) -> dict[str, Any]:
    names = [field.name for field in fields(SegmentationModel)]
    if not isinstance(data, dict):
        raise DamagedModel(f"a segmentation model is a JSON object; found {type(data).__name__}; fit the month again")
    for name in [*names, *data]:
        if name not in data or name not in names:
            what = "lacks" if name not in data else "has an unknown field"
            raise DamagedModel(f"the segmentation model {what} '{name}'; fields: {', '.join(names)}; fit it again")
    wrong = _wrong_field(data)
    if wrong:
        raise DamagedModel(f"the segmentation model has a damaged field '{wrong}'; fit the month again")
    lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    return data | lists | {"centroids": tuple(tuple(row) for row in data["centroids"])}


def _wrong_field(data: Mapping[str, Any]) -> str | None:
    def numbers(values: Any, length: int) -> bool:
        kinds = isinstance(values, list) and all(type(value) in (int, float) for value in values)
        return kinds and len(values) == length and bool(np.isfinite(values).all())

    def rows(values: Any, keys: set[str]) -> bool:
        return isinstance(values, list) and all(isinstance(row, dict) and keys <= row.keys() for row in values)

    width = len(data["features"]) if isinstance(data["features"], list) else 0
    centroids = data["centroids"] if isinstance(data["centroids"], list) else []
    personas = data["personas"] if rows(data["personas"], {"segment_id", "persona"}) else []
    checks = {
        **{name: isinstance(data[name], str) for name in ("name", "axis", "reason")},
        **{name: type(data[name]) is int for name in ("customers", "seed")},
        "transform": data["transform"] == TRANSFORM,
        "features": width > 0 and all(isinstance(feature, str) for feature in data["features"]),
        **{name: numbers(data[name], width) for name in ("means", "fills", "missing")},
        "scales": numbers(data["scales"], width) and min(data["scales"]) > 0,
        "centroids": bool(centroids) and all(numbers(row, width) for row in centroids),
        "personas": [row["segment_id"] for row in personas] == list(range(1, len(centroids) + 1)),
        "selection": rows(data["selection"], {"k", "silhouette", "smallest_share", "admissible", "chosen"}),
    }
    return next((name for name, good in checks.items() if not good), None)
