"""Spend: paces, the factor on them, who serves, intervals, and what is damaged."""

import json

import numpy as np
import pandas as pd
import pytest

from arcana_assets.predictions.amounts import (
    choice_of_amounts,
    covered,
    evaluated_amounts,
    measured_money,
    not_covered,
)
from arcana_assets.predictions.champion import InUse
from arcana_assets.predictions.evaluation import HoldOut
from arcana_assets.predictions.intervals import BINS, bands, bands_from, within
from arcana_assets.predictions.methods.amounts import LAST_PAID, WINDOW_PAID
from arcana_assets.predictions.methods.ratio import ratio
from arcana_assets.predictions.model import DamagedModel, PredictionModel, digest_of_fit, learn
from arcana_assets.predictions.paces import LAST_SHARE, PACE, with_paces
from arcana_assets.predictions.reasons import reason
from arcana_assets.predictions.rows import AsOf, Learned
from arcana_assets.presentation.language import language_of
from arcana_assets_tests.predictions.spenders import MARCH, learned, month_of, nobody_pays, prediction

PORTUGUESE = language_of()

TRIED = ["last_period", "window_rate", "half_and_half", "ratio", "mean"]
MODEL = learn(prediction(), 3, learned(0, 1, 2), (), PORTUGUESE)


def test_paces_are_the_last_period_and_the_rate_of_the_window_stretched_where_the_domain_is_young():
    known = AsOf(MARCH, np.array(["a", "b", "new"], dtype=object), pd.DataFrame({"x": [1.0, 2.0, 3.0]}))
    history = pd.DataFrame({"customer_id": ["b", "a"], "last_3": [-40.0, 30.0], "window": [-40.0, 120.0]})
    numbers = with_paces(known, history, 3, 12, 6).numbers
    assert numbers[LAST_PAID].tolist() == [30, -40, 0]
    assert numbers[WINDOW_PAID].tolist() == [60, -20, 0]
    assert numbers[PACE].tolist() == [45, 0, 0]  # who took back more than was paid has no pace, nor who is new
    assert numbers[LAST_SHARE].tolist()[0] == pytest.approx(1 / 3)
    assert numbers[LAST_SHARE].isna().tolist() == [False, True, True]
    young = with_paces(known, history, 3, 2, 6).numbers
    assert young[LAST_PAID].tolist()[0] == 45  # two months are known: half as much again
    assert young[WINDOW_PAID].tolist()[0] == 180


def test_candidates_are_those_of_spend_in_the_order_of_their_simplicity_and_say_0_or_more():
    assert list(MODEL.amounts) == TRIED
    known, _ = month_of(9)
    numbers = known.numbers.assign(**{LAST_PAID: -10.0, WINDOW_PAID: -5.0, PACE: 0.0, LAST_SHARE: np.nan})
    for name, candidate in MODEL.amounts.items():
        assert (candidate.amounts(known.numbers) >= 0).all(), name
        assert candidate.amounts(numbers).tolist() == [0.0] * len(numbers), name
    half, factor, mean = (MODEL.amounts[name].amounts(known.numbers) for name in ("half_and_half", "ratio", "mean"))
    assert mean == pytest.approx((half + factor) / 2)


def test_the_factor_finds_who_pays_more_than_the_pace_and_keeps_the_sum_of_the_paces():
    rows = learned(0, 1, 2)
    said, pace = MODEL.amounts["ratio"].amounts(rows.numbers), rows.numbers[PACE].to_numpy()
    assert said.sum() == pytest.approx(pace.sum())
    factor, recent = said / pace, rows.numbers["recency_days"] < 80
    late = rows.numbers["recency_days"] > 100
    assert np.median(factor[recent]) / np.median(factor[late]) == pytest.approx(3, rel=0.2)
    later, came = month_of(7)
    errors = {name: np.mean((each.amounts(later.numbers) - came) ** 2) for name, each in MODEL.amounts.items()}
    assert errors["ratio"] < 0.8 * errors["half_and_half"]


def test_a_season_of_a_month_is_no_customer_s_doing():
    plain, twice = month_of(0), month_of(0, season=2.0)
    numbers = plain[0].numbers
    made = [ratio(numbers, paid, ("recency_days", "frequency"), (600,)) for paid in (plain[1], twice[1])]
    one, two = (each.amounts(numbers) for each in made)
    assert one == pytest.approx(two)


