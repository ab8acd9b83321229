"""The number of groups can change: three months in a row must find another one, and the way there is explained.

Slow: each of these tests fits models of several months.
"""

import pytest

from arcana_assets.domain.settings.segmentation import Gate
from arcana_assets.segmentation.models.model import CUTS, KINDS
from arcana_assets_tests.segmentation.models.chained import FOUR, THREE, chain, cloud, customers, settings

pytestmark = pytest.mark.slow

THEN = [customers(*THREE, THREE[2], seed=3), customers(*THREE, THREE[2], seed=4)]
NOW = [customers(*FOUR, seed=seed) for seed in (5, 6, 7, 8)]


def told(found):
    return [(each.model.form, each.model.k, each.challenger_months) for each in found]


def happened(decision):
    return [(each.event, each.segment_id, each.other) for each in decision.events if each.event != "renamed"]


@pytest.fixture(scope="module")
def followed():
    return chain([*THEN, *NOW])


def test_a_base_of_four_groups_that_had_three_is_followed_in_its_third_month_and_not_before(followed):
    assert told(followed) == [(KINDS, 3, 0), (KINDS, 3, 0), (KINDS, 3, 1), (KINDS, 3, 2), (KINDS, 4, 0), (KINDS, 4, 0)]
    assert [each.outcome for each in followed][-2:] == ["replaced", "refitted"]


def test_the_new_group_is_explained_as_part_of_the_one_that_was_split_and_moves_nobody_else(followed):
    assert [happened(each) for each in followed] == [[], [], [], [], [("split", 4, 3)], []]
    assert followed[4].moved == 0
    assert sorted(followed[4].model.segment_ids) == [1, 2, 3, 4]  # ids go on


def test_four_groups_found_now_and_then_replace_nothing():
    found = chain([THEN[0], NOW[0], NOW[1], THEN[1], NOW[2], NOW[3]])
    assert told(found)[1:] == [(KINDS, 3, 1), (KINDS, 3, 2), (KINDS, 3, 0), (KINDS, 3, 1), (KINDS, 3, 2)]


def test_groups_that_became_one_would_have_one_name_and_are_one_at_once():
    found = chain([NOW[0], *(customers(*THREE, (1, 26), seed=seed) for seed in (5, 6, 7))])
    assert told(found) == [(KINDS, 4, 0), (KINDS, 3, 1), (KINDS, 3, 0), (KINDS, 3, 0)]
    assert "merged" in {event for event, _, _ in happened(found[1])}


def test_cuts_become_kinds_after_three_months_with_valleys_and_kinds_cuts_after_three_without():
    clouds = [cloud(seed=seed) for seed in (3, 5, 6, 7)]
    found = chain([clouds[0], *NOW[:3]])
    assert told(found) == [(CUTS, 4, 0), (CUTS, 4, 1), (CUTS, 4, 2), (KINDS, 4, 0)]
    assert found[3].outcome == "replaced"
    assert found[3].reason.endswith(" 3 meses seguidos acharam o mesmo, o que substitui 4 cortes.")
    back = chain([NOW[0], *clouds[1:]])
    assert [form for form, _, _ in told(back)] == [KINDS, KINDS, KINDS, CUTS]
    assert "úteis para falar com os clientes, e não tipos de clientes" in back[3].reason


def test_a_fit_that_the_gate_refuses_never_serves():
    months = [customers(*THREE, seed=seed) for seed in range(3, 8)]
    strict = settings(gate=Gate(maximum_share=0.3))  # three equal groups are too large for it
    found = chain(months, strict)
    assert told(found) == [(CUTS, 4, 0)] * 5
    assert all(each.model.admissible for each in found)
    before = chain(months[:1])[0].model
    later = chain(months, strict, before)
    assert all(each.model.admissible for each in later)
    assert [each.model.form for each in later] == [KINDS, KINDS, CUTS, CUTS, CUTS]
    assert [each.model.fitted_month for each in later[:2]] == ["2011-06-01"] * 2  # no refit of it passes
