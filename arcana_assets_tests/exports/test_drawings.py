"""Drawings are SVG of numbers and escaped texts, within their frame."""

import re
from xml.etree import ElementTree

from arcana_assets.exports.drawings import WIDE, Bar, bars, columns, points

HOSTILE = '"><script>x</script>&{{ 1 }}\x00'


def shapes(drawing, tag):
    return [each.attrib for each in ElementTree.fromstring(drawing.svg).iter() if each.tag == tag]


def test_a_bar_is_as_long_as_its_value_and_the_mark_stands_where_the_base_is():
    drawn = bars("Base", [Bar("a", 2, "2", mark=1), Bar("b", 1, "1", mark=2)])
    first, second = (float(each["width"]) for each in shapes(drawn, "rect"))
    assert first == 2 * second
    one, two = (float(each["x1"]) for each in shapes(drawn, "line"))
    assert one < two <= WIDE


def test_nothing_leaves_the_frame():
    drawn = bars("Base", [Bar("a", 200, "200"), Bar("b", -3, "-3")], most=100)
    assert all(0 <= float(each["x"]) + float(each["width"]) <= WIDE for each in shapes(drawn, "rect"))
    for pairs in ([], [(1.0, 1.0)], [(-5.0, 3.0), (1e9, -1e9)]):
        drawn = points("p", "x", "y", pairs)
        assert all(0 <= float(each["cx"]) <= WIDE for each in shapes(drawn, "circle"))
        assert len(shapes(drawn, "circle")) == len(pairs)


def test_columns_show_what_was_before_and_leave_names_out_where_there_is_no_room():
    drawn = columns("c", [f"≤ {at}" for at in range(30)], [1.0] * 30, [0.5] * 30)
    assert len(shapes(drawn, "rect")) == len(shapes(drawn, "path")) == 30
    assert len(shapes(drawn, "text")) < 20
    assert shapes(columns("c", [], []), "rect") == []


def test_texts_are_escaped_wherever_they_stand():
    for drawn in (
        bars(HOSTILE, [Bar(HOSTILE, 1, HOSTILE)]),
        columns(HOSTILE, [HOSTILE], [1]),
        points(HOSTILE, HOSTILE, HOSTILE, [(1, 2)]),
    ):
        ElementTree.fromstring(drawn.svg)
        assert not re.search(r"<script|\x00", drawn.svg)
