"""Settings that contradict themselves are refused where they are written."""

import pytest
from pydantic import ValidationError

from arcana_assets.domain.settings.segmentation import Gate, Segmentation, setting_of

VALUE = {"name": "value", "features": ["recency_days", "monetary"]}


def test_a_segment_may_hold_three_fifths_of_the_customers_unless_the_domain_says_otherwise():
    assert Segmentation(**VALUE).gate.maximum_share == 0.6
    assert Segmentation(**VALUE, gate={"maximum_share": 1}).gate.maximum_share == 1


@pytest.mark.parametrize(
    ("largest", "says"),
    [
        (0.05, "maximum_share must be more than minimum_share, found 0.05 <= 0.05"),
        (1.01, "less than or equal to 1"),
    ],
)
def test_the_largest_share_lies_above_the_smallest_and_is_no_more_than_all(largest, says):
    with pytest.raises(ValidationError, match=says):
        Gate(minimum_share=0.05, maximum_share=largest)


def test_a_transform_or_weight_is_of_a_feature_of_the_segmentation():
    with pytest.raises(ValueError, match="weights: 'frequency' is not one of the features"):
        Segmentation(**VALUE, weights={"frequency": 2})
    with pytest.raises(ValueError, match="the weight of 'monetary' must be more than 0, found 0"):
        Segmentation(**VALUE, weights={"monetary": 0})


def test_a_setting_is_found_by_the_name_before_the_pattern():
    weights = {"share_*": 0.5, "share_moda": 2.0}
    assert [setting_of(name, weights, 1.0) for name in ("share_moda", "share_livros", "monetary")] == [2, 0.5, 1]
