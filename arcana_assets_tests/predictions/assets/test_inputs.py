"""Months as predictions read them: accounts that are one customer, and how often the lake is asked."""

from datetime import UTC, datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from arcana_assets.customer_360.assets.identities import IDENTITIES
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.assets.everybody import willing_rows, with_what_came
from arcana_assets.predictions.assets.inputs import CUSTOMERS, FEATURES, Months
from arcana_assets.predictions.assets.parts import sample_of
from arcana_assets.predictions.rows import DID, SHARE_OF_MONTHS

VOLTA = Prediction(name="volta", title="Volta", target="visits", horizon_months=[1], features=["visits"])


@pytest.fixture(scope="module")
def spec():
    return DomainSpec(load_domain(DEFS / "mall"), DEFS / "mall")


def months_of(spec, visits, linked_from, count=4, refused=(), most=None):
    """Months of a mall: visits by member and month (from 0), and the month from which `b` is an account of `a`.

    `refused` are customers with the month from which they do not want to be profiled; of `most` customers a month.
    """
    start = spec.domain.start
    of = [shifted(start, step) for step in range(count)]
    rows = [(who, of[step], days) for who, step, days in visits]
    activity = pd.DataFrame(rows, columns=["customer_id", "month", "visits"])
    claims = [
        (month, "account", who, who, "a" if who == "b" and step >= linked_from else who)
        for step, month in enumerate(of)
        for who in ("a", "b", "c")
    ]
    accounts = pd.DataFrame(claims, columns=["month", "kind", "identifier", "member_id", "customer_id"])
    known = [
        (who, month, 1.0)
        for step, month in enumerate(of)
        for who in ("a", "b", "c")
        if not (who == "b" and step >= linked_from)
    ]
    features = pd.DataFrame(known, columns=["customer_id", "month", "visits"])
    listed = pd.DataFrame(known, columns=["customer_id", "month", "visits"]).assign(since=start)
    no = {(who, month) for who, step in refused for month in of[step:]}
    listed["profiling_opt_in"] = [each not in no for each in zip(listed["customer_id"], listed["month"], strict=True)]
    tables = {FEATURES: features, "presence_monthly": activity, IDENTITIES: accounts}
    tables |= {CUSTOMERS: listed} if refused else {}
    run = Run((of[-1],), datetime(of[-1].year + 1, 12, 1, tzinfo=UTC), spec.domain)
    memory = {name: ibis.memtable(frame) for name, frame in tables.items()}
    part = sample_of(Engine(), memory[FEATURES], most) if most else None
    return Months(spec, VOLTA, Engine(), run, memory, part), of


def numbers(known, name):
    return dict(zip(known.customers, known.numbers[name], strict=True))


def test_accounts_that_are_one_customer_by_then_have_one_past_and_a_month_of_both_is_one(spec):
    visits = [("a", 0, 2), ("b", 0, 3), ("b", 1, 1), ("a", 2, 1), ("b", 2, 1), ("c", 1, 0)]
    months, of = months_of(spec, visits, linked_from=2)
    before = months.known(of[1], 1)
    assert numbers(before, SHARE_OF_MONTHS) == {"a": 0.5, "b": 1, "c": 0}
    assert numbers(before, DID) == {"a": 0, "b": 1, "c": 0}  # a row without a visit is none
    linked = months.known(of[2], 1)
    assert numbers(linked, SHARE_OF_MONTHS) == {"a": 1, "c": 0}


def test_what_came_of_an_account_that_was_linked_since_came_of_its_customer(spec):
    months, of = months_of(spec, [("b", 2, 1)], linked_from=2)
    assert months.known(of[1], 1).customers.tolist() == ["a", "b", "c"]
    assert months.came(of[1], 1, of[1]).tolist() == [0, 1, 0]  # by what was known then they are two
    assert months.came(of[1], 1, of[2]).tolist() == [1, 1, 0]


def test_a_silent_month_is_one_without(spec):
    months, of = months_of(spec, [("a", 1, 1)], linked_from=9)
    months.prediction = VOLTA.model_copy(update={"target": "silent"})
    assert months.came(of[0], 1, of[1]).tolist() == [0, 1, 1]


