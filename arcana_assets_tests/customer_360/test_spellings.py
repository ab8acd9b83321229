"""Ids that one reads as the same customer, and those that one does not."""

from datetime import date
from decimal import Decimal

import ibis
import pytest

from arcana_assets.customer_360.spellings import customer_spellings, paid_by_month, spelling, summed_up

MAY, JUNE = date(2011, 5, 1), date(2011, 6, 1)


def customers(*ids, month=MAY):
    rows = [(each, month) for each in ids]
    return ibis.memtable(rows, schema=ibis.schema({"customer_id": "string", "month": "date"}))


def groups(engine, *ids):
    found = engine.backend.to_pyarrow(customer_spellings(customers(*ids), None)).to_pylist()
    assert all(row["revenue"] is None for row in found)
    return {row["customer_id"]: row["ids"] for row in found}


@pytest.mark.parametrize(
    "ids",
    [
        ("12345", "012345", "12345.0", "12345,00"),
        ("ab-1", "AB 1", "a.b/1"),
        ("São", "SÃO"),
        ("1\u200b2", "12", "1\u00a02"),
    ],
)
def test_ids_of_one_spelling_are_found(engine, ids):
    assert groups(engine, *ids, "other") == dict.fromkeys(ids, len(ids))


def test_ids_that_differ_in_a_letter_or_digit_or_have_neither_are_not_alike(engine):
    assert groups(engine, "12345", "123450", "a1", "a10", "são", "sao", "0", "00001", "-", "--", "中", "文") == {}
    assert engine.backend.execute(spelling(ibis.literal("000"))) == "0"


def test_only_customers_of_one_month_are_alike(engine):
    both = customers("a").union(customers("A", month=JUNE))
    assert engine.backend.execute(customer_spellings(both, None).count()) == 0


def test_what_they_paid_in_the_month_is_summed_up(engine):
    schema = ibis.schema({"customer_id": "string", "month": "date", "mrr": "decimal(18, 4)"})
    rollup = [("a", MAY, Decimal(3)), ("a", MAY, Decimal(4)), ("A", JUNE, Decimal(9)), ("b", MAY, Decimal(5))]
    paid = paid_by_month(ibis.memtable(rollup, schema=schema), "mrr")
    alike = customer_spellings(customers("a", "A", "b"), paid)
    found = {row["customer_id"]: row["revenue"] for row in engine.backend.to_pyarrow(alike).to_pylist()}
    assert found == {"a": Decimal(7), "A": None}
    assert engine.backend.to_pyarrow(summed_up(alike)).to_pylist() == [{"groups": 1, "ids": 2, "revenue": Decimal(7)}]
