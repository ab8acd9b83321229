"""Fits and measures have one thread of the numeric libraries, whatever a machine has: split sums round otherwise."""

import numpy as np
import pytest

from arcana_assets.segmentation.clustering import candidates, clusterers, kmeans, silhouettes, stability, valleys
from arcana_assets.segmentation.clustering.clusterer_data import FITTED
from arcana_assets.segmentation.clustering.clusterers import fit_clusterer
from arcana_assets.segmentation.clustering.valleys import groups_of

POINTS = np.random.default_rng(3).normal(0, 1, (60, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 20, axis=0)
LABELS = np.repeat([0, 1, 2], 20)


@pytest.mark.parametrize("algorithm", FITTED)
def test_a_fit_of_any_algorithm_has_one_thread(threads_of, algorithm):
    called = "dense_regions" if algorithm in ("dbscan", "hdbscan") else "means_of"
    asked = {"smallest": 0.1} if called == "dense_regions" else {"k": 3}
    place = kmeans if algorithm in ("kmeans", "bisecting_kmeans") else clusterers
    seen = threads_of(place, called, lambda: fit_clusterer(POINTS, algorithm, asked, 7))
    assert set(seen) == {1}


@pytest.mark.parametrize(
    ("place", "name", "compute"),
    [
        (valleys, "kmeans_centres", lambda: groups_of(POINTS, 7)),
        (candidates, "fit_clusterer", lambda: candidates.candidates(POINTS, ["kmeans"], (2, 3), [], 7, {}, 0)),
        (silhouettes, "_of_rows", lambda: silhouettes.silhouettes(POINTS, [LABELS], 7)),
        (
            stability,
            "adjusted_rand_index",
            lambda: stability.stability(POINTS, fit_clusterer(POINTS, "kmeans", {"k": 3}, 7), LABELS, 7, 2),
        ),
    ],
    ids=["valleys", "candidates", "silhouettes", "stability"],
)
def test_what_is_sought_and_measured_has_one_thread(threads_of, place, name, compute):
    assert set(threads_of(place, name, compute)) == {1}
