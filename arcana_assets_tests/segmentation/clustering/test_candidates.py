"""Everything asked for is tried and measured as it is served; a number that cannot be formed is left out."""

import numpy as np
import pytest
from sklearn.metrics import davies_bouldin_score

from arcana_assets.domain.settings.segmentation import Gate
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.clustering.candidates import candidates, measured
from arcana_assets.segmentation.clustering.clusterer_data import FITTED
from arcana_assets.segmentation.clustering.clusterers import Clusterer, fit_clusterer
from arcana_assets.segmentation.clustering.gate import choose
from arcana_assets.segmentation.clustering.stability import stability
from arcana_assets.segmentation.clustering.valleys import apart

CENTRES = np.array([[0.0, 0], [8, 0], [0, 8]])


def planted(size=100, seed=3, spread=0.6):
    draw = np.random.default_rng(seed)
    return np.repeat(CENTRES, size, axis=0) + draw.normal(0, spread, (3 * size, 2))


def rule(centres):
    return Clusterer("kmeans", {"k": len(centres)}, np.array(centres, dtype=float))


def test_every_algorithm_has_a_row_for_each_k_or_density():
    found = candidates(planted(), FITTED, (2, 4), [0.1, 0.2], 7, {}, 2)
    rows = [(each.row["algorithm"], each.row["parameter"]) for each in found]
    by_k = [
        (name, f"k = {k}")
        for name in ("kmeans", "bisecting_kmeans", "gaussian_mixture", "latent_classes")
        for k in (2, 3, 4)
    ]
    assert rows == by_k + [(name, f"densidade {p} %") for name in ("dbscan", "hdbscan") for p in (10, 20)]
    for each in found:
        assert each.row["k"] == each.clusterer.k
        np.testing.assert_array_equal(each.labels, each.clusterer.labels(planted()))
    selection, taken = choose([each.row for each in found], Gate(), 3)
    assert [place for place, row in enumerate(selection) if row["chosen"]] == [taken]
    assert selection[taken]["k"] == 3


def test_how_stable_groups_are_is_measured_where_they_may_be_taken_and_nowhere_else():
    found = candidates(planted(), ["kmeans", "dbscan"], (2, 4), [0.1], 7, {3: CENTRES}, 2)
    told = {each.row["parameter"]: each.row["stability"] is not None for each in found}
    assert told == {"k = 2": False, "k = 3": True, "k = 4": False, "densidade 10 %": True}


def test_a_density_that_finds_nothing_is_told_with_everybody_in_no_group():
    cloud = np.random.default_rng(3).uniform(0, 1, (300, 8))
    found = candidates(cloud, ["kmeans", "hdbscan"], (3, 3), [0.4], 7, {3: cloud[:3]}, 2)
    (nobody,) = (each for each in found if each.row["algorithm"] == "hdbscan")
    assert (nobody.row["parameter"], nobody.row["k"], nobody.row["noise_share"]) == ("densidade 40 %", 0, 1.0)
    assert set(nobody.labels.tolist()) == {-1}
    assert list(nobody.row) == list(found[0].row)
    table, taken = choose([each.row for each in found], Gate(stability=0), 3)
    assert table[-1]["refused_for"] == "nenhuma região densa reúne 40 % dos clientes"
    assert taken == 0


def test_valleys_are_measured_where_there_is_something_to_choose_and_nowhere_else():
    asked = {"density": [0.1], "seed": 7, "begun": {3: CENTRES}, "refits": 2}
    alone = candidates(planted(), ["kmeans"], (2, 4), **asked)
    assert [each.row["valley"] for each in alone] == [None, None, None]
    several = candidates(planted(), ["kmeans", "gaussian_mixture", "hdbscan"], (2, 4), **asked)
    told = {(each.row["algorithm"], each.row["k"]): each.row["valley"] for each in several}
    assert {key for key, valley in told.items() if valley is not None} == {
        *(("kmeans", 3), ("gaussian_mixture", 3), ("hdbscan", 3))
    }
    assert max(valley for valley in told.values() if valley is not None) < 0.02


def test_who_is_in_no_group_stands_between_groups():
    points = np.vstack([planted(), np.random.default_rng(5).uniform(-20, 30, (60, 2))])
    found = candidates(points, ["kmeans", "hdbscan"], (3, 3), [0.15], 7, {3: CENTRES}, 2)
    (dense,) = (each for each in found if each.row["algorithm"] == "hdbscan")
    nearest = apart(points, dense.clusterer.distances(points).argmin(axis=1), 7)
    share = dense.row["noise_share"]
    assert share > 0.05
    assert dense.row["valley"] == pytest.approx(nearest + (1 - nearest) * share)


