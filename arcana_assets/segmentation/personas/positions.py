"""Positions: where each segment lies in the base, feature by feature.

Belongs here: means, medians, lifts and percentiles of segments. Does not belong here: what a position is called
(`by_rules`, `by_shares`), how it is told (`profiles.descriptions`).
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from arcana_assets.domain.facets.features import LIFT, MEAN, MEDIAN, PERCENTILE
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.clustering.preprocessing import matrix_of
from arcana_assets.segmentation.personas.persona import UnusableSegments


def positions(frame: pd.DataFrame, segments: pd.Series, features: Sequence[str]) -> pd.DataFrame:
    """Where each segment lies in the base; a row a segment, ordered by segment_id.

    Takes one row a customer and the segment_id of each, in the same index. Returns segment_id, customers, share, and
    for each feature mean_<f>, median_<f>, lift_<f> (mean of the segment over mean of the base, missing where the base
    mean is not positive) and percentile_<f>: the mean mid-rank percentile, 0 to 1, of its customers' known values among
    all known values of the base. Missing and infinite values are left out. Row order is of no account.

    Raises UnusableSegments where the indexes differ or a segment is missing, UnusableFeatures for a missing or
    non-numeric column.
    """
    if not frame.index.equals(segments.index):
        raise UnusableSegments(
            f"{len(frame)} customers and {len(segments)} segments are not the same rows; give both one index"
        )
    if segments.isna().any():
        raise UnusableSegments(
            f"{int(segments.isna().sum())} customers have no segment; give them the id {NOISE}, which is nobody's"
        )
    values = matrix_of(frame, features) if features else np.empty((len(frame), 0))
    ranks = np.column_stack([_percentiles(column) for column in values.T]) if features else values
    ids = segments.to_numpy(dtype="int64")
    base = [_mean(column) for column in values.T]
    rows = []
    for segment in np.unique(ids):
        inside = ids == segment
        row: dict[str, float] = {
            "segment_id": int(segment),
            "customers": int(inside.sum()),
            "share": float(inside.mean()),
        }
        for at, name in enumerate(features):
            column = values[inside, at]
            mean = _mean(column)
            row[MEAN + name] = mean
            row[MEDIAN + name] = float(np.median(column[~np.isnan(column)])) if not np.isnan(mean) else math.nan
            row[LIFT + name] = mean / base[at] if base[at] > 0 else math.nan
            row[PERCENTILE + name] = _mean(ranks[inside, at])
        rows.append(row)
    kinds = (MEAN, MEDIAN, LIFT, PERCENTILE)
    named = ["segment_id", "customers", "share", *(kind + name for name in features for kind in kinds)]
    return pd.DataFrame(rows, columns=pd.Index(named))


def base_means(frame: pd.DataFrame, features: Sequence[str]) -> dict[str, float]:
    """The mean of each feature over all customers with a known value; NaN where nobody has one."""
    if not features:
        return {}
    return {name: _mean(column) for name, column in zip(features, matrix_of(frame, features).T, strict=True)}


def _percentiles(values: np.ndarray) -> np.ndarray:
    """The mid-rank of each known value among all known ones, 0 to 1; NaN stays."""
    known = ~np.isnan(values)
    ordered = np.sort(values[known])
    below, upto = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.where(known, (below + upto) / (2 * max(len(ordered), 1)), np.nan)


def _mean(values: np.ndarray) -> float:
    # Sorted first, so that the rounding of the sum does not depend on row order.
    known = np.sort(values[~np.isnan(values)])
    return float(known.mean()) if len(known) else math.nan
