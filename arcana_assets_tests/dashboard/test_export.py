"""Files that somebody makes of a filter: all of its rows, nothing that runs, and the line in the log of exports."""

import csv
import io
import json
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pyarrow as pa
import pytest
import streamlit as st

from arcana_assets.dashboard import export
from arcana_assets.dashboard.access import LoginEnded, NotYours, Viewer
from arcana_assets.dashboard.moves import GONE, NEW
from arcana_assets.dashboard.screens.customers import explained
from arcana_assets.dashboard.screens.customers.customers import Filter, all_customers, customers
from arcana_assets.dashboard.screens.movement import named
from arcana_assets_tests.dashboard.lakes import CUSTOMERS, MAY, ODD, PERSONAS, RISK, segment_of, worth
from arcana_assets_tests.dashboard.pages import opened

PAID = sum(worth(each, MAY) for each in CUSTOMERS)
SALES = Viewer("ana", frozenset({"totals", "customers"}))
FORMULAS = ("=", "+", "-", "@")


def csv_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def sheet_of(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def values(sheet) -> list[tuple]:
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]


@pytest.fixture
def everybody(place) -> pa.Table:
    return customers(place, Filter(), "monetary", True)


def test_a_csv_file_has_every_row_and_the_sums_of_gold(place, everybody):
    rows = csv_of(export.as_csv(place, everybody, "clientes"))
    assert len(rows) == everybody.num_rows == 60
    assert sum(Decimal(row["monetary"].replace(",", ".")) for row in rows) == sum(
        worth(each, MAY) for each in CUSTOMERS
    )
    assert {row["persona_value"] for row in rows} == set(PERSONAS.values())


def test_no_cell_of_a_csv_file_is_run_and_codes_can_be_told(place, everybody):
    codes = [row["customer_id"] for row in csv_of(export.as_csv(place, everybody, "clientes"))]
    assert [code for code in codes if code.lstrip().startswith(FORMULAS)] == []
    assert {code.removeprefix("'") for code in codes} == set(CUSTOMERS)


def test_a_workbook_has_every_row_with_codes_as_they_are_and_none_as_a_formula(place, everybody):
    sheet = sheet_of(export.as_workbook(place, everybody, "clientes_2011-05"))
    rows = values(sheet)
    assert [row[0] for row in rows] == everybody["customer_id"].to_pylist()
    assert set(ODD) < {row[0] for row in rows}
    assert {cell.data_type for row in sheet.iter_rows(min_row=2, max_col=2) for cell in row} == {"s"}
    heads = [cell.value for cell in sheet[1]]
    assert heads[:2] == ["Cliente", "Segmento por valor"]
    paid = heads.index("Valor líquido")
    assert sum(row[paid] for row in rows) == PAID


def test_a_workbook_says_what_it_is(place, everybody):
    book = openpyxl.load_workbook(io.BytesIO(export.as_workbook(place, everybody, "clientes_2011-05")))
    about = {row[0]: row[1] for row in book["Sobre"].iter_rows(values_only=True)}
    assert about["Domínio"] == "Varejo"
    assert about["Mês"] == "maio de 2011"
    assert about["Linhas"] == "60"


def test_in_an_english_domain_files_speak_english_and_write_numbers_so(shop_in, everybody):
    english = shop_in(language="en")
    book = openpyxl.load_workbook(io.BytesIO(export.as_workbook(english, everybody, "clientes_2011-05")))
    assert book.sheetnames[1:] == ["Dictionary", "About"]
    assert [cell.value for cell in book["Dictionary"][1]] == ["Column", "Technical name", "Unit", "Description"]
    assert [cell.value for cell in book.worksheets[0][1]][:3] == ["Customer", "Segment by value", "Net value"]
    half = pa.table({"monetary": [1234.5], "since": [MAY]})
    head, line = export.as_csv(english, half, "x").decode("utf-8-sig").splitlines()
    assert (head, line) == ("monetary,since", "1234.5,2011-05-01")
    [[_, day]] = (
        openpyxl.load_workbook(io.BytesIO(export.as_workbook(english, half, "x"))).worksheets[0].iter_rows(min_row=2)
    )
    assert day.number_format == "yyyy-mm-dd"


def test_a_list_of_members_is_called_as_its_table_calls_it(place):
    rows = pa.table({"state": ["member"], "since": [MAY]})
    heads = [
        [cell.value for cell in sheet_of(export.as_workbook(place, rows, "x", table))[1]]
        for table in ("customer_360", "loyalty_members")
    ]
    assert heads == [["UF", "Cliente desde"], ["Situação", "Nessa situação desde"]]


def test_every_type_of_a_table_can_be_exported(place):
    rows = pa.table(
        {
            "flag": [True, None],
            "n": [10**16, None],
            "x": [float("nan"), 0.5],
            "day": pa.array([MAY, None], pa.date32()),
            "at": pa.array([0, None], pa.timestamp("us", tz="UTC")),
            "words": [["a", "b"], None],
            "text": ['a;b\r\n"c"\x00', None],
            "empty": pa.nulls(2),
        }
    )
    first, second = csv_of(export.as_csv(place, rows, "x"))
    assert (first["flag"], first["n"], first["x"], first["day"]) == ("true", "10000000000000000", "", "2011-05-01")
    assert first["text"] == 'a;b\r\n"c"␀'
    assert set(second.values()) == {"", "0,5"}
    assert len(values(sheet_of(export.as_workbook(place, rows, "x")))) == 2


