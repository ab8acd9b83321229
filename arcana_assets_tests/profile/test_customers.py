"""Concentration, items and coverage equal a count by hand."""

import json
from datetime import date

import ibis
import pyarrow as pa
import pytest

from arcana_assets.profile.customers import concentration, coverage, items, spellings

MAY = date(2011, 5, 1)


def rows(**columns):
    count = len(next(iter(columns.values())))
    return ibis.memtable(pa.table({"month": pa.array([MAY] * count, pa.date32()), **columns}))


def said(found):
    return {(row["item"], row["other"]): row for row in found}


def test_the_share_of_the_best_and_gini_are_those_of_the_sorted_revenue(engine):
    # 100 customers: one pays 901, ninety-nine pay 1; one more loses 50, which counts as nothing.
    paid = [901.0] + [1.0] * 98 + [-50.0]
    found = said(concentration(engine, rows(customer_id=[str(at) for at in range(100)], monetary=paid)))
    assert found["revenue", ""]["value"] == 999
    assert (found["top_1", ""]["n"], found["top_1", ""]["share"]) == (1, pytest.approx(901 / 999))
    assert found["top_20", ""]["share"] == pytest.approx((901 + 19) / 999)
    assert found["paying", ""]["value"] == 99
    known = sorted([901.0] + [1.0] * 98 + [0.0])
    by_pairs = sum(abs(a - b) for a in known for b in known) / (2 * 100 * sum(known))
    assert found["gini", ""]["value"] == pytest.approx(by_pairs)


def test_customers_who_pay_alike_have_a_gini_of_0_and_a_month_without_revenue_has_none(engine):
    alike = said(concentration(engine, rows(customer_id=["a", "b"], mrr=[5.0, 5.0])))
    assert alike["gini", ""]["value"] == pytest.approx(0)
    none = said(concentration(engine, rows(customer_id=["a", "b"], mrr=[0.0, None])))
    assert none["gini", ""]["value"] is None
    assert none["top_1", ""]["share"] is None


def test_a_base_that_says_nothing_of_revenue_has_no_concentration(engine):
    assert list(concentration(engine, rows(customer_id=["a"]))) == []


def test_items_are_counted_by_customer_and_pairs_by_who_owns_both(engine):
    owned = rows(
        customer_id=["a", "a", "a", "b", "b", "c"],
        item_id=["1", "2", "3", "1", "2", "1"],
        item_name=["Lamp", "Cup", "<script>", "Lamp", "Cup", "Lamp"],
    )
    found = list(items(engine, owned))
    per = said(row for row in found if row["subject"] == "items_per_customer")
    assert {item: row["value"] for (item, _), row in per.items()} == {"1": 1, "2": 1, "3-5": 1, "median": 2}
    tops = [row for row in found if row["subject"] == "top_items" and row["item"]]
    assert [(row["item"], row["value"], row["share"]) for row in tops] == [
        ("Lamp", 3, 1.0),
        ("Cup", 2, pytest.approx(2 / 3)),
        ("<script>", 1, pytest.approx(1 / 3)),
    ]
    pairs = {(r["item"], r["other"]): r for r in found if r["subject"] == "owned_together"}
    assert (pairs["Lamp", "Cup"]["value"], pairs["Lamp", "Cup"]["n"]) == (2, 3)
    assert json.loads(pairs["Cup", "<script>"]["detail"])["lift"] == pytest.approx(1 * 3 / (2 * 1))
    (tail,) = [row for row in found if row["subject"] == "top_items" and not row["item"]]
    assert (tail["value"], tail["n"]) == (3, 3)


def test_coverage_is_that_of_the_master_or_of_sales(engine):
    master = rows(
        source=["tickets"], rows=[20], customers=[6], orphan_rows=[5], orphan_customers=[2],
        master_customers=[10], covered_share=[0.4],
    )  # fmt: skip
    found = said(coverage(engine, master, None))
    assert (found["customers", ""]["value"], found["customers", ""]["share"]) == (4, 0.4)
    assert found["strangers", ""]["share"] == 0.25
    found = said(coverage(engine, None, rows(rows=[8], rows_without_customer=[2])))
    assert found["unknown", ""]["share"] == 0.25


def test_spellings_are_counted_and_not_shown(engine):
    (row,) = spellings(engine, rows(customer_id=["17850a", "17850A"], spelling=["17850a", "17850a"]))
    assert (row["value"], json.loads(row["detail"])) == (2, {"groups": 1})
    assert "17850" not in json.dumps(row, default=str)
