"""Rows by source, refusals with examples that name nobody, and days without rows, from files that a shop delivered.

Slow: whole samples are written and read.
"""

import json
from datetime import date

import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.landing.tables import quarantine_table
from arcana_assets.profile.sources import MASKED, Source, days_without_rows, refused_rows, rows_of_sources
from arcana_assets_tests.worlds.shop import DECEMBER, JANUARY

pytestmark = pytest.mark.slow

CODE = "17850"
FINE = f"536365,85123A,LAMP,2,12/1/2010 10:30,1.5,{CODE},France\n"
LATER = f"536366,85123A,LAMP,2,12/4/2010 10:30,1.5,{CODE},France\n"
FREE = f"536367,85123A,sold to {CODE},2,12/4/2010 11:30,0,{CODE},France\n"
SCRIPT = f"536368,85123A,<script>x</script>,2,12/4/2010 11:40,0,{CODE},=1+1\n"
NO_ROW = f"536369,85123A,{CODE}\n"


@pytest.fixture
def source(shop, engine):
    """The sales of December and January as a source, read from the lake."""
    shop.deliver("data.csv", FINE, FINE, LATER, FREE, SCRIPT, NO_ROW)
    assert shop.materialize(DECEMBER, JANUARY).success
    contract = load_domain(DEFS / "retail").sources["transactions"]
    read = [
        shop.platform.lake.read(("retail", layer, "transactions"), [DECEMBER, JANUARY], engine)
        for layer in ("bronze", "silver", "quarantine")
    ]
    return Source(contract, quarantine_table(contract), *read)


def test_every_landed_row_is_accepted_refused_or_doubled(source, engine):
    found = {row["item"]: row for row in rows_of_sources(engine, [source]) if row["month"] == DECEMBER}
    landed = found["landed"]["value"]
    assert {item: row["value"] for item, row in found.items() if item != "landed"} == {
        "accepted": 2,
        "refused": landed - 3,
        "before_start": 0,
        "left_out": 0,
        "doubled": 1,
    }
    assert landed >= 5
    assert json.loads(found["landed"]["detail"]) == {"files": 1}
    assert found["doubled"]["share"] == pytest.approx(1 / landed)


def test_refusals_are_told_with_examples_in_which_nobody_is_named(source, engine):
    rows = refused_rows(engine, [source], rows_of_sources(engine, [source]))
    told = json.dumps(rows, default=str)
    assert CODE not in told
    (free,) = [row for row in rows if row["item"] == "unit_price: must be greater than 0"]
    assert free["value"] == 2
    examples = json.loads(free["detail"])
    assert sorted(each["Description"] for each in examples) == ["<script>x</script>", f"sold to {MASKED}"]
    assert {each["CustomerID"] for each in examples} == {MASKED}
    assert all(each["file"] == "transactions/data.csv" for each in examples)


def test_a_line_that_is_no_row_is_counted_and_not_shown(source, engine):
    rows = refused_rows(engine, [source], rows_of_sources(engine, [source]))
    lines = [row for row in rows if json.loads(row["detail"]) == []]
    assert sum(row["value"] for row in lines) <= 1
    assert "536369" not in json.dumps(rows, default=str)


def test_days_without_rows_are_listed_up_to_the_day_of_the_month_that_is_known(source, engine):
    (row,) = days_without_rows(engine, [source], {DECEMBER: date(2010, 12, 6)}, "Europe/London")
    assert (row["month"], row["value"], row["n"]) == (DECEMBER, 3, 5)
    assert json.loads(row["detail"]) == ["2010-12-02", "2010-12-03", "2010-12-05"]
