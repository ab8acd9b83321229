"""The reasons on the reference page are those that rows are given: the real transform judges every kind of dirt."""

import re
from datetime import UTC, date, datetime

import ibis

from arcana_assets.catalogue.refusals import refusals
from arcana_assets.domain.months import Period
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.landing.conform import conform

HEADERS = ("No", "When", "Code", "Pieces", "Price", "Land", "Till")
GOOD = ("1", "2024-12-01", "A", "1", "1,5", "NO", "")
DIRT = {
    "ordered_at: '…' is not a date in %Y-%m-%d": {"When": "01.12.2024"},
    "ordered_at: must be present": {"When": ""},
    "ordered_at: '…' is before the domain's start, 2024-11": {"When": "2024-10-31"},
    "ordered_at: '…' is in the future as of …": {"When": "2025-02-01"},
    "ordered_at: '…' is impossible: too far in the future": {"When": "9999-12-31"},
    "order_id: must be present": {"No": "#"},
    "product_id: must be present": {"Code": ""},
    "quantity: '…' is not a whole number": {"Pieces": "1.5"},
    "quantity: must be present": {"Pieces": ""},
    "unit_price: '…' is not a number": {"Price": "1.5"},
    "unit_price: must be present": {"Price": ""},
    "unit_price: must be at least 0 and at most 1000000, found …": {"Price": "-1"},
    "amount: too large for a decimal of 18 digits": {"Pieces": "999999999999999999", "Price": "999999"},
    "country: must be one of NO, SE, 076, found …": {"Land": "DK"},
    "product_id: must match [A-Z]+, found …": {"Code": "a"},
    "quantity, unit_price: must have quantity <= unit_price, found …": {"Pieces": "7"},
    "blank row": dict.fromkeys(HEADERS, " "),
    "repeats the header": {name: name for name in HEADERS},
}


def reasons(rows: list[dict[str, str | None]], domain, engine: Engine) -> list[str]:
    """The reasons that are given to rows of the source of sales."""
    texts = (*HEADERS, "_malformed", "_text", "_file", "_file_sha256")
    schema = ibis.schema({"month": "date"} | dict.fromkeys(texts, "string") | {"_line": "int64"})
    month = date(2024, 12, 1)
    kept = [dict.fromkeys(texts) | {"month": month, "_line": line} | row for line, row in enumerate(rows, 2)]
    period = Period(domain.start, datetime(2025, 1, 1, tzinfo=UTC), domain.timezone)
    contract = domain.sources["sales"]
    landed = ibis.memtable(kept, schema=schema)
    judged = conform.judged(
        conform.completed(conform.read(conform.without_duplicates(landed), contract, period), contract),
        contract,
        period,
    )
    table = conform.refused(conform.sorted_out(judged), landed, contract, period)
    return [reason for row in engine.backend.to_pyarrow(table).to_pylist() for reason in row["_reasons"]]


def test_every_reason_of_a_dirty_row_is_on_the_list(domain, engine):
    good = dict(zip(HEADERS, GOOD, strict=True))
    rows = [good | {"No": f"{number}"} | dirt for number, dirt in enumerate(DIRT.values(), 10)]
    rows += [{"_malformed": "not a row", "_text": "?;"}]
    rows += [good | {"When": "2024-12-02"}, good]  # one order and product twice: the later one wins
    listed = refusals(domain.sources["sales"], domain.start)
    given = {said for reason in reasons(rows, domain, engine) for said in listed if _is(reason, said)}
    unlisted = [reason for reason in reasons(rows, domain, engine) if not any(_is(reason, said) for said in listed)]
    assert unlisted == []
    # `unique` of the same columns as the key marks the same rows, so every reason but none is given here.
    assert set(listed) - given == set()


def test_a_column_with_a_default_is_never_missing(accepted):
    listed = refusals(accepted("to: quantity}", "to: quantity, default: 1}"), date(2024, 11, 1))
    assert "quantity: must be present" not in listed


def _is(reason: str, said: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in said.split("…")), reason) is not None
