"""Sources that look columns up in others: a marketplace in three files, a software company in three files.

Slow: each of these tests computes months of a domain.
"""

import pytest

from arcana_assets_tests.worlds.told import APRIL, JUNE, MAY, Told, accounts

pytestmark = pytest.mark.slow

ORDERS = """\
entity: orders
description: Orders
landing: {pattern: "orders*.csv"}
format: {kind: csv}
columns:
  - {from: order_id, to: order_id}
  - {from: purchased, to: ordered_at, formats: ["%Y-%m-%d %H:%M"]}
  - {from: status, to: status}
helpers:
  - {from: customer, to: account_id}
key: [order_id]
join: {source: accounts, on: account_id, columns: [customer_id]}
"""
ACCOUNTS = """\
entity: reference
description: Which person each account is of
landing: {pattern: "customers*.csv"}
format: {kind: csv}
columns:
  - {from: customer_id, to: account_id}
  - {from: person, to: customer_id}
ignored: [city, state, born]
key: [account_id]
"""
PEOPLE = """\
entity: customers
description: What is stated of people
landing: {pattern: "customers*.csv"}
format: {kind: csv}
columns:
  - {from: person, to: customer_id}
  - {from: city, to: city}
  - {from: state, to: state}
  - {from: born, to: birth_year}
ignored: [customer_id]
"""
ITEMS = """\
entity: transactions
description: Items of orders
landing: {pattern: "items*.csv"}
format: {kind: csv}
columns:
  - {from: order, to: order_id}
  - {from: product, to: product_id}
  - {from: price, to: unit_price}
constants: {quantity: 1}
join:
  source: orders
  on: order_id
  columns: [customer_id, ordered_at]
"""


@pytest.fixture
def market(tmp_path):
    """Four orders of three people, one of whom has two accounts, and their items; an order without items."""
    sources = {"orders": ORDERS, "accounts": ACCOUNTS, "items": ITEMS, "people": PEOPLE}
    told = Told(tmp_path, sources, "  regions: {Sudeste: [RJ, SP], Norte: [PA]}\n")
    told.land(
        "customers.csv",
        "customer_id,person,city,state,born",
        *("a1,ana,Rio,RJ,1990", "a2,ana,Rio,RJ,1990", "b1,bea,Natal,RN,", "c1,caio,Belem,PA,2010"),
    )
    told.land(
        "orders.csv",
        "order_id,purchased,status,customer",
        "1,2024-04-10 10:00,delivered,a1",
        "2,2024-05-31 23:30,delivered,a2",
        "3,2024-05-02 08:00,delivered,b1",
        "4,2024-06-01 09:00,shipped,c1",
        "5,2024-06-02 09:00,shipped,c1",
    )
    told.land("items.csv", "order,product,price", "1,lamp,10.50", "1,rug,20", "2,lamp,11", "3,rug,22", "4,vase,5")
    return told


def sold(told, *months):
    return sorted(
        (row["order_id"], row["product_id"], row["customer_id"], str(row["month"])[:7])
        for row in told.table("silver", "items", *months)
    )


def test_a_marketplace_in_three_files_is_told_by_yaml_alone(market):
    result = market.known(APRIL, MAY, JUNE, of="feature_matrix")
    assert result.success
    assert sold(market) == [
        ("1", "lamp", "ana", "2024-04"),
        ("1", "rug", "ana", "2024-04"),
        ("2", "lamp", "ana", "2024-05"),  # at half past eleven in the night, local time
        ("3", "rug", "bea", "2024-05"),
        ("4", "vase", "caio", "2024-06"),
    ]
    spent = {row["customer_id"]: float(row["monetary"]) for row in market.table("gold", "customer_360", JUNE)}
    assert spent == {"ana": 41.5, "bea": 22.0, "caio": 5.0}
    assert accounts(result)["items"] == "5 landed = 5 silver + 0 quarantined + 0 exact duplicates"
    # And what the file of customers states of people is known of who buys, and becomes features.
    known = {row["customer_id"]: row for row in market.table("gold", "customer_360", JUNE)}
    stated = {name: (row["age_band"], row["region"], row["city"]) for name, row in known.items()}
    assert stated == {
        "ana": ("25-34", "Sudeste", "Rio"),
        "bea": (None, None, "Natal"),
        "caio": ("0-17", "Norte", "Belem"),
    }
    lives = {row["customer_id"]: row["region_is_sudeste"] for row in market.table("gold", "feature_matrix", JUNE)}
    assert lives == {"ana": 1, "bea": 0, "caio": 0}


