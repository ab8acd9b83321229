from datetime import UTC, date, datetime
from decimal import Decimal

import ibis
import pytest

from arcana_assets.domain.contract.columns import SourceColumn
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.landing.conform import fields
from arcana_assets_tests.engine.dialects import statements

CONTRACT = Contract.model_validate(
    {
        "entity": "products",
        "description": "x",
        "landing": {"pattern": "*"},
        "format": {"kind": "csv"},
        "columns": [{"from": "code", "to": "product_id"}, {"from": "name", "to": "name"}],
    }
)


def column(**given):
    return SourceColumn.model_validate({"from": "x", "to": "y"} | given)


def reader(kind, timezone="UTC", **given):
    spec = column(**given)
    return lambda text: fields.typed(fields.cleaned(text, spec), spec, kind, CONTRACT, timezone)


@pytest.mark.parametrize(
    ("marks", "text", "number"),
    [
        ({}, "10.0", "10"),
        ({}, "1,5", None),
        ({}, "1.234,56", None),
        ({}, " 7 ", "7"),
        ({}, "-0.5", "-0.5"),
        ({}, "+.5", "0.5"),
        ({}, "5.", "5"),
        ({}, "1e3", "1000"),
        ({}, "1.00005", "1.0001"),  # money has four decimals
        ({"decimal": ","}, "10.0", None),  # without its dot it would be 100
        ({"decimal": ","}, "10,0", "10"),
        ({"decimal": ","}, "1,234,5", None),
        ({"decimal": ",", "thousands": "."}, "1.234,56", "1234.56"),
        ({"decimal": ",", "thousands": "."}, "-1.234.567", "-1234567"),
        ({"decimal": ",", "thousands": "."}, "10.0", None),
        ({"decimal": ",", "thousands": "."}, "1234,5", "1234.5"),
        ({"decimal": ",", "thousands": "."}, "1.23,5", None),
        ({"decimal": ",", "thousands": "."}, "1,234.56", None),
        ({"thousands": ","}, "1,234.56", "1234.56"),
        ({"thousands": ","}, "1,5", None),
        ({"decimal": ",", "thousands": " "}, "12 345,6", "12345.6"),
        ({"thousands": "'"}, "12'345.6", "12345.6"),
        ({}, "99999999999999.9999", "99999999999999.9999"),
        ({}, "100000000000000", None),  # beyond a decimal of 18 digits
        ({}, "nan", None),
        ({}, "inf", None),
        ({}, "1_000", None),
        ({}, "0x1F", None),
        ({}, "ten", None),
        ({}, "", None),
    ],
)
def test_a_number_is_read_by_the_marks_of_its_contract_or_not_at_all(value_of, marks, text, number):
    assert value_of(reader("decimal", **marks), text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("6", 6), ("6.0", 6), ("6.", 6), ("-6.00", -6), (" 7 ", 7)],
        *[(text, None) for text in ("6.5", "6.05", "1e3", "1_000", "0x1F", "nan", "", "9223372036854775808", "6a")],
    ],
)
def test_a_whole_number_is_never_rounded_to_be_one(value_of, text, number):
    assert value_of(reader("integer"), text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("1e3", 1000.0), ("1e400", None), ("inf", None), ("NaN", None), ("-2.5", -2.5)]
)
def test_a_double_is_finite(value_of, text, number):
    assert value_of(reader("double"), text) == number


def test_true_and_false_are_said_in_english_and_portuguese(value_of):
    yes, no, neither = [
        value_of(reader("boolean"), *texts) for texts in (["S", "yes", "1"], ["Não", "f", "0"], ["x", ""])
    ]
    assert (yes, no, neither) == ([True] * 3, [False] * 3, [None] * 2)


def test_dates_are_read_by_the_first_format_that_fits(value_of):
    read = reader("date", formats=["%d/%m/%Y", "%Y-%m-%d"])
    assert value_of(read, "03/04/2011", "2011-04-03", "2011/04/03", "31/04/2011", "") == [
        date(2011, 4, 3),
        date(2011, 4, 3),
        None,
        None,
        None,
    ]


