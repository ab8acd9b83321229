"""Who owns the same products is one class, and there are as many classes as tell something of their customers."""

import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from arcana_assets.segmentation.clustering.clusterer_data import LATENT_CLASSES
from arcana_assets.segmentation.clustering.clusterers import (
    Clusterer,
    DamagedClusterer,
    UnusableClustering,
    fit_clusterer,
    refit_clusterer,
)
from arcana_assets.segmentation.clustering.likelihood import latent_classes
from arcana_assets.segmentation.clustering.likelihood.latent_classes import LatentClasses, number_of_classes
from arcana_assets_tests.segmentation.clustering.owned import PRODUCTS, owned, points_of


def classes_of(points, k, seed=7):
    return fit_clusterer(points, LATENT_CLASSES, {"k": k}, seed)


def found(points, most=6):
    """How many classes there are."""
    rules = [classes_of(points, k) for k in range(1, most + 1)]
    told = {rule.k: LatentClasses(**rule.arrays).evidence(points) for rule in rules}
    return number_of_classes(told, len(points))


@pytest.fixture(scope="module")
def three():
    has, groups = owned(300, 200, 100)
    return points_of(has), groups, has


@pytest.mark.parametrize("sizes", [(600,), (300, 200, 100), (200, 150, 150, 100, 80)])
def test_as_many_classes_are_found_as_were_planted_and_more_of_them_tell_nothing(sizes):
    has, groups = owned(*sizes)
    points = points_of(has)
    assert found(points) == len(sizes)
    if len(sizes) > 1:
        assert adjusted_rand_score(groups, classes_of(points, len(sizes)).labels(points)) > 0.8


def test_two_hundred_customers_are_enough_where_bic_sees_too_few():
    has, _ = owned(60, 50, 40, 40, 22, seed=4, own=0.55)
    points = points_of(has)
    assert found(points) == 5
    bic = {}
    for k in range(1, 7):
        classes = LatentClasses(**classes_of(points, k).arrays)
        joint = classes.joint(points)
        highest = joint.max(axis=1)
        likely = (highest + np.log(np.exp(joint - highest[:, None]).sum(axis=1))).sum()
        bic[k] = 2 * likely - (k * PRODUCTS + k - 1) * np.log(len(points))
    assert max(bic, key=bic.get) < 5


def test_who_owns_more_of_everything_is_no_kind_of_customer_beyond_the_planted_ones():
    draw = np.random.default_rng(5)
    has, _ = owned(500, 400, 300, seed=5)
    more = (draw.random(has.shape) < 0.2) * (draw.random(len(has)) < 0.3)[:, None]
    points = points_of(np.maximum(has, more))
    told = {k: LatentClasses(**classes_of(points, k).arrays).evidence(points) for k in range(1, 6)}
    assert max(told, key=told.get) > 3  # the evidence alone would have it
    assert number_of_classes(told, len(points)) == 3


def test_classes_tell_customers_apart_better_than_distances_do(three):
    worse = 0
    for seed in range(8):
        has, groups = owned(300, 200, 100, seed=seed, own=0.45, also=0.1)
        points = points_of(has)
        own, distances = classes_of(points, 3), fit_clusterer(points, "kmeans", {"k": 3}, 7)
        worse += adjusted_rand_score(groups, own.labels(points)) < adjusted_rand_score(groups, distances.labels(points))
    assert worse <= 1


def test_a_class_says_how_likely_it_is_to_own_what(three):
    points, groups, has = three
    rule = classes_of(points, 3)
    order = [int(np.bincount(rule.labels(points)[groups == profile]).argmax()) for profile in range(3)]
    np.testing.assert_allclose(rule.arrays["weights"][order], [0.5, 1 / 3, 1 / 6], atol=0.04)
    for profile in range(3):
        np.testing.assert_allclose(
            rule.arrays["chances"][order[profile]], has[groups == profile].mean(axis=0), atol=0.12
        )
    assert ((rule.arrays["chances"] > 0) & (rule.arrays["chances"] < 1)).all()


def test_distances_are_in_the_order_of_the_posterior_and_not_below_zero(three):
    points, _, has = three
    rule = classes_of(points, 3)
    chances, weights = rule.arrays["chances"], rule.arrays["weights"]
    every = weights * np.prod(np.where(has[:, None, :] > 0, chances, 1 - chances), axis=2)
    away = rule.distances(points)
    np.testing.assert_array_equal(np.argsort(away, axis=1), np.argsort(-every, axis=1))
    assert (away >= 0).all()
    np.testing.assert_allclose((away[:, [0]] ** 2 - away**2) / 2, np.log(every / every[:, [0]]), atol=1e-8)
    likeliest = np.where(chances > 0.5, 1.0, -1.0)
    assert rule.distances(likeliest).min() == 0


def test_what_no_class_expects_underflows_nowhere():
    wide = np.tile(points_of(owned(60, 60)[0]), (1, 100))  # 2,400 indicators: e to the power of -1,000 and less
    rule = classes_of(wide, 2)
    assert np.isfinite(rule.distances(wide)).all()
    assert np.isfinite(rule.distances(-wide)).all()
    assert np.isfinite(LatentClasses(**rule.arrays).evidence(wide))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_and_what_was_drawn_elsewhere_change_nothing(three, threads):
    points, _, _ = three
    first = classes_of(points, 3).as_dict()
    with threadpool_limits(limits=threads):
        np.random.default_rng(9).random(5)
        assert classes_of(points, 3).as_dict() == first


