"""A file that says how things stand is not read again for a month that is over, so the month stays what it was.

Slow: each of these tests computes months of a domain.
"""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from arcana_assets.definitions import DEFS as DEPLOYED
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph.run import Run
from arcana_assets.landing.snapshots import kept_months
from arcana_assets_tests.worlds.shop import checks

pytestmark = pytest.mark.slow

MARCH, JUNE = date(2024, 3, 1), date(2024, 6, 1)
DEFS = """\
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: firm
  title: Empresas
  description: Companies under contract
  timezone: America/Sao_Paulo
  currency: BRL
  start: 2024-03
  nightly: {hour: 3, grace_days: 5, fresh_by: 7}
  customers_from: master
"""
SOURCE = """\
entity: %s
description: Rows of %s
landing: {pattern: "%s/*.csv", deliveries: latest}
format: {kind: csv}
columns:
  - {from: id, to: customer_id}
"""
CONTRACTS = """\
  - {from: line, to: product_line}
  - {from: status, to: status}
  - {from: signed, to: signed_on, formats: ["%Y-%m-%d"]}
  - {from: ended, to: cancelled_on, formats: ["%Y-%m-%d"]}
lookups:
  - {to: is_active, from: status, values: {ON: true}, default: false}
"""
HEADER = "id,line,status,signed,ended\n"
ON, OFF, OFF_SINCE = "ana,ERP,ON,2020-01-01,\n", "ana,ERP,OFF,2020-01-01,\n", "ana,ERP,OFF,2020-01-01,2024-06-10\n"
BI = "ana,BI,ON,2024-05-02,\n"
GOLD = [("firm", "gold", name) for name in ("customers", "source_coverage", "items_owned", "outliers", "customer_360")]


def test_what_is_kept_says_how_things_stand_and_has_no_dates():
    domain = load_domain(DEPLOYED / "b2b")
    months = (date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1))
    run = Run(months, datetime(2024, 5, 6, 3, tzinfo=UTC), domain)  # midnight in São Paulo
    kept = {name: kept_months(source, run, months[1:]) for name, source in domain.sources.items()}
    assert {name for name, found in kept.items() if found} == {"contracts", "mrr", "nps_support", "purchases"}
    assert kept["nps_support"] == [date(2024, 4, 1)]  # of March bronze has none, May is open
    before = replace(run, moment=datetime(2024, 5, 6, 2, 59, tzinfo=UTC))
    assert kept_months(domain.sources["contracts"], before, months) == [date(2024, 3, 1)]


@pytest.fixture
def firm(shop):
    """A domain of a master and contracts, with one file of each."""
    folder = shop.platform.root / "defs" / "firm"
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(DEFS)
    for entity, more in (("customers", ""), ("contracts", CONTRACTS)):
        (folder / "sources" / f"{entity}.yaml").write_text(SOURCE % (entity, entity, entity) + more)
    shop.platform.folder, shop.platform.domain = folder.parent, "firm"
    shop.deliver("all.csv", "ana\n", header="id\n", source="customers")
    return shop


def contracts(firm, *lines, name="all.csv"):
    return firm.deliver(name, *lines, header=HEADER, source="contracts")


def made(firm, first, day, last=None, gold=False, config=None):
    """Bronze and silver of both sources, and gold of them where asked for, as of a day."""
    keys = [
        ("firm", layer, name) for layer in ("bronze", "silver", "quarantine") for name in ("customers", "contracts")
    ]
    result = firm.run([*keys, *(GOLD if gold else [])], first, last, f"{day}T12:00:00+00:00", config)
    assert result.success
    return result


def statuses(firm, month, name="contracts", column="status"):
    return sorted(row[column] for row in firm.platform.table("silver", name, month).to_pylist())


def test_of_a_month_that_is_over_the_snapshot_of_its_time_stays(firm):
    contracts(firm, ON)
    made(firm, MARCH, "2024-04-02")
    contracts(firm, OFF, BI)
    result = made(firm, MARCH, "2024-07-02", last=JUNE)
    assert (statuses(firm, MARCH), statuses(firm, JUNE)) == (["ON"], ["OFF", "ON"])
    assert all(check.passed for check in checks(result).values())
    told = [
        event.materialization.metadata["snapshots_kept"].value
        for event in result.get_asset_materialization_events()
        if "snapshots_kept" in event.materialization.metadata
    ]
    assert told == ["2024-03"]


