"""Silhouettes of many clusterings at once: the distances between points are computed once and used for all of them.

Belongs here: the exact value in tiles, the estimate from a sample. Does not belong here: the other measures
(`candidates`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arcana_assets.segmentation.clustering.points import sample as sampled
from arcana_assets.segmentation.clustering.threads import mapped, one_thread

EXACT_UP_TO = 70_000
SAMPLE = 10_000
WIDENED = 1.5  # the plain interval of a sampled silhouette covers 80 to 88 % at 95 %
TILE = 512  # distances are made in squares of so many points a side: one stays in the cache while it is used


@dataclass(frozen=True)
class Silhouette:
    """A mean silhouette: whether of all points, how many it is of, its standard error where they are a sample."""

    value: float
    whole: bool
    customers: int
    error: float | None


def silhouettes(
    points: np.ndarray,
    labelings: Sequence[np.ndarray],
    seed: int,
    exact_up_to: int = EXACT_UP_TO,
    sample: int = SAMPLE,
) -> list[Silhouette | None]:
    """The mean silhouette of each labeling of the points; None where it has fewer than two groups.

    Takes points (n x d) and for each labeling the group of every point (n), below 0 for none: these points are left
    out. Exact up to `exact_up_to` points, in single precision: within 1e-5 of double, unless groups lie hundreds of
    times as far apart as they are wide. Beyond, of a seeded sample scored against itself, with a standard error that is
    widened by half. The result does not depend on the number of threads.

    Source: Rousseeuw 1987. A point that is alone in its group counts 0.
    """
    whole = len(points) <= exact_up_to
    if not whole:
        drawn = sampled(points, sample, seed)
        points, labelings = points[drawn], [labels[drawn] for labels in labelings]
    every = _each(points, [_compact(labels) for labels in labelings])
    found: list[Silhouette | None] = []
    for labels, values in zip(labelings, every, strict=True):
        grouped = values[labels >= 0]
        if len(np.unique(labels[labels >= 0])) < 2:
            found.append(None)
            continue
        error = None if whole else float(WIDENED * grouped.std(ddof=1) / np.sqrt(len(grouped)))
        found.append(Silhouette(float(grouped.mean()), whole, len(grouped), error))
    return found


def _compact(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Groups numbered without gaps, -1 for none, and the size of each."""
    inside = labels >= 0
    compact = np.full(len(labels), -1)
    compact[inside] = np.unique(labels[inside], return_inverse=True)[1]
    return compact, np.bincount(compact[inside])


def _each(points: np.ndarray, labelings: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """The silhouette of each point in each labeling; 0 for points in no group."""
    # The origin in the middle: single precision loses digits far from it.
    small, copy_of = _different((points - points.mean(axis=0)).astype("float32"))
    total = len(small)
    by_place = np.argsort(copy_of, kind="stable")
    begins = np.searchsorted(copy_of[by_place], np.arange(total + 1))
    squares = np.einsum("ij,ij->i", small, small)[:, None]
    # |x|^2 - 2 x.y + |y|^2 as one product.
    left, right = (
        np.hstack([-2 * small, squares, np.ones_like(squares)]),
        np.hstack([small, np.ones_like(squares), squares]),
    )
    widths = [len(sizes) for _, sizes in labelings]
    ends = np.cumsum([0, *widths])
    # One matrix product sums the distances to every group of every labeling.
    member = np.zeros((total, int(ends[-1])), dtype="float32")
    for (labels, _), start in zip(labelings, ends[:-1], strict=True):
        inside = np.flatnonzero(labels >= 0)
        np.add.at(member, (copy_of[inside], start + labels[inside]), 1)
    values = [np.zeros(len(points)) for _ in labelings]

    def fill(first: int) -> None:
        rows = slice(first, min(first + TILE, total))
        sums = np.zeros((rows.stop - rows.start, member.shape[1]))
        for start in range(0, total, TILE):
            columns = slice(start, min(start + TILE, total))
            away = left[rows] @ right[columns].T
            np.maximum(away, 0, out=away)
            if start == first:
                np.fill_diagonal(away, 0)
            np.sqrt(away, out=away)
            sums += away @ member[columns]
        of_rows = by_place[begins[rows.start] : begins[rows.stop]]
        for place, (labels, sizes) in enumerate(labelings):
            if len(sizes) > 1:
                mine = sums[copy_of[of_rows] - first, ends[place] : ends[place + 1]]
                values[place][of_rows] = _of_rows(mine, labels[of_rows], sizes)

    with one_thread("blas"):
        mapped(fill, range(0, total, TILE), total)
    return values


def _different(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different points, and for each point which of them it is.

    Copies have to be one point: rounding would set them apart, by up to a thousandth of their distance to the middle.
    """
    # As bytes, a row is compared at once; adding 0 makes -0 and 0 the same bytes.
    rows = np.ascontiguousarray(small + np.float32(0))
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, places, copy_of = np.unique(keys, return_index=True, return_inverse=True)
    return rows[places], copy_of


def _of_rows(sums: np.ndarray, labels: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    rows = np.arange(len(labels))
    own = np.maximum(labels, 0)
    inner = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    outer = means.min(axis=1)
    largest = np.maximum(inner, outer)
    scores = np.divide(outer - inner, largest, out=np.zeros(len(rows)), where=largest > 0)
    return np.where((labels < 0) | (sizes[own] == 1), 0.0, scores)
