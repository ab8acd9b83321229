"""Each algorithm becomes a rule that is data: it groups any point and survives being written."""

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from arcana_assets.segmentation.clustering.clusterer_data import DENSITY, FITTED, LARGEST_LIFT, LATENT_CLASSES
from arcana_assets.segmentation.clustering.clusterers import (
    Clusterer,
    DamagedClusterer,
    UnusableClustering,
    fit_clusterer,
)

ROUND = [name for name in FITTED if name != LATENT_CLASSES]  # latent classes know no more of a point than its signs
CENTRES = np.array([[0.0, 0, 0], [8, 0, 0], [0, 8, 0], [0, 0, 8]])


def planted(size=150, seed=3):
    """Four round groups that lie far apart, in the order of their numbers."""
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.arange(4), size)
    return CENTRES[groups] + draw.normal(0, 0.6, (4 * size, 3)), groups


def settings(algorithm, k=4):
    return {"smallest": 0.1} if algorithm in DENSITY else {"k": k}


@pytest.fixture(scope="module")
def fitted():
    points, _ = planted()
    return {name: fit_clusterer(points, name, settings(name), 7) for name in FITTED}


@pytest.mark.parametrize("algorithm", ROUND)
def test_four_planted_groups_are_found_and_other_customers_of_them_grouped(fitted, algorithm):
    rule = fitted[algorithm]
    others, groups = planted(seed=4)
    labels = rule.labels(others)
    assert rule.k == 4
    assert adjusted_rand_score(groups[labels >= 0], labels[labels >= 0]) > 0.99
    assert (labels < 0).mean() < 0.06
    nearest = np.argmin(rule.distances(others), axis=1)
    assert (nearest == labels)[labels >= 0].all()
    found = [np.linalg.norm(rule.centres - centre, axis=1).min() for centre in CENTRES]
    assert max(found) < 0.3


@pytest.mark.parametrize("algorithm", DENSITY)
def test_who_lies_far_from_every_dense_group_is_in_none(fitted, algorithm):
    labels = fitted[algorithm].labels(np.array([[30.0, 30, 30], [0, 0, 0]]))
    assert labels[0] == -1
    assert labels[1] >= 0


@pytest.mark.parametrize("algorithm", FITTED)
def test_what_is_written_and_read_back_says_the_same_to_the_last_bit(fitted, algorithm):
    points, _ = planted(seed=5)
    again = Clusterer.from_dict(json.loads(json.dumps(fitted[algorithm].as_dict())))
    np.testing.assert_array_equal(again.distances(points), fitted[algorithm].distances(points))
    np.testing.assert_array_equal(again.labels(points), fitted[algorithm].labels(points))


@pytest.mark.parametrize("algorithm", FITTED)
def test_groups_in_another_order_are_the_same_groups(fitted, algorithm):
    points, _ = planted()
    order = [2, 0, 3, 1]
    moved = fitted[algorithm].reordered(order)
    before, after = fitted[algorithm].labels(points), moved.labels(points)
    for new, old in enumerate(order):
        assert ((after == new) == (before == old)).all()
        np.testing.assert_array_equal(moved.centres[new], fitted[algorithm].centres[old])
    with pytest.raises(UnusableClustering, match="each of the groups 0 to 3 once"):
        moved.reordered([0, 0, 1, 2])


def test_a_mixture_knows_that_a_wide_group_reaches_further_than_a_narrow_one():
    draw = np.random.default_rng(1)
    wide, narrow = draw.normal(0, 3, (400, 2)), draw.normal([12, 0], 0.3, (400, 2))
    points = np.vstack([wide, narrow])
    mixture = fit_clusterer(points, "gaussian_mixture", {"k": 2}, 7)
    kmeans = fit_clusterer(points, "kmeans", {"k": 2}, 7)
    between = np.array([[7.5, 0.0]])  # nearer to the narrow group, and yet of the wide one
    of_wide = mixture.labels(np.array([[0.0, 0.0]]))[0]
    assert mixture.labels(between)[0] == of_wide
    assert kmeans.labels(between)[0] != kmeans.labels(np.array([[0.0, 0.0]]))[0]


def test_a_mixture_orders_by_the_weighted_density_of_its_components():
    from sklearn.mixture import GaussianMixture

    draw = np.random.default_rng(2)
    points = np.vstack([draw.normal(0, 2, (300, 2)), draw.normal([4, 1], 0.7, (100, 2))])
    rule = fit_clusterer(points, "gaussian_mixture", {"k": 2}, 7)
    theirs = GaussianMixture(2, means_init=rule.arrays["means"])
    theirs.weights_, theirs.means_ = rule.arrays["weights"], rule.arrays["means"]
    theirs.precisions_cholesky_ = rule.arrays["precisions_cholesky"]
    np.testing.assert_array_equal(theirs.predict(points), rule.labels(points))