TELEMETRY = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")


def test_a_text_is_tried_in_no_format_whose_marks_it_has_not(value_of):
    texts = ["2011-05-04 10:00:00", "2011-05-04T10:00:00", "2011-05-04", "04/05/2011", ""]
    tried = [
        value_of(lambda text, at=at: list(fields.candidates(text, TELEMETRY))[at][1].notnull(), *texts)
        for at in range(len(TELEMETRY))
    ]
    assert list(zip(*tried, strict=True)) == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (False, False, True),  # the mark `-` is in all formats and tells none from another
        (False, False, True),
    ]


@pytest.mark.parametrize(
    "formats",
    [
        TELEMETRY,
        ("%Y-%m-%d", "%d/%m/%Y", "%Y-%m-%d %H:%M:%S"),
        ("%-m/%-d/%Y %-I:%M:%S %p", "%Y-%m-%d %H:%M:%S"),
        ("%d %B %Y", "%Y%m%d", "%d.%m.%y", "%d/%b/%Y"),
        ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%H:%M %d-%m-%Y", "%a, %d %b %Y"),
        ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z", "%Y%m%dT%H%M%z"),
    ],
)
def test_marks_leave_out_no_format_that_would_have_fitted(backend, value_of, formats):
    written = [
        moment.strftime(form).replace("%-", "%")
        for form in dict.fromkeys([*formats, *TELEMETRY, "%d/%m/%Y", "%d.%m.%y"])
        for moment in (datetime(2011, 5, 4, 10, 1, 2, tzinfo=UTC), datetime(2012, 10, 31, tzinfo=UTC))
    ]
    # Each with one character more, one less, or another, among them every kind of blank, sign and mark.
    altered = [
        text[:at] + other + text[at + cut :]
        for text in written
        for at in range(len(text) + 1)
        for cut in (0, 1)
        for other in ("", " ", "\t", "-", "+", "/", ":", ".", "T", "Z", "7")
    ]
    texts = list(dict.fromkeys([*written, *altered]))
    zoned = [
        f"try_strptime(regexp_replace(t, 'Z$', '+00:00'), '{form}')::TIMESTAMPTZ"
        if "%z" in form
        else f"try_strptime(t, '{form}')::TIMESTAMP AT TIME ZONE 'UTC'"
        for form in formats
    ]
    query = f"SELECT list_transform(?::VARCHAR[], lambda t: coalesce({', '.join(zoned)}))"
    ((expected,),) = backend.con.execute(query, [texts]).fetchall()
    found = value_of(reader("instant", formats=list(formats)), *texts)
    assert sum(each is not None for each in expected) > 100
    differing = [(text, *both) for text, *both in zip(texts, found, expected, strict=True) if both[0] != both[1]]
    assert differing == []


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d", "%Y-%m-%dT%H:%M:%S%z", "%d %B %Y"])
def test_the_words_that_the_engine_takes_for_dates_are_none(value_of, form):
    words = ["epoch", "Epoch", "infinity", "-infinity", " INFINITY "]
    assert value_of(reader("instant", formats=[form]), *words) == [None] * len(words)


@pytest.mark.parametrize(
    "text", ["2/30/2011 10:00", "13/1/2011 10:00", "2/3/2011", "2/3/2011 24:00", "2/3/2011 10:00 x", "soon"]
)
def test_a_day_or_time_that_does_not_exist_is_no_instant(value_of, text):
    spec = {"formats": ["%m/%d/%Y %H:%M"]}
    assert value_of(reader("instant", **spec), text) is None
    assert value_of(lambda texts: fields.month_of(texts, column(**spec), "UTC"), text) is None


