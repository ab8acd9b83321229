"""The card of a model: whole, parsed, in two languages; every text only a text; small groups kept back."""

import json
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.exports.pages import check_page, html
from arcana_assets.predictions.report.card import CardRows, Objected, OfHorizon, candidates_of, card_of, text_of
from arcana_assets.predictions.report.groups import age_band, compared
from arcana_assets.predictions.report.page import card_page

JANUARY, FEBRUARY, MARCH, APRIL = (date(2011, month, 1) for month in (1, 2, 3, 4))
ODD = '<script>alert("1")</script> & «x»'


def board(champion: str = "additive"):
    return [
        {"candidate": name, "hold_out": hold_out, "n": n, "events": n // 2, "brier": brier + more, "auc": 0.7}
        | {"skill": 1 - brier / 0.2, "slope": slope, "bias": 0.01, "lift_10": 1.5, "capture_10": 0.2}
        | {"low": low, "high": low + 0.01, "serves": name == champion}
        for hold_out, n, more in ((FEBRUARY, 100, 0.0), (MARCH, 300, 0.02))
        for name, brier, low, slope in (
            ("last_period", 0.2, 0.03, float("nan")),
            ("additive", 0.15, 0.0, 1.0),
            ("rfm", 0.16, -0.002, 0.9),
        )
    ]


def model(horizon: int = 3, champion: str | None = "additive"):
    learned = {"train_from": JANUARY, "train_to": FEBRUARY, "rows": 1200, "events": 500}
    young = {"train_from": None, "train_to": None, "rows": 0, "events": 0}
    of = {"horizon": horizon, "made_in": APRIL, "champion": champion, "digest": "ab" * 32, "model": "{}"}
    return of | (learned if champion else young)


def rows(**objected) -> CardRows:
    results = {"made_in": JANUARY, "champion": "additive", "n": 90, "events": 40, "predicted": 0.5, "observed": 0.444}
    drift = {"feature": "monetary", "psi": 0.4, "ks": 0.2, "missing_share_before": 0.0, "missing_share_now": 0.0}
    told = OfHorizon(
        model(),
        customers=400,
        expected=190.4,
        board=board(),
        calibration=[
            {"decile": tenth, "predicted": said, "observed": came, "n": 40}
            for tenth, said, came in ((1, 0.05, 0.1), (10, 0.97, 0.9))
        ],
        results=[results | {"brier": 0.15, "skill": 0.2, "hold_out_skill": 0.25}],
        drift=[drift | {"median_before": 100.0, "median_now": 300.0, "drifted": True}],
        groups=[
            {"dimension": "segment", "group": ODD, "n": 60, "said": 0.5, "came": 0.45, "suppressed": 2},
            {"dimension": "gender", "group": None, "n": None, "said": None, "came": None, "suppressed": 3},
        ],
        groups_of=JANUARY,
    )
    silent = OfHorizon(model(12, None), customers=0, expected=None)
    return CardRows(APRIL, date(2011, 4, 30), [told, silent], Objected(**objected) if objected else None)


def domain(language: str = "pt-BR"):
    found = load_domain(DEFS / "retail")
    copied = found.model_copy(update={"language": language})
    copied._sources.update(found.sources)
    return copied


VOLTA = Prediction(name="volta", title=f"Volta {ODD}", target="active", features=["recency_days", "share_*"])


class Seen(HTMLParser):
    """The words, tags and tables' rows of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.in_table = False
        self.tags, self.words, self.rows = list[str](), list[str](), list[list[str]]()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.in_table = self.in_table or tag == "table"
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.tags[-1:] == ["style"]:
            return
        self.words += data.split()
        if self.rows and self.rows[-1] and self.in_table:
            self.rows[-1][-1] += data.strip()

    def handle_endtag(self, tag):
        self.in_table = self.in_table and tag != "table"

    @property
    def said(self) -> str:
        return " ".join(self.words)


def seen(language: str = "pt-BR", **objected) -> Seen:
    where = domain(language)
    card = card_of(where, VOLTA, rows(**objected))
    page = card_page(where, card)
    text = html(page)
    check_page("volta.html", text, len(page.sections))
    return Seen(text)


def test_the_page_tells_what_it_is_for_what_it_learned_how_it_did_and_what_it_is_not_for():
    found = seen(customers=400, refused=7, unasked=3)
    for expected in (
        "Para que serve Para ordenar clientes",
        "Não serve para negar a ninguém preço, crédito",
        "Que o cliente compre, ou pague, ao menos uma vez dentro do prazo.",
        "Aprende de: Recência (dias), ",
        "Quem prevê é o modelo aditivo: nos 2 últimos meses que já se conhecem, errou 23 % menos",
        "01/2011 a 02/2011",
        "Errou menos que o último período em 2 de 2 meses.",
        "Nada se prevê ainda: não há mês de que os 12 meses seguintes já tenham terminado.",
        "7 de 400 clientes recusaram análise de perfil e não estão em nenhuma previsão; 3 nunca responderam",
        "5 grupos pequenos não são mostrados",
    ):
        assert expected in found.said
    assert ["o modelo aditivo", "0,1650", "0,0000 a 0,0100", "23 %", "0,70", "1,00", "0,01", "Sim"] in found.rows
    assert ["março de 2011", "300", "50,0 %", "0,1700", "0,2200", "25 %"] in found.rows
    assert ["janeiro de 2011", "o modelo aditivo", "90", "50,0 %", "44,4 %", "20 %", "25 %"] in found.rows
    assert ["Valor líquido", "0,40", "100", "300", "longe"] in found.rows
    assert ["Segmento", ODD, "60", "50,0 %", "45,0 %"] in found.rows
    assert found.tags.count("svg") == 1
    assert "veio 90,0 %, dito 97,0 %" in found.said
    assert "nenhuma fonte o diz" in seen().said


def test_no_text_of_the_data_is_an_element_and_nothing_is_loaded():
    found = seen()
    assert not {"script", "img", "link", "iframe"} & {*found.tags}
    assert ODD in found.said


def test_a_domain_in_english_has_its_card_in_english():
    found = seen("en", customers=400, refused=1, unasked=0)
    for expected in (
        "Model card: Volta",
        "That the customer buys, or pays, at least once within that time.",
        "It is predicted by the additive model: in the last 2 months",
        "1 of 400 customers refused to be profiled",
        "Nothing is predicted yet",
    ):
        assert expected in found.said
    words = seen(customers=400, refused=1, unasked=0).said.split()
    shared = {each for each in words if each.isalpha() and len(each) > 5} & {*found.words}
    assert shared == {"Varejo", "pandas", "ab" * 8}  # title of the domain, a library, a digest


def test_the_card_as_data_says_the_same_and_no_number_that_is_none():
    card = card_of(domain(), VOLTA, rows(customers=400, refused=7, unasked=3))
    text = text_of(card)
    assert text == text_of(card_of(domain(), VOLTA, rows(customers=400, refused=7, unasked=3)))
    assert "NaN" not in text
    read = json.loads(text)
    told, silent = read["horizons"]
    assert [each["candidate"] for each in told["candidates"]] == ["additive", "rfm", "last_period"]
    assert told["candidates"][0]["brier"] == pytest.approx(0.165)
    assert told["candidates"][2]["slope"] is None
    assert (told["training"]["from"], told["training"]["events"]) == ("2011-01-01", 500)
    assert (silent["champion"], silent["candidates"]) == (None, [])
    assert read["objected"] == {"customers": 400, "refused": 7, "unasked": 3}
    assert {"arcana-assets", "numpy", "pandas", "scikit-learn", "scipy"} == set(read["versions"])


def test_candidates_without_a_last_period_save_nothing_of_it():
    assert [row["skill"] for row in candidates_of([{**board()[1], "brier": 0.1}])] == [None]
    assert candidates_of([]) == []


def in_groups(groups, said, came):
    """The groups of customers, as the engine would add them up."""
    frame = pd.DataFrame({"group": pd.Series(list(groups), dtype=object), "n": 1, "said": said, "came": came})
    return frame.groupby("group", as_index=False, dropna=False).sum()


def test_groups_of_fewer_than_five_are_kept_back_and_none_can_be_told_from_the_rest():
    said = np.linspace(0.1, 0.9, 30)
    came = (said > 0.5).astype(float)
    by_size = ["a"] * 16 + ["b"] * 10 + ["c"] * 4
    found = compared({"x": in_groups(by_size, said, came)})
    assert [row["group"] for row in found] == ["a"]  # the difference of the whole to a and b would tell c
    assert found[0]["suppressed"] == 2
    assert (found[0]["n"], found[0]["said"]) == (16, pytest.approx(said[:16].mean()))
    two = compared({"x": in_groups(["a"] * 12 + ["b"] * 10 + ["c"] * 4 + ["d"] * 4, said, came)})
    assert [(row["group"], row["suppressed"]) for row in two] == [("a", 2), ("b", 2)]
    all_small = compared({"x": in_groups("aab", said[:3], came[:3]), "y": in_groups([None] * 3, said[:3], came[:3])})
    assert [(row["dimension"], row["group"], row["suppressed"]) for row in all_small] == [("x", None, 2)]


@pytest.mark.parametrize(
    ("born", "band"), [(1990, "18-24"), (2000, "0-17"), (1940, "65+"), (None, None), (float("nan"), None), (2030, None)]
)
def test_ages_are_told_in_bands(born, band):
    assert age_band(born, 2011) == band
