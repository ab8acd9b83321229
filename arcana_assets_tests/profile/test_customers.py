"""Concentration, cohorts, items and coverage equal a count by hand."""

import json
from datetime import date

import ibis
import pyarrow as pa
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.profile.customers import cohorts, concentration, coverage, items, spellings
from arcana_assets.profile.finding import cohorts_of

MARCH, APRIL, MAY = (date(2011, month, 1) for month in (3, 4, 5))


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


def paid(*rows):
    """Rows of a rollup: customer, month, orders, net."""
    names = ("customer_id", "month", "orders", "net")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return ibis.memtable(pa.table(columns | {"month": pa.array(columns["month"], pa.date32())}))


def test_a_cohort_is_followed_from_its_first_order_with_customers_and_revenue(engine):
    sales = paid(
        ("a", MARCH, 1, 60.0),
        ("b", MARCH, 2, 40.0),
        ("c", MARCH, 0, -5.0),  # gave something back that was bought before the data begin: no order yet
        ("a", APRIL, 1, 30.0),
        ("c", APRIL, 1, 10.0),
        ("b", MAY, 0, -20.0),  # there is a row, but no order
        ("a", MAY, 3, 70.0),
    )
    found = {
        (row["month"], row["item"], row["other"]): (row["value"], row["n"], row["share"])
        for row in cohorts(engine, sales, "net", [MARCH, APRIL, MAY])
    }
    assert found == {
        (MARCH, "2011-03", "active"): (2, 2, 1.0),
        (MARCH, "2011-03", "revenue"): (100, 2, 1.0),
        (APRIL, "2011-03", "active"): (1, 2, 0.5),
        (APRIL, "2011-03", "revenue"): (30, 2, 0.3),
        (APRIL, "2011-04", "active"): (1, 1, 1.0),
        (APRIL, "2011-04", "revenue"): (10, 1, 1.0),
        (MAY, "2011-03", "active"): (1, 2, 0.5),
        (MAY, "2011-03", "revenue"): (50, 2, 0.5),
        (MAY, "2011-04", "active"): (0, 1, 0.0),
        (MAY, "2011-04", "revenue"): (0, 1, 0.0),
    }


def test_a_cohort_of_who_subscribes_is_there_while_it_pays_whatever_the_products(engine):
    april, may = [("a", 5.0), ("a", 5.0), ("b", 10.0)], [("a", 5.0), ("b", 0.0)]
    rows = paid(*((who, month, 0, mrr) for month, of in ((APRIL, april), (MAY, may)) for who, mrr in of))
    found = list(cohorts(engine, rows.drop("orders").rename(mrr="net"), "mrr", [MAY]))
    assert [(row["part"], row["other"], row["value"], row["n"], row["share"]) for row in found] == [
        ("mrr", "active", 1, 2, 0.5),
        ("mrr", "revenue", 5, 2, 0.25),
    ]


def test_a_cohort_is_followed_for_a_year_and_findings_of_its_months_make_its_row(engine):
    months = [shifted(MAY, -back) for back in range(13, -1, -1)]
    found = list(cohorts(engine, paid(*(("a", month, 1, 1.0) for month in months)), "net", months))
    assert {row["month"] for row in found if row["item"] == "2010-04"} == set(months[:13])
    assert cohorts_of(found, APRIL)["active"] == {"2010-04": (1, [1.0] * 12)}
    without_march = [row for row in found if row["month"] != MARCH]
    assert cohorts_of(without_march, APRIL)["active"]["2010-04"] == (1, [*[1.0] * 10, None, 1.0])
    assert cohorts_of(found, MAY)["active"] == {}
