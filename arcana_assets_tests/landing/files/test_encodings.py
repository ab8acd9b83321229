"""Files in another encoding than their contract says; Latin-1 takes any byte for a letter, so nothing else tells."""

import pytest

from arcana_assets.landing.files import encodings
from arcana_assets.landing.zone import LandingError
from arcana_assets_tests.landing.drops import HEADER, catalogue, csv

ANSWERS = {
    "format": {"kind": "csv", "delimiter": ";", "encoding": "latin-1"},
    "columns": [{"from": "Cód. Cliente", "to": "product_id"}, {"from": "Observação", "to": "name"}],
}
TEXT = "Cód. Cliente;Observação\nT0001A;ótimo\n"


def test_a_header_in_the_declared_encoding_is_read_as_it_stands(drop):
    drop.contract = catalogue(**ANSWERS)
    drop.put("a.csv", TEXT.encode("latin-1"))
    assert drop.read() == ([("T0001A", "ótimo")], [])


def test_a_header_in_utf_8_where_latin_1_is_declared_says_so_and_not_only_that_columns_are_missing(drop):
    drop.contract = catalogue(**ANSWERS)
    drop.put("a.csv", TEXT.encode("utf-8"))
    expected = (
        "a.csv: declared latin-1, reads as utf-8: its header is 'Cód. Cliente;Observação', which latin-1 takes for "
        "'CÃ³d. Cliente;ObservaÃ§Ã£o'. Set 'encoding: utf-8'"
    )
    with pytest.raises(LandingError, match=expected):
        drop.read()


def test_a_header_in_latin_1_where_utf_8_is_declared_says_so(drop):
    drop.contract = catalogue(**ANSWERS | {"format": {"kind": "csv", "delimiter": ";"}})
    drop.put("a.csv", TEXT.encode("latin-1"))
    expected = (
        "a.csv: expected utf-8 text, found bytes that are none in the header: .*; "
        "as latin-1 it is 'Cód. Cliente;Observação': set 'encoding: latin-1' if that is right"
    )
    with pytest.raises(LandingError, match=expected):
        drop.read()


def test_values_in_utf_8_below_a_plain_header_are_refused_where_latin_1_is_declared(drop):
    drop.contract = csv(encoding="latin-1")
    drop.put("a.csv", HEADER + "1,café,2\n2,pão de açúcar,3\n3,café,4\n".encode())
    expected = (
        r"a.csv: declared latin-1, reads as utf-8: each of its 5 characters beyond ASCII is whole in utf-8, such as "
        r"'éãçú', which latin-1 takes for 'Ã©Ã£Ã§Ãº'. Set 'encoding: utf-8'"
    )
    with pytest.raises(LandingError, match=expected):
        drop.read()


@pytest.mark.parametrize(
    "names",
    [
        ["café", "pão", "açúcar"],
        ["CAFÉ", "PÃO", "AÇÚCAR"],
        ["SÃO PAULO", "Ã©Ã£Ã§ as somebody mistook it"],  # one letter that is no UTF-8 is enough
        ["Ã©"],  # a pair or two may be meant
        ["plain"],
        [],
    ],
)
def test_values_in_latin_1_are_never_taken_for_utf_8(drop, names):
    drop.contract = csv(encoding="latin-1")
    drop.put("a.csv", HEADER + "".join(f"{code},{name},1\n" for code, name in enumerate(names)).encode("latin-1"))
    assert [name for _, name, _ in drop.read()[0]] == names


def test_a_character_that_lies_across_two_chunks_is_one(drop, monkeypatch):
    monkeypatch.setattr(encodings, "CHUNK", len(HEADER) + 6)
    drop.contract = csv(encoding="latin-1")
    drop.put("a.csv", HEADER + "1,caféééé,2\n".encode())
    with pytest.raises(LandingError, match=r"each of its 4 characters beyond ASCII is whole in utf-8"):
        drop.read()


def test_values_in_latin_1_where_utf_8_is_declared_are_malformed_line_by_line(drop):
    drop.put("a.csv", HEADER + "1,café,2\n2,bell,3\n3,São Paulo,4\n".encode("latin-1"))
    assert drop.read() == (
        [("2", "bell", "3")],
        [(2, "undecodable bytes", r"1,caf\xe9,2"), (4, "undecodable bytes", r"3,S\xe3o Paulo,4")],
    )
