"""Who serves holds its place over a month that ends early: the months that tell who it was are read."""

from datetime import date
from types import SimpleNamespace

from arcana_assets.recommendations.assets.evaluation import _rows_there


def test_the_month_before_the_first_judged_one_is_asked_for_however_far_back_it_is():
    asked = []
    lake = SimpleNamespace(materialized_months=lambda path, months: asked.append(months) or [])
    key = SimpleNamespace(path=["retail", "gold", "recommendation_evaluation"])
    # December ends with its files on the 9th, so a night of January is judged by November.
    run = SimpleNamespace(months=[date(2012, 1, 1)], judged=lambda month: date(2011, 11, 1))
    assert _rows_there(lake, None, key, run) is None
    assert asked == [[date(2011, 10, 1), date(2011, 11, 1), date(2011, 12, 1), date(2012, 1, 1)]]