@pytest.mark.parametrize("algorithm", ["kmeans", "bisecting_kmeans", "gaussian_mixture"])
def test_a_fit_from_centres_begins_there(algorithm):
    points, _ = planted()
    start = CENTRES[[3, 1, 0, 2]] + 0.5
    rule = fit_clusterer(points, algorithm, {"k": 9}, 7, start)
    assert rule.k == 4
    assert np.linalg.norm(rule.centres - CENTRES[[3, 1, 0, 2]], axis=1).max() < 0.3


@pytest.mark.parametrize("algorithm", ["kmeans", "bisecting_kmeans", "gaussian_mixture", "latent_classes"])
def test_fewer_different_points_than_groups_are_refused(algorithm):
    few = np.repeat([[0.0, 1], [2, 3], [4, 5]], 50, axis=0)
    with pytest.raises(UnusableClustering, match="3 different points cannot form 4 groups; ask for fewer"):
        fit_clusterer(few, algorithm, {"k": 4}, 7)
    with pytest.raises(UnusableClustering, match="2 different points"):
        fit_clusterer(few[50:], algorithm, {"k": 3}, 7)


@pytest.mark.parametrize("algorithm", DENSITY)
def test_points_that_are_all_alike_or_too_few_have_no_dense_region(algorithm):
    for points in (np.ones((200, 2)), np.arange(8.0).reshape(4, 2)):
        with pytest.raises(UnusableClustering, match="no dense region"):
            fit_clusterer(points, algorithm, {"smallest": 0.1}, 7)


def test_what_cannot_be_asked_names_what_can():
    points, _ = planted(10)
    with pytest.raises(UnusableClustering, match="no algorithm 'kmean' to fit; did you mean 'kmeans'"):
        fit_clusterer(points, "kmean", {"k": 2}, 7)
    with pytest.raises(UnusableClustering, match=f"no algorithm '{LARGEST_LIFT}' to fit"):
        fit_clusterer(points, LARGEST_LIFT, {"k": 2}, 7)
    with pytest.raises(UnusableClustering, match="dbscan needs the setting 'smallest'"):
        fit_clusterer(points, "dbscan", {"k": 2}, 7)
    with pytest.raises(UnusableClustering, match="points x 3 coordinates"):
        fit_clusterer(points, "kmeans", {"k": 2}, 7).distances(points[:, :2])


def test_beyond_twenty_thousand_points_the_groups_are_those_of_all_of_them():
    points, groups = planted(6_000)
    for algorithm in ROUND:
        rule = fit_clusterer(points, algorithm, settings(algorithm), 7)
        labels = rule.labels(points)
        assert adjusted_rand_score(groups[labels >= 0], labels[labels >= 0]) > 0.99, algorithm
        for group in range(rule.k):
            np.testing.assert_allclose(rule.centres[group], points[labels == group].mean(axis=0), atol=1e-4)
        assert sum(values.size for values in rule.arrays.values()) < 20_000


@pytest.mark.parametrize(
    ("algorithm", "damage", "says"),
    [
        ("kmeans", lambda data: data.pop("centres"), "lacks 'centres'"),
        ("kmeans", lambda data: data.update(colour=1), "unknown field 'colour'"),
        ("kmeans", lambda data: data.update(algorithm="k"), "damaged field 'algorithm'"),
        ("kmeans", lambda data: data["centres"][0].pop(), "damaged field 'centres'"),
        ("kmeans", lambda data: data.update(centres=[["a", "b"]]), "damaged field 'centres'"),
        ("kmeans", lambda data: data.update(reach=1.0), "damaged field 'reach'"),
        ("kmeans", lambda data: data.update(settings={"k": "4"}), "damaged field 'settings'"),
        ("gaussian_mixture", lambda data: data["arrays"].pop("means"), "damaged field 'arrays'"),
        ("gaussian_mixture", lambda data: data["arrays"]["weights"].pop(), "damaged field 'arrays'"),
        ("dbscan", lambda data: data.update(reach=None), "damaged field 'reach'"),
        ("hdbscan", lambda data: data["arrays"]["core_groups"].__setitem__(slice(None), [9]), "damaged field 'arrays'"),
    ],
)
def test_damaged_data_are_refused_with_the_name_of_the_field(fitted, algorithm, damage, says):
    data = json.loads(json.dumps(fitted[algorithm].as_dict()))
    damage(data)
    with pytest.raises(DamagedClusterer, match=says):
        Clusterer.from_dict(data)
