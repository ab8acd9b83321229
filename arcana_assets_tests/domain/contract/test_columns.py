"""Columns that are computed, and rows that are chosen: whatever cannot be acted on is told at load, with its line."""

import pytest

from arcana_assets.domain.contract.expressions import ExpressionError, fits, read_expression
from arcana_assets.domain.contract.formats import CsvFormat
from arcana_assets.domain.folder import load_domain

LAST = "    default: true\n"
MORE = """\
helpers:
  - {from: Freight, to: freight, type: decimal}
  - {from: State, to: state}
computed: {amount: unit_price * quantity + freight}
where: {state: {not_in: [canceled]}}
"""


@pytest.fixture
def more(folder):
    """The domain that is right, whose sales compute a column and choose their rows."""
    path = folder / "sources" / "sales.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(LAST, LAST + MORE), encoding="utf-8")
    return load_domain(folder)


def test_a_column_may_be_computed_and_rows_chosen_by_a_column_outside_the_entity(more):
    sales = more.sources["sales"]
    assert sales.expressions["amount"].names == ("unit_price", "quantity", "freight")
    assert sales.where["state"].words() == "not in canceled"
    assert sales.origin("amount") == ("Price", "Pieces", "Freight")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("+ freight}", "+ frieght}", "32: computed.amount: there is no column 'frieght' here; did you mean 'freight'?"),
        ("+ freight}", "+ state}", "32: computed.amount: 'state' is text; expected a number"),
        ("+ freight}", "+}", "32: computed.amount: 'unit_price * quantity +' is no expression"),
        (
            "+ freight}",
            "** freight}",
            "32: computed.amount: 'unit_price * quantity ** freight': 'quantity ** freight' is no part of",
        ),
        ("unit_price * quantity + freight", "sum(freight)", "32: computed.amount: 'sum(freight)': there is no"),
        (
            "unit_price * quantity + freight",
            "product_id",
            "32: computed.amount: 'amount' is decimal in transactions, and",
        ),
        ("{amount:", "{unit_price:", "32: computed.unit_price: 'unit_price' is there without it"),
        ("{amount:", "{total:", "32: computed.total: transactions has no column 'total'"),
        ("where: {state:", "where: {status:", "33: where.status: there is no column 'status' here; map it"),
        ("[canceled]", "[1]", "33: where.state.not_in[0]: expected text, found 1; put it in quotes"),
        ("{not_in: [canceled]}", "{notin: [canceled]}", "33: where.state.notin: unknown key 'notin'; did"),
        ("{not_in: [canceled]}", "{}", "33: where.state: a condition has one or more of in, not_in,"),
        (
            "where: {state: {not_in: [canceled]}}",
            "where: {is_product: {above: 0}}",
            "33: where.is_product.above: 'is_product' is true",
        ),
        (
            "where: {state: {not_in: [canceled]}}",
            "where: {ordered_at: {above: soon}}",
            "33: where.ordered_at.above: expected a date",
        ),
        ("{from: State, to: state}", "{from: State, to: country}", "31: helpers[1].to: 'country' is mapped twice"),
        (
            "{from: State, to: state}",
            "{from: State, to: description}",
            "31: helpers[1].to: transactions has the column 'descr",
        ),
        (
            "{from: State, to: state}",
            "{from: State, to: state, zone: UTC}",
            "31: helpers[1].zone: 'state' (text) is no date",
        ),
        (
            'formats: ["%Y-%m-%d"]',
            'formats: ["%Y-%m-%d"], zone: America/SaoPaulo',
            "7: columns[1].zone: 'America/SaoPaulo' is not",
        ),
    ],
)
def test_what_cannot_be_computed_or_chosen_by_is_told_at_load(more, said, old, new, problem):
    assert any(line.startswith(f"sales.yaml:{problem}") for line in said(old, new))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "__import__('os')",
            "price.real",
            "price[0]",
            "[price]",
            "lambda: 1",
            "f'{price}'",
            "price := 1",
            "1 < 2 < 3",
        ),
        *("price if price", "round(price, x)", "if_null(price)", "abs(price, 1)", "concat(*price)", "round(number=1)"),
        *(
            "'a' + 1",
            "not price",
            "price and True",
            "-'a'",
            "price == 'a'",
            "1 if price else 2",
            "b'a'",
            "1j",
            "(" * 300,
        ),
        "x + " * 300 + "x",
    ],
)
def test_nothing_but_the_grammar_is_an_expression(text):
    with pytest.raises(ExpressionError):
        read_expression(text).type_of({"price": "decimal", "x": "integer"})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(("n + 1", "integer"), ("n / 2", "decimal"), ("n + price", "decimal"), ("round(price)", "integer")),
        *(
            ("'a' + t", "text"),
            ("t == 'a'", "boolean"),
            ("if_null(n, price)", "decimal"),
            ("n if n > 1 else 0", "integer"),
        ),
        *(("if_null(day, day)", "date"), ("-n", "integer"), ("abs(price)", "decimal"), ("not (n > 1)", "boolean")),
    ],
)
def test_an_expression_has_the_type_of_what_it_comes_to(text, kind):
    given = {"n": "integer", "price": "decimal", "t": "text", "day": "date"}
    assert read_expression(text).type_of(given) == kind


def test_whole_numbers_may_be_amounts_and_amounts_no_whole_numbers():
    assert fits("integer", "decimal")
    assert not fits("decimal", "integer")


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("cp1252", "latin-1"),
        ("Windows-1252", "latin-1"),
        ("ISO-8859-1", "latin-1"),
        ("utf-8-sig", "utf-8"),
        ("utf8", "utf-8"),
    ],
)
def test_encodings_have_other_names(name, encoding):
    assert CsvFormat.model_validate({"kind": "csv", "encoding": name}).encoding == encoding
