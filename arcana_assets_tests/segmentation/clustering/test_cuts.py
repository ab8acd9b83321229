"""Where customers form no groups they are cut: along the axis, or by the share that stands out most."""

import json

import numpy as np
import pandas as pd
import pytest

from arcana_assets.segmentation.clustering.clusterers import Clusterer, DamagedClusterer, UnusableClustering
from arcana_assets.segmentation.clustering.cuts import by_axis, by_largest_lift
from arcana_assets.segmentation.clustering.points import means_of
from arcana_assets.segmentation.clustering.preprocessing import Evidence, Preprocessing

SHARES = ["share_livros", "share_moda", "share_tech"]


def cloud(size=400, seed=3):
    return np.random.default_rng(seed).normal(0, 1, (size, 3))


def bought(**shares):
    """Customers by their shares of books, fashion and technology, all with as many orders."""
    return pd.DataFrame(shares.values(), columns=SHARES, dtype=float).assign(frequency=1e9)


def test_cuts_begin_from_equal_parts_along_the_axis_and_depend_on_no_draw():
    points = cloud()
    found = by_axis(points, points[:, 1], 4, 7, 12)
    labels = found.labels(points)
    assert found.k == 4
    assert (np.diff(means_of(points[:, 1:2], labels, 4).ravel()) > 0).all()
    assert by_axis(points, points[:, 1], 4, 99, 12).as_dict() == found.as_dict()
    assert by_axis(points, points[:, 1] ** 3, 4, 7, 12).as_dict() == found.as_dict()  # ranks alone tell
    other = by_axis(points, points[:, 2], 4, 7, 12)
    assert other.as_dict() != found.as_dict()


def test_of_whom_the_axis_is_not_known_it_is_nothing():
    values = np.r_[np.zeros(20), np.linspace(1, 10, 40)]
    unknown = np.where(values == 0, np.nan, values)
    for cuts in (2, 3, 4):
        found = by_axis(values[:, None], unknown, cuts, 7, 1)
        assert found.as_dict() == by_axis(values[:, None], values, cuts, 7, 1).as_dict()
        assert found.centres[0, 0] == found.centres.min()


def test_no_cut_has_fewer_customers_than_the_gate_allows():
    whales = np.vstack([cloud(390), cloud(10) * 0.1 + 60])  # ten whom K-Means will not leave with others
    assert np.bincount(by_axis(whales, whales[:, 0], 4, 7, 10).labels(whales)).min() == 10
    found = by_axis(whales, whales[:, 0], 4, 7, 20)
    assert found.k < 4
    assert np.bincount(found.labels(whales)).min() >= 20
    with pytest.raises(UnusableClustering, match="customers that differ"):
        by_axis(np.ones((9, 2)), np.arange(9.0), 4, 7, 1)


@pytest.fixture(scope="module")
def lifted():
    """Ten of each kind: of books, of fashion, of technology, of everything; and one of two at once."""
    rows = bought(
        **{f"l{n}": (0.9, 0.05, 0.05) for n in range(10)},
        **{f"m{n}": (0.05, 0.9, 0.05) for n in range(10)},
        **{f"t{n}": (0.05, 0.05, 0.9) for n in range(10)},
        **{f"v{n}": (0.34, 0.33, 0.33) for n in range(10)},
    )
    space = Preprocessing.fit(rows, SHARES, evidence=Evidence("frequency", 1, 0))
    return rows, space, by_largest_lift(space.points(rows), space, SHARES, 3, 8)


def test_who_buys_twice_the_base_s_share_of_a_category_is_given_to_it_and_the_others_are_the_rest(lifted):
    rows, space, rule = lifted
    assert rule.k == 4
    assert rule.labels(space.points(rows)).tolist() == np.repeat([0, 1, 2, 3], 10).tolist()
    base = rows["share_tech"].mean()
    near = bought(a=(0.3, 0.3, 2 * base + 0.001), b=(0.3, 0.3, 2 * base - 0.001), c=(0.7, 0.9, 0.0))
    assert rule.labels(space.points(near)).tolist() == [2, 3, 1]


