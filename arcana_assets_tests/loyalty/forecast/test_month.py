"""A month of forecasts: nothing without members, results of forecasts that end in it, values with their interval."""

from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.forecast.month import Ended, Groups, Known, Past, forecast_month, intervals_hold
from arcana_assets.loyalty.forecast.revenue import HALF, forecasts

MAY = date(2011, 5, 1)
IDS = [f"c{at:02}" for at in range(40)]
GROUPS = Groups(frozenset(IDS), {"insiders": frozenset(IDS[:10]), "vip": frozenset()})
PAID = pd.Series(np.arange(40.0), index=IDS)


def known(month=MAY):
    history = pd.DataFrame({"customer_id": IDS, "window": 60.0, **{f"last_{h}": 10.0 * h for h in (1, 3, 6)}})
    said = forecasts(history, 12, 6)
    return Known(month, GROUPS, said, said, {3: Ended(GROUPS, PAID)})


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
