"""Texts of the data are texts wherever a screen shows them, and charts speak the language of the page."""

import json
import re
from base64 import b64decode
from datetime import date
from itertools import pairwise

import pyarrow as pa
import pytest
import streamlit as st

from arcana_assets.dashboard import charts, parts
from arcana_assets.dashboard.parts import Figure, Header, plain
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.png import png
from arcana_assets_tests.dashboard.lakes import ODD

WICKED = '<img src=x onerror=alert(1)> & "quoted" **bold** [l](http://evil.example)'


@pytest.fixture
def shown(monkeypatch) -> list[str]:
    """What is handed to the browser as HTML."""
    told = list[str]()
    monkeypatch.setattr(st, "html", told.append)
    return told


@pytest.mark.parametrize("text", [*ODD, WICKED, ":material/home: :red[x] $a$ ~~b~~ a@b.com https://x.y - 1. # h"])
def test_every_mark_of_a_text_is_only_a_mark_where_markdown_is_read(text):
    marked = plain(text)
    assert re.sub(r"\\(.)", r"\1", marked) == " ".join(text.split())
    bare = re.sub(r"\\.", "", marked)
    assert not set(bare) & set("\\`*_{}[]()<>#+-.!|:$~^&\"'@/")
    assert "\n" not in plain("a\n\n# b")


def test_a_text_of_the_data_becomes_no_element_in_any_part(shown):
    parts.heading(WICKED, WICKED)
    parts.section(WICKED, WICKED)
    parts.sentence(WICKED)
    parts.nothing(WICKED)
    parts.figures([Figure(WICKED, WICKED, WICKED, WICKED, True, (1.0, 2.0, 3.0))])
    parts.table([Header(WICKED, True, WICKED)], [[WICKED], [None]], WICKED)
    parts.facts([(WICKED, WICKED), ("left out", "")])
    parts.bullets([WICKED])
    parts.heat([Header(WICKED), Header(WICKED, True)], [(WICKED, [(WICKED, 2.0)])])
    assert len(shown) == 9
    for each in shown:
        assert "<img src=x" not in each
        assert "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;" in each
    assert "left out" not in "".join(shown)


def test_a_line_of_a_figure_is_a_picture_of_three_months_or_more(shown):
    parts.figures([Figure("a", "1", "", line=(1.0, None, 3.0)), Figure("b", "1", "", line=(1.0, 5.0, 3.0, 4.0))])
    (drawn,) = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", shown[0])
    points = re.search(r'points="([^"]+)"', b64decode(drawn).decode())[1].split()
    assert len(points) == 4
    assert all(float(a.split(",")[0]) < float(b.split(",")[0]) for a, b in pairwise(points))


def test_shades_say_above_and_below():
    assert parts._shade(2.0).startswith("rgba(31,90,150")
    assert parts._shade(0.5).startswith("rgba(190,120,20")
    assert [parts._shade(value) for value in (None, 0.0, -1.0)] == ["transparent"] * 3


@pytest.mark.parametrize(
    ("code", "marks"), [("pt-BR", (",", ".", "maio", "domingo")), ("en", (".", ",", "May", "Sunday"))]
)
def test_a_chart_writes_numbers_months_and_days_in_the_language_of_the_page(code, marks):
    rows = [{"month": date(2011, month, 1), "name": "a", "value": month} for month in (1, 2)]
    for spec in (
        charts.by_month(rows, language_of(code), "Clientes"),
        charts.bars([{"label": "a", "value": 1, "text": "1"}], language_of(code), "Clientes"),
        charts.histogram([{"low": 0.0, "high": 1.0, "customers": 3}], language_of(code), "Clientes"),
    ):
        locale = spec["config"]["locale"]
        calendar = locale["time"]["months"][4], locale["time"]["days"][0]
        assert (locale["number"]["decimal"], locale["number"]["thousands"], *calendar) == marks
        assert spec["description"] == "Clientes"
        assert "title" not in spec
        assert len(png(spec)) > 500  # the renderer of reports takes it, too


def test_bars_are_as_long_as_their_values_and_a_text_is_no_expression():
    rows = [{"label": "datum.x", "value": value, "text": WICKED} for value in (4.0, 1.0, 0.0)]
    spec = charts.bars(rows, language_of(), "x", wide=400, label=100)
    marks = spec["data"]["values"]
    assert [mark["to"] - mark["from"] for mark in marks] == [400, 100, 0]
    assert "datum.x" not in json.dumps([spec["layer"], spec["config"]])
    assert charts.bars([], language_of(), "x")["data"]["values"] == []


def test_a_name_has_its_colour_whatever_the_order():
    def colours(*order: str) -> dict[str, str]:
        rows = [
            {"month": date(2011, 1, 1), "name": name, "value": 1, "colour": charts.colour_of(int(name))}
            for name in order
        ]
        scale = charts.by_month(rows, language_of(), "x", stacked=True)["encoding"]["color"]["scale"]
        return dict(zip(scale["domain"], scale["range"], strict=True))

    assert colours("7", "5") == colours("5", "7")
    assert len(set(colours("5", "7").values())) == 2
    assert charts.colour_of(None) == charts.GREY
    assert charts.by_month([{"month": date(2011, 1, 1), "name": "a", "value": 1}], language_of(), "x", stacked=True)[
        "mark"
    ] == {"type": "bar", "size": 40}


def test_a_month_without_a_value_is_no_point():
    rows = [{"month": date(2011, month, 1), "name": "a", "value": None if month == 2 else 1} for month in (1, 2, 3)]
    assert [each["month"] for each in charts.by_month(rows, language_of(), "x")["data"]["values"]] == [
        "2011-01-01",
        "2011-03-01",
    ]


def test_money_of_a_list_is_in_whole_units_whichever_table_it_is_of(place):
    rows = pa.table({"revenue": [102412.71, 3.0]})
    assert parts._rounded(place, rows, "loyalty_members")["revenue"].to_pylist() == [102413.0, 3.0]


@pytest.mark.parametrize(("code", "form"), [("pt-BR", "%m/%Y"), ("en", "%Y-%m")])
def test_months_below_a_chart_are_written_as_elsewhere(code, form):
    rows = [{"month": date(2011, month, 1), "name": "a", "value": month} for month in (1, 2)]
    assert charts.by_month(rows, language_of(code), "x")["encoding"]["x"]["axis"]["format"] == form


def test_bars_have_room_for_long_names():
    rows = [{"label": "Cadastro_Qualidade e Controle_Ponto", "value": 2, "text": "2"}]
    spec = charts.bars(rows, language_of(), "x")
    assert spec["layer"][1]["mark"]["limit"] >= 6.4 * len(rows[0]["label"])