def test_contributions_add_up_to_the_logarithm_of_the_factor_over_that_of_the_median_customer():
    known, _ = month_of(4)
    for name in ("ratio", "mean"):
        parts = MODEL.amounts[name].contributions(known.numbers)
        factor = np.log(MODEL.amounts["ratio"].amounts(known.numbers) / known.numbers[PACE])
        apart = factor - parts.sum(axis=1)
        assert np.ptp(apart) < 1e-9, name
    assert MODEL.amounts["half_and_half"].contributions(known.numbers).shape == (600, 0)


def test_the_same_rows_are_the_same_bytes_and_what_is_read_back_says_the_same():
    again = learn(prediction(), 3, learned(0, 1, 2), (), PORTUGUESE)
    assert again.to_json() == MODEL.to_json()
    back = PredictionModel.from_json(MODEL.to_json(), "here")
    assert back.to_json() == MODEL.to_json()
    known, _ = month_of(5)
    for name in TRIED:
        assert (back.amounts[name].amounts(known.numbers) == MODEL.amounts[name].amounts(known.numbers)).all()
    rows = learned(0, 1)
    other = Learned(rows.months, rows.numbers, rows.came, (500, 700))
    assert digest_of_fit(prediction(), 3, rows, PORTUGUESE) != digest_of_fit(prediction(), 3, other, PORTUGUESE)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("last_period", {"weights": [1.0, 2.0]}, "'weights' is a list of 1 numbers"),
        ("last_period", {"names": "x"}, "'names' is a list of names"),
        ("ratio", {"factor": {"kind": "ratio", "level": "x", "steps": []}}, "'level' is a number"),
        ("ratio", {"pace": None}, "'pace' and 'factor' are what the amount is the product of"),
        ("ratio", {"pace": {"names": [], "weights": []}}, "'names' is a list of names"),
        ("mean", {"members": [1]}, "'members' is a list of candidates"),
        ("mean", {"members": [{"kind": "forest"}, {"kind": "pace"}]}, "'kind' is one of pace, ratio"),
    ],
)
def test_a_damaged_candidate_of_spend_is_named_with_what_is_wrong(name, change, said):
    data = json.loads(MODEL.to_json())
    data["candidates"][name] |= change
    with pytest.raises(DamagedModel) as caught:
        PredictionModel.from_json(json.dumps(data), "retail/models/gasto of 2011-03")
    assert f"the candidate '{name}' is damaged: {said}" in str(caught.value)


@pytest.mark.parametrize("paid", ["nobody", "few"])
def test_where_nobody_or_too_few_paid_everybody_goes_on_at_the_own_pace_with_a_note(paid):
    rows = learned(0, 1)
    few = np.where(np.arange(len(rows.came)) < 49, 10.0, 0.0)
    rows = nobody_pays(rows) if paid == "nobody" else Learned(rows.months, rows.numbers, few, rows.sizes)
    model = learn(prediction(), 3, rows, (), PORTUGUESE)
    assert list(model.amounts) == ["last_period", "window_rate", "half_and_half"]
    assert f"{0 if paid == 'nobody' else 49} clientes com ritmo pagaram algo; são precisos 50" in model.note
    known, came = month_of(3)
    found = evaluated_amounts(PORTUGUESE, [HoldOut(known, model, came)], model, None)
    assert (found.choice.name, found.board) == ("half_and_half", [])
    only_last = learn(prediction(candidates=["last_period"]), 3, rows, (), PORTUGUESE)
    assert evaluated_amounts(PORTUGUESE, [], only_last, None).choice.name == "last_period"


def test_a_month_in_which_nobody_paid_teaches_nothing_and_breaks_nothing():
    first, second = month_of(0), month_of(1)
    rows = np.concatenate([first[1], np.zeros(600)])
    numbers = pd.concat([first[0].numbers, second[0].numbers], ignore_index=True)
    both = ratio(numbers, rows, ("recency_days", "frequency"), (600, 600))
    alone = ratio(first[0].numbers, first[1], ("recency_days", "frequency"), (600,))
    assert both.as_dict() == alone.as_dict()


