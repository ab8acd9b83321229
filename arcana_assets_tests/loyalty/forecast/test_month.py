"""A month of forecasts: nothing without members, results of forecasts that end in it."""

from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.forecast.month import Ended, Groups, Known, Past, forecast_month, intervals_hold
from arcana_assets.loyalty.forecast.revenue import HALF, forecasts
from arcana_assets.presentation.language import language_of

PORTUGUESE = language_of()

MAY = date(2011, 5, 1)
IDS = [f"c{at:02}" for at in range(40)]
GROUPS = Groups(frozenset(IDS), {"insiders": frozenset(IDS[:10]), "vip": frozenset()})
PAID = pd.Series(np.arange(40.0), index=IDS)


def said(a_month=10.0):
    """What models say of customers who pay as much each month."""
    lasts = {f"last_{h}": a_month * h for h in (1, 3, 6)}
    return forecasts(pd.DataFrame({"customer_id": IDS, "window": 6 * a_month, **lasts}), 12, 6)


def known(month=MAY):
    return Known(month, GROUPS, said(), {3: Ended(GROUPS, PAID)})


def test_what_came_of_a_forecast_is_what_its_group_has_paid_since():
    past = Past([], [])
    past.add(forecast_month(shifted(MAY, -3), "insiders", known(shifted(MAY, -3)), past, PORTUGUESE))
    done = forecast_month(MAY, "insiders", known(), past, PORTUGUESE)
    told = done.results[(done.results["model"] == HALF) & (done.results["horizon"] == 3)].set_index("group")
    assert told["outcome"].to_dict() == {"members": sum(range(10)), "rest": sum(range(10, 40))}
    assert told["forecast"].to_dict() == {"members": 300.0, "rest": 900.0}
    assert set(told["made_in"]) == {shifted(MAY, -3)}


def test_forecasts_of_a_month_that_was_open_are_of_the_month_before_and_have_no_outcome_three_months_later():
    past = Past([], [])
    past.add(forecast_month(shifted(MAY, -3), "insiders", known(shifted(MAY, -4)), past, PORTUGUESE))
    assert set(past.forecasts[0]["month"]) == {shifted(MAY, -3)}
    assert forecast_month(MAY, "insiders", known(), past, PORTUGUESE).results.empty


def test_an_open_month_has_the_forecasts_of_the_one_before_and_no_results():
    past = Past([], [])
    past.add(forecast_month(shifted(MAY, -3), "insiders", known(shifted(MAY, -3)), past, PORTUGUESE))
    june = forecast_month(shifted(MAY, 1), "insiders", known(MAY), past, PORTUGUESE)
    assert june.results.empty
    assert set(june.forecasts["made_in"]) == {MAY}
    assert set(june.forecasts["month"]) == {shifted(MAY, 1)}


def test_a_programme_without_members_has_no_forecast():
    done = forecast_month(MAY, "vip", known(), Past([], []), PORTUGUESE)
    assert done.forecasts.empty


def test_intervals_are_warned_of_once_enough_outcomes_are_known():
    outside = pd.DataFrame({"covered": [False] * 9})
    assert intervals_hold(outside) == (True, "0% of 9 outcomes lie within their 80 % intervals")
    assert not intervals_hold(pd.concat([outside, outside]))[0]
    assert intervals_hold(outside.iloc[:0]) == (True, "No forecast is old enough yet")