def test_the_lake_is_asked_once_for_all_months_that_are_learned_from(spec, monkeypatch):
    months, of = months_of(spec, [("a", 0, 1), ("c", 1, 2), ("a", 2, 1), ("b", 3, 1)], linked_from=9)
    asked, frame = [], Months._frame
    monkeypatch.setattr(Months, "_frame", lambda self, table: asked.append(1) or frame(self, table))
    learned = months.learned(of[3], 1)
    assert learned.months == tuple(months_between(of[0], of[2]))
    assert len(learned.came) == 9
    assert len(asked) == 1 + 1 + len(of)  # features, what happened, and accounts as of each month
    months.learned(of[3], 1)
    assert len(asked) == 2 + len(of)


def test_who_withdrew_is_not_learned_from_any_more_nor_what_its_account_did(spec):
    visits = [("a", 0, 1), ("b", 1, 1), ("c", 1, 1), ("b", 2, 1), ("c", 3, 1)]
    months, of = months_of(spec, visits, linked_from=3, refused=[("a", 3)])
    before = months.learned(of[2], 1)
    assert before.sizes == (3, 3)
    assert before.came.tolist() == [0, 1, 1, 0, 1, 0]
    since = months.learned(of[3], 1)  # by then b is an account of a
    assert since.sizes == (1, 1, 1)
    assert since.came.tolist() == [1, 0, 1]
    assert since.numbers["visits"].tolist() == [1, 1, 1]
    assert months.known(of[0], 1).customers.tolist() == ["a", "b", "c"]  # what was known is known


def same_known(mine, whole):
    """Whether months of a part know of its customers what those of everybody do."""
    of = dict(zip(whole.customers, whole.numbers.to_dict("records"), strict=True))
    return mine.numbers.to_dict("records") == [of[each] for each in mine.customers]


def test_the_sample_of_a_month_is_the_same_whatever_is_read_and_knows_of_its_customers_what_all_know(spec, monkeypatch):
    visits = [("a", 0, 1), ("b", 1, 1), ("c", 1, 2), ("b", 2, 1), ("c", 3, 1)]
    whole, of = months_of(spec, visits, linked_from=2)
    few, _ = months_of(spec, visits, linked_from=2, most=2)
    alone, _ = months_of(spec, visits, linked_from=2, most=2)
    drawn = few.known(of[1], 1)
    assert len(drawn.customers) == 2
    assert set(few.known(of[2], 1).customers) == {"a", "c"}  # there are no more
    assert same_known(drawn, whole.known(of[1], 1))
    assert alone.known(of[1], 1).customers.tolist() == drawn.customers.tolist()
    came = dict(zip(whole.known(of[1], 1).customers, whole.came(of[1], 1, of[2]), strict=True))
    assert few.came(of[1], 1, of[2]).tolist() == [came[each] for each in drawn.customers]  # b came, which is a since
    learned = few.learned(of[3], 1)
    assert learned.sizes == (2, 2, 2)
    assert learned.digest() == alone.learned(of[3], 1).digest()


@pytest.mark.parametrize("target", ["visits", "silent", "leaves"])
def test_what_the_engine_says_came_is_what_came(spec, target):
    visits = [("a", 0, 1), ("b", 1, 1), ("c", 1, 2), ("b", 2, 1), ("c", 3, 1)]
    months, of = months_of(spec, visits, linked_from=2)
    months.prediction = VOLTA.model_copy(update={"target": target})
    said = ibis.memtable(pd.DataFrame({"customer_id": ["a", "b", "c"], "said": [0.1, 0.2, 0.3]}))
    for horizon, by in ((1, of[2]), (2, of[3])):
        told = months.backend.to_pyarrow(with_what_came(months, said, of[1], horizon, by).order_by("customer_id"))
        came = months.came_of(np.array(["a", "b", "c"], dtype=object), of[1], horizon, by)
        assert told.column("came").to_pylist() == came.tolist()
        assert told.column("said").to_pylist() == [0.1, 0.2, 0.3]


def test_who_withdrew_is_left_out_by_the_engine_as_in_memory(spec):
    months, of = months_of(spec, [("b", 1, 1)], linked_from=3, refused=[("a", 3)])
    said = ibis.memtable(pd.DataFrame({"customer_id": ["a", "b", "c"]}))
    for by in (of[2], of[3]):
        kept = months.willing(months.known(of[1], 1), by).customers
        told = months.backend.to_pyarrow(willing_rows(months, said, by).order_by("customer_id"))
        assert told.column("customer_id").to_pylist() == kept.tolist()