def test_the_largest_lift_is_of_the_rarer_category_though_more_was_spent_on_the_other():
    rare = bought(a=(1, 0, 0), **{f"m{n}": (0, 1, 0) for n in range(6)}, **{f"t{n}": (0, 0, 1) for n in range(3)})
    space = Preprocessing.fit(rare, SHARES)
    rule = by_largest_lift(space.points(rare), space, ["share_livros", "share_tech"], 0, 8)
    both = bought(a=(0.3, 0.05, 0.65), b=(0.15, 0.2, 0.65))  # 3 and 2.2 times the base's, 1.5 and 2.2 times
    assert rule.labels(space.points(both)).tolist() == [0, 1]


def test_what_stands_out_does_so_from_the_base_that_shares_are_drawn_to():
    """Of drawn shares the mean is another: who bought once is drawn further than who bought nine times."""
    rows = bought(a=(0.0, 0.2, 0.8), b=(0.0, 0.2, 0.8), c=(1.0, 0.0, 0.0)).assign(frequency=[9.0, 9, 1])
    space = Preprocessing.fit(rows, SHARES, evidence=Evidence("frequency", 1, 0))
    rule = by_largest_lift(space.points(rows), space, ["share_livros", "share_tech"], 0, 8)
    assert rule.arrays["bases"].tolist() == pytest.approx([1 / 3, 1.6 / 3])
    assert rule.arrays["limits"].tolist() == pytest.approx([2 / 3, 3.2 / 3])


def test_the_rule_is_the_same_once_written_and_read_back_and_in_another_order(lifted):
    _, space, rule = lifted
    draw = pd.DataFrame(np.random.default_rng(1).dirichlet(np.ones(3), 500), columns=SHARES).assign(frequency=4.0)
    points = space.points(draw)
    again = Clusterer.from_dict(json.loads(json.dumps(rule.as_dict())))
    np.testing.assert_array_equal(again.distances(points), rule.distances(points))
    order = [2, 3, 0, 1]
    moved = rule.reordered(order)
    for new, old in enumerate(order):
        assert ((moved.labels(points) == new) == (rule.labels(points) == old)).all()
        np.testing.assert_array_equal(moved.centres[new], rule.centres[old])
    assert moved.reordered([2, 3, 0, 1]).as_dict() == rule.as_dict()
    with pytest.raises(UnusableClustering, match="not merged"):
        rule.merged([0, 0, 1, 2], points, 7)


def test_damaged_data_of_the_rule_are_refused(lifted):
    for damage in (lambda arrays: arrays.pop("bases"), lambda arrays: arrays["limits"].pop()):
        data = json.loads(json.dumps(lifted[2].as_dict()))
        damage(data["arrays"])
        with pytest.raises(DamagedClusterer, match="damaged field 'arrays'"):
            Clusterer.from_dict(data)


def test_a_category_of_too_few_or_beyond_the_most_has_no_group_of_its_own(lifted):
    rows, space, _ = lifted
    fewer = pd.concat([rows[:10], rows[10:20], rows[20:23], rows[30:]], ignore_index=True)
    found = by_largest_lift(space.points(fewer), space, SHARES, 5, 8)
    assert found.k == 3
    assert found.labels(space.points(fewer))[20:23].tolist() == [2] * 3  # of the rest
    assert by_largest_lift(space.points(rows), space, SHARES, 3, 3).k == 3
    with pytest.raises(UnusableClustering, match="enough customers of its own"):
        by_largest_lift(space.points(rows), space, SHARES, 11, 8)


def test_a_category_that_nobody_buys_has_no_group_and_other_transforms_are_refused():
    rows = bought(a=(0.9, 0.1, 0.0), b=(0.1, 0.9, 0.0), c=(0.5, 0.5, 0.0), d=(0.5, 0.5, 0.0), e=(0.4, 0.6, 0.0))
    for evidence in (None, Evidence("frequency", 1, 0)):
        space = Preprocessing.fit(rows, SHARES, evidence=evidence)
        found = by_largest_lift(space.points(rows), space, SHARES, 0, 8)
        assert (found.k, np.isfinite(found.distances(space.points(rows))).all()) == (3, True)
    bent = Preprocessing.fit(rows, SHARES, {"share_*": "standardise"})
    with pytest.raises(UnusableClustering, match="square_root"):
        by_largest_lift(bent.points(rows), bent, SHARES, 0, 8)
