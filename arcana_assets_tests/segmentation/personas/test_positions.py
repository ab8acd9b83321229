"""Where segments lie in the base: bases of a few customers, whose means and ranks are known."""

import math

import numpy as np
import pandas as pd
import pytest

from arcana_assets.segmentation.clustering.preprocessing import UnusableFeatures
from arcana_assets.segmentation.personas.persona import UnusableSegments
from arcana_assets.segmentation.personas.positions import base_means, positions


def test_positions_are_sizes_means_lifts_and_mid_rank_percentiles():
    frame = pd.DataFrame({"monetary": [10.0, 20.0, 20.0, 50.0]})
    table = positions(frame, pd.Series([1, 1, 2, 2]), ["monetary"])
    assert table.columns.to_list() == [
        *("segment_id", "customers", "share"),
        *("mean_monetary", "median_monetary", "lift_monetary", "percentile_monetary"),
    ]
    # Mid-ranks of four values: 10 at 1/8, both 20 at the middle, 50 at 7/8. The mean of the base is 25.
    assert table.iloc[0].to_list() == [1, 2, 0.5, 15, 15, 0.6, (0.125 + 0.5) / 2]
    assert table.iloc[1].to_list() == [2, 2, 0.5, 35, 35, 1.4, (0.5 + 0.875) / 2]
    assert base_means(frame, ["monetary"]) == {"monetary": 25}
    assert base_means(frame, []) == {}


def test_positions_are_the_same_in_any_order_of_rows():
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({"monetary": draw.lognormal(5, 1, 300), "frequency": draw.poisson(3, 300)})
    segments = pd.Series(draw.integers(1, 4, 300))
    mixed = draw.permutation(300)
    names = ["monetary", "frequency"]
    pd.testing.assert_frame_equal(
        positions(frame, segments, names), positions(frame.iloc[mixed], segments.iloc[mixed], names), check_exact=True
    )


def test_what_is_missing_or_infinite_is_left_out_of_positions():
    frame = pd.DataFrame({"monetary": [1.0, math.inf, math.nan, 3.0], "recency_days": [math.nan] * 4})
    table = positions(frame, pd.Series([1, 1, 2, 1]), ["monetary", "recency_days"])
    assert table["mean_monetary"].to_list()[0] == 2
    assert table["percentile_monetary"].to_list()[0] == 0.5
    assert table.filter(like="recency_days").isna().all(axis=None)
    assert table.loc[1].drop(["segment_id", "customers", "share"]).isna().all()


@pytest.mark.parametrize("values", [[-4.0, 4.0], [-4.0, 1.0]])
def test_a_lift_over_a_base_mean_of_zero_or_less_is_missing(values):
    table = positions(pd.DataFrame({"monetary": values}), pd.Series([1, 2]), ["monetary"])
    assert table["lift_monetary"].isna().all()
    assert table["percentile_monetary"].to_list() == [0.25, 0.75]


def test_positions_refuse_other_rows_missing_segments_and_columns_that_are_not_there():
    frame = pd.DataFrame({"monetary": [1.0, 2.0]})
    with pytest.raises(UnusableSegments, match="not the same rows"):
        positions(frame, pd.Series([1, 1], index=[5, 6]), ["monetary"])
    with pytest.raises(UnusableSegments, match="1 customers have no segment"):
        positions(frame, pd.Series([1, None]), ["monetary"])
    with pytest.raises(UnusableFeatures, match="did you mean 'monetary'"):
        positions(frame, pd.Series([1, 1]), ["monetry"])
    assert positions(frame, pd.Series([1, 2]), []).columns.to_list() == ["segment_id", "customers", "share"]
