import re
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from arcana_assets.lake.errors import ColumnsAlike, ForeignMonth, SchemaChange, UnwritableColumn
from arcana_assets_tests.lake.lake_rows import APRIL, JUNE, KEY, MAY, rows


def test_a_new_column_is_null_in_the_months_before_it(write, read):
    write(rows((APRIL, 1)), [APRIL])
    write(rows((MAY, 2), channel=["web"]), [MAY])
    assert read([APRIL, MAY], "n", "channel") == [(1, None), (2, "web")]
    assert read([APRIL], "channel") == [(None,)]


def test_a_column_the_rows_lack_or_have_only_as_untyped_nulls_is_null(write, read):
    write(rows((APRIL, 1), channel=["web"]), [APRIL])
    write(rows((MAY, 2)), [MAY])
    write(rows((JUNE, 3), channel=pa.nulls(1)), [JUNE])
    assert read([MAY, JUNE], "n", "channel") == [(2, None), (3, None)]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (pa.array(["1"]), "column v is int64 in the table and string in the rows"),
        (pa.array([1.0]), "column v is int64 in the table and double in the rows"),
        (pa.array([Decimal("1.0")]), "column v is int64 in the table and decimal128(2, 1) in the rows"),
    ],
)
def test_another_type_of_a_column_is_refused_and_the_table_stays(write, read, new, said):
    write(rows((APRIL, 1), v=[1]), [APRIL])
    with pytest.raises(SchemaChange, match=re.escape(said)):
        write(rows((APRIL, 2), v=new), [APRIL])
    assert read([APRIL], "n", "v") == [(1, 1)]


def test_an_integer_is_not_turned_into_text_as_delta_rs_would(write):
    write(rows((APRIL, 1), v=["a"]), [APRIL])
    with pytest.raises(SchemaChange, match="column v is string in the table and int64 in the rows"):
        write(rows((APRIL, 1), v=[1]), [APRIL])


def test_a_column_spelled_otherwise_than_in_the_table_is_refused_with_both_spellings(write, read):
    write(rows((APRIL, 1), Extra=["x"]), [APRIL])
    with pytest.raises(SchemaChange) as raised:
        write(rows((MAY, 2), EXTRA=["y"]), [MAY])
    assert str(raised.value) == (
        "retail/silver/transactions: column EXTRA in the rows is spelled Extra in the table. Names of columns have to "
        "differ in more than upper and lower case. Nothing was written. In the rows, rename EXTRA to Extra."
    )
    assert not raised.value.retriable
    assert read(None, "n", "Extra") == [(1, "x")]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["Extra", "EXTRA"], "columns Extra and EXTRA are both in the rows"),
        (["É", "é"], "columns É and é are both in the rows"),
        (["extra", "extra"], "column extra is twice in the rows"),
    ],
)
def test_two_columns_of_one_name_but_for_letter_case_are_refused_before_there_is_a_table(lake, write, columns, said):
    twice = pa.Table.from_arrays([[APRIL], ["x"], ["y"]], names=["month", *columns])
    with pytest.raises(ColumnsAlike, match=said):
        write(twice, [APRIL])
    assert lake.materialized_months(KEY, [APRIL]) == []
    assert not Path(lake.uri(KEY)).exists()


def test_names_inside_a_structure_are_held_to_the_same(write):
    nested = pa.array([{"A": 1, "a": 2}], pa.struct([("A", pa.int64()), ("a", pa.int64())]))
    with pytest.raises(ColumnsAlike, match="inside column s: columns A and a are both in the rows"):
        write(rows((APRIL, 1), s=nested), [APRIL])


def test_the_spelling_of_a_first_write_that_failed_does_not_bind_the_next_one(write, read):
    with pytest.raises(ForeignMonth):
        write(rows((MAY, 1), Extra=["x"]), [APRIL])
    write(rows((APRIL, 1), EXTRA=["y"]), [APRIL])
    assert read([APRIL], "n", "EXTRA") == [(1, "y")]


def test_sharp_s_is_not_taken_for_two(write, read):
    write(pa.table({"month": [APRIL], "ß": [1], "SS": [2]}), [APRIL])
    assert read([APRIL], "ß", "SS") == [(1, 2)]


def test_a_first_write_that_failed_does_not_bind_the_next_one(write, read):
    for wrong in (["a"], [True], [1.5]):
        with pytest.raises(ForeignMonth):
            write(rows((MAY, 1), v=wrong), [APRIL])
    write(rows((APRIL, 1), v=[1]), [APRIL])
    assert read([APRIL], "n", "v") == [(1, 1)]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array([0], pa.timestamp("us")), "column v is a timestamp without a time zone"),
        (pa.nulls(1), "column v has only nulls and no type"),
        (pa.array([1], pa.time64("us")), "column v is time64[us], which the lake does not keep"),
        (pa.array([1], pa.duration("us")), "column v is duration[us], which the lake does not keep"),
    ],
)
def test_types_without_a_faithful_place_are_refused(write, column, said):
    with pytest.raises(UnwritableColumn, match=re.escape(said)):
        write(rows((APRIL, 1), v=column), [APRIL])


def test_a_value_too_large_for_its_column_is_refused(write):
    with pytest.raises(UnwritableColumn, match="column v has a value that does not fit int64"):
        write(rows((APRIL, 1), v=pa.array([2**64 - 1], pa.uint64())), [APRIL])
