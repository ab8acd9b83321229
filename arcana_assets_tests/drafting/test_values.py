"""Columns that nobody has described: their types, marks and dates, and what stays open."""

from datetime import date

import pyarrow as pa
import pytest

from arcana_assets.drafting.dates import dates_of
from arcana_assets.drafting.reading import Written
from arcana_assets.drafting.values import values_of


def column(*values, dated=False, day_first=True):
    table = pa.table({"0": pa.array([*values], pa.string())})
    (found,) = values_of(Written(None, {}, {}, ("x",), table, True), day_first, frozenset({0} if dated else ()))
    return found


def days(*values, day_first=True, compact=False):
    return dates_of(dict.fromkeys(values, 1), values, day_first, compact)


@pytest.mark.parametrize(
    ("values", "kind", "marks"),
    [
        (["1", "-2", "30"], "integer", (0, 0, "")),
        (["1.5", "2", "-0.25"], "decimal", (2, 0, "")),
        (["1,5", "2", "1.234,50"], "decimal", (0, 2, ".")),
        (["1.5", "2", "1,234.50"], "decimal", (2, 0, ",")),
        (["0.500", "1.250"], "decimal", (2, 0, "")),
        (["sim", "não"], "boolean", (0, 0, "")),
        (["a", "1"], "text", (0, 0, "")),
    ],
)
def test_kinds_and_marks_of_numbers(values, kind, marks):
    found = column(*values)
    assert found.kind == kind
    assert (found.marks.point, found.marks.comma, found.marks.groups if kind != "text" else "") == marks


def test_three_digits_behind_a_mark_are_left_open():
    found = column("1.234", "2.500", "7")
    assert (found.kind, found.marks.open, found.marks.groups) == ("integer", 2, ".")


def test_signs_of_currency_words_for_nothing_and_codes_are_told():
    found = column("R$ 1.234,50", "R$ 3,00", "-", None)
    assert (found.kind, found.prefix, found.nothing, found.absent) == ("decimal", "R$", ("-",), 2)
    assert (found.lowest, found.highest) == (3.0, 1234.5)
    assert column("007", "008").coded
    assert column("17850.0", "12346.0").floated


def test_a_key_is_unique_and_few_values_are_a_category():
    assert column("a", "b", "c").unique
    assert not column("a", "b", None).unique
    assert column("x", "x", "y").top == ("x", "y")


@pytest.mark.parametrize(
    ("values", "formats", "sure"),
    [
        (["2024-01-31", "2024-02-01"], ["%Y-%m-%d"], "sure"),
        (["31/01/2024", "01/02/2024"], ["%d/%m/%Y"], "sure"),
        (["1/31/2024 8:26", "2/1/2024 13:05"], ["%m/%d/%Y %H:%M"], "sure"),
        (["31.01.24", "02.03.24"], ["%d.%m.%y"], "sure"),
        (["2024-01-31T10:00:00Z", "2024-01-31T11:00:00Z"], ["%Y-%m-%dT%H:%M:%S%z"], "sure"),
        (["1/31/2024 8:26:01 PM"], ["%m/%d/%Y %I:%M:%S %p"], "sure"),
        (["2024-01", "2024-02"], ["%Y-%m"], "sure"),
        (["01/2024", "02/2024"], ["%m/%Y"], "sure"),
    ],
)
def test_formats_of_dates(values, formats, sure):
    found = days(*values)
    assert (found.formats.value, found.formats.sure, found.ambiguous) == (formats, sure, False)


def test_eight_digits_are_a_date_only_where_the_header_speaks_of_one():
    assert column("20240131", "20240201", dated=True).kind == "date"
    assert column("20240131", "20240201").kind == "integer"


def test_an_order_that_no_row_tells_is_asked_for_and_taken_from_the_language():
    values = ["03/04/2024", "01/02/2024", "05/06/2024"]
    for day_first, form in ((True, "%d/%m/%Y"), (False, "%m/%d/%Y")):
        found = days(*values, day_first=day_first)
        assert (found.formats.value, found.formats.sure, found.ambiguous) == ([form], "unsure", True)
        assert "NO ROW TELLS DAY FROM MONTH" in found.formats.words()
        assert found.formats.others == (("month first",) if day_first else ("day first",))


def test_where_no_row_tells_the_order_the_order_of_the_rows_may():
    values = [f"{month:02d}/{day:02d}/2024" for month in range(1, 13) for day in (2, 5, 9)]
    found = days(*values, day_first=True)
    assert (found.formats.value, found.formats.sure, found.ambiguous) == (["%m/%d/%Y"], "likely", True)


def test_both_orders_in_one_column_are_told_with_their_rows():
    found = days("31/01/2024", "30/01/2024", "01/31/2024")
    assert (found.formats.value, found.formats.sure) == (["%d/%m/%Y"], "unsure")
    assert "1 rows or more will be refused" in found.formats.words()


def test_the_first_month_is_no_stray():
    counts = {f"2024-{month:02d}-10": 500 for month in range(1, 7)} | {"1900-01-01": 1, "2099-12-31": 1}
    found = dates_of(counts, [*counts], True, False)
    assert (found.first, found.last) == (date(2024, 1, 1), date(2024, 6, 1))