def unasked() -> AbstractContextManager[pa.RecordBatchReader]:
    pytest.fail("rows are asked for")


@pytest.fixture
def pressed(monkeypatch):
    """The buttons that are shown: label and what each makes."""
    found = {}
    monkeypatch.setattr(st, "download_button", lambda label, made, file, *_, **__: found.update({file: (label, made)}))
    return found


def test_a_button_says_how_many_rows_asks_for_them_when_it_is_pressed_and_that_is_logged(
    place, pressed, deployed, tmp_path
):
    deployed()
    asked = []

    def ask() -> AbstractContextManager[pa.RecordBatchReader]:
        asked.append(1)
        return all_customers(place, Filter(segments={"value": (RISK,)}), "monetary", True)

    filtered_by = {"segmentation": "value", "segments": {"value": [RISK]}, "ranges": {"monetary": [1.5, None]}}
    expected = sum(segment_of(each, MAY) == RISK for each in CUSTOMERS)
    export.downloads(place, SALES, ask, expected, "clientes", filtered_by)
    assert [label for label, _ in pressed.values()] == [
        f"Baixar CSV ({expected} linhas)",
        f"Baixar XLSX ({expected} linhas)",
    ]
    assert asked == []
    assert len(csv_of(pressed["clientes.csv"][1]())) == expected
    assert len(values(sheet_of(pressed["clientes.xlsx"][1]()))) == expected
    text = (tmp_path / "home" / "dashboard" / "exports.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["who"], line["rows"], line["format"]) for line in lines] == [
        ("ana", expected, "csv"),
        ("ana", expected, "xlsx"),
    ]
    assert [line["filtered_by"] for line in lines] == [filtered_by] * 2
    assert not any(code in text for code in CUSTOMERS)


@pytest.mark.parametrize(("language", "called"), [("pt-BR", "explicacao"), ("en", "explanation")])
def test_an_explanation_is_in_the_log_as_its_file_is_called(shop_in, pressed, deployed, tmp_path, language, called):
    deployed()
    explained.show(shop_in(language=language), SALES, "C002")
    assert {*pressed} == {f"{called}.html", f"{called}.json"}
    pressed[f"{called}.json"][1]()
    (line,) = (tmp_path / "home" / "dashboard" / "exports.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["table"] == called


@pytest.mark.parametrize(("language", "called"), [("pt-BR", ["(novos)", "(fora)"]), ("en", ["(new)", "(gone)"])])
def test_who_came_and_who_left_is_in_the_log_in_the_language_of_the_domain(shop_in, language, called):
    place = shop_in(language=language)
    assert [named(place, each, logged=True) for each in (NEW, GONE, "VIPs", "")] == [*called, "VIPs", ""]


@pytest.mark.parametrize(
    ("screen", "module", "filtered_by"),
    [
        ("clientes", "customers.customers", {"segmentation": "value", "segments": {"value": [RISK]}}),
        ("movimento", "movement", {"segmentation": "value", "came_into": PERSONAS[RISK]}),
        ("fidelidade", "loyalty", {"programme": "insiders", "states": ["member"]}),
        ("recomendacoes", "recommendations", {}),
        (
            "previsoes",
            "predictions.likely",
            {"prediction": "volta_a_comprar", "horizon": 3, "segmentation": "value", "segments": [RISK]},
        ),
    ],
)
def test_each_screen_tells_the_log_which_customers_were_asked_for(deployed, monkeypatch, screen, module, filtered_by):
    deployed()
    told = []
    monkeypatch.setattr(f"arcana_assets.dashboard.screens.{module}.downloads", lambda *said: told.append(said[5]))
    asked = {"segmentacao": "value", "segmento": str(RISK), "entrou": PERSONAS[RISK]}
    opened(screen, dominio="retail", mes="2011-05", **asked)
    assert told == [filtered_by]


def test_a_button_of_a_page_that_stayed_open_gives_nothing_after_the_login_has_ended(place, pressed, deployed):
    deployed()
    export.downloads(place, replace(SALES, until=1_000), unasked, 60, "clientes", {})
    assert len(pressed) == 2
    for _, made in pressed.values():
        with pytest.raises(LoginEnded):
            made()


@pytest.mark.parametrize("roles", [(), ("totals",), ("totals", "quality")])
def test_who_may_not_see_customers_has_no_button_and_gets_no_file_of_somebody_elses(place, pressed, deployed, roles):
    deployed()
    other = Viewer("bia", frozenset(roles))
    export.downloads(place, other, unasked, 60, "clientes", {})
    assert pressed == {}
    named = SimpleNamespace(name="bia", roles=other.roles, may=lambda _: True, must=other.must)
    export.downloads(place, named, unasked, 60, "clientes", {})
    assert len(pressed) == 2
    for _, made in pressed.values():
        with pytest.raises(NotYours, match="expected somebody with the role 'customers'"):
            made()


def test_there_is_no_button_for_nothing_and_no_workbook_of_more_than_a_sheet_holds(place, pressed, monkeypatch):
    told = []
    monkeypatch.setattr(st, "caption", told.append)
    export.downloads(place, SALES, unasked, 0, "clientes", {})
    assert pressed == {}
    export.downloads(place, SALES, unasked, 2_000_000, "clientes", {})
    assert list(pressed) == ["clientes.csv"]
    assert "1.048.5" in told[0]
