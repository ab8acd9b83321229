"""Which months a backfill asks for, told from real files, tables and what tables were made of.

Slow: each of these tests computes months of a domain.
"""

from functools import partial

import pytest

from arcana_assets.automation.missing import missing_months
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.landing.definitions import source_inventory
from arcana_assets.landing.zone import LandingZone
from arcana_assets_tests.worlds.shop import DECEMBER, FEBRUARY, JANUARY, Shop, line

pytestmark = pytest.mark.slow

SALES = [("retail", layer, "transactions") for layer in ("bronze", "silver", "quarantine")]
GOLD = ("retail", "gold", "customer_360")


@pytest.fixture
def ended(shop: Shop) -> Shop:
    """A shop of three months, all of them computed, as far as this is about them: customer 360 is there by name."""
    shop.mend("defs", "  start: 2010-12\n", "  start: 2010-12\n  end: 2011-02\n")
    for name, day in (("2010-12", "12/1/2010"), ("2011-01", "1/3/2011"), ("2011-02", "2/3/2011")):
        shop.deliver(f"{name}.csv", line("1" + name[-2:], day), line("2" + name[-2:], day))
    shop.materialize(DECEMBER, FEBRUARY)
    _write_gold(shop)
    return shop


def _write_gold(shop: Shop) -> None:
    lake, engine = shop.platform.lake, Engine()
    months = [DECEMBER, JANUARY, FEBRUARY]
    silver = lake.read(("retail", "silver", "transactions"), months, engine)
    rows = engine.small(silver.select("month", "customer_id").distinct())
    lake.write(GOLD, rows, months, engine=engine, run_id="earlier")


def due(shop: Shop) -> dict[str, str]:
    folder = shop.platform.folder / "retail"
    domain = load_domain(folder)
    only = {"transactions": domain.sources["transactions"]}
    domain.sources.clear()
    domain.sources.update(only)
    take = partial(source_inventory, DomainSpec(domain, folder))
    zone = LandingZone(root=str(shop.platform.root / "landing"))
    found = missing_months(domain, [*SALES, GOLD], take, zone, shop.platform.lake, Engine())
    return {f"{month:%Y-%m}": why for month, why in found.items()}


def test_where_all_is_as_the_files_say_nothing_is_due(ended):
    assert due(ended) == {}


def test_a_lake_of_nothing_is_due_from_the_first_month_to_the_last(shop):
    shop.mend("defs", "  start: 2010-12\n", "  start: 2010-12\n  end: 2011-02\n")
    shop.deliver("2011-01.csv", line("1", "1/3/2011"))
    assert due(shop) == dict.fromkeys(["2010-12", "2011-01", "2011-02"], "was never computed")


def test_a_file_that_came_again_with_other_rows_is_due_with_the_months_after_it(ended):
    ended.deliver("2011-01.csv", line("101", "1/3/2011", pieces="7"), line("201", "1/3/2011"))
    found = due(ended)
    assert list(found) == ["2011-01", "2011-02"]
    assert found["2011-01"] == "the files of transactions are not those that were read"


@pytest.mark.parametrize("new", [True, False])
def test_a_file_that_is_new_or_gone_is_due(ended, new):
    if new:
        ended.deliver("late.csv", line("9", "2/5/2011"))
    else:
        (ended.platform.landing / "transactions" / "2011-02.csv").unlink()
    assert list(due(ended)) == ["2011-02"]


def test_a_month_that_one_table_lacks_is_due_with_those_after_it(ended):
    lake, engine = ended.platform.lake, Engine()
    rows = engine.small(lake.read(GOLD, [DECEMBER], engine))
    lake.write(("retail", "gold", "segments"), rows, [DECEMBER], engine=engine, run_id="earlier")
    folder = ended.platform.folder / "retail"
    domain = load_domain(folder)
    take = partial(source_inventory, DomainSpec(domain, folder))
    domain.sources.clear()
    zone = LandingZone(root=str(ended.platform.root / "landing"))
    found = missing_months(domain, [GOLD, ("retail", "gold", "segments")], take, zone, lake, engine)
    assert {f"{month:%Y-%m}": why for month, why in found.items()} == {
        "2011-01": "retail/gold/segments does not have it",
        "2011-02": "retail/gold/segments does not have it",
    }


def test_a_table_that_was_made_of_an_earlier_writing_is_due(ended):
    ended.run([("retail", "bronze", "transactions")], JANUARY)  # and not silver, which is made of it
    found = due(ended)
    assert list(found) == ["2011-01", "2011-02"]
    assert "retail/silver/transactions, 2011-01, was made of retail/bronze/transactions" in found["2011-01"] or (
        "retail/quarantine/transactions, 2011-01, was made of retail/bronze/transactions" in found["2011-01"]
    )
