"""The leaderboard of a month knows nothing of later months, and says what serves while there is nothing to compare."""

from datetime import UTC, date, datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.assets.evaluation import EVALUATION, leaderboard_of

JANUARY, APRIL = date(2011, 1, 1), date(2011, 4, 1)
OFFERS = Recommendations(segmentation="value", horizon_months=3)


@pytest.fixture(scope="module")
def spec():
    return DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")


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


def tables(january, april):
    rows = [(*pair, JANUARY) for pair in january] + [(*pair, APRIL) for pair in april]
    frame = pd.DataFrame(rows, columns=["customer_id", "item_id", "month"]).assign(recent=True, value=1.0)
    frame = frame.assign(item_name=frame["item_id"])
    ids = sorted({customer for customer, _ in january})
    put = [(each, month, "value", f"0{1 + int(each[1:]) % 2}-S") for each in ids for month in (JANUARY, APRIL)]
    segments = pd.DataFrame(put, columns=["customer_id", "month", "segmentation", "persona"])
    lived = [(each, month, "Sul" if int(each[1:]) % 2 else "Norte") for each in ids for month in (JANUARY, APRIL)]
    customers = pd.DataFrame(lived, columns=["customer_id", "month", "region"])
    return ibis.memtable(frame), ibis.memtable(segments), ibis.memtable(customers)


def found(spec, january, april, month=APRIL, offers=OFFERS):
    return leaderboard_of(month, month, spec, offers, Engine(), *tables(january, april))


def test_what_goes_together_beats_what_is_popular_and_serves(spec):
    table = found(spec, *owned())
    assert set(EVALUATION.names) == set(table.columns)
    whole = table[table["segment"] == ""].set_index("recommender")["ndcg_10"]
    (serving,) = table[table["serves"]].to_dict("records")
    assert serving["recommender"] not in ("popular", "popular_in_segment")
    assert whole[serving["recommender"]] > whole["popular"] + 0.1
    assert serving["fitted_month"] == JANUARY
    assert serving["reason"].startswith("Serve ")
    assert '"probabilities"' in serving["calibration"]
    assert {"01-S", "02-S"} <= set(table["segment"])


def test_a_row_planted_in_a_later_month_reaches_no_fit(spec):
    january, april = owned()
    planted = april + [(f"C{number:03d}", "P") for number in range(0, 120, 3)]  # who owns X has P as well, by then
    before, after = found(spec, january, april), found(spec, january, planted)
    fits = ["recommender", "segment", "coverage_5", "novelty_5"]  # of what is recommended, whatever came of it
    whole = before["segment"] == ""
    pd.testing.assert_frame_equal(before.loc[whole, fits], after.loc[after["segment"] == "", fits])
    assert not before.loc[whole, "ndcg_10"].equals(after.loc[after["segment"] == "", "ndcg_10"])


def test_an_item_that_nobody_had_before_cannot_be_hit(spec):
    january, april = owned()
    new = april + [(f"C{number:03d}", "NEW") for number in range(120)]
    pd.testing.assert_frame_equal(found(spec, january, april), found(spec, january, new))


def test_while_the_domain_is_too_young_popularity_in_the_segment_serves_and_says_why(spec):
    table = found(spec, *owned(), month=date(2011, 2, 1))
    (row,) = table.to_dict("records")
    assert (row["recommender"], row["serves"], row["customers"]) == ("popular_in_segment", True, 0)
    assert "ainda não passaram desde 12/2010" in row["reason"]


def test_where_nobody_adopted_anything_popularity_serves(spec):
    january, _ = owned()
    (serving,) = found(spec, january, january)[lambda table: table["serves"]].to_dict("records")
    assert serving["recommender"] == "popular_in_segment"
    assert "nenhum cliente adotou um item novo" in serving["reason"]


def test_where_nobody_owned_anything_popularity_serves(spec):
    _, april = owned()
    table = leaderboard_of(APRIL, APRIL, spec, OFFERS, Engine(), *tables([], april))
    (row,) = table.to_dict("records")
    assert (row["recommender"], row["serves"]) == ("popular_in_segment", True)
    assert "ninguém tinha item algum em 01/2011" in row["reason"]


def test_recommenders_list_only_what_the_rules_let_them(spec):
    free, only_north = (
        found(spec, *owned(), offers=OFFERS.model_copy(update={"limits": limits}))
        for limits in ({}, {"Y": {"region": ["Norte"]}, "W": {"region": ["Norte"]}})
    )
    hits = [table[table["segment"] == ""].set_index("recommender")["hit_5"] for table in (free, only_north)]
    assert (hits[1] < hits[0] - 0.1).all()


def test_while_a_month_is_open_the_whole_months_before_it_are_held_against_each_other(spec):
    january, april = owned()
    may = date(2011, 5, 1)
    run = Run((may,), datetime(2011, 5, 2, tzinfo=UTC), spec.domain)
    assert [run.judged(month) for month in (APRIL, may)] == [APRIL, APRIL]
    open_month = leaderboard_of(may, run.judged(may), spec, OFFERS, Engine(), *tables(january, april))
    closed = found(spec, january, april)
    assert open_month.drop(columns="month").equals(closed.drop(columns="month"))
    assert set(open_month["month"]) == {may}
