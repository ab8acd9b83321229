"""A fit takes the place of the model in use only where it passes the gate and moves few who did nothing.

Slow: each of these tests fits models of several months.
"""

from dataclasses import replace

import pytest

from arcana_assets.customer_360.drift import drift
from arcana_assets.domain.settings.personas import Personas
from arcana_assets.domain.settings.segmentation import Gate, Refit
from arcana_assets.segmentation.models.champion import Waiting, decide
from arcana_assets.segmentation.models.fitting import fit_segmentation, with_ids_of
from arcana_assets.segmentation.models.model import CUTS, KINDS, SegmentationModel
from arcana_assets.segmentation.models.month import passes, row_of_month
from arcana_assets.segmentation.models.named import named, personas_of
from arcana_assets_tests.segmentation.models.chained import FOUR, JULY, JUNE, THREE, cloud, customers, settings

pytestmark = pytest.mark.slow

STRICT = Gate(maximum_share=0.3)  # three equal groups are too large for it


def fitted(frame, month=JUNE, **how):
    return fit_segmentation(frame, settings(**how), month=month)


def decided(frame, before, asked=None, **how):
    """The decision of July over the customers of `frame`."""
    asked = asked or settings()
    return decide(
        lambda: fit_segmentation(frame, asked, month=JULY, everyone=frame), before, frame, frame, asked, JULY, **how
    )


def test_the_first_fit_serves_and_where_its_groups_pass_no_gate_it_is_cuts_and_says_so():
    found = decided(customers(*THREE), None, settings(gate=STRICT))
    assert (found.outcome, found.model.form, found.model.admissible) == ("first", CUTS, True)
    assert "os 3 grupos achados não passam: o maior grupo tem 33,3 % dos clientes, o limite é 30,0 %." in found.reason
    assert decided(customers(*THREE), None).model.form == KINDS


def test_a_month_of_the_same_customers_is_refitted_and_nobody_moves():
    june, july = customers(*THREE), customers(*THREE, seed=4)
    before = fitted(june)
    found = decided(july, before)
    assert (found.outcome, found.moved, found.challenger) == ("refitted", 0.0, None)
    assert found.model.segment_ids == (1, 2, 3)
    assert found.model.fitted_month == "2011-07-01"
    assert found.model.preprocessing == before.preprocessing


def test_another_number_of_groups_waits_with_its_evidence_and_can_be_promoted():
    before = fitted(customers(*THREE, THREE[2]))
    assert before.clusterer.k == 3
    july = customers(*FOUR)
    found = decided(july, before)
    assert found.outcome in ("kept", "refitted")
    assert (found.challenger.clusterer.k, found.challenger_months) == (4, 1)
    assert found.reason.endswith(" Espera 4 grupos, que moveria 0,0 % dos clientes: achado por 1 de 3 meses seguidos.")
    promoted = decided(july, before, promote=True)
    assert (promoted.outcome, promoted.challenger) == ("promoted", None)
    assert promoted.model == found.challenger


def test_another_number_of_groups_replaces_in_the_third_month_that_finds_it():
    before, july = fitted(customers(*THREE, THREE[2])), customers(*FOUR)
    assert decided(july, before, waiting=Waiting(4, 1)).challenger_months == 2
    found = decided(july, before, waiting=Waiting(4, 2))
    assert (found.outcome, found.challenger, found.model.k) == ("replaced", None, 4)
    assert found.reason.endswith(" 3 meses seguidos acharam o mesmo, o que substitui 3 grupos.")
    assert decided(july, before, waiting=Waiting(5, 2)).challenger_months == 1  # of another number nothing follows
    at_once = settings(refit=Refit(months_running=1))
    assert decided(july, before, at_once).outcome == "replaced"


def test_the_parts_of_a_segment_that_was_split_did_not_move():
    before = fitted(customers(*THREE, THREE[2]))
    found = decided(customers(*FOUR), before, waiting=Waiting(4, 2))
    assert sorted(found.model.segment_ids) == [1, 2, 3, 4]
    assert [(each.event, each.segment_id, each.other) for each in found.events if each.event != "renamed"] == [
        ("split", 4, 3)
    ]
    old, new = (model.assign(customers(*FOUR))["segment_id"] for model in (before, found.model))
    assert (old != new).mean() == pytest.approx(0.25, abs=0.02)
    assert found.moved == 0


