"""A value is said as its kind wants it, whoever says it."""

import math

import pytest

from arcana_assets.presentation.values import months, spelled


@pytest.mark.parametrize(
    ("value", "kind", "says"),
    [
        (1234.5, "money", "£ 1.234"),
        (-20.0, "money", "£ -20"),
        (0.25, "share", "25,0 %"),
        (5.0, "integer", "5"),
        (12.34, "decimal", "12,3"),
        *((math.nan, kind, "sem dado") for kind in ("money", "share", "integer", "decimal")),
    ],
)
def test_a_value_is_said_by_its_kind(value, kind, says):
    assert spelled(value, kind, "GBP") == says


def test_exact_money_has_cents_where_there_are_some():
    assert spelled(1234.5, "money", "GBP", exact=True) == "£ 1.234,50"
    assert spelled(600.0, "money", "GBP", exact=True) == "£ 600"


def test_a_unit_follows_a_number_and_nothing_follows_what_is_absent():
    assert spelled(60, "integer", "GBP", unit="dias") == "60 dias"
    assert spelled(math.nan, "integer", "GBP", unit="dias") == "sem dado"


def test_one_month_is_not_said_like_two():
    assert (months(1), months(2)) == ("1 mês", "2 meses")


@pytest.mark.parametrize(
    ("code", "expected"), [("BRL", "R$ 600"), ("USD", "US$ 600"), ("EUR", "€ 600"), ("XAF", "XAF 600")]
)
def test_money_has_the_sign_of_its_currency_and_its_code_where_it_has_none(code, expected):
    assert spelled(600.0, "money", code) == expected
