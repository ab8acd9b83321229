"""A Gaussian mixture serves where groups differ in width, says why, and does not come for a month.

Slow: each of these tests fits models of several months.
"""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.model import KINDS
from arcana_assets_tests.segmentation.models.chained import chain, settings
from benchmarks.selection_worlds import stretched

pytestmark = pytest.mark.slow

MAY = date(2011, 5, 1)
FEATURES = ["monetary", "frequency", "recency_days", "average_ticket"]
ALONE = {"features": FEATURES, "transforms": dict.fromkeys(FEATURES, "standardise"), "k": (3, 6)}
SEVERAL = ALONE | {"algorithms": ["kmeans", "gaussian_mixture", "dbscan", "hdbscan"]}


def round_ones(size=150):
    """Four groups of one width, each worth more than the one before, and the group of each customer."""
    groups = np.repeat(np.arange(4), size)
    middles = np.array([[0, 0, 0, 0], [3, 3, 0, 0], [6, 0, 3, 0], [9, 0, 0, 3]]) + 50.0
    points = middles[groups] + np.random.default_rng(3).normal(0, 0.6, (4 * size, 4))
    ids = [f"C{number:04d}" for number in range(4 * size)]
    return pd.DataFrame(points, columns=FEATURES).assign(customer_id=ids), groups


@pytest.fixture(scope="module")
def unequal():
    """Five groups, each of its own width in each of its own directions."""
    world = stretched(900, 8)
    return world.frame.rename(columns=dict(zip(world.features, FEATURES, strict=True))), world.groups


@pytest.fixture(scope="module")
def served(unequal):
    return fit_segmentation(unequal[0], settings(**SEVERAL))


@pytest.fixture(scope="module")
def alone(unequal):
    return fit_segmentation(unequal[0], settings(**ALONE), month=MAY, everyone=unequal[0])


def test_a_mixture_serves_where_it_tells_groups_of_unequal_width_apart_better_than_kmeans(unequal, served, alone):
    frame, truth = unequal
    found, other = (adjusted_rand_score(truth, each.assign(frame)["segment_id"]) for each in (served, alone))
    assert (served.clusterer.algorithm, alone.clusterer.algorithm) == ("gaussian_mixture", "kmeans")
    assert (served.k, alone.k) == (5, 5)
    assert found > other + 0.02
    assert "Mistura gaussiana com k = 5" in served.reason
    assert "separa os clientes melhor que K-Means (vale de " in served.reason


def test_round_groups_of_one_width_stay_with_kmeans_and_it_is_said_of_the_others_why():
    frame, truth = round_ones()
    found = fit_segmentation(frame, settings(**SEVERAL))
    assert (found.clusterer.algorithm, found.k) == ("kmeans", 4)
    assert adjusted_rand_score(truth, found.assign(frame)["segment_id"]) > 0.99
    tried = {each["algorithm"]: each["refused_for"] for each in found.selection if each["k"] in (0, 1, 4)}
    assert tried["gaussian_mixture"].startswith("não separa os clientes melhor que K-Means: vale de ")
    assert all(each["refused_for"] for each in found.selection if each["algorithm"] in ("dbscan", "hdbscan"))


def test_a_mixture_of_as_many_groups_replaces_kmeans_in_the_third_month_that_finds_it(unequal, alone):
    before = replace(alone, settings=alone.settings | {"algorithms": SEVERAL["algorithms"]})
    found = chain([unequal[0]] * 4, settings(**SEVERAL), before)
    served = [(each.model.clusterer.algorithm, each.model.form, each.challenger_months) for each in found]
    assert served[:2] == [("kmeans", KINDS, 1), ("kmeans", KINDS, 2)]
    assert served[2:] == [("gaussian_mixture", KINDS, 0)] * 2
    assert "Espera 5 grupos (Mistura gaussiana), que moveria" in found[0].reason
    assert [each.outcome for each in found][2:] == ["replaced", "refitted"]
