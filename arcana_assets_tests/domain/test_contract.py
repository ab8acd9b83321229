"""A contract: every wrong thing names file, line, place and the nearest right name."""

import pytest

from arcana_assets.domain.contract import load_contract, raw_name, split_step

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
    ("{kind: cvs}", "format.kind: expected one of csv, xlsx, parquet, jsonl, found 'cvs'; did you mean 'csv'?"),
    ("{delimiter: x}", "format.kind: this key is required and missing; one of csv, xlsx, parquet, jsonl"),
    ("csv", "format: expected a mapping of"),
    (
        "{kind: csv, encoding: latin1}",
        "format.encoding: expected 'utf-8', 'latin-1' or 'utf-16', found 'latin1'; did you mean 'latin-1'?",
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
    ("{by: ordered_at}", "latest", "14: deduplicate: expected 'exact' or a mapping of by; found 'latest'"),
    ("{by: ordered_at}", "[ordered_at]", "14: deduplicate: expected 'exact' or a mapping of by; found a list"),
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
BAD_NAMES = [
    (
        "entity: transactions",
        "entity: transaction",
        "1: entity: unknown entity 'transaction'; did you mean 'transactions'?",
    ),
    ("to: country", "to: contry", "11: columns[5].to: transactions has no column 'contry'; did you mean 'country'?"),
    (
        "[order_id, product_id]\nded",
        "[order_id, product]\nded",
        "13: key[1]: transactions has no column 'product'; did you mean 'product_id'?",
    ),
    (
        "by: ordered_at",
        "by: ordered",
        "14: deduplicate.by: transactions has no column 'ordered'; did you mean 'ordered_at'?",
    ),
    (
        "{column: product_id,",
        "{column: productid,",
        "18: rules[2].column: transactions has no column 'productid'; did you mean 'product_id'?",
    ),
    (
        "{unique: [order_id,",
        "{unique: [orderid,",
        "19: rules[3].unique: transactions has no column 'orderid'; did you mean 'order_id'?",
    ),
    (
        "compare: quantity",
        "compare: quantty",
        "20: rules[4].compare: transactions has no column 'quantty'; did you mean 'quantity'?",
    ),
    (
        "{customer_id: walk",
        "{custmer_id: walk",
        "21: constants.custmer_id: transactions has no column 'custmer_id'; did you mean 'customer_id'?",
    ),
    (
        "to: is_product",
        "to: isproduct",
        "23: lookups[0].to: transactions has no column 'isproduct'; did you mean 'is_product'?",
    ),
    (
        "from: product_id",
        "from: productid",
        "24: lookups[0].from: 'productid' is not a mapped column; did you mean 'product_id'?",
    ),
    ("[trim, {", "[trimm, {", "6: columns[0].clean[0]: unknown cleaning step 'trimm'; did you mean 'trim'?"),
    (
        "{remove_prefix: ",
        "{remove_prefx: ",
        "6: columns[0].clean[1]: unknown cleaning step 'remove_prefx'; did you mean 'remove_prefix'?",
    ),
]
CONTRADICTIONS = [
    ("from: Pieces", "from: Code", "9: columns[3].from: 'Code' is mapped twice, first in columns[2]"),
    ("to: country", "to: quantity", "11: columns[5].to: 'quantity' is mapped twice, first in columns[3]"),
    ("[Till]", "[Land]", "12: ignored[0]: 'Land' is mapped in columns[5] and ignored too"),
    ("[Till]", "[Till, Till]", "12: ignored[1]: 'Till' is ignored twice"),
    (
        "[Till]",
        "[code]",
        "12: ignored[0]: 'code' and 'Code' would be one column of the lake, which knows no upper and lower case",
    ),
    (
        "  - {from: Pieces, to: quantity}\n",
        "",
        "5: columns: transactions requires 'quantity', and no column is mapped to it",
    ),
    (
        "{customer_id: walk-in}",
        "{country: UK}",
        "21: constants.country: 'country' is mapped in columns and a constant too",
    ),
    ("to: is_product", "to: country", "23: lookups[0].to: 'country' is mapped in columns and found by a lookup too"),
    ("to: is_product", "to: customer_id", "23: lookups[0].to: 'customer_id' is a constant and found by a lookup too"),
    (
        "{column: country,",
        "{column: description,",
        "17: rules[1].column: 'description' has no value here: no column is mapped to it",
    ),
    (', formats: ["%Y-%m-%d"]', "", "7: columns[1]: 'ordered_at' (instant) needs 'formats', such as ['%Y-%m-%d']"),
    (
        "to: quantity}",
        "to: quantity, formats: ['%d']}",
        "9: columns[3].formats: 'quantity' (integer) is no date and takes no 'formats'",
    ),
    (
        "to: country",
        "to: country, thousands: '.'",
        "11: columns[5].thousands: 'country' (text) is no number and takes no 'thousands'",
    ),
    ('"%Y-%m-%d"', '"%Y-%Q"', "7: columns[1].formats[0]: '%Y-%Q' has the unknown directive '%Q'"),
    ('"%Y-%m-%d"', "YYYY-MM-DD", "7: columns[1].formats[0]: 'YYYY-MM-DD' is not a strftime format"),
    (
        "type: instant",
        "default: 2024-01-01",
        "7: columns[1].default: 'ordered_at' puts rows into months and takes no 'default'",
    ),
    (
        '{remove_prefix: "#"}',
        "remove_prefix",
        "6: columns[0].clean[1]: the cleaning step 'remove_prefix' needs an argument",
    ),
    (
        '{remove_prefix: "#"}',
        "{trim: x}",
        "6: columns[0].clean[1]: the cleaning step 'trim' takes no argument, found 'x'",
    ),
    (
        '{remove_prefix: "#"}',
        "{remove_prefix: a, remove_suffix: b}",
        "6: columns[0].clean[1]: a cleaning step with an argument is one",
    ),
    ("FEE.*", "FEE(", "27: lookups[0].patterns[0].matches: 'FEE(' is not a regular expression: missing )"),
    ("[A-Z]+", "[A-Z", "18: rules[2].str_matches: '[A-Z' is not a regular expression"),
    ("min: 0, max: 1000000", "min: 2, max: 1", "16: rules[0].in_range: in_range has min 2 above max 1"),
    ("min: 0, max: 1000000", "min: 1.5, max: 1", "16: rules[0].in_range: in_range has min 1.5 above max 1"),
    (
        'decimal: ","',
        'decimal: ",", thousands: ","',
        "10: columns[4]: ',' cannot be both the decimal and the thousands mark of 'unit_price'",
    ),
    (
        'decimal: ","',
        'thousands: "."',
        "10: columns[4]: '.' cannot be both the decimal and the thousands mark of 'unit_price'",
    ),
    ("key: [order_id, product_id]\n", "", "13: deduplicate: the latest of a key wins, so the contract needs a 'key'"),
    ("description: Sales by line", "description: a\nname: gold", "3: name: 'gold' is reserved (a layer of the lake)"),
    ("description: Sales by line", "description: a\nname: class", "3: name: 'class' is reserved (a word of Python)"),
    (
        "description: Sales by line",
        "description: a\nname: Sales-2",
        "3: name: 'Sales-2' is not a name of lower case letters",
    ),
    ("description: Sales by line", "description: a\nentity: x", "3: entity: this key is given twice"),
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


@pytest.mark.parametrize(("old", "new", "expected"), BAD_NAMES)
def test_a_name_that_does_not_exist_names_the_nearest_that_does(said, old, new, expected):
    assert said(old, new)[0] == f"sales.yaml:{expected}"


@pytest.mark.parametrize(("old", "new", "expected"), CONTRADICTIONS)
def test_parts_that_contradict_each_other_are_refused(said, old, new, expected):
    assert any(line.startswith(f"sales.yaml:{expected}") for line in said(old, new))


@pytest.mark.parametrize("pattern", ["../x", "a/../../x", "/etc/passwd", "s3://other/x", "..\\\\x", "", "."])
def test_a_landing_pattern_never_leaves_the_landing_of_its_domain(said, pattern):
    (line,) = said("sales/*.csv", pattern)
    assert line.startswith("sales.yaml:3: landing.pattern: '")
    assert line.endswith("must be a path below the landing of the domain, without '..' or a scheme")


@pytest.mark.parametrize("pattern", ["sales/*.csv", "**/*.csv", "2024..2025.csv", "sales/[ab]?.csv"])
def test_a_landing_pattern_below_the_domain_is_fine(accepted, pattern):
    assert accepted("sales/*.csv", pattern).landing.pattern == pattern


def test_a_delimiter_that_is_the_decimal_mark_is_fine_since_such_numbers_are_quoted(accepted):
    contract = accepted('delimiter: ";"', 'delimiter: ",", decimal: ","')
    assert (contract.format.kind, contract.format.decimal) == ("csv", ",")


def test_several_problems_are_said_together_in_the_order_of_the_parts(said):
    assert said("to: country}\nignored: [Till]", "to: contry}\nignored: [Code]") == [
        "sales.yaml:11: columns[5].to: transactions has no column 'contry'; did you mean 'country'?",
        "sales.yaml:12: ignored[0]: 'Code' is mapped in columns[2] and ignored too",
        "sales.yaml:17: rules[1].column: 'country' has no value here: no column is mapped to it",
    ]


def test_a_contract_without_a_name_has_that_of_its_file(folder):
    assert load_contract(folder / "sources" / "sales.yaml").name == "sales"


def test_a_file_whose_name_is_no_table_name_is_refused(said, folder):
    (folder / "sources" / "clients.yaml").rename(folder / "sources" / "Our-Clients.yaml")
    (line,) = said("description: Clients", "description: All clients", "sources/Our-Clients.yaml")
    assert line.startswith("Our-Clients.yaml:1: name: 'Our-Clients' is not a name of lower case letters")
    assert line.endswith("; did you mean 'our_clients'?")


def test_where_a_column_comes_from_goes_through_lookups_and_derivations(contract):
    assert contract.origin("order_id") == ("No",)
    assert contract.origin("is_product") == ("Code",)
    assert contract.origin("amount") == ("Pieces", "Price")
    assert contract.origin("kind") == ("Pieces",)
    assert contract.origin("customer_id") == ()  # a constant comes from no column


def test_a_source_is_dated_or_a_snapshot(domain):
    assert domain.sources["sales"].dated
    assert not domain.sources["clients"].dated


def test_a_header_that_bronze_needs_itself_is_renamed_there():
    assert [raw_name(header) for header in ("Month", "_line", "_reasons", "InvoiceNo")] == [
        "Month_", "_line_", "_reasons_", "InvoiceNo",
    ]  # fmt: skip


def test_a_cleaning_step_is_a_name_with_or_without_an_argument():
    assert split_step("trim") == ("trim", None)
    assert split_step({"remove_suffix": "00"}) == ("remove_suffix", "00")
