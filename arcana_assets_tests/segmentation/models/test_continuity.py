"""Segments keep their ids, customers at a border stay, and a move is put down to who made it."""

import numpy as np

from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.models.continuity import Event, match, moves, settle

CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def customers(*sizes):
    return np.repeat(range(len(sizes)), sizes)


def test_groups_in_another_order_keep_the_ids_of_their_customers():
    old = np.repeat([4, 1, 7], [50, 30, 20])
    groups = np.repeat([2, 0, 1], [50, 30, 20])
    found = match(old, groups, [4, 1, 7], CENTRES, CENTRES[[1, 2, 0]], 8)
    assert found.segment_ids == (1, 7, 4)
    assert (found.next_id, found.events) == (8, ())


def test_a_segment_that_splits_keeps_its_id_in_the_larger_part_and_the_other_is_born_of_it():
    old = np.repeat([1, 2], [60, 40])
    groups = np.repeat([0, 2, 1], [40, 20, 40])
    found = match(old, groups, [1, 2], CENTRES[:2], CENTRES, 3)
    assert found.segment_ids == (1, 2, 3)
    assert found.events == (Event("split", 3, 1, 20),)
    assert found.next_id == 4


def test_two_segments_that_merge_leave_the_id_of_the_larger():
    old = np.repeat([1, 2, 3], [50, 20, 30])
    groups = np.repeat([0, 0, 1], [50, 20, 30])
    found = match(old, groups, [1, 2, 3], CENTRES, CENTRES[[0, 2]], 4)
    assert found.segment_ids == (1, 3)
    assert found.events == (Event("merged", 2, 1, 20),)


def test_an_id_that_is_gone_never_comes_back():
    old, groups = np.repeat([5], [10]), np.repeat([0], [10])
    found = match(old, np.concatenate([groups])[:10], [5], CENTRES[:1], CENTRES[:2], 9)
    assert found.segment_ids == (5, 9)
    assert found.events == (Event("born", 9, None, 0),)


def test_months_without_a_common_customer_are_matched_by_where_their_centres_lie():
    nobody = np.array([], dtype=int)
    found = match(nobody, nobody, [1, 2], CENTRES[:2], np.array([[10.5, 0.2], [0.1, 40.0]]), 3)
    assert found.segment_ids == (2, 3)
    assert [(event.event, event.segment_id) for event in found.events] == [("born", 3), ("retired", 1)]


def test_noise_is_no_group_to_be_matched():
    old = np.repeat([1, 2], [10, 10])
    groups = np.concatenate([np.zeros(10, dtype=int), np.full(10, -1)])
    found = match(old, groups, [1, 2], CENTRES[:2], CENTRES[:1], 3)
    assert found.segment_ids == (1,)
    assert found.events == (Event("retired", 2, None, 10),)


def test_a_customer_leaves_only_for_a_centre_that_is_nearer_by_the_hysteresis():
    distances = np.array([[1.0, 0.9], [1.0, 0.8], [1.0, 0.9], [1.0, 0.9]])
    found = settle(distances, [3, 5], np.array([3, 3, 5, 0]), 0.15)
    assert found.tolist() == [3, 5, 5, 5]
    assert settle(distances, [3, 5], np.array([3, 3, 5, 0]), 0.0).tolist() == [5, 5, 5, 5]


def test_a_segment_that_is_gone_holds_nobody_back():
    assert settle(np.array([[1.0, 0.99]]), [3, 5], np.array([4]), 0.15).tolist() == [5]


def test_moves_are_of_the_customer_of_the_model_or_of_both():
    previous = np.array([-1, 1, 1, 1, 1, 1])
    by_old_model = np.array([2, 1, 2, 1, 2, 2])
    now = np.array([2, 1, 2, 2, 3, 1])
    assert moves(previous, by_old_model, now, language_of("pt-BR")).tolist() == [
        "nova",
        "nenhuma",
        "comportamento",
        "modelo",
        "ambos",
        "nenhuma",
    ]
    assert moves(previous, by_old_model, now, language_of("en")).tolist() == [
        *("new", "none", "behaviour", "model", "both", "none")
    ]