def test_measures_of_money_by_hand():
    said, paid = np.array([30.0, 0.0, 10.0]), np.array([40.0, 0.0, 0.0])
    found = measured_money(said, paid)
    assert found["rmse"] == pytest.approx(np.sqrt((100 + 0 + 100) / 3))
    assert found["mae"] == pytest.approx(20 / 3)
    assert found["spearman"] == pytest.approx(np.sqrt(3) / 2)
    assert found["revenue_10"] == pytest.approx(0.3)  # a tenth of three customers is .3 of the first
    nothing = measured_money(np.zeros(3), np.zeros(3))
    assert np.isnan(nothing["spearman"])
    assert np.isnan(nothing["revenue_10"])
    assert covered(np.array([0.0, 5.0]), np.array([9.0, 9.0]), np.array([9.0, 4.0])) == 0.5
    assert np.isnan(covered(np.array([np.nan]), np.array([np.nan]), np.array([1.0])))


LOSSES = {name: np.full(10, loss) for name, loss in zip(TRIED, (1.0, 0.9, 0.8, 0.7, 0.75), strict=True)}


def test_the_lowest_error_serves_and_gives_way_only_to_who_is_better_in_two_months_running():
    ids = np.arange(10)
    first = choice_of_amounts(PORTUGUESE, LOSSES, ids, None)
    assert first.name == "ratio"
    assert "erro quadrático 30,0 % abaixo do último período" in first.why
    holds = choice_of_amounts(PORTUGUESE, LOSSES, ids, InUse("half_and_half", frozenset({"window_rate"})))
    assert holds.name == "half_and_half"
    assert holds.beyond == {"ratio", "mean"}
    assert "passa a servir se o for também no próximo mês" in holds.why
    assert choice_of_amounts(PORTUGUESE, LOSSES, ids, InUse("half_and_half", holds.beyond)).name == "ratio"


def test_never_one_that_does_not_beat_the_last_period_not_even_one_in_use():
    worse = {name: each if name == "last_period" else each + 0.5 for name, each in LOSSES.items()}
    found = choice_of_amounts(PORTUGUESE, worse, np.arange(10), InUse("ratio", frozenset()))
    assert found.name == "last_period"
    equal = dict.fromkeys(TRIED, np.ones(10))
    assert choice_of_amounts(PORTUGUESE, equal, np.arange(10), None).name == "last_period"


def test_nor_one_that_the_last_period_beats_in_one_hold_out():
    months = np.repeat([1, 2], 5)
    once = LOSSES | {"ratio": np.where(months == 2, 1.01, 0.2)}
    assert once["ratio"].mean() < min(each.mean() for name, each in LOSSES.items() if name != "ratio")
    assert choice_of_amounts(PORTUGUESE, once, months, None).name == "mean"
    assert choice_of_amounts(PORTUGUESE, once, months, InUse("ratio", frozenset())).name == "mean"


def test_hold_outs_of_one_training_month_judge_nobody_and_give_intervals_all_the_same():
    young, old = learn(prediction(), 3, learned(0), (), PORTUGUESE), MODEL
    known, came = month_of(6)
    found = evaluated_amounts(PORTUGUESE, [HoldOut(known, young, came)], old, None)
    assert (found.choice.name, found.board) == ("half_and_half", [])
    assert len(found.calibration) == BINS
    judged = evaluated_amounts(
        PORTUGUESE, [HoldOut(known, old, came, earlier=HoldOut(*month_of(5)[:1], old, month_of(5)[1]))], old, None
    )
    assert judged.choice.name == "ratio"
    rows = {row["candidate"]: row for row in judged.board}
    assert list(rows) == TRIED
    assert rows["ratio"]["serves"]
    assert rows["last_period"]["skill"] == pytest.approx(0)
    assert 0.7 < rows["ratio"]["coverage"] < 0.95
    assert np.isnan(rows["ratio"]["brier"])
    without = evaluated_amounts(PORTUGUESE, [HoldOut(known, old, came)], old, None)
    assert np.isnan(without.board[0]["coverage"])


def test_intervals_that_cover_too_few_or_too_many_are_told_with_what_was_expected():
    board = [{"serves": True, "coverage": 0.95, "n": 100}, {"serves": True, "coverage": 0.97, "n": 300}]
    assert not_covered(board, (0.7, 0.9)) == (
        "96% of the customers paid what their 80 % interval said; expected 70% to 90%"
    )
    assert not_covered(board, (0.7, 0.97)) is None
    assert not_covered([{"serves": True, "coverage": np.nan, "n": 100}], (0.7, 0.9)) is None


