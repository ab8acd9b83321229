from datetime import date

import ibis
import pytest

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Bounds
from arcana_assets.landing.conform import dating

START, APRIL = date(2010, 12, 1), date(2011, 4, 1)
JANUARY, FEBRUARY = date(2011, 1, 1), date(2011, 2, 1)
SALES = Contract.model_validate(
    {
        "entity": "transactions",
        "description": "Sales",
        "landing": {"pattern": "*"},
        "format": {"kind": "csv"},
        "columns": [
            {"from": "order", "to": "order_id"},
            {"from": "day", "to": "ordered_at", "formats": ["%Y-%m-%d"], "clean": ["trim"]},
        ],
        "ignored": ["home", "month"],
    }
)
PRODUCTS = Contract.model_validate(
    {
        "entity": "products",
        "description": "Products",
        "landing": {"pattern": "*"},
        "format": {"kind": "csv"},
        "columns": [{"from": "code", "to": "product_id"}, {"from": "name", "to": "name"}],
    }
)
FOUND = {"filename": "string", "_line": "int64", "_malformed": "string", "_text": "string"}


def read(*rows, columns=("order", "day", "home", "month_")):
    """What a reader gives: rows of (file, reason where malformed, values)."""
    blank = dict.fromkeys([*columns, *FOUND])
    table = [blank | {"filename": file, "_malformed": bad} | values for file, bad, values in rows]
    schema = ibis.schema(dict.fromkeys(columns, "string") | FOUND)
    return ibis.memtable([tuple(row[name] for name in schema) for row in table], schema=schema)


def files(*homes):
    """The files and their homes; those whose home is not known yet are numbered."""
    unknown = [name for name, home in homes if home is None]
    numbers = {name: number for number, name in enumerate(unknown)}
    rows = [(name, f"{name}.csv", f"sha of {name}", home, numbers.get(name)) for name, home in homes]
    schema = {"filename": "string", "_file": "string", "_file_sha256": "string", "home": "date", "number": "int64"}
    return ibis.memtable(rows, schema=ibis.schema(schema))


LANDED = [
    ("a", None, {"order": "1", "day": "2011-01-05", "home": "London", "month_": "5"}),
    ("a", None, {"order": "2", "day": " 2011-02-28 "}),
    ("a", None, {"order": "3", "day": "soon"}),
    ("a", None, {"order": "4"}),
    ("a", "bad quoting", {}),
    ("b", None, {"order": "5", "day": "2011-02-01"}),
    ("b", None, {"order": "6", "day": "2010-11-30"}),
    ("b", None, {"order": "7", "day": "2011-04-01"}),
]


def test_rows_are_counted_by_file_and_month(rows_of):
    counted = rows_of(dating.rows_by_month(read(*LANDED), SALES, "UTC"))
    assert {(row["filename"], row["event_month"], row["malformed"]): row["rows"] for row in counted} == {
        ("a", JANUARY, False): 1,
        ("a", FEBRUARY, False): 1,
        ("a", None, False): 2,
        ("a", None, True): 1,
        ("b", FEBRUARY, False): 1,
        ("b", date(2010, 11, 1), False): 1,
        ("b", APRIL, False): 1,
    }


def test_counting_reads_every_column_so_that_every_byte_is_decoded(rows_of):
    rows = read(("a", None, {"order": "1", "day": "2011-01-05", "note": "x"}), columns=("order", "day", "note"))
    assert rows_of(dating.rows_by_month(rows, SALES, "UTC"))[0]["characters"] == 12


def placed(contract=SALES, rows=None, homes=(("a", JANUARY), ("b", FEBRUARY))):
    return dating.placed(read(*LANDED) if rows is None else rows, files(*homes), contract, "UTC", Bounds(START, APRIL))


def test_every_row_belongs_to_exactly_one_month_its_own_or_the_home_of_its_file(rows_of):
    months = [(row["month"], row["order"], row["_malformed"]) for row in rows_of(placed())]
    assert sorted(months, key=str) == [
        (JANUARY, "1", None),
        (JANUARY, "3", None),
        (JANUARY, "4", None),
        (JANUARY, None, "bad quoting"),
        (FEBRUARY, "2", None),
        (FEBRUARY, "5", None),
        (FEBRUARY, "6", None),
        (APRIL, "7", None),
    ]


def test_rows_of_a_file_that_nobody_counted_tell_its_number_and_their_month_and_wait_for_its_home(rows_of):
    rows = rows_of(placed(homes=(("a", JANUARY), ("b", None))))
    assert [row["_counted"] for row in rows if row["_file"] == "a.csv"] == [None] * 5
    found = {
        row["order"]: (row["month"], dating.counted_as(row["_counted"])) for row in rows if row["_file"] == "b.csv"
    }
    assert found == {
        "5": (FEBRUARY, (0, FEBRUARY, False)),
        "6": (None, (0, date(2010, 11, 1), False)),
        "7": (APRIL, (0, APRIL, False)),
    }


def test_a_row_without_a_date_is_counted_as_one_of_its_file_and_of_no_month(rows_of):
    rows = rows_of(placed(homes=(("b", None), ("a", None))))
    undated = {row["order"]: dating.counted_as(row["_counted"]) for row in rows if row["order"] in ("3", "4", None)}
    assert undated == {"3": (1, None, False), "4": (1, None, False), None: (1, None, True)}


def test_columns_in_another_letter_case_are_spelt_as_bronze_has_them_but_for_those_of_the_contract():
    rows = read(columns=("order", "day", "home", "TILL"))
    known = ["Order", "day", "Home", "Till", "Gone"]
    assert dating.spelt_as(rows, known, SALES).columns == ("order", "day", "Home", "Till", *FOUND)


def test_bronze_has_every_column_that_the_contract_speaks_of():
    rows = read(columns=("order", "day", "HOME"))
    beside = ("_malformed", "_text", "_line")  # whatever reads the files, in this order
    assert dating.with_columns_of(SALES, rows).columns == ("order", "day", "HOME", "filename", "month_", *beside)


def test_bronze_keeps_columns_of_any_name_beside_its_own(rows_of):
    [row] = [row for row in rows_of(placed()) if row["order"] == "1"]
    assert row == {
        "order": "1",
        "day": "2011-01-05",
        "home": "London",
        "month_": "5",
        "_line": None,
        "_malformed": None,
        "_text": None,
        "_file": "a.csv",
        "_file_sha256": "sha of a",
        "month": JANUARY,
        "_counted": None,
    }


def test_a_row_of_a_snapshot_has_no_month_of_its_own(rows_of):
    rows = read(("a", None, {"code": "1"}), ("a", "bad quoting", {}), columns=("code", "name"))
    kept = rows_of(placed(PRODUCTS, rows, homes=(("a", None),)))
    assert [(row["code"], row["month"], dating.counted_as(row["_counted"])) for row in kept] == [
        ("1", None, (0, None, False)),
        (None, None, (0, None, True)),
    ]


@pytest.mark.parametrize("contract", [SALES, PRODUCTS])
def test_bronze_of_nothing_has_the_columns_of_bronze(rows_of, contract):
    nothing = dating.no_rows(contract)
    columns = [name if name != "month" else "month_" for name in contract.raw_columns]
    some = placed(contract, read(columns=columns)).drop("_counted")
    assert (rows_of(nothing), dict(nothing.schema())) == ([], dict(some.schema()))
