"""The card of a prediction of money: its measures and words in two languages, and what is not known left out."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.exports.pages import check_page, html
from arcana_assets.predictions.report.card import CardRows, OfHorizon, card_of, text_of
from arcana_assets.predictions.report.groups import compared
from arcana_assets.predictions.report.money import candidates_of_money, covered_by_what_serves
from arcana_assets.predictions.report.page import card_page
from arcana_assets.predictions.report.said import why
from arcana_assets.presentation.language import language_of
from arcana_assets_tests.predictions.test_card import Seen, domain, in_groups
from arcana_assets_tests.worlds.spend import SPEND_BOARD, SPEND_MODEL, SPEND_RESULTS

APRIL = date(2011, 4, 1)
GASTO = Prediction(name="gasto", title="Gasto", target="spend", features=["recency_days", "monetary"])
GROUPS = [
    {"dimension": "segment", "group": "VIP", "n": 60, "said": 812.4, "came": 790.0, "suppressed": 1},
    {"dimension": "gender", "group": None, "n": None, "said": None, "came": None, "suppressed": 3},
]


def horizon(**more) -> OfHorizon:
    learned = {"train_from": date(2010, 12, 1), "train_to": date(2011, 2, 1), "digest": "ab" * 32, "model": "{}"}
    told = OfHorizon(
        SPEND_MODEL | learned,
        customers=400,
        expected=98765.4,
        board=SPEND_BOARD,
        results=SPEND_RESULTS,
        groups=GROUPS,
        groups_of=APRIL,
    )
    return replace(told, **more)


def card(language: str = "pt-BR", **more):
    return card_of(domain(language), GASTO, CardRows(date(2011, 5, 1), date(2011, 5, 31), [horizon(**more)]))


def seen(language: str = "pt-BR", **more) -> Seen:
    page = card_page(domain(language), card(language, **more))
    text = html(page)
    check_page("gasto.html", text, len(page.sections))
    return Seen(text)


def test_the_page_judges_money_by_its_own_measures_and_says_nothing_of_probabilities():
    found = seen()
    for expected in (
        "Para saber quanto se espera que todos paguem juntos, e entre que valores cada um",
        "Quanto o cliente gasta dentro do prazo, líquido de devoluções.",
        "e do ritmo em que cada cliente pagou, e de quanto dele é do último período.",
        "Quem prevê é o ritmo vezes um fator aprendido: nos 2 últimos meses que já se conhecem, o erro quadrático foi "
        "36 % menor",
        "Gasto esperado £ 98.765 A soma do que se espera que cada cliente pague",
        "Pagaram 80 dos que tinham ritmo",
        "Errou menos que o último período em 2 de 2 meses.",
        "4 grupos pequenos não são mostrados",
    ):
        assert expected in found.said
    ratio = ["o ritmo vezes um fator aprendido", "£ 1.265", "£ 300", "0,50", "60,0 %", "85,0 %", "36 %", "Sim"]
    last = ["o último período", "£ 1.581", "£ 375", "0,50", "60,0 %", "85,0 %", "", ""]
    assert found.rows.index(ratio) < found.rows.index(last)
    assert ["março de 2011", "60", "50,0 %", "£ 800", "£ 1.000", "", "36 %"] in found.rows
    assert ["abril de 2011", "60", "50,0 %", "£ 1.600", "£ 2.000", "85,0 %", "36 %"] in found.rows
    mean = "a média do ritmo e do ritmo vezes um fator aprendido"
    came = ["fevereiro de 2011", mean, "50", "£ 40.000", "£ 38.500", "£ 1.400", "82,0 %", "12 %", "20 %"]
    assert came in found.rows
    assert ["Segmento", "VIP", "60", "£ 812", "£ 790"] in found.rows
    for absent in ("Brier", "AUC", "Inclinação", "probabilidade", "None", "nan", "Vieram", "se, e em que parcela"):
        assert absent not in found.said


def test_a_card_in_english_is_in_english():
    found = seen("en")
    for expected in (
        "It is predicted by the pace times a learned factor: in the last 2 months",
        "and from the pace at which each customer paid",
        "Rank correlation",
        "Mean paid",
    ):
        assert expected in found.said
    assert ["March 2011", "60", "50.0%", "£800", "£1,000", "", "36%"] in found.rows


def test_the_card_as_data_has_the_measures_of_money_and_its_currency():
    text = text_of(card())
    assert "NaN" not in text
    read = json.loads(text)
    (told,) = read["horizons"]
    assert (read["currency"], read["target"]["name"], told["expected"]) == ("GBP", "spend", 98765.4)
    assert [each["candidate"] for each in told["candidates"]] == [
        "ratio",
        "mean",
        "half_and_half",
        "last_period",
        "window_rate",
    ]
    first = told["candidates"][0]
    assert first["rmse"] == pytest.approx(((800**2 + 1600**2) / 2) ** 0.5)
    assert (first["skill"], first["coverage"], first["serves"]) == (pytest.approx(0.36), 0.85, True)
    assert "brier" not in first
    assert {"rmse", "mae", "spearman", "revenue_10", "coverage", "skill"} <= {*told["hold_outs"][0]}
    assert told["hold_outs"][0]["coverage"] is None
    (came,) = told["results"]
    assert (came["expected"], came["paid"], came["hold_out_skill"]) == (40000.0, 38500.0, 0.2)


def test_what_was_never_compared_has_no_section_of_it_and_says_why():
    found = seen(board=(), results=(), groups=(), groups_of=None)
    assert "ainda não há mês já conhecido em que comparar métodos" in found.said
    assert "os 3 meses seguintes ao que foi dito não terminaram" in found.said
    for absent in ("Todos os métodos tentados", "Errou menos que", "Grupos comparados", "None"):
        assert absent not in found.said


def test_hold_outs_weigh_alike_and_what_none_of_them_knows_is_nan():
    rows = [
        {"candidate": "ratio", "n": n, "rmse": rmse, "mae": 1.0, "spearman": None, "revenue_10": float("nan")}
        | {"coverage": None, "skill": skill, "low": 0.0, "high": 0.0, "serves": True}
        for n, rmse, skill in ((100, 3.0, 0.5), (300, 1.0, 0.1))
    ]
    (found,) = candidates_of_money(rows)
    assert found["rmse"] == pytest.approx(((100 * 9 + 300) / 400) ** 0.5)
    assert found["skill"] == pytest.approx(0.3)
    assert np.isnan([found["spearman"], found["revenue_10"], found["coverage"]]).all()
    assert covered_by_what_serves(rows) is None
    assert covered_by_what_serves([]) is None


def test_a_last_period_that_erred_nothing_leaves_the_share_unsaid():
    board = [row | {"skill": float("nan")} if row["hold_out"] == APRIL else row for row in SPEND_BOARD]
    told = why(language_of("pt-BR"), SPEND_MODEL, board, GASTO)
    assert told.startswith("Quem prevê é o ritmo vezes um fator aprendido. Quanto poupa do erro")
    assert {each["candidate"] for each in candidates_of_money(board)} == {row["candidate"] for row in board}


def test_groups_of_money_are_compared_by_their_means_and_small_ones_kept_back():
    said, paid = np.array([10.0] * 6 + [50.0] * 6 + [900.0] * 2), np.array([20.0] * 6 + [40.0] * 6 + [0.0] * 2)
    found = compared({"x": in_groups("a" * 6 + "b" * 6 + "c" * 2, said, paid)})
    assert [(row["group"], row["n"], row["said"], row["came"], row["suppressed"]) for row in found] == [
        ("b", 6, 50.0, 40.0, 2)
    ]
