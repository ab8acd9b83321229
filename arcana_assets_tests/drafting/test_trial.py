"""What a trial says of a month, over tables that are written here row by row."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from arcana_assets.cli.trial import _of_left_out
from arcana_assets.domain.contract.joins import Join
from arcana_assets.domain.contract.periods import Periods
from arcana_assets.domain.contract.where import Condition
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.customers import Items
from arcana_assets.drafting.draft import draft_of
from arcana_assets.drafting.trial import Trial, months_of, whole_month
from arcana_assets.drafting.writing import write
from arcana_assets.lake.reader import Reader

MARCH, APRIL = date(2024, 3, 1), date(2024, 4, 1)
SALES = "pedido;cliente;produto;data;quantidade;preço\n" + "".join(
    f"{n};c{n};p{n % 5};{n % 28 + 1:02d}/03/2024;1;{n},50\n" for n in range(40)
)


@pytest.fixture
def domain(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "vendas.csv").write_text(SALES)
    folder, wrong = write(draft_of("mine", [tmp_path / "files" / "vendas.csv"], "pt-BR"), tmp_path / "defs")
    assert wrong == ""
    return load_domain(folder)


def test_the_last_whole_month_is_the_last_that_has_half_of_the_usual_rows():
    rows = {"sales": {date(2024, month, 1): 100 for month in range(1, 6)} | {None: 3}, "few": {date(2024, 6, 1): 2}}
    assert whole_month(rows, date(2024, 9, 1)) == date(2024, 5, 1)
    rows["sales"][date(2024, 6, 1)] = 40
    assert whole_month(rows, date(2024, 9, 1)) == date(2024, 5, 1)
    rows["sales"][date(2024, 6, 1)] = 60
    assert whole_month(rows, date(2024, 9, 1)) == date(2024, 6, 1)
    assert whole_month(rows, date(2024, 4, 1)) == date(2024, 3, 1), "the open month is not whole"
    assert whole_month({"sales": {None: 5}}, MARCH) is None
    assert whole_month(rows, date(2024, 9, 1), date(2024, 9, 1)) is None, "before the domain begins"


def test_a_month_is_tried_with_those_that_it_looks_back_on(domain):
    assert months_of(domain, MARCH) == [MARCH]
    assert len(months_of(domain, date(2025, 3, 1))) == domain.lookback_months + 1


@pytest.fixture
def tried(domain, tmp_path):
    """A trial of March over rows of silver, and over refused ones as (reason, line)."""
    root = tmp_path / "lake"

    def of(sold, refused=(), landed=None, rows=None):
        from deltalake import write_deltalake

        def table(layer, columns):
            columns = {"month": pa.array([MARCH] * len(next(iter(columns.values()))), pa.date32())} | columns
            write_deltalake(root / "mine" / layer / "vendas", pa.table(columns), partition_by=["month"])

        names = ("customer_id", "product_id", "unit_price")
        columns = zip(*sold, strict=True)
        silver = {name: pa.array(values) for name, values in zip(names, columns, strict=True)}
        table("silver", silver | {"ordered_at": pa.array([datetime(2024, 3, 9, tzinfo=UTC)] * len(sold))})
        if refused:
            table(
                "quarantine",
                {
                    "_reasons": pa.array([[reason] for reason, _ in refused], pa.list_(pa.string())),
                    "_file": pa.array(["vendas.csv"] * len(refused)),
                    "_line": pa.array([line for _, line in refused], pa.int64()),
                },
            )
        table("bronze", {"pedido": pa.array(["x"] * (landed or len(sold) + len(refused)))})
        return Trial(domain, MARCH, Reader(str(root)), rows or {})

    return of


def test_refused_rows_are_told_by_reason_with_their_lines_and_without_the_value(tried):
    reason = "unit_price: '9,9x' is not a number"
    trial = tried(
        [("c1", "p1", 2.0)], [(reason, 7), (reason.replace("9,9x", "?"), 9), ("order_id must be present", 4)], 6
    )
    assert trial.refused().lines == (
        "vendas: 6 rows, 1 kept, 3 refused, 2 the same as another row",
        "  2 x unit_price: is not a number (vendas.csv:7, vendas.csv:9)",
        "  1 x order_id must be present (vendas.csv:4)",
    )


def test_rows_of_periods_that_are_no_longer_there_are_told_as_not_in_force(tried, domain):
    spans = Periods(start="started_on", end="ended_on")
    domain.sources["vendas"] = domain.sources["vendas"].model_copy(update={"periods": spans})
    trial = tried([(f"c{n}", "p1", 2.5) for n in range(30)], landed=90)
    told = "vendas: 90 rows, 30 kept, 0 refused, 60 not in force in the month or the same as another row"
    assert trial.refused().lines == (told,)
    assert not [line for line in trial.wrong(APRIL).lines if "delivered twice" in line]


def test_nothing_looks_wrong_in_rows_that_are_right(tried):
    sold = [(f"c{n % 10}", f"p{n % 3}", 5.25 + n % 3) for n in range(60)]
    assert tried(sold, rows={"vendas": {MARCH: 60}}).wrong(APRIL).lines == ()


@pytest.mark.parametrize(
    ("sold", "said"),
    [
        ([(f"c{n}", "p", 5.25) for n in range(30)], "100% of the customers have one row only"),
        ([("0" if n % 2 else f"c{n % 58}", "p", 5.25) for n in range(60)], "one code has 50% of the rows"),
        ([(None if n % 3 else f"c{n}", "p", 5.25) for n in range(60)], "40 of 60 rows are of no known customer"),
        ([(f"c{n % 9}", "p", 525.0 if n == 7 else 5.25) for n in range(60)], "1 of 60 prices are about 100 times"),
        ([(f"c{n % 9}", f"p{n % 4}", 500.0 + n % 4) for n in range(60)], "are they cents?"),
    ],
)
def test_what_looks_wrong_is_told_without_a_customers_code(tried, sold, said):
    lines = tried(sold).wrong(APRIL).lines
    assert len([line for line in lines if said in line]) == 1
    assert not any("c1" in line for line in lines)


def test_dates_that_no_month_takes_and_keys_that_many_rows_share_are_told(tried):
    sold = [(f"c{n % 9}", "p", 5.25) for n in range(60)]
    shared = [("order_id must be unique, found in several rows that differ", n) for n in range(20)]
    months = {MARCH: 80, date(2024, 12, 1): 4, date(2020, 1, 1): 2, None: 3}
    assert tried(sold, shared, 100, {"vendas": months}).wrong(APRIL).lines == (
        "vendas: 4 of 89 rows are dated in the future; day and month exchanged?",
        "vendas: 2 of 89 rows are dated before the start, 2024-03",
        "vendas: 3 of 89 rows have no date that can be read",
        "vendas: 20% of the rows are the same as another; is a file delivered twice?",
        "vendas: 20% of the rows share their key, order_id; it may lack a column",
    )


def test_rows_before_the_months_of_a_trial_are_not_told_as_refused(tried, domain):
    early = "ordered_at: '2020-01-05' is before the domain's start, 2024-03"
    trial = tried([("c1", "p1", 2.0)], [(early, 2), (early, 3), ("order_id must be present", 4)], 4)
    assert trial.refused().lines[0] == "vendas: 4 rows, 1 kept, 3 refused", "the domain begins in its first month"
    trial.domain = domain.model_copy(update={"start": date(2020, 1, 1)})
    assert trial.refused().lines == (
        "vendas: 2 rows, 1 kept, 1 refused",
        "  1 x order_id must be present (vendas.csv:4)",
    )


def test_rows_that_the_source_is_not_of_are_not_told_as_copies(tried, domain):
    trial = tried([(f"c{n % 9}", "p", 5.25) for n in range(60)], landed=90)
    source = domain.sources["vendas"]
    assert "is a file delivered twice?" in " ".join(trial.wrong(APRIL).lines)
    domain.sources["vendas"] = source.model_copy(update={"where": {"quantity": Condition(above=0)}})
    assert trial.refused().lines == (
        "vendas: 90 rows, 60 kept, 0 refused, 30 left out by where or the same as another row",
    )
    assert "is a file delivered twice?" not in " ".join(trial.wrong(APRIL).lines)


def test_a_file_is_named_once_where_no_line_is_known(tried):
    reason = "order_id must be present"
    trial = tried([("c1", "p1", 2.0)], [(reason, None), (reason, None)], 3)
    assert trial.refused().lines[1] == "  2 x order_id must be present (vendas.csv)"


def test_what_the_data_cannot_give_is_said(tried):
    lines = tried([("c1", "p", 5.25)]).missing().lines
    assert lines[0].startswith("customers are who buys: contracts, tickets")
    assert lines[1] == "no feature of any customer"
    assert lines[2].startswith("the prediction volta_a_comprar: it is learned from what came after")


def test_rows_whose_date_another_source_has_are_not_told_as_refused_where_that_is_left_out(tried, domain):
    join = Join(source="orders", on="order_id", columns=["ordered_at"])
    source = domain.sources["vendas"].model_copy(update={"join": [join]})
    domain.sources["vendas"] = source
    reason = f"{source.dating.words}, found 7"
    trial = tried([("c1", "p1", 2.0)], [(reason, 2), (reason, 3), (reason, 4)], 4, {"vendas": {date(2024, 1, 1): 2}})
    trial.domain = domain.model_copy(update={"start": date(2020, 1, 1)})
    assert trial.refused().lines[0] == "vendas: 2 rows, 1 kept, 1 refused"
    assert trial.refused().lines[1].startswith(f"  1 x {source.dating.words} (")


def test_many_refused_rows_are_warned_of_unless_their_date_is_in_a_source_that_is_left_out(tried, domain):
    warning = "mine/silver/vendas: few_rows_refused: 30.0% of the rows are in quarantine"
    trial = tried([("c1", "p1", 2.0)] * 9)
    assert not _of_left_out(warning, trial)
    join = Join(source="orders", on="order_id", columns=["ordered_at"])
    domain.sources["vendas"] = domain.sources["vendas"].model_copy(update={"join": [join]})
    assert _of_left_out(warning, trial)
    assert not _of_left_out("mine/silver/vendas: months_are_complete: 2024-03 has no row", trial)
    assert not _of_left_out("mine/silver/lojas: few_rows_refused: 30.0% of the rows are in quarantine", trial)


@pytest.mark.parametrize(("wrong", "left_out"), [(2, True), (5, False)])
def test_rows_that_are_refused_for_more_than_their_month_are_warned_of(tried, domain, wrong, left_out):
    assert domain.sources["vendas"].refused_share == 0.1
    early = "ordered_at: '2020-01-05' is before the domain's start, 2024-03"
    refused = [(early, n) for n in range(80)] + [("order_id must be present", n) for n in range(wrong)]
    trial = tried([("c1", "p1", 2.0)] * 30, refused)
    trial.domain = domain.model_copy(update={"start": date(2020, 1, 1)})
    said = "9.9% of the rows are in quarantine; most rows are dated before the domain's start, 80: if they are wanted"
    assert _of_left_out(f"mine/silver/vendas: few_rows_refused: {said}", trial) is left_out


def test_items_that_no_contract_names_are_told_with_what_could_be_them(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "contratos.csv").write_text(
        "cliente;produto;modelo comercial;assinado em;valor do contrato;situacao do contrato\n"
        + "".join(f"c{n % 30};p{n % 4};assinatura;2024-{n % 9 + 1:02d}-05;{n + 9};ativo\n" for n in range(90))
    )
    (tmp_path / "files" / "clientes.csv").write_text("cliente;cidade\n" + "".join(f"c{n};Porto\n" for n in range(30)))
    folder, _ = write(draft_of("mine", sorted((tmp_path / "files").iterdir()), "pt-BR"), tmp_path / "defs")
    domain = load_domain(folder)
    reader = Reader(str(tmp_path / "lake"))
    assert not [each for each in Trial(domain, MARCH, reader, {}).missing().lines if each.startswith("items:")]
    other = domain.model_copy(update={"items": Items()})
    (told,) = (each for each in Trial(other, MARCH, reader, {}).missing().lines if each.startswith("items:"))
    assert told == (
        "items: no source of contracts has the product_line, so that nobody owns anything; items: {of: product} takes "
        "what there is"
    )
