"""What a table declares, and the rows that it refuses."""

import pyarrow as pa
import pytest

from arcana_assets.domain.column import CUSTOMER, MONEY, MONTH, Column, columns
from arcana_assets.tables.table import NotAsDeclared, Table

SPENDING = Table(
    "gold",
    "customers",
    "spending",
    "What each customer spent.",
    "a customer and month",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("spent", "decimal", "What was paid", MONEY),
        ("tags", "texts", "What it was for"),
        Column("share_<category>", "double", "Share of the category", shown="share"),
    ),
)
GIVEN = pa.schema(
    {
        "customer_id": pa.string(),
        "month": pa.date32(),
        "spent": pa.decimal128(18, 4),
        "tags": pa.list_(pa.string()),
    }
)


def refused(schema: pa.Schema) -> str:
    with pytest.raises(NotAsDeclared) as raised:
        SPENDING.schema_of(schema)
    return str(raised.value)


def test_rows_as_declared_keep_their_order_and_get_types_and_comments():
    schema = SPENDING.schema_of(pa.schema([*reversed(list(GIVEN)), ("share_bags", pa.float64())]))
    assert schema.names == ["tags", "spent", "month", "customer_id", "share_bags"]
    assert schema.field("spent").type == pa.decimal128(18, 4)
    assert schema.field("spent").metadata == {b"comment": b"What was paid (currency of the domain)"}
    assert schema.field("share_bags").metadata == {b"comment": b"Share of the category"}


def test_a_column_that_is_not_declared_is_refused_with_the_nearest_name():
    said = refused(pa.schema([*GIVEN, ("spend", pa.float64())]))
    assert said.startswith(
        "gold/spending is not as it is declared: column spend is not declared; did you mean 'spent'?"
    )
    assert "Nothing was written." in said


def test_a_column_that_lacks_is_refused():
    assert "column spent lacks" in refused(GIVEN.remove(GIVEN.get_field_index("spent")))


def test_no_column_of_a_pattern_need_be_there():
    assert SPENDING.schema_of(GIVEN).names == GIVEN.names


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("spent", pa.float64(), "column spent is DOUBLE, declared DECIMAL(18, 4)"),
        ("spent", pa.decimal128(38, 4), "column spent is DECIMAL(38, 4), declared DECIMAL(18, 4)"),
        ("month", pa.timestamp("us"), "column month is timestamp[us], declared DATE"),
        ("tags", pa.list_(pa.int64()), "column tags is BIGINT[], declared VARCHAR[]"),
    ],
)
def test_a_column_of_another_type_is_refused_with_both_types(name, kind, said):
    at = GIVEN.get_field_index(name)
    assert said in refused(GIVEN.set(at, pa.field(name, kind)))


def test_all_that_is_wrong_is_said_at_once():
    said = refused(pa.schema({"customer_id": pa.int64(), "month": pa.date32(), "age": pa.int64()}))
    for each in ("customer_id is BIGINT", "age is not declared", "spent lacks", "tags lacks"):
        assert each in said


def test_a_column_of_nothing_but_nulls_gets_the_declared_type():
    schema = SPENDING.schema_of(GIVEN.set(2, pa.field("spent", pa.null())))
    assert schema.field("spent").type == pa.decimal128(18, 4)


def test_the_element_of_a_list_may_be_called_anything():
    other = GIVEN.set(3, pa.field("tags", pa.list_(pa.field("item", pa.string(), nullable=False))))
    assert SPENDING.schema_of(other).names == GIVEN.names


def test_a_key_of_no_column_is_refused_where_the_table_is_declared():
    with pytest.raises(ValueError, match="gold/totals: its key names moth, which is no column of it"):
        Table("gold", "customers", "totals", "Totals.", "a month", ("moth",), columns(MONTH))


def test_a_table_knows_its_columns_those_of_patterns_and_who_holds_customers():
    assert SPENDING.customers == ("customer_id",)
    assert SPENDING.arrow.names == ["customer_id", "month", "spent", "tags"]
    assert SPENDING.column("share_bags").kind == "share"
    assert SPENDING.column("bags_share") is None
    assert SPENDING.named("thrift").title == "gold/thrift"
    assert SPENDING.named("thrift").about == SPENDING.about