def planted(seed, customers, base=1.0):
    """Forecasts, and what came of them: four in five pay about what was forecast, times what the base moved by."""
    rng = np.random.default_rng(seed)
    said = rng.gamma(2, 100, customers)
    return said, base * said * rng.lognormal(0, 0.7, customers) * (rng.random(customers) < 0.8)


@pytest.mark.parametrize("move", [0.7, 1.0, 1.3])
def test_at_least_eight_in_ten_pay_what_their_interval_says_also_where_the_base_has_moved(move):
    then, paid = planted(6, 5_000)
    now, later = planted(7, 5_000, move)
    low, high = within(bands(then, paid), now)
    assert 0.78 <= covered(low, high, later) <= (0.93 if move == 1 else 0.97)
    assert (later <= high).mean() >= 0.8
    largest = now >= np.quantile(now, 0.9)
    assert covered(low[largest], high[largest], later[largest]) >= 0.78
    assert (low <= now).all()
    assert (now <= high).all()


def test_a_base_that_moved_has_wider_intervals():
    then, paid = planted(6, 5_000)
    calm, wild = (within(bands(then, paid * by), np.array([200.0])) for by in (1.25, 5.0))
    assert wild[1][0] / calm[1][0] > 4.5


def test_with_too_few_customers_no_interval_is_said():
    assert bands(np.ones(5), np.ones(5)) == []
    assert np.isnan(within([], np.ones(3))).all()


def test_the_interval_of_the_largest_is_as_large_as_they_are():
    rng = np.random.default_rng(9)
    then = np.sort(rng.pareto(1.2, 2_000) + 1) * 100
    found = bands(then, then * rng.choice([0.5, 0.8, 1.0, 1.2, 2.0], 2_000))
    high = within(found, then)[1][-20:] / then[-20:]
    assert np.ptp(high) == pytest.approx(0)
    assert high[0] > 1.8


def test_customers_of_one_forecast_are_one_band_and_those_of_nothing_are_told_by_money():
    alike = bands(np.full(400, 100.0), np.r_[np.zeros(380), np.full(20, 1000.0)])
    assert len(alike) == 1
    assert within(alike, np.full(3, 100.0))[1].tolist() == [100.0] * 3  # never below the forecast
    mixed = np.r_[np.zeros(300), np.linspace(1, 100, 100)]
    found = bands(mixed, np.r_[np.zeros(300), np.linspace(1, 100, 100) * 2])
    low, high = within(found, np.array([0.0, 100.0]))
    assert (low[0], high[0]) == (0.0, 0.0)
    assert high[1] > 150
    assert not found[0].shares
    assert found[-1].shares


def test_bands_are_read_back_and_damaged_ones_are_refused():
    found = bands(*planted(6, 1_000))
    rows = json.loads(json.dumps([band.as_dict() for band in found]))
    assert bands_from(rows) == found
    for damage in (
        {},
        [{**rows[0], "low": "x"}],
        [{**rows[0], "shares": 1}],
        [{**rows[0], "start": 1.0}],
        [rows[0], rows[2], rows[1]],
        [rows[0], rows[0]],
    ):
        with pytest.raises(ValueError, match="intervals"):
            bands_from(damage)


@pytest.mark.parametrize(
    ("feature", "value", "adds", "said"),
    [
        ("recency_days", 12.0, 0.4, "Comprou há 12 dias (acima do ritmo)"),
        ("frequency", 5.0, -0.2, "5 pedidos em 6 meses (abaixo do ritmo)"),
        (PACE, 85.12, 0.2, "Ritmo de 85,1 em 3 meses (acima do ritmo)"),
        (LAST_SHARE, 0.7, -0.2, "Pagou nos últimos 3 meses mais que no ritmo da janela (abaixo do ritmo)"),
        (LAST_SHARE, 0.2, 0.2, "Pagou nos últimos 3 meses menos que no ritmo da janela (acima do ritmo)"),
        (LAST_SHARE, 0.5, 0.2, "Pagou nos últimos 3 meses tanto quanto no ritmo da janela (acima do ritmo)"),
        (LAST_SHARE, float("nan"), -0.2, "Nada pago nos últimos 3 meses nem antes (abaixo do ritmo)"),
    ],
)
def test_reasons_of_spend_say_whether_customers_like_this_pay_above_or_below_their_pace(feature, value, adds, said):
    assert reason(PORTUGUESE, feature, value, adds, "spend", 3, 6) == said
