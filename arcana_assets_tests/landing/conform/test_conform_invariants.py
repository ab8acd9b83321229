"""What holds of every table that could land, and on every engine.

Slow: each of these tests has the engine plan all columns of a contract.
"""

from datetime import date

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arcana_assets.domain.months import Bounds
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.landing.conform import conform, dating
from arcana_assets_tests.engine.dialects import statements
from arcana_assets_tests.landing.conform.bronze_rows import MAY, PERIOD, Conformed, contract, schema_of

# The fixture lets go of the compiled stages at the end.
pytestmark = [pytest.mark.usefixtures("backend"), pytest.mark.slow]

RULES = [
    {"column": "unit_price", "in_range": {"min": 0}},
    {"compare": "unit_price <= quantity"},
    {"column": "customer_id", "unique": True},
    {"column": "order_id", "str_matches": r"\w+"},
    {"column": "product_id", "isin": ["lamp", "bell"]},
]
LOOKUPS = [
    {"to": "is_product", "from": "product_id", "patterns": [{"matches": "POST", "value": False}], "default": True}
]
EXACT = contract(rules=RULES, lookups=LOOKUPS)
KEYED = contract(key=["order_id", "product_id"], rules=RULES[:1])
LATEST = contract(key=["order_id"], deduplicate={"by": "ordered_at"}, ignored=["till"])
PRODUCTS = contract(
    [{"from": "code", "to": "product_id"}, {"from": "name", "to": "name"}], "products", key=["product_id"]
)

texts = st.sampled_from([None, "", " ", "1", "2", "2.5", "x", "lamp", "2011-05-04", "2011-05-30", "2009-01-01"])
rows = st.fixed_dictionaries(
    dict.fromkeys(("order", "product", "pieces", "price", "customer"), texts)
    | {
        "day": st.sampled_from(["2011-05-04", "2011-05-04", "2011-05-05", "2011-06-01", "x", None]),
        "_file": st.sampled_from(["a.csv", "b.csv"]),
        "_line": st.sampled_from([None, 2, 3]),
        "month": st.sampled_from([MAY, date(2011, 4, 1)]),
        "_malformed": st.sampled_from([None, None, None, "bad quoting"]),
    }
)
usual = {"order": "1", "product": "lamp", "day": "2011-05-04", "pieces": "2", "price": "1", "customer": None}
whole = st.fixed_dictionaries({"pieces": st.sampled_from("12"), "till": st.sampled_from("12")}).map(
    lambda row: usual | row
)


@pytest.mark.parametrize("of", [EXACT, KEYED, LATEST], ids=["exact", "keyed", "latest"])
@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(table=st.lists(rows | whole, max_size=8))
def test_every_row_is_in_silver_or_in_quarantine_or_an_exact_duplicate(of, table):
    result = Conformed(Engine().backend, of, *table)
    assert len(table) == len(result.silver) + len(result.quarantine) + result.duplicates
    assert all(row["_reasons"] and all(row["_reasons"]) for row in result.quarantine)


@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(table=st.lists(rows | whole, max_size=8))
def test_no_row_is_in_both_and_the_order_of_rows_says_nothing(table):
    # Numbered in a column that goes through to silver, so that every row is told apart.
    numbered = [row | {"customer": str(number)} for number, row in enumerate(table)]
    result, again = Conformed(Engine().backend, KEYED, *numbered), Conformed(Engine().backend, KEYED, *numbered[::-1])
    kept = {row["customer_id"] for row in result.silver}
    held = {row["customer"] for row in result.quarantine}
    assert (kept & held, kept | held) == (set(), {row["customer"] for row in numbered})
    assert kept == {row["customer_id"] for row in again.silver}


CONTRACTS = {"exact": EXACT, "keyed": KEYED, "latest": LATEST, "products": PRODUCTS}


def expressions(of):
    table = ibis.table(schema_of(of), name="bronze")
    found = dict.fromkeys(("filename", "_malformed", "_text"), "string") | {"_line": "int64"}
    raw = {name: kind for name, kind in table.schema().items() if name in of.raw_columns}
    landed = ibis.table(raw | found, name="landed")
    files = ibis.table(
        dict.fromkeys(("filename", "_file", "_file_sha256"), "string") | {"home": "date", "number": "int64"},
        name="files",
    )
    yield dating.rows_by_month(landed, of, "Europe/London")
    yield dating.placed(landed, files, of, "Europe/London", Bounds(PERIOD.start, PERIOD.horizon))
    distinct = conform.without_duplicates(table)
    typed = conform.completed(conform.read(ibis.table(distinct.schema(), name="distinct"), of, PERIOD), of)
    judged = conform.judged(ibis.table(typed.schema(), name="typed"), of, PERIOD)
    sorted_out = conform.sorted_out(ibis.table(judged.schema(), name="judged"))
    sorted_rows = ibis.table(sorted_out.schema(), name="sorted")
    refused = conform.refused(sorted_rows, table, of, PERIOD)
    quarantine = conform.quarantine(ibis.table(refused.schema(), name="refused"), table)
    yield from (distinct, typed, judged, sorted_out, conform.silver(sorted_rows, of), refused, quarantine)


@pytest.mark.parametrize("of", CONTRACTS)
def test_every_expression_compiles_for_duckdb_and_for_spark(of):
    for expression in expressions(CONTRACTS[of]):
        assert all("SELECT" in statement for statement in statements(expression).values())
