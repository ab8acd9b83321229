"""Settings that contradict themselves are refused where they are written."""

import pytest
from pydantic import ValidationError

from arcana_assets.domain.settings import Segmentation

VALUE = {"name": "value", "features": ["recency_days", "monetary"]}


def test_a_segment_may_hold_three_fifths_of_the_customers_unless_the_domain_says_otherwise():
    assert Segmentation(**VALUE).maximum_share == 0.6
    assert Segmentation(**VALUE, maximum_share=1).maximum_share == 1


@pytest.mark.parametrize(
    ("largest", "says"),
    [
        (0.05, "maximum_share must be more than minimum_share, found 0.05 <= 0.05"),
        (1.01, "less than or equal to 1"),
    ],
)
def test_the_largest_share_lies_above_the_smallest_and_is_no_more_than_all(largest, says):
    with pytest.raises(ValidationError, match=says):
        Segmentation(**VALUE, minimum_share=0.05, maximum_share=largest)
