from datetime import date

import pyarrow as pa
import pytest

from arcana_assets.lake.errors import (
    BadMonths,
    BadRoot,
    BadTableName,
    ForeignMonth,
    LayoutChange,
    MissingMonth,
    MissingTable,
    UnwritableColumn,
)
from arcana_assets.lake.lake import Lake
from arcana_assets_tests.lake.lake_rows import APRIL, JULY, JUNE, KEY, MAY, rows


def test_rows_of_other_months_are_refused_before_the_commit(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])
    with pytest.raises(ForeignMonth) as raised:
        write(rows((APRIL, 2), (JULY, 3), (None, 4), (date(2011, 4, 2), 5)), [APRIL, MAY])
    assert str(raised.value) == (
        "retail/silver/transactions: this run replaces month 2011-04 to 2011-05, but there are rows of "
        "month 2011-04-02, 2011-07-01 and rows of no month (null). Nothing was written. Filter the rows to the months "
        "of the run, or materialize those months too; `month` holds the first day of the month."
    )
    assert read(None) == [(APRIL, 1)]
    assert lake.open(KEY).version() == 1


def test_a_table_nobody_wrote_says_so(lake, read):
    with pytest.raises(MissingTable) as raised:
        read([APRIL])
    assert str(raised.value) == (f"retail/silver/transactions does not exist yet in {lake.root}. Materialize it first.")
    assert lake.materialized_months(KEY, [APRIL]) == []


def test_a_snapshot_whose_first_write_failed_does_not_exist_yet(write, read):
    with pytest.raises(UnwritableColumn):
        write(pa.table({"n": pa.array([2**64 - 1], pa.uint64())}), None)
    with pytest.raises(MissingTable):
        read(None, "n")


def test_a_month_nobody_wrote_is_named_with_the_partition_to_materialize(write, read):
    write(rows((MAY, 1)), [MAY])
    with pytest.raises(MissingMonth) as raised:
        read([APRIL, MAY])
    assert str(raised.value) == (
        "retail/silver/transactions has no month 2011-04. Materialize it first: partition 2011-04-01 of the same asset."
    )


def test_several_missing_months_are_named_in_short(write, read):
    write(rows((MAY, 1)), [MAY])
    with pytest.raises(MissingMonth) as raised:
        read([date(2011, 9, 1), JULY, JUNE, MAY, APRIL])
    assert "has no month 2011-04, 2011-06 to 2011-07, 2011-09." in str(raised.value)
    assert raised.value.months == [APRIL, JUNE, JULY, date(2011, 9, 1)]


@pytest.mark.parametrize(
    "key",
    [
        ("..", "silver", "t"),
        ("a", "b/c", "t"),
        ("a", "", "t"),
        ("a", ".hidden", "t"),
        ("a", "b", "c\\d"),
        ("a", "b"),
        ("a", "b", "c", "d"),
        "abc",
        ("a", "b", "c\n"),
        ("a", "b", "é"),
    ],
)
def test_a_name_that_is_not_three_plain_words_is_refused(lake, key):
    with pytest.raises(BadTableName, match="names no table"):
        lake.uri(key)


@pytest.mark.parametrize("root", ["/a[1]", "/a|b", "/a^b", "/a\\b", "/a%41", "s3://bucket/the lake", "s3://bucket/é"])
def test_a_root_that_delta_paths_cannot_have_is_refused(root):
    with pytest.raises(BadRoot, match="cannot hold a lake"):
        Lake(root=root).uri(KEY)


def test_months_to_write_are_first_days_that_follow_each_other(write):
    with pytest.raises(BadMonths, match="after 2011-04 comes 2011-06"):
        write(rows((APRIL, 1)), [JUNE, APRIL])
    with pytest.raises(BadMonths, match="2011-04-02 is not the first day"):
        write(rows((APRIL, 1)), [date(2011, 4, 2)])
    with pytest.raises(BadMonths, match="no month to write"):
        write(rows((APRIL, 1)), [])


def test_the_turn_of_the_year_is_no_gap(write, read):
    months = [date(2011, 12, 1), date(2012, 1, 1)]
    write(rows(*[(month, 1) for month in months]), months)
    assert [month for month, _ in read(months)] == months


def test_a_history_is_not_replaced_by_a_snapshot_nor_a_snapshot_by_a_month(write, read):
    write(rows((APRIL, 1)), [APRIL])
    with pytest.raises(LayoutChange, match="would replace its whole history"):
        write(rows((APRIL, 2)), None)
    assert read(None) == [(APRIL, 1)]
    write(rows((APRIL, 1)), None, key=("retail", "silver", "snapshot"))
    with pytest.raises(LayoutChange, match="is a snapshot without months"):
        write(rows((APRIL, 1)), [APRIL], key=("retail", "silver", "snapshot"))


def test_rows_without_a_month_and_things_that_are_no_rows_are_refused(write):
    with pytest.raises(UnwritableColumn, match="the rows have no column `month`"):
        write(pa.table({"n": [1]}), [APRIL])
    with pytest.raises(UnwritableColumn, match=r"cannot write a builtins\.list"):
        write([1, 2], [APRIL])
