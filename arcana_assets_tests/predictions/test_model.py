"""Models as data, rows to learn from, and the silence of too few events."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.evaluation import HoldOut, evaluated, over_all
from arcana_assets.predictions.methods.fitted import probability
from arcana_assets.predictions.model import DamagedModel, PredictionModel, digest_of_fit, learn, unknown
from arcana_assets.predictions.reasons import reason, sentence
from arcana_assets.predictions.rows import DID, SHARE_OF_MONTHS, AsOf, Learned, as_of, laid_together
from arcana_assets.presentation.language import language_of
from arcana_assets.tables import digests

PORTUGUESE = language_of()

MARCH, APRIL = date(2011, 3, 1), date(2011, 4, 1)
RFM = ("recency_days", "frequency", "monetary")


def prediction(**settings):
    usual = {"name": "volta", "title": "Volta", "target": "active", "features": [*RFM], "minimum_events": 20}
    return Prediction.model_validate({**usual, **settings})


def learned(events=None, count=400):
    rng = np.random.default_rng(6)
    rate = rng.random(count)
    numbers = pd.DataFrame(
        {"recency_days": 90 * (1 - rate), "frequency": rng.poisson(6 * rate), "monetary": rng.lognormal(4, 1, count)}
    ).astype("float64")
    numbers[DID], numbers[SHARE_OF_MONTHS] = (rng.random(count) < rate).astype(float), rate
    came = (rng.random(count) < rate).astype("float64")
    if events is not None:
        came = (np.arange(count) < events).astype("float64")
    return Learned((MARCH,), numbers, came)


@pytest.mark.parametrize(("events", "kind"), [(0, "0 casos com o evento"), (19, "19 casos com"), (400, "0 casos sem")])
def test_too_few_of_either_kind_is_the_base_rate_with_a_note(events, kind):
    model = learn(prediction(), 1, learned(events), RFM, PORTUGUESE)
    assert list(model.candidates) == ["base_rate"]
    assert kind in model.note
    assert "são precisos 20" in model.note
    said = probability(model.candidates["base_rate"].logits(learned().numbers))
    assert said == pytest.approx(np.full(400, (events + 0.5) / 401))
    assert model.candidates["base_rate"].contributions(learned().numbers).shape == (400, 0)


def test_no_month_to_learn_from_is_no_candidate_and_says_so():
    model = learn(prediction(), 3, laid_together([]), RFM, PORTUGUESE)
    assert not model.candidates
    assert "os 3 meses seguintes ainda não terminaram" in model.note


def test_a_model_read_back_is_the_same():
    model = learn(prediction(), 1, learned(), RFM, PORTUGUESE)
    again = PredictionModel.from_json(model.to_json(), "here")
    assert again.to_json() == model.to_json()
    assert (again.months, again.rows, again.events) == (model.months, model.rows, model.events)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: "{", "expected a model as JSON"),
        (lambda data: json.dumps([1]), "expected the fields candidates, months, rows, events, note, found list"),
        (lambda data: json.dumps({**data, "more": 1}), "found candidates, events, months, more"),
        (
            lambda data: json.dumps({**data, "candidates": {"rfm": {"kind": "forest"}}}),
            "'rfm' is damaged: 'kind' is one of",
        ),
        (lambda data: json.dumps({**data, "candidates": {"additive": {"kind": "additive"}}}), "'level' is a number"),
        (lambda data: json.dumps({**data, "months": ["May"]}), "'months' are no days"),
        (lambda data: json.dumps({**data, "rows": "many"}), "'rows' and 'events' are whole numbers"),
    ],
)
def test_a_damaged_model_says_where_it_is_what_is_wrong_and_what_to_do(damage, said):
    data = json.loads(learn(prediction(), 1, learned(), RFM, PORTUGUESE).to_json())
    with pytest.raises(DamagedModel) as caught:
        PredictionModel.from_json(damage(data), "retail/models/volta of 2011-03")
    assert str(caught.value).startswith("retail/models/volta of 2011-03: ")
    assert said in str(caught.value)
    assert "Materialize this asset and month again" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("additive", "steps", [{"feature": "x", "edges": [2, 1], "values": [0, 0, 0, 0], "usual": 0}]),
        ("additive", "steps", [{"feature": "x", "edges": [1], "values": [0, 0], "usual": 0}]),
        ("additive", "steps", [{"feature": "x", "edges": [1], "values": [0, 0, 0], "usual": 9}]),
        ("table", "cells", [[0.0]]),
        ("table", "usual", [99, 0]),
        ("table", "edges", [[1]]),
        ("rfm", "scales", [0, 0, 0]),
        ("rfm", "weights", [1]),
        ("mean", "members", [1]),
    ],
)
def test_a_candidate_with_a_field_that_scores_nothing_is_damaged(kind, field, value):
    data = json.loads(learn(prediction(), 1, learned(), RFM, PORTUGUESE).to_json())
    data["candidates"][kind][field] = value
    with pytest.raises(DamagedModel, match=f"the candidate '{kind}' is damaged"):
        PredictionModel.from_json(json.dumps(data), "here")


def test_the_digest_changes_with_rows_and_what_is_tried_and_not_with_goals():
    first = digest_of_fit(prediction(), 1, learned(), PORTUGUESE)
    assert digest_of_fit(prediction(goals={"skill": 0.3}, title="Outra"), 1, learned(), PORTUGUESE) == first
    assert digest_of_fit(prediction(candidates=["last_period", "rfm"]), 1, learned(), PORTUGUESE) != first
    assert digest_of_fit(prediction(), 3, learned(), PORTUGUESE) != first
    assert digest_of_fit(prediction(), 1, learned(events=30), PORTUGUESE) != first


def test_the_digest_changes_with_the_library_that_solves_the_logistic_regression(monkeypatch):
    first, known = digest_of_fit(prediction(), 1, learned(), PORTUGUESE), digests.version
    monkeypatch.setattr(digests, "version", lambda name: "0" if name == "scipy" else known(name))
    digests.digest_of_code.cache_clear()
    try:
        assert digest_of_fit(prediction(), 1, learned(), PORTUGUESE) != first
    finally:
        digests.digest_of_code.cache_clear()


def test_the_numbers_of_a_month_are_its_features_and_whether_and_how_often_it_happened():
    frame = pd.DataFrame(
        {"customer_id": ["b", "a"], "recency_days": [3, 4], "frequency": [6, 3], "share_lamps": [1, None]}
    )
    known = as_of(MARCH, frame, ["recency_days", "frequency", "share_*"], {"a"}, {"a": 1, "b": 3}, 3)
    assert known.customers.tolist() == ["a", "b"]
    assert known.numbers["frequency"].tolist() == [3, 6]
    assert known.numbers[DID].tolist() == [1, 0]
    assert known.numbers[SHARE_OF_MONTHS].tolist() == [pytest.approx(1 / 3), 1]
    assert list(known.numbers.columns) == ["recency_days", "frequency", "share_lamps", DID, SHARE_OF_MONTHS]


def test_an_infinite_feature_is_not_known_and_stops_nobody_from_learning():
    told = learned()
    frame = told.numbers[[*RFM]].assign(customer_id=[f"{at:03}" for at in range(400)])
    frame.loc[3, "monetary"], frame.loc[4, "frequency"] = np.inf, -np.inf
    known = as_of(MARCH, frame, [*RFM], (), {}, 6)
    assert known.numbers["monetary"].isna().sum() == known.numbers["frequency"].isna().sum() == 1
    model = learn(prediction(), 1, laid_together([(known, told.came)]), RFM, PORTUGUESE)
    for name, candidate in model.candidates.items():
        assert np.isfinite(candidate.logits(known.numbers)).all(), name


@pytest.mark.parametrize("came", [np.ones(400), np.zeros(400)])
def test_a_hold_out_in_which_it_came_of_all_or_of_none_is_judged_by_its_error_alone(came):
    model, known = learn(prediction(), 1, learned(), RFM, PORTUGUESE), AsOf(MARCH, np.arange(400), learned().numbers)
    found = evaluated(PORTUGUESE, [HoldOut(known, model, came)], model, None, 0.7)
    assert {row["candidate"] for row in found.board} == set(model.candidates)
    assert all(np.isnan(row["auc"]) and np.isnan(row["slope"]) and row["brier"] > 0 for row in found.board)
    assert over_all(found.board, (0.7, 1.4), 0.9) == []


@pytest.mark.parametrize("count", [2, 6])
def test_of_a_handful_of_customers_every_candidate_is_fitted_and_judged(count):
    told = learned()
    numbers, came = told.numbers.iloc[:count].reset_index(drop=True), np.arange(count) % 2.0
    model = learn(prediction(minimum_events=1), 1, Learned((MARCH,), numbers, came), RFM, PORTUGUESE)
    assert len(model.candidates) == 6
    assert all(np.isfinite(each.logits(told.numbers)).all() for each in model.candidates.values())
    board = evaluated(
        PORTUGUESE, [HoldOut(AsOf(APRIL, np.arange(count), numbers), model, came)], model, None, 0.7
    ).board
    assert all(np.isnan(row["reached_100"]) for row in board)


def test_a_customer_of_whom_nothing_is_known_is_predicted_all_the_same():
    frame = pd.DataFrame({"customer_id": ["new"], "recency_days": [None], "frequency": [None], "monetary": [None]})
    known = as_of(MARCH, frame, list(RFM), (), {}, 6)
    model = learn(prediction(), 1, learned(), RFM, PORTUGUESE)
    for name, candidate in model.candidates.items():
        assert np.isfinite(candidate.logits(known.numbers)).all(), name
        assert np.isfinite(candidate.contributions(known.numbers)).all(), name
    assert unknown(known.numbers, model.candidates["rfm"]) == list(RFM)
    assert unknown(known.numbers.drop(columns="monetary"), model.candidates["rfm"]) == list(RFM)


def test_a_feature_that_a_month_lacks_is_not_known_there():
    one = AsOf(MARCH, np.array(["a"]), pd.DataFrame({"x": [1.0], "share_new": [0.5]}))
    two = AsOf(APRIL, np.array(["a"]), pd.DataFrame({"x": [2.0]}))
    both = laid_together([(two, np.array([1.0])), (one, np.array([0.0]))])
    assert both.numbers["x"].tolist() == [2, 1]
    assert both.numbers["share_new"].isna().tolist() == [True, False]
    assert both.months == (APRIL, MARCH)


def test_hold_outs_that_learned_nothing_judge_nobody():
    model, silent = (
        learn(prediction(), 1, learned(), RFM, PORTUGUESE),
        learn(prediction(), 1, learned(3), RFM, PORTUGUESE),
    )
    known = AsOf(MARCH, np.arange(400), learned().numbers)
    found = evaluated(PORTUGUESE, [HoldOut(known, silent, learned().came)], model, None, 0.7)
    assert (found.choice.name, found.board) == ("last_period", [])
    assert "ainda não há mês em que comparar" in found.choice.why
    judged = evaluated(
        PORTUGUESE, [HoldOut(known, silent, learned().came), HoldOut(known, model, learned().came)], model, None, 0.7
    )
    assert {row["hold_out"] for row in judged.board} == {MARCH}
    assert sum(row["n"] for row in judged.calibration) == 400


def test_who_serves_is_better_than_the_last_period_in_each_hold_out_and_not_only_in_all():
    model, told = learn(prediction(), 1, learned(), RFM, PORTUGUESE), learned()
    april = (told.numbers[DID].to_numpy() > 0.5).astype("float64")  # all do as in the last period, nothing else counts
    march, two = AsOf(MARCH, np.arange(400), told.numbers), AsOf(APRIL, np.arange(400), told.numbers)
    found = evaluated(PORTUGUESE, [HoldOut(march, model, told.came)], model, None, 0.7)
    assert found.choice.name != "last_period"
    found = evaluated(PORTUGUESE, [HoldOut(march, model, told.came), HoldOut(two, model, april)], model, None, 0.7)
    assert found.choice.name == "last_period"
    assert "2011-04" in found.choice.why
    assert "2011-03" not in found.choice.why


@pytest.mark.parametrize(
    ("feature", "value", "adds", "said"),
    [
        ("recency_days", 12.0, 0.4, "Comprou há 12 dias (mais provável)"),
        ("recency_days", 1.0, 0.4, "Comprou há 1 dia (mais provável)"),
        ("frequency", 5.0, 0.2, "5 pedidos em 6 meses (mais provável)"),
        (DID, 0.0, -0.3, "Não comprou nos últimos 3 meses (menos provável)"),
        (SHARE_OF_MONTHS, 0.5, 0.3, "Comprou em 50 % dos últimos meses (mais provável)"),
        ("monetary", float("nan"), -0.3, "Valor líquido: sem dado (menos provável)"),
    ],
)
def test_a_reason_says_the_value_and_which_way_it_moves(feature, value, adds, said):
    assert reason(PORTUGUESE, feature, value, adds, "active", 3, 6) == said


@pytest.mark.parametrize(
    ("feature", "value", "target", "said"),
    [
        (DID, 1.0, "leaves", "O valor recorrente caiu nos últimos 3 meses"),
        (DID, 0.0, "leaves", "O valor recorrente não caiu nos últimos 3 meses"),
        (SHARE_OF_MONTHS, 1.0, "leaves", "Pagou em 100 % dos últimos meses"),
        ("mrr_growth_3m", -0.25, "leaves", "Crescimento do MRR em 3 meses: -25 %"),
        (DID, 0.0, "uses_coupon", "Não usou cupom nos últimos 3 meses"),
        (DID, 1.0, "buys_item_group", "Comprou da categoria nos últimos 3 meses"),
    ],
)
def test_each_target_has_words_of_its_own_for_what_was_done(feature, value, target, said):
    assert reason(PORTUGUESE, feature, value, 0.3, target, 3, 6) == f"{said} (mais provável)"


def test_a_period_in_days_is_said_in_days():
    assert reason(PORTUGUESE, DID, 1.0, 0.3, "active", 7, 6, "days") == "Comprou nos últimos 7 dias (mais provável)"
    note = learn(prediction(horizon_days=[7]), 7, laid_together([]), RFM, PORTUGUESE).note
    assert "os 7 dias seguintes ainda não terminaram" in note


def test_of_visits_a_purchase_is_still_a_purchase():
    assert reason(PORTUGUESE, "recency_days", 9.0, 0.2, "visits", 1, 6) == "Comprou há 9 dias (mais provável)"
    assert reason(PORTUGUESE, "days_since_visit", 2.0, 0.2, "visits", 1, 6) == "Veio há 2 dias (mais provável)"


def test_the_sentence_begins_large_and_has_words_for_who_is_like_most():
    assert sentence(PORTUGUESE, ["Comprou há 2 dias (mais provável)", "Cliente há 3 meses (mais provável)"]) == (
        "Comprou há 2 dias (mais provável); cliente há 3 meses (mais provável)"
    )
    assert sentence(PORTUGUESE, ["Nota: 3", "MRR: 20 (menos provável)"]) == "Nota: 3; MRR: 20 (menos provável)"
    assert sentence(PORTUGUESE, []) == "Como a maioria dos clientes"
