"""Forecasts say what they were made of, intervals are as wide as forecasts were off, and the best one serves."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.forecast.revenue import (
    HALF,
    HORIZONS,
    LAST,
    RATE,
    SEASONAL,
    forecasts,
    group_totals,
    interval,
    leaderboard,
    models_silent,
    seasonal,
    serving,
    skill,
    spread,
)
from arcana_assets.presentation.language import language_of

PORTUGUESE = language_of()

MAY = date(2011, 5, 1)


def history(**customers):
    """Rows of `revenue_history`: the last month, three, six, and the window of six."""
    rows = [(name, *sums) for name, sums in customers.items()]
    return pd.DataFrame(rows, columns=["customer_id", "last_1", "last_3", "last_6", "window"])


def results(*rows):
    """Outcomes of forecasts: month they were made in, group, horizon, model, forecast, outcome, whether covered."""
    return pd.DataFrame(
        rows, columns=["made_in", "group", "horizon", "model", "forecast", "outcome", "covered"]
    ).astype({"covered": "boolean"})


def test_a_period_is_the_last_one_the_rate_of_the_window_or_half_of_each():
    made = forecasts(history(ana=(100.0, 150.0, 240.0, 240.0)), known_months=8, lookback=6)
    said = {key: float(values[0]) for key, values in made.values.items()}
    assert {horizon: said[LAST, horizon] for horizon in HORIZONS} == {1: 100, 3: 150, 6: 240}
    assert {horizon: said[RATE, horizon] for horizon in HORIZONS} == {1: 40, 3: 120, 6: 240}
    assert {horizon: said[HALF, horizon] for horizon in HORIZONS} == {1: 70, 3: 135, 6: 240}


def test_a_period_longer_than_the_data_is_stretched():
    made = forecasts(history(ana=(100.0, 150.0, 150.0, 150.0)), known_months=2, lookback=6)
    assert made.values[LAST, 6].tolist() == [450]
    assert made.values[RATE, 1].tolist() == [75]


def test_groups_add_up_and_who_never_paid_adds_nothing():
    made = forecasts(history(ana=(1.0, 1, 1, 6), bo=(2.0, 2, 2, 12), cy=(4.0, 4, 4, 24)), 9, 6)
    totals = group_totals(made, {"members": ["ana", "cy", "nobody"], "rest": ["bo"]})
    last = totals[(totals["model"] == LAST) & (totals["horizon"] == 1)].set_index("group")
    assert last["forecast"].to_dict() == {"members": 5, "rest": 2}
    assert last["customers"].to_dict() == {"members": 2, "rest": 1}


def test_the_seasonal_forecast_is_the_half_one_times_what_it_missed_a_year_ago():
    totals = pd.DataFrame(
        [("members", 3, HALF, 1000.0, 9)], columns=["group", "horizon", "model", "forecast", "customers"]
    )
    year_ago = results((date(2010, 5, 1), "members", 3, HALF, 800.0, 1200.0, None))
    (row,) = seasonal(totals, year_ago, MAY).to_dict("records")
    assert (row["model"], row["forecast"]) == (SEASONAL, 1500)
    assert seasonal(totals, year_ago.assign(made_in=date(2010, 6, 1)), MAY).empty
    assert seasonal(totals, year_ago.assign(forecast=0.0), MAY).empty
    assert seasonal(totals, results(), MAY).empty


def test_error_and_bias_are_of_groups_and_coverage_of_their_intervals():
    told = results(
        (date(2011, 1, 1), "members", 1, HALF, 110.0, 100.0, True),
        (date(2011, 2, 1), "members", 1, HALF, 90.0, 100.0, False),
        (date(2011, 1, 1), "rest", 1, HALF, 300.0, 200.0, None),
        (date(2011, 2, 1), "rest", 1, HALF, 100.0, -50.0, False),
    )
    (row,) = leaderboard(told).to_dict("records")
    assert row["months"] == 2
    assert row["error"] == pytest.approx((20 / 200 + 250 / 250) / 2)  # a month of returns counts, too
    assert row["bias"] == pytest.approx((0 + (400 / 150 - 1)) / 2)
    assert row["drift"] == pytest.approx(math.sqrt((math.log(1.1) ** 2 + math.log(0.9) ** 2 + math.log(1.5) ** 2) / 3))
    assert row["coverage"] == pytest.approx(1 / 3)
    (nothing,) = leaderboard(results((MAY, "rest", 1, HALF, 1.0, 0.0, None))).to_dict("records")
    assert all(math.isnan(nothing[name]) for name in ("error", "bias", "drift", "coverage"))


def known(model, offs, first=0):
    """Results of a model, a month each: an outcome of 100, forecasts so far off."""
    return results(
        *((shifted(MAY, first + step), "members", 1, model, 100.0 + off, 100.0, True) for step, off in enumerate(offs))
    )


def test_the_model_that_gains_most_serves_once_enough_is_known():
    models = [HALF, LAST, RATE]
    told = pd.concat([known(HALF, [30, -30] * 3), known(LAST, [20, -20] * 3), known(RATE, [25, -25] * 3)])
    assert serving(told, 1, models) == LAST
    assert serving(told, 1, [HALF, RATE]) == RATE
    assert serving(told, 3, models) == HALF
    assert serving(told[told["made_in"] < shifted(MAY, 5)], 1, models) == HALF  # five months are too few
    assert serving(told.iloc[:0], 1, models) == HALF
    assert serving(pd.concat([known(HALF, [20, -20] * 3), known(LAST, [20, -20] * 3)]), 1, models) == HALF


def test_bias_counts_beside_error():
    told = pd.concat([known(HALF, [22, -22] * 3), known(LAST, [20] * 6)])
    assert serving(told, 1, [HALF, LAST]) == HALF


def test_a_model_that_was_silent_is_compared_on_the_months_it_spoke_in():
    """It is not spared the hard months: HALF was off by 90 in those without it, and by 5 in the others."""
    told = pd.concat([known(HALF, [90] * 6 + [5, -5] * 4), known(SEASONAL, [10, -10] * 4, first=6)])
    assert serving(told, 1, [HALF, SEASONAL]) == HALF
    better = pd.concat([known(HALF, [30, -30] * 8), known(SEASONAL, [2, -2] * 4, first=8)])
    assert serving(better, 1, [HALF, SEASONAL]) == SEASONAL
    assert serving(better[better["made_in"] < shifted(MAY, 13)], 1, [HALF, SEASONAL]) == HALF


def test_with_four_years_of_seasons_the_seasonal_model_serves():
    """Each month's customers pay by the season alone, which the other models see months late."""
    season = [1.0, 0.6, 0.7, 0.9, 1.0, 1.1, 0.9, 0.8, 1.2, 1.5, 2.0, 3.0]
    told, chosen = results(), HALF
    for step in range(48):
        month = shifted(MAY, step)
        paid = [100 * season[at % 12] for at in range(step - 5, step + 1)]
        half = (paid[-1] + sum(paid) / 6) / 2
        made = pd.DataFrame(
            [("members", 1, HALF, half, 9)], columns=["group", "horizon", "model", "forecast", "customers"]
        )
        made = pd.concat([made, seasonal(made, told, month)])
        chosen = serving(told, 1, made["model"])
        outcome = 100 * season[(step + 1) % 12]
        told = pd.concat([told, made.assign(made_in=month, outcome=outcome, covered=None)], ignore_index=True)
    assert chosen == SEASONAL


