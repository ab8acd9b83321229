"""Values become coordinates by what the fitted month had, and by nothing else."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.segmentation.clustering.preprocessing import DamagedPreprocessing, Preprocessing


def frame(**columns):
    return pd.DataFrame(columns)


def test_money_is_bent_by_its_logarithm_and_standardised():
    fitted = Preprocessing.fit(frame(monetary=[0.0, np.e - 1, np.e**2 - 1]), ["monetary"])
    spread = np.sqrt(2 / 3)
    assert fitted.points(frame(monetary=[np.e - 1, 1 - np.e])).ravel() == pytest.approx([0, -2 / spread])


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


def test_row_order_changes_nothing_and_what_is_read_back_is_equal():
    draw = np.random.default_rng(1)
    rows = frame(monetary=draw.lognormal(5, 2, 500), frequency=draw.poisson(3, 500).astype(float))
    fitted = Preprocessing.fit(rows, list(rows.columns))
    assert Preprocessing.fit(rows.sample(frac=1, random_state=2), list(rows.columns)) == fitted
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
