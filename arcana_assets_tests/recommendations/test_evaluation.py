"""The leaderboard of a month knows nothing of later months, and says what serves while there is nothing to compare."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.evaluation import EvaluationInputs, leaderboard_of
from arcana_assets.recommendations.interactions import Known
from arcana_assets.recommendations.tables import EVALUATION

PORTUGUESE = language_of()

START = date(2010, 12, 1)
JANUARY, APRIL = date(2011, 1, 1), date(2011, 4, 1)
OFFERS = Recommendations(segmentation="value", horizon_months=3)


def owned(customers=120, seed=3):
    """Who owns X gets Y three months later, and who owns V gets W; others get what is popular."""
    draw = np.random.default_rng(seed)
    january, april = [], []
    for number in range(customers):
        kind = number % 3
        first = {0: "X", 1: "V", 2: "P"}[kind]
        later = {0: "Y", 1: "W", 2: "Q"}[kind]
        has = [first, *([later] if draw.random() < 0.5 else [])]
        january += [(f"C{number:03d}", item) for item in has]
        april += [(f"C{number:03d}", item) for item in {*has, *([later] if draw.random() < 0.7 else [])}]
    return january, april


def found(january, april, month=APRIL, fitted=JANUARY, offers=OFFERS, **settings):
    has = pd.DataFrame(january, columns=["customer_id", "item_id"]).assign(recent=True, value=1.0)
    ids = sorted(has["customer_id"].unique())
    segments = pd.DataFrame({"customer_id": ids, "segment": [f"0{1 + int(each[1:]) % 2}-S" for each in ids]})
    lived = pd.DataFrame({"customer_id": ids, "region": ["Sul" if int(each[1:]) % 2 else "Norte" for each in ids]})
    known = Known(fitted, has.assign(item_name=has["item_id"]), segments, lived, 6)
    later = pd.DataFrame(april, columns=["customer_id", "item_id"])
    return leaderboard_of(EvaluationInputs(month, known, later), offers.model_copy(update=settings), START, PORTUGUESE)


def test_what_goes_together_beats_what_is_popular_and_serves():
    table = found(*owned())
    assert set(EVALUATION.arrow.names) == set(table.columns)
    whole = table[table["segment"] == ""].set_index("recommender")["ndcg_10"]
    (serving,) = table[table["serves"]].to_dict("records")
    assert serving["recommender"] not in ("popular", "popular_in_segment")
    assert whole[serving["recommender"]] > whole["popular"] + 0.1
    assert serving["fitted_month"] == JANUARY
    assert serving["reason"].startswith("Serve ")
    assert '"probabilities"' in serving["calibration"]
    assert {"01-S", "02-S"} <= set(table["segment"])


def test_a_row_planted_in_a_later_month_reaches_no_fit():
    january, april = owned()
    planted = april + [(f"C{number:03d}", "P") for number in range(0, 120, 3)]  # who owns X has P as well, by then
    before, after = found(january, april), found(january, planted)
    fits = ["recommender", "segment", "coverage_5", "novelty_5"]  # of what is recommended, whatever came of it
    whole = before["segment"] == ""
    pd.testing.assert_frame_equal(before.loc[whole, fits], after.loc[after["segment"] == "", fits])
    assert not before.loc[whole, "ndcg_10"].equals(after.loc[after["segment"] == "", "ndcg_10"])


def test_an_item_that_nobody_had_before_cannot_be_hit():
    january, april = owned()
    new = april + [(f"C{number:03d}", "NEW") for number in range(120)]
    pd.testing.assert_frame_equal(found(january, april), found(january, new))


@pytest.mark.parametrize("named", ["never", "rest"])
def test_what_may_not_be_recommended_is_not_among_what_was_adopted(named):
    offers = OFFERS.model_copy(update={"never": ["Rest"] if named == "never" else []})
    if named == "rest":
        offers.without("Rest")
    january, april = owned()
    january += [("C000", "Rest")]
    some = [*april, ("C000", "Rest")]
    many = some + [(f"C{number:03d}", "Rest") for number in range(1, 120)]
    pd.testing.assert_frame_equal(found(january, some, offers=offers), found(january, many, offers=offers))
    (serving,) = found(january, [("C001", "Rest")], offers=offers)[lambda table: table["serves"]].to_dict("records")
    assert serving["fit"] is False, "nobody adopted anything that could have been recommended"


def test_while_the_domain_is_too_young_nothing_is_fit_to_be_listed_and_the_row_says_why():
    table = found(*owned(), month=date(2011, 2, 1), fitted=date(2010, 11, 1))
    (row,) = table.to_dict("records")
    assert (row["recommender"], row["serves"], row["customers"]) == ("popular_in_segment", True, 0)
    assert row["fit"] is False
    assert row["reason"].startswith("Ainda nada é recomendado: não há com o que comparar.")
    assert "ainda não passaram desde 12/2010" in row["reason"]


def test_where_nobody_adopted_anything_nothing_is_fit_to_be_listed():
    january, _ = owned()
    (serving,) = found(january, january)[lambda table: table["serves"]].to_dict("records")
    assert (serving["recommender"], serving["fit"]) == ("popular_in_segment", False)
    assert "nenhum cliente adotou um item novo" in serving["reason"]


def test_where_nobody_owned_anything_nothing_is_fit_to_be_listed():
    _, april = owned()
    table = found([], april)
    (row,) = table.to_dict("records")
    assert (row["recommender"], row["serves"], row["fit"]) == ("popular_in_segment", True, False)
    assert "Ninguém tinha item algum em 01/2011" in row["reason"]


def test_recommenders_list_only_what_the_rules_let_them():
    free, only_north = (
        found(*owned(), limits=limits) for limits in ({}, {"Y": {"region": ["Norte"]}, "W": {"region": ["Norte"]}})
    )
    hits = [table[table["segment"] == ""].set_index("recommender")["hit_5"] for table in (free, only_north)]
    assert (hits[1] < hits[0] - 0.1).all()


def test_of_a_catalogue_too_large_for_pairs_the_reason_says_what_was_not_compared(monkeypatch):
    for place in ("evaluation", "recommenders.every"):
        monkeypatch.setattr(f"arcana_assets.recommendations.{place}.MOST_ITEMS", 2)
    board = found(*owned())
    assert not board["recommender"].isin(["ease", "ease_with_segments", "also_in_segment"]).any()
    (reason,) = board.loc[board["serves"], "reason"]
    assert reason.endswith("EASE e quem tem X não foram avaliados: o catálogo tem 6 itens (limite: 2).")


def test_an_open_month_has_the_rows_of_the_whole_one_under_its_own_date():
    closed, open_month = (found(*owned(), month=month) for month in (APRIL, date(2011, 5, 1)))
    assert open_month.drop(columns="month").equals(closed.drop(columns="month"))
    assert set(open_month["month"]) == {date(2011, 5, 1)}