@pytest.mark.parametrize(
    ("timezone", "local", "instant"),
    [
        ("UTC", "2011-05-04 10:00", datetime(2011, 5, 4, 10, tzinfo=UTC)),
        ("Europe/London", "2011-05-04 10:00", datetime(2011, 5, 4, 9, tzinfo=UTC)),
        ("Europe/London", "2011-01-04 10:00", datetime(2011, 1, 4, 10, tzinfo=UTC)),
        ("Europe/London", "2011-03-27 01:30", datetime(2011, 3, 27, 1, 30, tzinfo=UTC)),  # skipped: 02:30 on the clock
        (
            "Europe/London",
            "2011-10-30 01:30",
            datetime(2011, 10, 30, 1, 30, tzinfo=UTC),
        ),  # shown twice: the second time
        ("America/Sao_Paulo", "2018-11-04 00:00", datetime(2018, 11, 4, 3, tzinfo=UTC)),  # skipped: 01:00 on the clock
        ("America/Sao_Paulo", "2018-02-17 23:30", datetime(2018, 2, 18, 2, 30, tzinfo=UTC)),  # shown twice
        ("America/Sao_Paulo", "2011-01-31 23:30", datetime(2011, 2, 1, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_one_instant_even_when_the_clocks_change(value_of, timezone, local, instant):
    assert value_of(reader("instant", timezone, formats=["%Y-%m-%d %H:%M"]), local) == instant


@pytest.mark.parametrize("offset", ["Z", "+0000", "+00:00"])
def test_a_time_with_an_offset_is_that_instant_whatever_the_timezone(value_of, offset):
    read = reader("instant", "America/Sao_Paulo", formats=["%Y-%m-%dT%H:%M:%S%z"])
    assert value_of(read, f"2011-05-04T10:00:00{offset}") == datetime(2011, 5, 4, 10, tzinfo=UTC)
    assert value_of(read, "2011-05-04T10:00:00-03:00") == datetime(2011, 5, 4, 13, tzinfo=UTC)


def test_the_month_and_the_day_are_those_of_the_local_calendar(value_of):
    spec = column(formats=["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M%z"])
    texts = ["2011-01-31 23:30", "2011-02-01 01:30Z", "2011-02-01 03:30Z", "2018-11-04 00:00"]
    months = value_of(lambda text: fields.month_of(text, spec, "America/Sao_Paulo"), *texts)
    assert months == [date(2011, 1, 1), date(2011, 1, 1), date(2011, 2, 1), date(2018, 11, 1)]
    days = value_of(reader("date", "America/Sao_Paulo", formats=spec.formats), *texts)
    assert days == [date(2011, 1, 31), date(2011, 1, 31), date(2011, 2, 1), date(2018, 11, 4)]


@pytest.mark.parametrize(
    ("steps", "text", "clean"),
    [
        (["trim"], "  a b ", "a b"),
        (["upper"], "aé", "AÉ"),
        (["lower"], "AÉ", "aé"),
        (["collapse_blanks"], "a \t b\n\nc", "a b c"),
        (["collapse_blanks"], "a b", "a b"),
        (["digits_only"], "+55 (11) 9-8", "551198"),
        (["strip_leading_zeros"], "0012", "12"),
        (["strip_leading_zeros"], "000", "0"),
        (["strip_leading_zeros"], "0", "0"),
        ([{"remove_suffix": ".0"}], "17850.0", "17850"),
        ([{"remove_suffix": ".0"}], "17850.05", "17850.05"),
        ([{"remove_prefix": "C"}], "C123C", "123C"),
        (["trim", {"remove_prefix": "C"}, "strip_leading_zeros"], " C007", "7"),
        (["trim"], "   ", None),
        ([{"remove_prefix": "C"}], "C", None),
    ],
)
def test_cleaning_steps_are_taken_in_their_order(value_of, steps, text, clean):
    assert value_of(lambda texts: fields.cleaned(texts, column(clean=steps)), text) == clean


@pytest.mark.parametrize("around", ["\u00a0", "\t", "\u200b", "\ufeff", "\u3000", " \u2009\r\n"])
def test_an_id_is_the_same_whatever_white_space_is_around_it(value_of, around):
    spec, other = column(to="customer_id"), column()
    texts = (f"12345{around}", f"{around}12345", f"{around}a b{around}", around, f"São{around}")
    assert value_of(lambda raw: fields.cleaned(raw, spec), *texts) == ["12345", "12345", "a b", None, "São"]
    assert value_of(lambda raw: fields.cleaned(raw, other), texts[0]) == texts[0]


def test_words_for_nothing_are_no_ids_unless_the_contract_says_otherwise(value_of):
    words = ("NULL", "null", "NA", "N/A", "None", "nan", "-", " NULL ")
    for given, found in (({}, {None}), ({"null_values": ["?"]}, {word.strip() for word in words})):
        spec = column(to="customer_id", **given)
        assert {*value_of(lambda raw, spec=spec: fields.cleaned(raw, spec), *words)} == found
    assert value_of(lambda raw: fields.cleaned(raw, column()), "NULL") == "NULL"
    assert value_of(lambda raw: fields.cleaned(raw, column(to="customer_id")), "NANCY", "0") == ["NANCY", "0"]


def test_values_that_mean_nothing_are_absent_after_cleaning(value_of):
    spec = column(clean=["trim", "upper"], null_values=["N/A", "-"])
    assert value_of(lambda texts: fields.cleaned(texts, spec), " n/a ", "-", "", "--", "na", None) == [
        None,
        None,
        None,
        "--",
        "NA",
        None,
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("40667", "2011-05-04 00:00:00"),
        (" 40667 ", "2011-05-04 00:00:00"),
        ("40667.4375", "2011-05-04 10:30:00"),
        ("40667,4375", "2011-05-04 10:30:00"),
        ("40667.43750142361", "2011-05-04 10:30:00.123000"),
        ("1", "1899-12-31 00:00:00"),
        ("1.5", "1899-12-31 12:00:00"),
        ("2958465", "9999-12-31 00:00:00"),
        ("2958465.5", "9999-12-31 12:00:00"),
    ],
)
def test_an_excel_serial_is_a_number_of_days_with_its_fraction(value_of, text, moment):
    spec = {"formats": ["%Y-%m-%d", "excel_serial"]}
    expected = datetime.fromisoformat(moment)
    assert value_of(reader("instant", **spec), text) == expected.replace(tzinfo=UTC)
    assert value_of(reader("date", "America/Sao_Paulo", **spec), text) == expected.date()
    month = value_of(lambda texts: fields.month_of(texts, column(**spec), "UTC"), text)
    assert month == expected.date().replace(day=1)


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "0.99",
        "2958466",
        "20110504",
        "-1",
        "40.667",
        "40,667",
        "4e4",
        "40667.5.5",
        "40667,",
        "1_000",
        "x",
        "",
        None,
    ],
)
def test_a_number_that_is_no_day_of_a_spreadsheet_is_no_date(value_of, text):
    spec = {"formats": ["excel_serial"]}
    assert value_of(reader("instant", **spec), text) is None
    assert value_of(lambda texts: fields.month_of(texts, column(**spec), "UTC"), text) is None


def test_an_excel_serial_is_local_time_and_tried_in_its_turn(value_of):
    spec = {"formats": ["%Y%m%d", "excel_serial"]}
    read = reader("instant", "America/Sao_Paulo", **spec)
    assert value_of(read, "20110504", "40667.4375") == [
        datetime(2011, 5, 4, 3, tzinfo=UTC),
        datetime(2011, 5, 4, 13, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize("function", [fields.instant_of, fields.month_of])
def test_dates_in_every_kind_of_format_compile_for_duckdb_and_for_spark(function):
    text = ibis.table({"text": "string"}, name="rows").text
    spec = column(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "excel_serial"])
    for dialect, statement in statements(function(text, spec, "America/Sao_Paulo").name("at").as_table()).items():
        assert "1899" in statement, dialect