def test_a_model_in_use_moves_with_its_customers_from_its_own_classes(three):
    points, groups, _ = three
    rule = classes_of(points, 3).reordered([2, 0, 1])
    still = refit_clusterer(rule, points, 7)
    np.testing.assert_allclose(still.arrays["chances"], rule.arrays["chances"], atol=2e-3)
    np.testing.assert_array_equal(still.labels(points), rule.labels(points))
    has, others = owned(250, 220, 130, seed=11)
    later = points_of(has)
    moved = refit_clusterer(rule, later, 7)
    assert adjusted_rand_score(others, moved.labels(later)) > 0.8
    named = [int(np.bincount(rule.labels(points)[groups == profile]).argmax()) for profile in range(3)]
    again = [int(np.bincount(moved.labels(later)[others == profile]).argmax()) for profile in range(3)]
    assert again == named


def test_two_classes_made_one_own_what_either_of_them_does(three):
    points, groups, _ = three
    rule = classes_of(points, 3)
    first, last = (int(np.bincount(rule.labels(points)[groups == profile]).argmax()) for profile in (0, 2))
    into = [0 if group in (first, last) else 1 for group in range(3)]
    merged = rule.merged(into, points, 7)
    assert (merged.k, merged.algorithm) == (2, LATENT_CLASSES)
    assert adjusted_rand_score(groups == 1, merged.labels(points)) > 0.7
    inside = np.isin(rule.labels(points), (first, last))
    np.testing.assert_allclose(merged.arrays["chances"][0], (points[inside] > 0).mean(axis=0), atol=0.01)


def test_who_is_not_known_to_have_it_or_not_is_told_by_what_is_known(three):
    points, _, _ = three
    holed = points.copy()
    holed[:, 5] = 0.0
    rule = classes_of(points, 3)
    chances = np.delete(rule.arrays["chances"], 5, axis=1)
    without = LatentClasses(rule.arrays["weights"], chances).joint(np.delete(points, 5, axis=1))
    np.testing.assert_allclose(LatentClasses(**rule.arrays).joint(holed), without)
    scattered = np.where(np.random.default_rng(2).random(points.shape) < 0.1, 0.0, points)
    again = classes_of(scattered, 3)
    assert adjusted_rand_score(rule.labels(points), again.labels(scattered)) > 0.75


def test_an_indicator_that_says_the_same_of_everybody_tells_nobody_from_anybody(three):
    points, _, _ = three
    rule = classes_of(points, 3)
    for constant in (-0.4, 0.0, 0.4):
        beside = np.hstack([points, np.full((len(points), 1), constant)])
        again = classes_of(beside, 3)
        np.testing.assert_array_equal(again.labels(beside), rule.labels(points))
        np.testing.assert_allclose(again.arrays["chances"][:, -1], again.arrays["chances"][0, -1])


def test_fewer_different_customers_than_classes_are_refused():
    alike = np.tile([1.0, -1.0, 1.0], (40, 1))
    assert classes_of(alike, 1).k == 1
    with pytest.raises(UnusableClustering, match="1 different points cannot form 2 groups"):
        classes_of(alike, 2)
    with pytest.raises(UnusableClustering, match="latent_classes: 1 different points"):
        classes_of(alike * np.arange(1, 41)[:, None], 2)  # the signs are the same
    with pytest.raises(UnusableClustering, match="cannot form 0 groups"):
        classes_of(alike, 0)


def test_a_class_that_nobody_belongs_to_is_left_out():
    points = points_of(owned(200)[0])
    alone = classes_of(points, 1)
    twice = {"weights": np.array([0.5, 0.5]), "chances": np.repeat(alone.arrays["chances"], 2, axis=0)}
    rule = refit_clusterer(Clusterer(LATENT_CLASSES, {"k": 2}, np.zeros((2, PRODUCTS)), twice), points, 7)
    assert rule.k == 1
    np.testing.assert_allclose(rule.centres[0], points.mean(axis=0))


def test_of_many_customers_a_sample_is_fitted_and_all_have_a_class(monkeypatch):
    has, groups = owned(300, 200, 100)
    monkeypatch.setattr(latent_classes, "SOUGHT_ON", 200)
    monkeypatch.setattr(latent_classes, "FITTED_ON", 400)
    points = points_of(has)
    rule = classes_of(points, 3)
    assert adjusted_rand_score(groups, rule.labels(points)) > 0.8
    assert found(points) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda arrays: arrays.pop("weights"),
        lambda arrays: arrays["chances"].pop(),
        lambda arrays: arrays["chances"][0].__setitem__(0, 1.0),
        lambda arrays: arrays.update(means=[[0.0]]),
    ],
)
def test_damaged_data_are_refused(three, damage):
    data = json.loads(json.dumps(classes_of(three[0], 3).as_dict()))
    assert Clusterer.from_dict(data).k == 3
    damage(data["arrays"])
    with pytest.raises(DamagedClusterer, match="damaged field 'arrays'"):
        Clusterer.from_dict(data)
