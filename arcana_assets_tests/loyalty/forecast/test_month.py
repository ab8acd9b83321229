"""A month of forecasts: nothing without members, results of forecasts that end in it, values with their interval."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.forecast.month import Ended, Groups, Known, Past, forecast_month, intervals_hold
from arcana_assets.loyalty.forecast.revenue import HALF, LAST, SEASONAL, at_most, forecasts, spread

MAY = date(2011, 5, 1)
IDS = [f"c{at:02}" for at in range(40)]
GROUPS = Groups(frozenset(IDS), {"insiders": frozenset(IDS[:10]), "vip": frozenset()})
PAID = pd.Series(np.arange(40.0), index=IDS)


def said(a_month=10.0):
    """What models say of customers who pay as much each month."""
    lasts = {f"last_{h}": a_month * h for h in (1, 3, 6)}
    return forecasts(pd.DataFrame({"customer_id": IDS, "window": 6 * a_month, **lasts}), 12, 6)


def known(month=MAY, now=10.0):
    return Known(month, GROUPS, said(now), said(), {3: Ended(GROUPS, PAID)})


def test_what_came_of_a_forecast_is_what_its_group_has_paid_since():
    past = Past([], [])
    past.add(forecast_month(shifted(MAY, -3), "insiders", known(shifted(MAY, -3)), past))
    done = forecast_month(MAY, "insiders", known(), past)
    told = done.results[(done.results["model"] == HALF) & (done.results["horizon"] == 3)].set_index("group")
    assert told["outcome"].to_dict() == {"members": sum(range(10)), "rest": sum(range(10, 40))}
    assert told["forecast"].to_dict() == {"members": 300.0, "rest": 900.0}
    assert set(told["made_in"]) == {shifted(MAY, -3)}
    assert len(done.values) == 40
    assert (done.values["expected"] <= done.values["up_to"]).all()


def test_forecasts_of_a_month_that_was_open_are_of_the_month_before_and_have_no_outcome_three_months_later():
    past = Past([], [])
    past.add(forecast_month(shifted(MAY, -3), "insiders", known(shifted(MAY, -4)), past))
    assert set(past.forecasts[0]["month"]) == {shifted(MAY, -3)}
    assert forecast_month(MAY, "insiders", known(), past).results.empty


def result(off, programme="insiders", horizon=3, model=HALF, back=5):
    """A result of a forecast that was made so many months ago: how far off is the logarithm of outcome over it."""
    row = {"month": shifted(MAY, horizon - back), "programme": programme, "made_in": shifted(MAY, -back)}
    row |= {"group": "members"}
    row |= {"horizon": horizon, "model": model, "forecast": 100.0, "outcome": 100.0 * np.exp(off)}
    return row | {"covered": True, "served": True}


def test_a_customer_s_limit_is_of_what_was_said_then_and_is_expected_now_and_of_how_far_its_forecasts_were_off():
    """Those of another programme, horizon or model were off by far, and say nothing of these."""
    others = [result(2.0, programme="vip"), result(2.0, horizon=1), result(2.0, model=LAST)]
    past = Past([], [pd.DataFrame([result(0.2), *others])])
    values = forecast_month(MAY, "insiders", known(now=20.0), past).values
    assert values["expected"].tolist() == [60.0] * 40
    by_hand = at_most(np.full(40, 30.0), PAID.to_numpy(), np.full(40, 60.0), spread(0.2, 1))
    assert values["up_to"].tolist() == pytest.approx(by_hand.tolist())
    assert by_hand[0] != pytest.approx(at_most(np.full(40, 30.0), PAID.to_numpy(), np.full(40, 60.0), spread(2, 1))[0])


def test_where_the_seasonal_model_serves_a_customer_s_value_is_that_of_the_half_one():
    """It tells of groups alone: a season is no customer's."""
    told = [result(off, model=model, back=back) for back in range(7, 13) for model, off in ((HALF, 0.5), (SEASONAL, 0))]
    done = forecast_month(MAY, "insiders", known(), Past([], [pd.DataFrame(told)]))
    serves = done.forecasts[done.forecasts["serves"].astype(bool) & (done.forecasts["horizon"] == 3)]
    assert set(serves["model"]) == {SEASONAL}
    assert (len(done.values), set(done.values["model"])) == (40, {HALF})


def test_a_customer_s_limit_is_of_the_model_that_serves():
    told = [result(off, model=model, back=back) for back in range(7, 13) for model, off in ((HALF, 0.5), (LAST, 0.1))]
    values = forecast_month(MAY, "insiders", known(), Past([], [pd.DataFrame(told)])).values
    assert set(values["model"]) == {LAST}
    by_hand = at_most(np.full(40, 30.0), PAID.to_numpy(), np.full(40, 30.0), spread(0.1, 6))
    assert values["up_to"].tolist() == pytest.approx(by_hand.tolist())


def test_an_open_month_has_the_forecasts_of_the_one_before_and_no_results():
    past = Past([], [])
    past.add(forecast_month(shifted(MAY, -3), "insiders", known(shifted(MAY, -3)), past))
    june = forecast_month(shifted(MAY, 1), "insiders", known(MAY), past)
    assert june.results.empty
    assert set(june.forecasts["made_in"]) == {MAY}
    assert set(june.forecasts["month"]) == {shifted(MAY, 1)}


def test_a_programme_without_members_has_no_forecast():
    done = forecast_month(MAY, "vip", known(), Past([], []))
    assert done.forecasts.empty
    assert done.values.empty


def test_intervals_are_warned_of_once_enough_outcomes_are_known():
    outside = pd.DataFrame({"covered": [False] * 9})
    assert intervals_hold(outside) == (True, "0% of 9 outcomes lie within their 80 % intervals")
    assert not intervals_hold(pd.concat([outside, outside]))[0]
    assert intervals_hold(outside.iloc[:0]) == (True, "No forecast is old enough yet")
