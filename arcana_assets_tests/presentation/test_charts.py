"""Charts are plain dictionaries in which no text of the data is anything but a text."""

import json

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.charts import (
    GREY,
    LINE,
    PALETTE,
    MissingColumns,
    centred,
    chart,
    colour,
    layer,
    notice,
    require,
    texts,
    wrapped,
)
from arcana_assets_tests.presentation.charted import words


def test_a_segment_has_its_colour_and_who_is_in_none_is_grey():
    assert [colour(each) for each in range(1, 13)] == list(PALETTE)
    assert len(set(PALETTE)) == 12
    assert (colour(0), colour(13)) == (GREY, PALETTE[0])


def test_a_long_text_is_broken_and_what_has_no_room_ends_in_an_ellipsis():
    assert wrapped("um dois três quatro", 8, 2) == "um dois\ntrês…"
    assert wrapped(" R$ 5\n a\tR$ 9 ", 40) == "R$ 5 a R$ 9"
    assert wrapped("Candle_Holder_Lovers", 17) == "Candle_Holder_\nLovers"
    assert wrapped("x" * 50, 10, 2) == f"{'x' * 10}\n{'x' * 9}…"
    assert wrapped("snake_case fica", 20) == "snake_case fica"


def test_the_lines_of_a_text_lie_around_its_middle():
    assert centred("uma", 50) == 50
    assert centred("uma\nduas\ntrês", 50) == 50 - LINE


def test_a_chart_is_json_whatever_its_rows_hold():
    rows = [
        {"a": np.float64("nan"), "b": np.int64(3), "c": np.bool_(True), "d": float("inf"), "e": "x\x00\ud800\ufffe"}
    ]
    made = chart("Título\x1b", "nota", "em palavras", {"layer": [layer({"type": "bar"}, rows)]})
    [row] = json.loads(json.dumps(made, allow_nan=False))["layer"][0]["data"]["values"]
    assert row == {"a": None, "b": 3, "c": True, "d": None, "e": "x\ufffd\ufffd\ufffd"}
    assert made["title"]["text"] == ["Título\ufffd"]
    assert made["description"] == "Título\ufffd. em palavras"


def test_numbers_and_dates_are_those_of_brazil():
    locale = notice("a", "b")["config"]["locale"]
    assert (locale["number"]["decimal"], locale["number"]["thousands"]) == (",", ".")
    assert locale["time"]["date"] == "%d/%m/%Y"
    assert locale["time"]["shortMonths"][1:3] == ["fev", "mar"]


def test_a_notice_says_why_there_is_nothing_to_see():
    made = notice("Clientes", "Nenhum segmento neste mês.")
    assert words(made) == "Clientes  Nenhum segmento neste mês."
    assert made["description"] == "Clientes. Nenhum segmento neste mês."


HOSTILE = ("$x^2$", "<b>a</b>&amp;", "datum['x']", "a'\"b\\n\\", "{{7*7}}", "](http://x)", "</svg><script>")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_text_of_the_data_is_a_value_and_nothing_else(hostile):
    rows = [{"text": hostile, "x": 1, "y": 1}]
    made = chart("t", "n", "a", {"layer": [texts(rows, "text", {"value": 1}, {"value": 1})]})
    without = chart("t", "n", "a", {"layer": [texts([{**rows[0], "text": ""}], "text", {"value": 1}, {"value": 1})]})
    made["layer"][0]["data"]["values"][0]["text"] = ""
    assert made == without


def test_a_table_without_a_column_is_refused_with_the_nearest_name():
    with pytest.raises(MissingColumns, match="no column 'customers'; did you mean 'customer'"):
        require(pd.DataFrame({"customer": [1]}), "customers")