def test_an_interval_is_wide_at_first_and_then_as_wide_as_forecasts_were_off():
    low, high = interval(100.0, math.nan, 0)
    assert (low, high) == pytest.approx((100 * math.exp(-1.2815515655 * 0.3), 100 * math.exp(1.2815515655 * 0.3)))
    widths = [math.log(high / low) for low, high in (interval(100.0, 0.1, months) for months in (0, 1, 6, 60))]
    assert widths == sorted(widths, reverse=True)
    assert math.log(interval(1.0, 0.1, 10_000)[1]) == pytest.approx(1.2815515655 * 0.1, rel=1e-2)
    assert math.log(interval(1.0, 0.9, 10_000)[1]) == pytest.approx(1.2815515655 * 0.9, rel=1e-2)
    assert all(math.isnan(end) for end in (*interval(0.0, 0.1, 6), *interval(-5.0, 0.1, 6)))


def test_before_anything_is_known_it_counts_as_two_months_that_were_off_by_a_third():
    assert spread(0.1, 2) == pytest.approx(math.sqrt((2 * 0.1**2 + 2 * 0.3**2) / 4))
    assert spread(0.1, 10) == pytest.approx(math.sqrt((10 * 0.1**2 + 2 * 0.3**2) / 12))
    assert spread(math.nan, 3) == spread(0.1, 0) == pytest.approx(0.3)
    assert math.log(interval(1.0, 0.1, 2)[1]) == pytest.approx(1.2815515655 * spread(0.1, 2))


def test_the_intervals_of_groups_hold_four_times_in_five():
    """Forecasts that are off by a log-normal factor: the share of outcomes inside is near what is said."""
    rng = np.random.default_rng(5)
    outcomes = np.exp(rng.normal(0, 0.25, 4_000))
    low, high = interval(1.0, 0.25, 10_000)
    assert np.mean((low <= outcomes) & (outcomes <= high)) == pytest.approx(0.8, abs=0.02)


def test_skill_is_of_forecasts_that_served_and_of_repeating_the_last_period_in_the_same_months():
    """LAST is hopeless in a month in which nothing served, and HALF in one in which it did not serve."""
    served = known(HALF, [10, -10]).assign(served=True)
    others = pd.concat([known(LAST, [20, -20, 90]), known(HALF, [80], first=5)]).assign(served=False)
    error, repeated, many = skill(pd.concat([served, others]))
    assert (error, repeated, many) == (pytest.approx(0.1), pytest.approx(0.2), 2)
    assert skill(others) is None
    assert skill(others.iloc[:0]) is None


def test_each_model_that_says_nothing_says_why():
    assert set(models_silent(PORTUGUESE, [HALF, LAST, RATE])) == {SEASONAL}
    assert models_silent(PORTUGUESE, [HALF, SEASONAL]) == {}
