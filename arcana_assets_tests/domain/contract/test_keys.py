"""The keys of a contract, each by itself: a wrong key or type names file, line, place and what is right."""

import pytest

BAD_KEYS = [
    (
        "description: Sales by line",
        "descriptoin: x",
        "2: descriptoin: unknown key 'descriptoin'; did you mean 'description'?",
    ),
    ('pattern: "sales', 'patern: "sales', "3: landing.patern: unknown key 'patern'; did you mean 'pattern'?"),
    ("required: true", "requird: true", "3: landing.requird: unknown key 'requird'; did you mean 'required'?"),
    ("type: instant", "tpye: instant", "7: columns[1].tpye: unknown key 'tpye'; did you mean 'type'?"),
    ("{min: 0,", "{mni: 0,", "16: rules[0].in_range.mni: unknown key 'mni'; did you mean 'min'?"),
    ("isin:", "isni:", "17: rules[1].isni: unknown key 'isni'; did you mean 'isin'?"),
    ("{by: ordered_at}", "{bye: ordered_at}", "14: deduplicate.bye: unknown key 'bye'; did you mean 'by'?"),
    ("- to: is_product", "- too: is_product", "23: lookups[0].too: unknown key 'too'; did you mean 'to'?"),
    ("values: {", "value: {", "25: lookups[0].value: unknown key 'value'; did you mean 'values'?"),
    ("{matches:", "{match:", "27: lookups[0].patterns[0].match: unknown key 'match'; did you mean 'matches'?"),
]
BAD_FORMATS = [
    ("{kind: csv, delimeter: x}", "format.delimeter: unknown key 'delimeter'; did you mean 'delimiter'?"),
    ("{kind: xlsx, sheets: x}", "format.sheets: unknown key 'sheets'; did you mean 'sheet'?"),
    (
        "{kind: xlsx, delimiter: x}",
        "format.delimiter: unknown key 'delimiter'; known: decimal, header_row, kind, sheet, thousands",
    ),
    ("{kind: parquet, decimals: x}", "format.decimals: unknown key 'decimals'; did you mean 'decimal'?"),
    ("{kind: jsonl, thousand: x}", "format.thousand: unknown key 'thousand'; did you mean 'thousands'?"),
    ("{kind: cvs}", "format.kind: expected one of csv, xlsx, parquet, jsonl, sql, found 'cvs'; did you mean 'csv'?"),
    ("{delimiter: x}", "format.kind: this key is required and missing; one of csv, xlsx, parquet, jsonl, sql"),
    ("csv", "format: expected a mapping of"),
    (
        "{kind: csv, encoding: latin-2}",
        "format.encoding: expected 'utf-8', 'latin-1' or 'utf-16', found 'latin-2'; did you mean 'latin-1'?",
    ),
    ("{kind: csv, header_row: 0}", "format.header_row: expected 1 or more, found 0"),
    ("{kind: csv, delimiter: ';;'}", "format.delimiter: expected 1 characters or fewer, found ';;'"),
    ("{kind: csv, delimiter: '\"'}", "format: '\"' cannot be both the delimiter and the quoting character"),
    ('{kind: csv, delimiter: "\\n"}', "format: a line break ends rows and cannot be the delimiter"),
    ('{kind: csv, decimal: ",", thousands: ","}', "format: ',' cannot be both the decimal and the thousands mark"),
]
BAD_TYPES = [
    ("description: Sales by line", "description: 5", "2: description: expected text, found 5; put it in quotes"),
    ("required: true", "required: perhaps", "3: landing.required: expected true or false, found 'perhaps'"),
    ("{by: ordered_at}", "latest", "14: deduplicate: expected 'exact' or a mapping of by, keep; found 'latest'"),
    ("{by: ordered_at}", "[ordered_at]", "14: deduplicate: expected 'exact' or a mapping of by, keep; found a list"),
    (
        "{unique: [order_id, product_id]}",
        "{unique: order_id}",
        "19: rules[3].unique: expected true or a list, found 'order_id'",
    ),
    ("values: {POST: false}", "values: [POST]", "25: lookups[0].values: expected a mapping, found a list"),
    (
        "values: {POST: false}",
        "values: {12: false}",
        "25: lookups[0].values.12: expected text, found 12; put it in quotes",
    ),
    (
        "values: {POST: false}",
        "values: {POST: never}",
        "25: lookups[0].values.POST: expected true or false, found 'never'",
    ),
    ("value: false}", "value: 0}", "27: lookups[0].patterns[0].value: expected true or false, found 0"),
    ("default: true", "default: maybe", "28: lookups[0].default: expected true or false, found 'maybe'"),
    (
        "{customer_id: walk-in}",
        "{customer_id: 12}",
        "21: constants.customer_id: expected text, found 12; put it in quotes",
    ),
    ("[NO, SE,", "[NO, false,", "17: rules[1].isin[1]: expected text, found false; put it in quotes"),
    ('[NO, SE, "076"]', "[]", "17: rules[1].isin: expected 1 items or more, found a list"),
    ("min: 0, max: 1000000", "min: cheap", "16: rules[0].in_range.min: expected a number, found 'cheap'"),
    ("to: quantity}", "to: quantity, default: 1.5}", "9: columns[3].default: expected a whole number, found 1.5"),
    ("type: instant", "type: date", "7: columns[1].type: 'ordered_at' is instant in transactions, found 'date'"),
    ('decimal: ","', 'decimal: ";"', "10: columns[4].decimal: expected '.' or ',', found ';'"),
]


@pytest.mark.parametrize(("old", "new", "expected"), BAD_KEYS)
def test_a_wrong_key_at_any_depth_names_the_right_one(said, old, new, expected):
    assert f"sales.yaml:{expected}" in said(old, new)


@pytest.mark.parametrize(("form", "expected"), BAD_FORMATS)
def test_each_kind_of_format_has_keys_of_its_own(said, form, expected):
    (line,) = said('{kind: csv, delimiter: ";"}', form)
    assert line.startswith(f"sales.yaml:4: {expected}")


@pytest.mark.parametrize(("old", "new", "expected"), BAD_TYPES)
def test_a_value_of_the_wrong_type_says_which_is_right(said, old, new, expected):
    assert said(old, new) == [f"sales.yaml:{expected}"]


@pytest.mark.parametrize("pattern", ["../x", "a/../../x", "/etc/passwd", "s3://other/x", "..\\\\x", "", "."])
def test_a_landing_pattern_never_leaves_the_landing_of_its_domain(said, pattern):
    (line,) = said("sales/*.csv", pattern)
    assert line.startswith("sales.yaml:3: landing.pattern: '")
    assert line.endswith("must be a path below the landing of the domain, without '..' or a scheme")


@pytest.mark.parametrize("pattern", ["sales/*.csv", "**/*.csv", "2024..2025.csv", "sales/[ab]?.csv"])
def test_a_landing_pattern_below_the_domain_is_fine(accepted, pattern):
    assert accepted("sales/*.csv", pattern).landing.pattern == pattern