def test_who_goes_into_the_segment_that_theirs_was_merged_into_did_not_move():
    before = fitted(customers(*FOUR))
    assert before.clusterer.k == 4
    found = decided(customers(*THREE, THREE[2]), before, waiting=Waiting(3, 2))
    assert (found.outcome, found.model.k, found.moved) == ("replaced", 3, 0)
    assert [each.event for each in found.events if each.event != "renamed"] == ["retired"]
    half = customers(*THREE, (1, 60))  # between the two that were, so that both are found in the one that is
    merged = decided(half, before, waiting=Waiting(3, 2))
    assert {each.event for each in merged.events if each.event != "renamed"} <= {"merged", "retired"}


def test_until_the_lookback_is_filled_no_model_holds_its_place():
    before = fitted(customers(*THREE, THREE[2]))
    assert decided(customers(*FOUR), before, settled=False).outcome == "replaced"


def test_until_the_lookback_is_filled_names_are_given_anew():
    before = fitted(customers(*THREE))
    called = tuple({**row, "persona": f"era {row['persona']}"} for row in before.personas)
    young = decided(customers(*THREE), replace(before, personas=called), settled=False)
    assert [row["persona"] for row in young.model.personas] == [row["persona"] for row in before.personas]
    assert [each for each in young.events if each.event == "renamed"] == []


def test_where_nothing_passes_the_model_in_use_stays_and_cuts_wait():
    before = fitted(customers(*THREE))
    strict = settings(gate=STRICT)
    found = decided(customers(*THREE, seed=4), before, strict)
    assert (found.outcome, found.model.k, found.challenger.form) == ("kept", 3, CUTS)
    assert found.reason.startswith("Mantido o modelo de 2011-06. Espera 3 cortes")
    assert decided(customers(*THREE, seed=4), before, strict, waiting=Waiting(0, 2)).model.form == CUTS


def test_cuts_that_names_had_left_out_come_back_once_three_months_tell_them_apart():
    before = replace(fitted(cloud(), cuts=3), settings=fitted(cloud(), cuts=4).settings)
    assert (before.form, before.k) == (CUTS, 3)
    asked = settings(cuts=4)
    waits = decided(cloud(), before, asked)
    assert (waits.model.k, waits.challenger.k, waits.challenger_months) == (3, 4, 1)
    assert decided(cloud(), before, asked, waiting=Waiting(0, 2)).model.k == 4
    # Fewer are no reason: one month's names are chance.
    full = replace(fitted(cloud(), cuts=4), settings=fitted(cloud(), cuts=3).settings)
    fewer = decided(cloud(), full, settings(cuts=3))
    assert (fewer.model.k, fewer.challenger) == (4, None)


def test_fewer_customers_than_segments_leave_the_model_in_use():
    before = fitted(customers(*THREE))
    assert decided(customers(*THREE, size=60).iloc[:2], before).outcome == "kept"


def test_a_feature_that_is_gone_makes_a_new_model_with_new_ids():
    before = fitted(customers(*THREE))
    july = customers(*THREE).drop(columns="frequency")
    found = decided(july, before, settings(features=["monetary"]))
    assert found.outcome == "replaced"
    assert found.model.segment_ids == (4, 5, 6)
    assert "não têm mais as variáveis" in found.reason


def test_a_feature_added_is_a_new_model_whose_segments_go_on():
    before = fitted(customers(*THREE), features=["monetary"])
    found = decided(customers(*THREE), before)
    assert (found.outcome, found.model.segment_ids) == ("replaced", (1, 2, 3))
    assert found.model.features == ("frequency", "monetary")
    assert "Pedido com outra configuração ou outras variáveis." in found.reason


def test_other_weights_are_a_new_model_although_it_has_as_many_segments():
    june = customers(*THREE)
    before = fitted(june)
    found = decided(june, before, settings(weights={"monetary": 3}))
    assert (found.outcome, found.model.k) == ("replaced", 3)
    scales = [{each.name: each.scale for each in model.preprocessing.features} for model in (before, found.model)]
    assert scales[1]["monetary"] == pytest.approx(scales[0]["monetary"] / 3, rel=0.05)


