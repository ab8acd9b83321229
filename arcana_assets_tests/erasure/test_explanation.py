"""All that is held of a customer, raw rows in any spelling among them, and nothing of anybody else.

Slow: each of these tests computes months of a domain.
"""

import pytest

from arcana_assets.domain.folder import load_domain
from arcana_assets.explanation.held import Person, held_of
from arcana_assets.lake.reader import Reader
from arcana_assets_tests.erasure.conftest import ANOTHER, HER

pytestmark = pytest.mark.slow


def test_rows_as_they_came_refused_rows_and_lines_that_are_none_are_held_too(world):
    reader = Reader(str(world.platform.root / "lake"), threads=1)
    try:
        found = {
            each.table.title: each
            for each in held_of(load_domain(world.platform.folder / "retail"), reader, Person((HER,)))
        }
    finally:
        reader.close()
    bronze = found["bronze/transactions"].rows
    assert sorted(row["InvoiceNo"] or row["_text"] for row in bronze) == ["A1", "A3", "A5", f"A7,bad,{HER}"]
    assert {row["CustomerID"] for row in bronze} == {HER, f" {HER}", None}
    assert [row["order_id"] for row in found["silver/transactions"].rows] == ["A1", "A3"]
    assert len(found["quarantine/transactions"].rows) == 2
    assert {row["customer_id"] for row in found["gold/customer_360"].rows} == {HER}
    assert ANOTHER not in repr([each.rows for each in found.values()])
