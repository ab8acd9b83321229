"""Outliers through Dagster and Delta: found before customer 360, flagged in it, and nobody leaves for a flag.

Slow: each of these tests computes months of a domain.
"""

import pytest

from arcana_assets.customer_360.assets.goods import customers as goods_customers
from arcana_assets_tests.worlds.shop import DECEMBER, JANUARY, checks, failure

pytestmark = pytest.mark.slow

ROLLUPS = ("transactions_monthly", "transactions_by_product_monthly", "products_monthly", "transactions_coverage")
GOLD = (*ROLLUPS, "product_categories", "transactions_by_category_monthly", "outliers", "customer_360")
USUAL = [f"{at},LAMP,LAMP,{2 + at % 2},12/10/2010 10:30,10,c{at:02},France\n" for at in range(30)]
GIANT = "90,LAMP,LAMP,900,12/11/2010 10:30,10,giant,France\n"
UNDONE = [
    "91,BELL,BELL,500,12/12/2010 10:30,10,undone,France\n",
    "C91,BELL,BELL,-500,12/12/2010 11:30,10,undone,France\n",
    "92,LAMP,LAMP,2,1/3/2011 10:30,10,undone,France\n",
]


def materialize(shop, last=DECEMBER):
    keys = [("retail", layer, "transactions") for layer in ("bronze", "silver", "quarantine")]
    keys += [(domain, layer, "products") for domain, layer, _ in keys]
    return shop.run([*keys, *(("retail", "gold", name) for name in GOLD)], DECEMBER, last)


def rows(shop, table, month=DECEMBER):
    return shop.platform.table("gold", table, month).to_pylist()


@pytest.fixture
def sold(shop):
    shop.deliver("sales.csv", *USUAL, GIANT, *UNDONE)
    return shop


def test_who_and_what_stands_out_is_in_the_table_and_flagged_and_a_rerun_says_the_same(sold):
    done = materialize(sold, JANUARY)
    assert done.success
    found = {(row["rule"], row["measure"], row["key"]) for row in rows(sold, "outliers")}
    assert found == {
        ("robust_z", "monetary", "giant"),
        ("large_order", "order_value", "90"),
        ("large_line", "quantity", "90 LAMP"),
        ("reversal_of_the_day", "reversed", "C91 BELL"),
    }
    everyone = {row["customer_id"]: row for row in rows(sold, "customer_360")}
    assert len(everyone) == 32
    assert {name: row["outlier_rule"] for name, row in everyone.items() if row["is_outlier"]} == {"giant": "robust_z"}
    undone = everyone["undone"]
    assert (undone["gross"], undone["reversed"], undone["average_ticket"]) == (0, 5_000, None)
    january = {row["customer_id"]: row for row in rows(sold, "customer_360", JANUARY)}["undone"]
    assert (january["monetary"], january["average_ticket"], january["distinct_products"]) == (20, 20, 1)
    evaluated = checks(done)
    assert evaluated["few_outliers"].passed
    assert (evaluated["flags_remove_nobody"].passed, evaluated["flags_remove_nobody"].blocking) == (True, True)
    assert evaluated["flags_remove_nobody"].metadata["flagged"].value == 2  # in each of both months
    before = rows(sold, "outliers"), rows(sold, "outliers", JANUARY)
    assert materialize(sold, JANUARY).success
    assert (rows(sold, "outliers"), rows(sold, "outliers", JANUARY)) == before


def test_a_flag_that_removes_somebody_stops_the_run(sold, monkeypatch):
    right = goods_customers.with_flags
    monkeypatch.setattr(
        goods_customers, "with_flags", lambda *given: right(*given).filter(lambda rows: ~rows.is_outlier)
    )
    done = materialize(sold)
    assert "flags_remove_nobody" in failure(done)
    assert checks(done)["flags_remove_nobody"].description.startswith("31 rows with flags, 32 without; 0 flagged, 1 in")


def test_a_rule_that_flags_more_than_a_twentieth_is_warned_of(sold):
    giants = [f"{100 + at},LAMP,LAMP,{900 + at},12/11/2010 10:30,10,g{at},France\n" for at in range(4)]
    sold.deliver("more.csv", *giants)
    found = checks(materialize(sold))["few_outliers"]
    assert (found.passed, found.severity.name) == (False, "WARN")
    assert found.description.startswith("2010-12: robust_z flags 13.9% of the customers by monetary")
    assert "giant" not in found.description