def test_a_number_of_groups_begins_from_the_centres_that_are_given_for_it():
    points = planted()
    alike = np.vstack([CENTRES[0], CENTRES[0] + 0.2, CENTRES[0] - 0.2])  # from where K-Means finds no better
    (given,) = candidates(points, ["kmeans"], (3, 3), [], 7, {3: alike}, 2)
    (own,) = candidates(points, ["kmeans"], (3, 3), [], 7, {}, 2)
    assert given.row["inertia"] > own.row["inertia"]


def test_the_measures_are_those_of_the_groups_as_they_are_served():
    points = np.array([[0.0, 0], [0, 1], [5, 5], [5, 6], [9, 0], [9, 1]])
    clusterer = rule([[0, 0.5], [5, 5.5], [9, 0.5]])
    (row,) = measured(points, [clusterer], 7, 2, language=language_of("en"))
    assert (row["smallest_share"], row["largest_share"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (row["inertia"], row["noise_share"]) == (1.5, 0.0)
    labels = np.repeat([0, 1, 2], 2)
    assert row["davies_bouldin"] == pytest.approx(davies_bouldin_score(points, labels))


def test_noise_is_reported_and_belongs_to_no_group():
    draw = np.random.default_rng(5)
    points = np.vstack([planted(), draw.uniform(-20, 30, (60, 2))])
    for algorithm in ("dbscan", "hdbscan"):
        (found,) = candidates(points, [algorithm], (2, 4), [0.15], 7, {}, 2)
        row = found.row
        assert row["k"] == 3, algorithm
        assert 0.05 < row["noise_share"] < 0.2
        assert row["noise_share"] == (found.labels < 0).mean()
        assert row["smallest_share"] == np.bincount(found.labels[found.labels >= 0]).min() / len(points)


def test_fewer_customers_than_groups_are_tried_for_what_they_can_form():
    found = candidates(np.array([[0.0], [1], [5]]), ["kmeans"], (2, 6), [], 7, {}, 2)
    assert [each.row["k"] for each in found] == [2]


@pytest.mark.parametrize("points", [np.ones((300, 3)), np.ones((1, 3)), np.ones((2, 3))])
def test_customers_who_are_all_alike_are_one_group(points):
    found, *dense = candidates(points, FITTED, (2, 6), [0.1], 7, {}, 2)
    row = found.row
    assert [(each.row["algorithm"], each.row["k"]) for each in dense] == [("dbscan", 0), ("hdbscan", 0)]
    assert (row["k"], row["silhouette"], row["stability"], row["largest_share"]) == (1, None, None, 1.0)
    assert set(found.labels.tolist()) == {0}


def test_where_a_whale_of_a_thousand_times_the_rest_takes_a_group_for_itself_nothing_passes():
    points = np.vstack([planted(), [[8_000.0, 8_000.0]]])
    found = candidates(points, ["kmeans", "bisecting_kmeans", "gaussian_mixture"], (2, 5), [], 7, {}, 2)
    selection, taken = choose([each.row for each in found], Gate(), 3)
    assert all("menor grupo" in row["refused_for"] for row in selection)
    assert max(row["silhouette"] for row in selection) > 0.9  # which is what the silhouette alone would take
    assert taken is None
    assert not any(row["chosen"] or row["admissible"] for row in selection)


def test_groups_that_lie_apart_are_found_again_and_cuts_through_one_cloud_are_not():
    apart = planted(80, spread=0.1)
    clusterer = fit_clusterer(apart, "kmeans", {"k": 3}, 7)
    assert stability(apart, clusterer, clusterer.labels(apart), 7, 10) > 0.99
    cloud = np.random.default_rng(2).normal(0, 1, (240, 2))
    arbitrary = np.arange(240) % 5
    assert stability(cloud, fit_clusterer(cloud, "kmeans", {"k": 5}, 7), arbitrary, 7, 10) < 0.1


def test_the_same_customers_give_the_same_table():
    one, two = (candidates(planted(), FITTED, (2, 3), [0.1], 7, {}, 2) for _ in range(2))
    assert [each.row for each in one] == [each.row for each in two]


def test_fits_made_at_once_are_those_made_one_after_the_other(monkeypatch):
    monkeypatch.setattr("arcana_assets.segmentation.clustering.threads.WORTH", 10_000)
    after = candidates(planted(), ["kmeans", "bisecting_kmeans"], (2, 4), [], 7, {}, 2)
    monkeypatch.setattr("arcana_assets.segmentation.clustering.threads.WORTH", 1)
    at_once = candidates(planted(), ["kmeans", "bisecting_kmeans"], (2, 4), [], 7, {}, 2)
    assert [each.row for each in at_once] == [each.row for each in after]
    assert [each.clusterer.as_dict() for each in at_once] == [each.clusterer.as_dict() for each in after]
