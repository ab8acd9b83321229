"""Subscriptions from a first to a last day: revenue by month counted by hand, and months that keep what they knew.

Slow: each of these tests computes months of a domain.
"""

from decimal import Decimal

import pytest

from arcana_assets_tests.domain.contract.test_periods import SUBSCRIPTIONS
from arcana_assets_tests.landing.test_joins import ACCOUNTS_LISTED
from arcana_assets_tests.worlds.told import APRIL, JUNE, MAY, Told, accounts

pytestmark = pytest.mark.slow

YEARLY = """\
helpers:
  - {from: end, to: ended_on, type: date, formats: ["%Y-%m-%d"]}
  - {from: price, to: price, type: decimal}
  - {from: billing, to: billing}
computed: {mrr: price / 12 if billing == 'yearly' else price}
where: {billing: {not_in: [trial]}}
"""
PRICED = SUBSCRIPTIONS.replace("  - {from: price, to: mrr}\n", "")
PRICED = PRICED[: PRICED.index("helpers:")] + YEARLY + PRICED[PRICED.index("periods:") :]
HEADER = "id,account,price,billing,start,end"
ROWS = (
    "s1,acme,100,monthly,2023-02-01,",  # runs throughout
    "s2,bolt,50,monthly,2024-01-10,2024-05-10",  # an upgrade: the old row ends, a new one begins
    "s2,bolt,80,monthly,2024-05-11,",
    "s3,core,1200,yearly,2023-05-15,2024-05-14",
    "s4,core,30,monthly,2024-05-02,2024-05-20",  # within one month
    "s5,dune,0,trial,2024-04-01,",
    "s6,dune,20,monthly,2024-06-10,2024-06-01",  # ends before it begins
    "s7,dune,20,monthly,,",
)


@pytest.fixture
def firm(tmp_path):
    told = Told(tmp_path, {"accounts": ACCOUNTS_LISTED, "subscriptions": PRICED}, "  customers_from: master\n")
    signed = [f"{name},2023-01-01" for name in ("acme", "bolt", "core", "dune")]
    told.land("accounts.csv", "account,signup", *signed)
    told.land("subscriptions_2024-06-15.csv", HEADER, *ROWS)
    return told


def revenue(told, *months):
    """Recurring revenue by customer and month."""
    rows = told.table("gold", "subscriptions_monthly", *months)
    return {(row["customer_id"], row["month"].month): row["mrr"] for row in rows}


def test_revenue_by_month_is_that_of_a_hand_count_and_every_row_is_accounted_for(firm):
    result = firm.known(APRIL, MAY, JUNE)
    assert result.success
    told = accounts(result)["subscriptions"]
    # Eight rows in each of three months: in each one trial and two that are no periods; in force were 3, 2 and 2.
    assert told == "24 landed = 7 silver + 6 quarantined + 0 exact duplicates + 3 left out + 8 not in force"
    assert revenue(firm) == {
        ("acme", 4): Decimal(100), ("acme", 5): Decimal(100), ("acme", 6): Decimal(100),
        ("bolt", 4): Decimal(50), ("bolt", 5): Decimal(80), ("bolt", 6): Decimal(80),
        ("core", 4): Decimal(100),
    }  # fmt: skip
    assert firm.held("subscriptions", JUNE) == [
        ["ended_on: must not be before started_on, found 2024-06-01, 2024-06-10"],
        ["started_on: must be present"],
    ]
    known = {row["customer_id"]: row["mrr"] for row in firm.table("gold", "customer_360", MAY)}
    assert known == {"acme": Decimal(100), "bolt": Decimal(80), "core": Decimal(0), "dune": None}


def test_a_month_that_is_over_is_the_same_whatever_a_later_file_says_of_later_days(firm):
    as_of = "2024-06-15T00:00:00+00:00"
    assert firm.run(APRIL, MAY, only=["subscriptions"], as_of=as_of).success
    before = sorted_rows(firm.table("silver", "subscriptions", APRIL, MAY))
    # s1 ends in June, and s2 gets cheaper in a row of its own: neither is anything that April and May know.
    later = ["s1,acme,100,monthly,2023-02-01,2024-06-18", "s2,bolt,80,monthly,2024-05-11,2024-06-17"]
    later += [row for row in ROWS if not row.startswith(("s1", "s2,bolt,80"))]
    firm.land("subscriptions_2024-06-19.csv", HEADER, *later, "s2,bolt,60,monthly,2024-06-18,")
    assert firm.run(APRIL, MAY, JUNE, only=["subscriptions"]).success
    assert sorted_rows(firm.table("silver", "subscriptions", APRIL, MAY)) == before
    june = [(row["subscription_id"], int(row["mrr"])) for row in firm.table("silver", "subscriptions", JUNE)]
    assert june == [("s2", 60)]
    # Months computed alone, in another order and from the later file only, are the same as well.
    fresh = Told(firm.folder.parent.parent / "again", {"accounts": ACCOUNTS_LISTED, "subscriptions": PRICED})
    fresh.land("subscriptions_2024-06-19.csv", HEADER, *later, "s2,bolt,60,monthly,2024-06-18,")
    for month in (JUNE, MAY, APRIL):
        assert fresh.run(month, only=["subscriptions"]).success
    assert sorted_rows(fresh.table("silver", "subscriptions", APRIL, MAY)) == before


def sorted_rows(rows):
    return sorted(rows, key=lambda row: (row["month"], row["subscription_id"]))
