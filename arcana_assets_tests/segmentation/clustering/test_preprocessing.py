"""Values become coordinates by what the fitted month had, and by nothing else."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from arcana_assets.segmentation.clustering.preprocessing import DamagedPreprocessing, Evidence, Preprocessing


def frame(**columns):
    return pd.DataFrame(columns)


def test_money_is_bent_by_its_logarithm_and_standardised():
    fitted = Preprocessing.fit(frame(monetary=[0.0, np.e - 1, np.e**2 - 1]), ["monetary"])
    spread = np.sqrt(2 / 3)
    assert fitted.points(frame(monetary=[np.e - 1, 1 - np.e])).ravel() == pytest.approx([0, -2 / spread])


def test_what_is_above_a_quantile_counts_as_the_quantile_where_it_is_asked_for():
    some = frame(monetary=[float(each) for each in range(1, 101)], frequency=[1.0] * 99 + [50.0])
    asked = {"winsorise": {"monetary": 0.9}}
    fitted = Preprocessing.fit(some, ["monetary", "frequency"], **asked)
    highest = fitted.features[0].highest
    assert highest == pytest.approx(90.1)
    assert fitted.features[1].highest is None
    capped = frame(monetary=np.minimum(some["monetary"], highest), frequency=some["frequency"])
    assert fitted.points(some).tolist() == Preprocessing.fit(capped, ["monetary", "frequency"]).points(capped).tolist()
    # The quantile is that of the fitted month, in every later one.
    one, more = (fitted.points(frame(monetary=[value], frequency=[1.0])) for value in (highest, 1e9))
    assert one.tolist() == more.tolist()
    assert Preprocessing.from_dict(fitted.as_dict()) == fitted
    assert Preprocessing.fit(some, ["monetary"], None, None, None, {}).features[0].highest is None


def test_a_model_from_before_values_could_be_cut_is_read_and_a_damaged_one_is_not():
    told = Preprocessing.fit(frame(monetary=[1.0, 2.0]), ["monetary"]).as_dict()
    del told["features"][0]["highest"]
    assert Preprocessing.from_dict(told).features[0].highest is None
    told["features"][0]["highest"] = "much"
    with pytest.raises(DamagedPreprocessing, match="'monetary' of a model has a damaged 'highest'"):
        Preprocessing.from_dict(told)


def test_what_is_absent_or_infinite_lies_in_the_middle_and_shapes_nothing():
    known = Preprocessing.fit(frame(monetary=[1.0, 5.0, 9.0]), ["monetary"])
    holed = Preprocessing.fit(frame(monetary=[1.0, np.nan, 5.0, np.inf, 9.0]), ["monetary"])
    assert (holed.features[0].centre, holed.features[0].scale) == (known.features[0].centre, known.features[0].scale)
    assert holed.points(frame(monetary=[np.nan, -np.inf])).ravel().tolist() == [0, 0]


@pytest.mark.parametrize("values", [[7.0, 7.0, 7.0], [np.nan, np.nan, np.nan]])
@pytest.mark.parametrize("transform", ["log", "square_root", "normal_scores", "standardise"])
def test_a_feature_that_is_constant_or_that_nobody_has_tells_nobody_apart(values, transform):
    fitted = Preprocessing.fit(frame(monetary=values), ["monetary"], {"monetary": transform})
    assert fitted.points(frame(monetary=values)).ravel() == pytest.approx([0, 0, 0], abs=1e-12)


def test_shares_are_bent_by_their_square_root_so_that_distances_are_hellinger():
    fitted = Preprocessing.fit(frame(share_moda=[0.0, 0.25, 1.0]), ["share_moda"])
    assert fitted.features[0].centre == pytest.approx(0.5)


def test_normal_scores_do_not_know_how_far_a_whale_is():
    values = np.arange(1.0, 102.0)
    fitted = Preprocessing.fit(frame(monetary=values), ["monetary"], {"monetary": "normal_scores"})
    small, large = fitted.points(frame(monetary=[101.0, 101_000.0])).ravel()
    assert small == large
    assert fitted.points(frame(monetary=[51.0]))[0, 0] == pytest.approx(0, abs=1e-9)


def test_ties_have_the_score_of_their_middle():
    fitted = Preprocessing.fit(frame(frequency=[0.0] * 50 + [1.0] * 50), ["frequency"], {"frequency": "normal_scores"})
    low, high = fitted.points(frame(frequency=[0.0, 1.0])).ravel()
    assert low == pytest.approx(-high, abs=0.05)
    assert abs(low) == pytest.approx(1, abs=0.05)


def test_all_indicators_together_have_half_the_variance_of_one_number():
    rows = frame(
        tenure_months=[1.0, 2, 3, 4], owns_a=[0.0, 0, 1, 1], owns_b=[0.0, 1, 0, 1], monetary=[1.0, 10, 100, 1000]
    )
    points = Preprocessing.fit(rows, list(rows.columns)).points(rows)
    assert points.var(axis=0) == pytest.approx([1, 0.25, 0.25, 1])


def test_a_weight_stretches_a_feature_and_a_pattern_stands_for_many():
    rows = frame(monetary=[1.0, 10, 100], share_moda=[0.0, 0.5, 1], share_livros=[1.0, 0.5, 0])
    fitted = Preprocessing.fit(rows, list(rows.columns), weights={"monetary": 2, "share_*": 0.5})
    assert fitted.points(rows).std(axis=0) == pytest.approx([2, 0.5, 0.5])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_row_order_changes_nothing(order):
    """Of these sums another one comes of another order: 1 is lost beside 1e16, and 0.1 + 0.2 is not quite 0.3."""
    rows = frame(monetary=[1e16, 1.0, -1e16], share_moda=[0.1, 0.2, 0.3], frequency=[3.0, 3, 3])
    features, evidence = ["monetary", "share_moda"], Evidence("frequency", 1, 0)
    how = {"transforms": {"*": "standardise"}, "evidence": evidence}
    assert rows["monetary"].to_numpy().sum() != rows["monetary"].to_numpy()[[0, 2, 1]].sum()
    assert Preprocessing.fit(rows.iloc[list(order)], features, **how) == Preprocessing.fit(rows, features, **how)


def test_what_is_read_back_is_equal():
    draw = np.random.default_rng(1)
    rows = frame(monetary=draw.lognormal(5, 2, 500), frequency=draw.poisson(3, 500).astype(float))
    fitted = Preprocessing.fit(rows, list(rows.columns))
    assert Preprocessing.from_dict(fitted.as_dict()) == fitted


@pytest.mark.parametrize(
    ("field", "value"),
    [("transform", "pickle"), ("scale", 0.0), ("centre", float("nan")), ("quantiles", [1.0])],
)
def test_damaged_data_are_refused_with_the_feature_and_the_field(field, value):
    data = Preprocessing.fit(frame(monetary=[1.0, 2.0]), ["monetary"]).as_dict()
    data["features"][0][field] = value
    with pytest.raises(DamagedPreprocessing, match=f"'monetary' of a model has a damaged '{field}'"):
        Preprocessing.from_dict(data)


def test_data_that_are_no_preprocessing_are_refused():
    for data in ([], {}, {"features": []}):
        with pytest.raises(DamagedPreprocessing, match="found none"):
            Preprocessing.from_dict(data)


def orders(shares, counts):
    return frame(share_moda=shares, frequency=[float(each) for each in counts])


def test_shares_are_drawn_to_the_base_s_by_how_little_was_bought():
    rows = orders([1.0, 0.0, 1.0, 0.0], [3, 3, 99, 1])
    fitted = Preprocessing.fit(rows, ["share_moda"], {"share_*": "standardise"}, evidence=Evidence("frequency", 1, 0))
    (feature,) = fitted.features
    assert feature.base == 0.5
    shares = fitted.points(rows).ravel() * feature.scale + feature.centre
    assert shares == pytest.approx([3.5 / 4, 0.5 / 4, 99.5 / 100, 0.5 / 2])


def test_who_bought_too_little_or_has_no_share_has_the_base_s_and_is_not_counted_in_it():
    rows = orders([1.0, 1.0, 0.0, 0.2, np.nan], [2, 4, 4, 9, 9])
    fitted = Preprocessing.fit(rows, ["share_moda"], {"share_*": "standardise"}, evidence=Evidence("frequency", 1, 3))
    (feature,) = fitted.features
    assert feature.base == pytest.approx(0.4)  # of the three with three orders and a share
    shares = fitted.points(rows).ravel() * feature.scale + feature.centre
    assert shares[[0, 4]] == pytest.approx([0.4, 0.4])
    nobody = orders([1.0, 0.5], [0, np.nan])
    assert fitted.points(nobody).ravel() * feature.scale + feature.centre == pytest.approx([0.4, 0.4])


def test_what_is_no_share_is_drawn_nowhere_and_evidence_is_read_back():
    rows = orders([1.0, 0.0, 0.5], [3, 3, 9]).assign(monetary=[1.0, 10, 100])
    features = ["monetary", "share_moda"]
    with_it = Preprocessing.fit(rows, features, evidence=Evidence("frequency", 1, 3))
    without = Preprocessing.fit(rows, features)
    assert with_it.features[0] == without.features[0]
    assert with_it.features[1] != without.features[1]
    assert Preprocessing.from_dict(with_it.as_dict()) == with_it
    for damaged in ({}, {"counted": "frequency", "prior": "much", "least": 0}, {"counted": "", "prior": 1, "least": 0}):
        with pytest.raises(DamagedPreprocessing, match="'evidence'"):
            Preprocessing.from_dict(with_it.as_dict() | {"evidence": damaged})


def test_only_whole_numbers_are_moved_by_less_than_half_a_unit_and_the_same_way_each_time():
    rows = frame(frequency=[1.0, 2, 3, 1], monetary=[1.5, 2, 3, 4], owns_a=[0.0, 1, 0, 1])
    fitted = Preprocessing.fit(rows, list(rows.columns), {"frequency": "standardise"})
    plain, moved = fitted.points(rows), fitted.points(rows, jitter=7)
    by = (moved - plain)[:, 0] * fitted.features[0].scale
    assert by.all()
    assert (np.abs(by) <= 0.5).all()
    np.testing.assert_array_equal(moved[:, 1:], plain[:, 1:])
    np.testing.assert_array_equal(fitted.points(rows, jitter=7), moved)


def test_coordinates_can_be_divided_and_indicators_are_not_measured():
    rows = frame(frequency=[1.0, 2, 3], owns_a=[0.0, 1, 0], monetary=[1.0, 5, 9])
    fitted = Preprocessing.fit(rows, list(rows.columns))
    assert fitted.measured == [0, 2]
    assert Preprocessing.fit(rows, ["owns_a"]).measured == [0]
    divided = fitted.divided(np.array([0.5, 1.0, 2.0]))
    np.testing.assert_allclose(divided.points(rows), fitted.points(rows) / [0.5, 1.0, 2.0])
    assert Preprocessing.from_dict(divided.as_dict()) == divided


def test_a_share_that_nobody_has_and_an_indicator_are_not_jittered():
    """Nought is a whole number; noise there would be a coordinate that pulls customers apart."""
    rows = frame(share_a=[0.0, 0.5, 1.0], share_b=[0.0, 0.0, 0.0], owns_c=[0.0, 1, 0], orders=[2.0, 2, 2])
    fitted = Preprocessing.fit(rows, list(rows.columns))
    np.testing.assert_array_equal(fitted.points(rows, jitter=7), fitted.points(rows))
