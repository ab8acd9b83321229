"""A classifier of labelled customers is data, says how likely each persona is, and is judged by whom it did not see."""

import json

import numpy as np
import pytest

from arcana_assets.segmentation.clustering.clusterer_data import LABELLED
from arcana_assets.segmentation.clustering.clusterers import (
    Clusterer,
    DamagedClusterer,
    UnusableClustering,
    fit_clusterer,
)
from arcana_assets.segmentation.clustering.likelihood.classifier import fitted_classifier, out_of_fold

CENTRES = np.array([[0.0, 0], [4, 0], [0, 4]])


def labelled(k=3, size=60, seed=3):
    draw = np.random.default_rng(seed)
    personas = np.repeat(np.arange(k), size)
    return CENTRES[personas] + draw.normal(0, 1, (k * size, 2)), personas


@pytest.mark.parametrize("k", [2, 3])
def test_distances_are_those_of_the_chances_that_scikit_learn_gives(k):
    from sklearn.linear_model import LogisticRegression

    points, personas = labelled(k)
    found = fitted_classifier(points, personas, k).distances(points)
    theirs = LogisticRegression(max_iter=2_000, tol=1e-6).fit(points, personas)
    np.testing.assert_allclose(np.exp(-(found**2) / 2), theirs.predict_proba(points), atol=1e-12)
    np.testing.assert_array_equal(found.argmin(axis=1), theirs.predict(points))


def test_far_from_all_that_was_labelled_nothing_overflows():
    points, personas = labelled()
    away = fitted_classifier(points, personas, 3).distances(points * 1e4)
    assert np.isfinite(away).all()
    assert away.min() >= 0


def test_a_label_that_nothing_tells_is_not_told_by_those_who_have_it():
    draw = np.random.default_rng(5)
    points, personas = draw.normal(0, 1, (90, 30)), np.repeat([0, 1, 2], 30)
    seen = fitted_classifier(points, personas, 3).distances(points).argmin(axis=1)
    assert (seen == personas).mean() > 0.7  # it has learnt them by heart
    assert (out_of_fold(points, personas, 3) == personas).mean() < 0.5
    apart, personas = labelled()
    assert (out_of_fold(apart, personas, 3) == personas).mean() > 0.9


def test_as_one_of_the_rules_it_is_written_read_back_and_reordered_and_never_fitted_without_labels():
    points, personas = labelled()
    rule = Clusterer(LABELLED, {"k": 3}, CENTRES, vars(fitted_classifier(points, personas, 3)))
    again = Clusterer.from_dict(json.loads(json.dumps(rule.as_dict())))
    np.testing.assert_array_equal(again.distances(points), rule.distances(points))
    moved = rule.reordered([2, 0, 1])
    np.testing.assert_array_equal(moved.labels(points) == 0, rule.labels(points) == 2)
    with pytest.raises(UnusableClustering, match="no algorithm 'labelled' to fit"):
        fit_clusterer(points, LABELLED, {"k": 3}, 7)
    damaged = rule.as_dict()
    damaged["arrays"]["intercepts"] = [0.0]
    with pytest.raises(DamagedClusterer, match="damaged field 'arrays'"):
        Clusterer.from_dict(damaged)
