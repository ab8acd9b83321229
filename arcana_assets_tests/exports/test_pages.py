"""A page needs nothing else, escapes all that is put in, and is refused where it would load or run something."""

import re

import pytest

from arcana_assets.exports.errors import UnreadableExport
from arcana_assets.exports.pages import Page, Section, check_page, html

PAGE = Page(
    title="Insiders - 05/2011",
    about="Programa de fidelidade",
    sections=[
        Section("1. Quem?", "Todos.", ["Grupo", "Clientes"], [["Elegíveis", "1.234"]]),
        Section("2. Quanto?", "0"),
    ],
    pictures=[("Membros", b"png")],
    facts=[("Base", "Varejo"), ("Moeda", "GBP")],
)


def test_a_page_has_its_answers_first_then_pictures_and_tables():
    text = html(PAGE)
    places = [
        text.index(word) for word in ("<h1>Insiders", "2. Quanto?", "data:image/png;base64,cG5n", "<td>Elegíveis")
    ]
    assert places == sorted(places)
    assert '<td class="number">1.234</td>' in text
    assert '<th class="number">Clientes</th>' in text
    assert text.count("<section>") == 2
    assert text.count("<table>") == 1
    assert "Base: Varejo" in text
    check_page("insiders.html", text, 2)


@pytest.mark.parametrize(
    ("cell", "is_number"),
    [
        ("£ 1.265", True),
        ("R$ -1,2 mi", True),
        ("S/ 12", True),
        ("£1.2 M", True),
        ("GBP 12", True),
        ("< 0,1 %", True),
        ("P1", False),
        ("nada: errou 11 % mais", False),
    ],
)
def test_amounts_of_money_are_numbers_too_and_stay_on_one_line(cell, is_number):
    text = html(Page("a", "b", [Section("c", "d", ["e"], [[cell]])]))
    assert ('<td class="number">' in text) == is_number


def test_the_same_page_is_the_same_text():
    assert html(PAGE) == html(PAGE)


def test_a_page_loads_nothing_from_elsewhere():
    assert not re.search(r"https?://|url\(|@import|<script|<link", html(PAGE))


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "{% for x in y %}", "src=http://x"],
)
def test_whatever_a_text_holds_is_shown_as_it_is(hostile):
    section = Section(hostile, hostile, [hostile], [[hostile]])
    text = html(Page(hostile, hostile, [section], [(hostile, b"png")], [(hostile, hostile)]))
    check_page("page.html", text, 1)
    assert "<script" not in text
    assert "<img src=x" not in text
    assert "49" not in text.split("<body>")[1]


def test_control_characters_are_shown_and_not_put_in():
    text = html(Page("a\x00b\x1b", "", []))
    assert "\x00" not in text
    assert "a␀b␛" in text


@pytest.mark.parametrize(
    "wrong",
    [
        '<script src="x.js">',
        "<link rel='stylesheet' href='https://example.org/x.css'>",
        "<img src='https://example.org/x.png'>",
        "<iframe>",
        "<p onclick='x()'>",
        "<a href='javascript:x()'>",
    ],
)
def test_a_page_that_would_load_or_run_something_is_refused(wrong):
    with pytest.raises(UnreadableExport, match="it would load or run"):
        check_page("page.html", html(PAGE).replace("</main>", wrong + "</main>"), 2)


def test_a_page_that_lacks_a_section_is_refused():
    with pytest.raises(UnreadableExport, match="expected 3 sections, found 2"):
        check_page("page.html", html(PAGE), 3)