def test_items_wait_in_quarantine_for_their_order_and_are_of_its_month_once_it_is_there(market):
    market.land("items2.csv", "order,product,price", "1,vase,5", "9,lamp,7", ",lamp,8")
    market.land("orders_again.csv", "order_id,purchased,status,customer", "3,2024-05-03 08:00,cancelled,b1")
    told = accounts(market.run(APRIL, MAY))
    assert told["items"] == "7 landed = 4 silver + 3 quarantined + 0 exact duplicates"
    assert told["orders"] == "4 landed = 2 silver + 2 quarantined + 0 exact duplicates"
    # Those that belong to no month are in the first one of their file; what came twice multiplies nothing.
    assert market.held("items", APRIL) == [
        ["order_id: must be among the kept rows of orders, found 9"],
        ["order_id: must be present", "order_id: must be among the kept rows of orders, found nothing"],
    ]
    assert market.held("items", MAY) == [["order_id: must be among the kept rows of orders, found 3"]]
    assert market.held("orders", MAY) == [["order_id: must be unique, found in several rows that differ"]] * 2
    market.land("orders_late.csv", "order_id,purchased,status,customer", "9,2024-05-31 23:59,delivered,c1")
    # The items file is as it was; what it holds of each month is not, which is what the sensor looks at.
    [file] = [each for each in market.take_inventory("items").files.values() if each.path == "items2.csv"]
    assert file.rows == {APRIL: 1, MAY: 1, None: 1}
    assert accounts(market.run(APRIL, MAY))["items"] == "7 landed = 5 silver + 2 quarantined + 0 exact duplicates"
    assert ("9", "lamp", "caio", "2024-05") in sold(market, MAY)


ACCOUNTS_LISTED = """\
entity: customers
description: Accounts
landing: {pattern: accounts.csv}
format: {kind: csv}
columns:
  - {from: account, to: customer_id}
  - {from: signup, to: since, formats: ["%Y-%m-%d"]}
"""
SUBSCRIPTIONS = """\
entity: reference
description: Whose each subscription is
landing: {pattern: "subscriptions*.csv", deliveries: latest}
format: {kind: csv}
columns:
  - {from: subscription, to: subscription_id}
  - {from: account, to: customer_id}
key: [subscription_id]
"""
USAGE = """\
entity: usage
description: Use of features
landing: {pattern: "usage*.csv"}
format: {kind: csv}
columns:
  - {from: day, to: started_at, formats: ["%Y-%m-%d"]}
  - {from: secs, to: duration}
  - {from: feature, to: module_id}
helpers:
  - {from: subscription, to: subscription_id}
join: {source: subscriptions, on: subscription_id, columns: [customer_id]}
"""


def test_use_by_subscription_is_of_the_account_that_had_it_in_that_month(tmp_path):
    told = Told(
        tmp_path,
        {"accounts": ACCOUNTS_LISTED, "subscriptions": SUBSCRIPTIONS, "usage": USAGE},
        "  customers_from: master\n  usage: {unit: seconds, longest_hours: 24}\n",
    )
    told.land("accounts.csv", "account,signup", "acme,2024-01-01", "bolt,2024-01-01")
    told.land("subscriptions_2024-04.csv", "subscription,account", "s1,acme", "s2,bolt")
    told.land(
        "usage.csv",
        "subscription,day,feature,secs",
        *("s1,2024-04-03,maps,60", "s1,2024-05-03,maps,30", "s2,2024-05-04,chat,10", "s7,2024-05-04,chat,10"),
    )
    assert told.run(APRIL, only=["subscriptions"], as_of="2024-04-20T00:00:00+00:00").success
    told.land("subscriptions_2024-05.csv", "subscription,account", "s1,bolt", "s2,bolt")
    result = told.known(APRIL, MAY)
    assert result.success
    assert accounts(result)["usage"] == "4 landed = 3 silver + 1 quarantined + 0 exact duplicates"
    assert told.held("usage") == [["subscription_id: must be among the kept rows of subscriptions, found s7"]]
    used = sorted((str(row["started_at"])[:10], row["customer_id"]) for row in told.table("silver", "usage"))
    # The snapshot of April was read in April, and a later one does not tell it whose s1 is now.
    assert used == [("2024-04-03", "acme"), ("2024-05-03", "bolt"), ("2024-05-04", "bolt")]
    sessions = {row["customer_id"]: row["sessions"] for row in told.table("gold", "customer_360", MAY)}
    assert sessions == {"acme": 1, "bolt": 2}
