"""Rules: exactly one check each, and the words that quarantine, checks and reference page share."""

import pytest
from pydantic import ValidationError

from arcana_assets.domain.contract.rules import Range, Rule


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"column": "x", "nullable": False}, "must be present"),
        ({"column": "x", "isin": ["a", "b"]}, "must be one of a, b"),
        ({"column": "x", "isin": [1, 2.5, 3.0]}, "must be one of 1, 2.5, 3"),
        ({"column": "x", "in_range": {"min": 0}}, "must be at least 0"),
        ({"column": "x", "in_range": {"min": 0, "include_min": False}}, "must be greater than 0"),
        ({"column": "x", "in_range": {"max": 10, "include_max": False}}, "must be less than 10"),
        (
            {"column": "x", "in_range": {"min": -1000000, "max": 1234567}},
            "must be at least -1000000 and at most 1234567",
        ),
        ({"column": "x", "in_range": {"min": "2020-01-01"}}, "must be at least 2020-01-01"),
        ({"column": "x", "str_matches": "[A-Z]+"}, "must match [A-Z]+"),
        ({"column": "x", "unique": True}, "must be unique by x"),
        ({"unique": ["x", "y"]}, "must be unique by x, y"),
        ({"compare": "closed_at>=opened_at"}, "must have closed_at >= opened_at"),
        ({"column": "x", "nullable": False, "reason": "no customer"}, "no customer"),
    ],
)
def test_a_rule_is_worded_as_people_say_it(rule, words):
    assert Rule.model_validate(rule).words() == words


def test_a_rule_knows_the_columns_it_reads():
    assert Rule.model_validate({"compare": "a < b"}).columns == ("a", "b")
    assert Rule.model_validate({"unique": ["a", "b"]}).columns == ("a", "b")
    assert Rule.model_validate({"column": "a", "unique": True}).columns == ("a",)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"column": "x"}, "exactly one of nullable, .*; found none"),
        ({"column": "x", "nullable": False, "isin": [1]}, "found nullable, isin"),
        ({"nullable": False}, "'nullable' needs 'column'"),
        ({"unique": True}, "'unique' needs 'column'"),
        ({"column": "x", "unique": ["x", "y"]}, "names its columns itself"),
        ({"column": "x", "compare": "x < y"}, "names its columns itself"),
        ({"compare": "x is y"}, "'x is y' is not a comparison of two columns"),
        ({"compare": "x <= y <= z"}, "is not a comparison of two columns"),
        ({"column": "x", "str_matches": "("}, "is not a regular expression"),
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_refused(rule, said):
    with pytest.raises(ValidationError, match=said):
        Rule.model_validate(rule)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({}, "needs 'min', 'max' or both"),
        ({"min": 2, "max": 1}, "min 2 above max 1"),
        ({"min": 2.5, "max": 1}, "min 2.5 above max 1"),
        ({"min": 1000001, "max": 1000000}, "min 1000001 above max 1000000"),
        ({"min": "2021-01-01", "max": "2020-01-01"}, "min 2021-01-01 above max 2020-01-01"),
        ({"min": "2021-01-01", "max": 1}, "bounds of two kinds"),
        ({"min": 1, "max": 1, "include_max": False}, "leaves nothing between 1 and 1"),
    ],
)
def test_a_range_that_nothing_can_be_in_is_refused(bounds, said):
    with pytest.raises(ValidationError, match=said):
        Range.model_validate(bounds)


def test_a_range_of_one_value_is_a_range():
    assert Range.model_validate({"min": 1, "max": 1}).words() == "at least 1 and at most 1"


@pytest.mark.parametrize(("form", "length"), [("%y%m", 4), ("%Y-%m-%d", 10), ("%d/%m", 5)])
def test_a_date_within_a_text_has_a_length(form, length):
    rule = Rule.model_validate({"column": "a", "spells_date": {"of": "b", "from": 3, "format": form}})
    assert (rule.spells_date.length, rule.columns) == (length, ("a", "b"))


@pytest.mark.parametrize("form", ["%H", "ym", "%y%b", ""])
def test_a_date_within_a_text_is_made_of_numbers_of_a_fixed_length(form):
    with pytest.raises(ValidationError, match="is not made of"):
        Rule.model_validate({"column": "a", "spells_date": {"of": "b", "from": 1, "format": form}})
