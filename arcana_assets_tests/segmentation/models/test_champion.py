"""A fit takes the place of the model in use only where it passes the gate and moves few who did nothing."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.domain.settings.segmentation import Gate, Refit, Segmentation
from arcana_assets.segmentation.models.champion import decide
from arcana_assets.segmentation.models.drift import drift
from arcana_assets.segmentation.models.fitting import fit_segmentation, with_ids_of
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.models.month import passes, row_of_month
from arcana_assets.segmentation.models.named import named, personas_of

JUNE, JULY = date(2011, 6, 1), date(2011, 7, 1)
FEATURES = ["frequency", "monetary"]


def customers(*groups, size=60, seed=3, first=0):
    """Groups of customers around (frequency, monetary), with ids in order."""
    draw = np.random.default_rng(seed)
    rows = np.vstack([np.array(group) * draw.lognormal(0, 0.15, (size, 2)) for group in groups])
    ids = [f"C{first + number:04d}" for number in range(len(rows))]
    return pd.DataFrame(rows, columns=FEATURES).assign(customer_id=ids)


THREE = ((40, 20_000), (8, 800), (1, 20))
FOUR = (*THREE, (1, 20_000))


def fitted(frame, month=JUNE, k=(3, 3), **gate):
    return fit_segmentation(frame, "value", FEATURES, k, Gate(**gate), month=month)


def settings(**how):
    return Segmentation(name="value", features=FEATURES, **how)


def decided(frame, before, refit=None, k=(3, 4), gate=None, **how):
    """The decision of July over the customers of `frame`."""
    limits = gate or Gate()
    return decide(
        lambda: fit_segmentation(frame, "value", FEATURES, k, limits, month=JULY),
        before,
        frame,
        frame,
        settings(refit=refit or Refit(), gate=limits),
        JULY,
        **how,
    )


def test_the_first_fit_serves_even_where_it_passes_no_gate_and_says_so():
    found = decided(customers(*THREE), None, gate=Gate(minimum_share=0.45))
    assert (found.outcome, found.model.admissible) == ("first", False)
    assert "nenhum dos" in found.reason


def test_a_month_of_the_same_customers_is_refitted_and_nobody_moves():
    june, july = customers(*THREE), customers(*THREE, seed=4)
    before = fitted(june)
    found = decided(july, before)
    assert (found.outcome, found.moved, found.challenger) == ("refitted", 0.0, None)
    assert found.model.segment_ids == (1, 2, 3)
    assert found.model.fitted_month == "2011-07-01"
    assert found.model.preprocessing == before.preprocessing


def test_another_k_that_moves_too_many_waits_with_its_evidence_and_can_be_promoted():
    june, july = customers(*THREE, THREE[2]), customers(*FOUR)
    before = fitted(june)
    assert before.clusterer.k == 3
    found = decided(july, before)
    assert found.outcome in ("kept", "refitted")
    assert found.challenger.clusterer.k == 4
    assert found.challenger_moves == pytest.approx(0.25, abs=0.03)
    assert "Espera um desafiante com k = 4, que moveria 2" in found.reason
    assert found.reason.endswith(" % dos clientes (limite: 10,0 %).")
    promoted = decided(july, before, promote=True)
    assert (promoted.outcome, promoted.challenger) == ("promoted", None)
    assert promoted.model == found.challenger


def test_another_k_within_the_limit_replaces_and_the_old_segments_keep_their_ids():
    before = fitted(customers(*THREE, THREE[2]))
    found = decided(customers(*FOUR), before, Refit(maximum_moves=0.3))
    assert (found.outcome, found.moved) == ("replaced", pytest.approx(0.25, abs=0.03))
    assert sorted(found.model.segment_ids) == [1, 2, 3, 4]
    assert [(event.event, event.segment_id) for event in found.events if event.event != "renamed"] == [("split", 4)]


def test_until_the_lookback_is_filled_no_model_holds_its_place():
    before = fitted(customers(*THREE, THREE[2]))
    assert decided(customers(*FOUR), before, settled=False).outcome == "replaced"


def test_a_model_that_never_passed_the_gate_gives_way():
    before = fitted(customers(*THREE, THREE[2]), minimum_share=0.45)
    assert not before.admissible
    assert decided(customers(*FOUR), before).outcome == "replaced"


def test_a_model_that_never_passed_follows_its_customers_where_nothing_else_passes_either():
    strict = Gate(minimum_share=0.45)
    before = fitted(customers(*THREE), minimum_share=0.45)
    later = customers(*THREE, seed=4)
    found = decided(later, before, gate=strict)
    assert (found.outcome, found.model.fitted_month, found.model.admissible) == ("refitted", "2011-07-01", False)
    young = decided(customers(*FOUR), before, gate=strict, settled=False)
    assert (young.outcome, young.model.admissible) == ("replaced", False)


def test_where_nothing_passes_the_model_in_use_stays():
    before = fitted(customers(*THREE))
    found = decided(customers(*THREE, seed=4), before, gate=Gate(minimum_share=0.45))
    assert (found.outcome, found.model, found.challenger) == ("kept", before, None)
    assert found.reason.startswith("Mantido o modelo de 2011-06. k = ")
    assert "nenhum dos" in found.reason


def test_fewer_customers_than_segments_leave_the_model_in_use():
    before = fitted(customers(*THREE))
    assert decided(customers(*THREE, size=60).iloc[:2], before).outcome == "kept"


def test_a_feature_that_is_gone_makes_a_new_model_with_new_ids():
    before = fitted(customers(*THREE))
    july = customers(*THREE).drop(columns="frequency")
    found = decide(
        lambda: fit_segmentation(july, "value", ["monetary"], (3, 3), month=JULY),
        before,
        july,
        july,
        settings(),
        JULY,
    )
    assert found.outcome == "replaced"
    assert found.model.segment_ids == (4, 5, 6)
    assert "não têm mais as variáveis" in found.reason


def test_a_feature_added_is_a_new_model_whose_segments_go_on():
    before = fit_segmentation(customers(*THREE), "value", ["monetary"], (3, 3), month=JUNE)
    found = decided(customers(*THREE), before, k=(3, 3))
    assert found.model.segment_ids == (1, 2, 3)
    assert found.model.features == ("frequency", "monetary")
    assert "Pedido com outra configuração ou outras variáveis." in found.reason


def test_other_weights_are_a_new_model_although_it_has_as_many_segments():
    june = customers(*THREE)
    before = fitted(june)
    weighted = lambda: fit_segmentation(june, "value", FEATURES, (3, 3), month=JULY, weights={"monetary": 3})  # noqa: E731
    found = decide(weighted, before, june, june, settings(k=(3, 3)), JULY)
    assert found.outcome == "replaced"
    scales = [{each.name: each.scale for each in model.preprocessing.features} for model in (before, found.model)]
    assert scales[1]["monetary"] == pytest.approx(scales[0]["monetary"] / 3)


def test_a_model_whose_k_or_algorithm_is_no_longer_asked_for_has_a_challenger():
    june = customers(*FOUR)
    before = fitted(june, k=(4, 4))
    three = lambda: fit_segmentation(june, "value", FEATURES, (3, 3), month=JULY)  # noqa: E731
    assert decide(three, before, june, june, settings(k=(3, 3)), JULY).challenger.clusterer.k == 3
    asked = settings(k=(4, 4), algorithms=["gaussian_mixture"])

    def mixture():
        return fit_segmentation(june, "value", FEATURES, (4, 4), month=JULY, algorithms=["gaussian_mixture"])

    found = decide(mixture, before, june, june, asked, JULY)
    assert (found.outcome, found.model.clusterer.algorithm) == ("replaced", "gaussian_mixture")


def test_a_month_in_which_nothing_passes_says_so_though_the_model_in_use_once_did():
    before = fitted(customers(*THREE))
    strict = decided(customers(*THREE, seed=4), before, gate=Gate(minimum_share=0.45))
    assert (strict.outcome, strict.model.admissible, passes(row_of_month(JULY, strict, None))) == ("kept", True, False)
    assert passes(row_of_month(JULY, decided(customers(*THREE, seed=4), before), None))
    waiting = decided(customers(*FOUR), fitted(customers(*THREE, THREE[2])))
    assert waiting.challenger is not None
    assert passes(row_of_month(JULY, waiting, None))


def test_every_fit_of_a_month_serves_waits_or_is_among_the_others():
    before = fitted(customers(*THREE))
    found = decided(customers(*THREE, seed=4), before)
    assert (found.outcome, [each.fitted_month for each in found.others]) == ("refitted", ["2011-07-01"])
    kept = decided(customers(*THREE, seed=4), before, gate=Gate(minimum_share=0.45))
    assert len(kept.others) == 2
    assert all(row["persona"] for model in kept.others for row in model.personas)


def test_a_refit_measures_drift_against_its_own_month():
    before = fitted(customers(*THREE))
    july = customers(*THREE).assign(monetary=lambda frame: frame["monetary"] * 1.5)
    found = decided(july, before, k=(3, 3), refit=Refit(maximum_moves=1))
    assert found.outcome == "refitted"
    assert drift(before.references, july)["psi"].iloc[1] > 0.1
    assert drift(found.model.references, july)["psi"].max() < 0.01
    assert found.model.preprocessing == before.preprocessing


def test_an_empty_segment_leaves_names_as_they_were_for_the_segments_that_are_left():
    before = fitted(customers(*FOUR), k=(4, 4))
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
    assert (found.outcome, found.model) == ("kept", before)
