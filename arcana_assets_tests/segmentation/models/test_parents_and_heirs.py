"""Whose child a new group is, and whose heir: three in ten of its customers make a segment the other one."""

import numpy as np
import pytest

from arcana_assets.segmentation.models.continuity import Event, match

IDS = [1, 2, 3, 4]
CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0], [5.0, 5.0]])


def pieces(*shared):
    """Old segments of a hundred each that keep their place, and pieces of them, of so many customers, for the fifth."""
    own = np.repeat(range(4), 100)
    return np.concatenate([own, np.repeat(range(4), shared)]), np.concatenate([own, np.full(sum(shared), 4)])


@pytest.mark.parametrize(
    ("shared", "event"),
    [
        ((4, 2, 2, 2), Event("split", 5, 1, 10)),
        ((3, 3, 2, 2), Event("split", 5, 1, 10)),
        ((6, 5, 5, 5), Event("born", 5, None, 21)),
    ],
)
def test_a_new_group_is_a_child_of_the_segment_that_three_in_ten_of_it_come_from(shared, event):
    old, groups = pieces(*shared)
    found = match(np.array(IDS)[old], groups, IDS, CENTRES[:4], CENTRES, 5)
    assert (found.segment_ids, found.events) == ((1, 2, 3, 4, 5), (event,))


@pytest.mark.parametrize(
    ("shared", "event"),
    [
        ((4, 2, 2, 2), Event("merged", 5, 1, 10)),
        ((3, 3, 2, 2), Event("merged", 5, 1, 10)),
        ((6, 5, 5, 5), Event("retired", 5, None, 21)),
    ],
)
def test_a_segment_that_is_gone_went_into_the_one_that_three_in_ten_of_it_went_to(shared, event):
    groups, old = pieces(*shared)
    found = match(np.array([*IDS, 5])[old], groups, [*IDS, 5], CENTRES, CENTRES[:4], 6)
    assert (found.segment_ids, found.events) == ((1, 2, 3, 4), (event,))