@pytest.mark.parametrize(
    "other",
    [
        {"k": (3, 3)},
        {"algorithms": ["gaussian_mixture"]},
        {"cuts": 5},
        {"fitted_on": "frequency"},
        {"fitted_from": 2},
        {"prior": 3},
        {"transforms": {"monetary": "normal_scores"}},
    ],
)
def test_what_is_asked_anew_is_seen_at_once(other):
    june = customers(*FOUR)
    found = decided(june, fitted(june), settings(**other))
    assert (found.outcome, found.challenger) == ("replaced", None)
    assert "Pedido com outra configuração" in found.reason
    assert found.model.settings == fitted(june, **other).settings


def test_a_month_in_which_nothing_passes_says_so_though_the_model_in_use_once_did():
    before = fitted(customers(*THREE))
    alike = customers(*THREE).assign(frequency=3.0, monetary=50.0)
    none = decided(alike, before)
    assert (none.outcome, none.model.admissible, passes(row_of_month(JULY, none, None))) == ("kept", True, False)
    assert passes(row_of_month(JULY, decided(customers(*THREE, seed=4), before), None))
    waiting = decided(customers(*FOUR), fitted(customers(*THREE, THREE[2])))
    assert waiting.challenger is not None
    assert passes(row_of_month(JULY, waiting, None))


def test_every_fit_of_a_month_serves_waits_or_is_among_the_others():
    before = fitted(customers(*THREE))
    found = decided(customers(*THREE, seed=4), before)
    assert (found.outcome, [each.fitted_month for each in found.others]) == ("refitted", ["2011-07-01"])
    kept = decided(customers(*THREE, seed=4), before, settings(gate=STRICT))
    # Two of the four cuts lie in one group of three, and would have one name.
    assert (kept.challenger.k, [each.admissible for each in kept.others]) == (3, [False])
    assert all(row["persona"] for model in (kept.challenger, *kept.others) for row in model.personas)


def test_a_refit_measures_drift_against_its_own_month():
    before = fitted(customers(*THREE))
    july = customers(*THREE).assign(monetary=lambda frame: frame["monetary"] * 1.5)
    found = decided(july, before, settings(refit=Refit(maximum_moves=1)))
    assert found.outcome == "refitted"
    assert drift(before.references, july)["psi"].iloc[1] > 0.1
    assert drift(found.model.references, july)["psi"].max() < 0.01
    assert found.model.preprocessing == before.preprocessing


def test_an_empty_segment_leaves_names_as_they_were_for_the_segments_that_are_left():
    before = fitted(customers(*FOUR))
    fewer = replace(before, segment_ids=before.segment_ids[:3], clusterer=fitted(customers(*THREE)).clusterer)
    model, events = named(fewer, customers(*THREE[1:]), Personas(), "Receita", personas_of(before))
    assert [row["segment_id"] for row in model.personas] == [1, 2, 3]
    assert (model, events) == (SegmentationModel.from_json(model.to_json()), ())


def test_months_without_a_common_customer_keep_ids_by_where_segments_lie():
    before = fitted(customers(*THREE))
    others = customers(*THREE, seed=8, first=5_000)
    assert with_ids_of(fitted(others, JULY), before, others)[0].segment_ids == (1, 2, 3)


def test_customers_who_became_all_alike_are_scored_by_the_model_in_use():
    before = fitted(customers(*THREE))
    same = customers(*THREE).assign(frequency=3.0, monetary=50.0)
    found = decided(same, before)
    assert (found.outcome, found.model.clusterer) == ("kept", before.clusterer)


def test_cuts_follow_their_customers_and_are_not_exchanged_for_others():
    before = fitted(cloud())
    assert (before.form, before.k) == (CUTS, 4)
    found = decided(cloud(seed=5), before)
    assert (found.outcome, found.model.form, found.model.segment_ids) == ("refitted", CUTS, (1, 2, 3, 4))
    assert found.reason == "Reajuste dos 4 cortes de um contínuo em uso: não são tipos de clientes."