def test_while_the_nights_refresh_a_month_it_is_read_again_and_not_from_then_on(firm):
    contracts(firm, ON)
    made(firm, MARCH, "2024-04-02")
    contracts(firm, OFF)
    made(firm, MARCH, "2024-04-05")
    assert statuses(firm, MARCH) == ["OFF"]
    contracts(firm, ON)
    made(firm, MARCH, "2024-04-06")
    assert statuses(firm, MARCH) == ["OFF"]


def test_of_a_month_that_is_filled_later_the_first_snapshot_stays(firm):
    contracts(firm, ON, name="2024-07.csv")
    made(firm, MARCH, "2024-07-02")
    contracts(firm, OFF, name="2024-08.csv").with_name("2024-07.csv").unlink()
    result = made(firm, MARCH, "2024-08-02")
    assert statuses(firm, MARCH) == ["ON"]
    assert checks(result)["every_row_landed"].passed


def test_what_says_nothing_of_how_things_stand_is_read_again(firm):
    contracts(firm, ON)
    made(firm, MARCH, "2024-04-02")
    firm.deliver("all.csv", "ana\n", "bob\n", header="id\n", source="customers")
    made(firm, MARCH, "2024-07-02")
    assert statuses(firm, MARCH, "customers", "customer_id") == ["ana", "bob"]


def test_a_snapshot_is_read_again_where_somebody_confirms_that_what_was_kept_goes(firm):
    contracts(firm, ON)
    made(firm, MARCH, "2024-04-02")
    contracts(firm, OFF)
    made(firm, MARCH, "2024-07-02", config={"firm_bronze_contracts": {"config": {"confirm_withdrawn": True}}})
    assert statuses(firm, MARCH) == ["OFF"]


def test_a_column_that_came_later_is_empty_in_the_snapshot_that_is_kept(firm):
    firm.deliver("all.csv", ON.replace(",\n", ",,x\n"), header=HEADER.replace("\n", ",old\n"), source="contracts")
    made(firm, MARCH, "2024-04-02")
    firm.deliver("all.csv", OFF.replace(",\n", ",,y\n"), header=HEADER.replace("\n", ",new\n"), source="contracts")
    made(firm, MARCH, "2024-07-02", last=JUNE)
    rows = firm.platform.table("bronze", "contracts").to_pylist()
    assert {(row["month"], row["old"], row["new"]) for row in rows if row["month"] in (MARCH, JUNE)} == {
        (MARCH, "x", None),
        (JUNE, None, "y"),
    }


@pytest.mark.parametrize("later", [OFF, OFF_SINCE], ids=["without a day", "with a day"])
def test_a_month_filled_again_is_what_it_was_at_its_time_to_the_last_row(firm, later):
    contracts(firm, ON)
    made(firm, MARCH, "2024-04-02", gold=True)
    before = [firm.platform.table("gold", name, MARCH).to_pylist() for name in ("customer_360", "items_owned")]
    contracts(firm, later, BI)
    made(firm, MARCH, "2024-07-02", last=JUNE, gold=True)
    again = [firm.platform.table("gold", name, MARCH).to_pylist() for name in ("customer_360", "items_owned")]
    assert again == before
    assert [row["item_id"] for row in again[1]] == ["ERP"]
    assert [row["item_id"] for row in firm.platform.table("gold", "items_owned", JUNE).to_pylist()] == ["BI"]


def test_a_contract_cancelled_in_june_is_in_force_in_march_that_is_filled_in_july(firm):
    contracts(firm, OFF_SINCE, BI)
    made(firm, MARCH, "2024-07-02", last=JUNE, gold=True)
    (march,) = firm.platform.table("gold", "customer_360", MARCH).to_pylist()
    (june,) = firm.platform.table("gold", "customer_360", JUNE).to_pylist()
    assert (march["contracts_active"], march["products_owned"]) == (1, 1)
    assert (june["contracts_active"], june["products_owned"]) == (1, 1)
    assert [row["item_id"] for row in firm.platform.table("gold", "items_owned", MARCH).to_pylist()] == ["ERP"]
