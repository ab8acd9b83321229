"""A contract: every wrong thing names file, line, place and the nearest right name."""

import pytest

from arcana_assets.domain.contract.columns import raw_name, split_step
from arcana_assets.domain.contract.consistency import load_contract

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
    (
        "required: true}",
        "deliveries: latest, files: 11}",
        "3: landing.files: of the latest delivery one file is read, so 'files' can only be 1, found 11; for a delivery",
    ),
    (
        'delimiter: ";"}',
        'delimiter: ";"}\nworkbook: {header_row: 3}',
        "3: landing.pattern: 'sales/*.csv' finds no workbook; end it in '.*', or leave out 'workbook'",
    ),
    (
        'format: {kind: csv, delimiter: ";"}',
        "format: {kind: parquet}\nworkbook: {header_row: 3}",
        "5: workbook: a source in csv can come as a workbook too, this one is in parquet",
    ),
    (
        'entity: transactions\ndescription: Sales by line\nlanding: {pattern: "sales/*.csv", required: true}\n',
        'entity: transactions\ndescription: Sales by line\nlanding: {pattern: "sales/*"}\nworkbook: {sheets: x}\n',
        "4: workbook.sheets: unknown key 'sheets'; did you mean 'sheet'?",
    ),
    (
        "description: Sales by line",
        "description: x\nworkbook: yes please",
        "3: workbook: expected a mapping of header_row, sheet; found 'yes please'",
    ),
    (
        '"%Y-%m-%d"',
        "excel_serials",
        "7: columns[1].formats[0]: 'excel_serials' is not a strftime format such as '%Y-%m-%d', nor excel_serial; did",
    ),
    ("key: [order_id, product_id]\n", "", "13: deduplicate: one row of a key is kept, so the contract needs a 'key'"),
    ("description: Sales by line", "description: a\nname: gold", "3: name: 'gold' is reserved (a layer of the lake)"),
    ("description: Sales by line", "description: a\nname: class", "3: name: 'class' is reserved (a word of Python)"),
    (
        "description: Sales by line",
        "description: a\nname: Sales-2",
        "3: name: 'Sales-2' is not a name of lower case letters",
    ),
    ("description: Sales by line", "description: a\nentity: x", "3: entity: this key is given twice"),
]


@pytest.mark.parametrize(("old", "new", "expected"), BAD_NAMES)
def test_a_name_that_does_not_exist_names_the_nearest_that_does(said, old, new, expected):
    assert said(old, new)[0] == f"sales.yaml:{expected}"


@pytest.mark.parametrize(("old", "new", "expected"), CONTRADICTIONS)
def test_parts_that_contradict_each_other_are_refused(said, old, new, expected):
    assert any(line.startswith(f"sales.yaml:{expected}") for line in said(old, new))


@pytest.mark.parametrize(
    "pattern", ["sales/*", "sales/*.*", "**/sales*", "sales/*.xls[xm]", "sales/a.xlsx", "v1.2/sales*"]
)
def test_a_pattern_that_finds_workbooks_goes_with_where_their_rows_are(accepted, pattern):
    given = f'landing: {{pattern: "{pattern}"}}\nworkbook: {{sheet: Sales, header_row: 3}}'
    contract = accepted('landing: {pattern: "sales/*.csv", required: true}', given)
    assert contract.format_of("sales/may.csv") is contract.format
    assert contract.format_of("sales/may.XLSX.gz").model_dump() == {
        "kind": "xlsx",
        "sheet": "Sales",
        "header_row": 3,
        "decimal": ".",
        "thousands": None,
    }


def test_dates_of_a_workbook_need_a_format_without_an_offset(folder, said):
    path = folder / "sources" / "sales.yaml"
    path.write_text(path.read_text().replace("sales/*.csv", "sales/*").replace("key:", "workbook: {}\nkey:"))
    (line,) = said('"%Y-%m-%d"', '"%Y-%m-%dT%H:%M%z"')
    assert line == (
        "sales.yaml:7: columns[1].formats: a date cell of a workbook has no offset from UTC; "
        "add a format without '%z' as well"
    )


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
