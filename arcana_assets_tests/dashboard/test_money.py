"""Previsões of money: expected sums, why it serves, months of proof, what came, methods, and who, in words of money.

Slow: each of these tests runs whole screens of the page.
"""

import csv
import io

import pytest

from arcana_assets.dashboard import export
from arcana_assets.dashboard.screens.predictions import likely, predictions, told
from arcana_assets.predictions.champion import WORDS, WORDS_OF_SPEND, method
from arcana_assets.predictions.tables import MODEL
from arcana_assets.presentation.language import language_of, languages
from arcana_assets_tests.dashboard.lakes import MAY, gold, make_shop, write
from arcana_assets_tests.dashboard.pages import downloads, markup, opened, said
from arcana_assets_tests.worlds.spend import OF, SPEND, SPEND_MODEL

pytestmark = pytest.mark.slow

ASKED = {"dominio": "retail", "mes": "2011-05", "previsao": "gasto-3"}
OF_PROBABILITIES = ("Brier", "AUC", "probabilidade", "mais prováveis", "None", "nan", "Erro do último período")


@pytest.fixture
def shop_at(deployed, tmp_path):
    """A lake of the test's own, which it may change."""
    lake = make_shop(tmp_path / "lake")
    deployed(tmp_path / "lake")
    return lake


def detail(words: str) -> str:
    """What is said below the table of all predictions."""
    return words[words.index("Gasto nos 3 meses seguintes") :]


def test_the_line_and_the_figures_say_the_sum_in_money_and_how_it_changed(deployed):
    deployed()
    words = said(opened("previsoes", **ASKED))
    assert "Gasto nos 3 meses seguintes £ 3.734 de 3 clientes +24,5 % erro quadrático 36 % menor" in words
    assert "Gasto esperado £ 3.734 +24,5 % ante o mês anterior" in words
    assert "Média de um cliente £ 1.245" in words
    assert "Dentro do intervalo 85 %" in words
    assert "de gasto, do que se espera que cada um pague" in markup(opened("previsoes", **ASKED))


def test_the_detail_says_why_it_serves_each_month_what_came_and_all_methods_and_nothing_of_probabilities(deployed):
    deployed()
    words = detail(said(opened("previsoes", **ASKED)))
    for expected in (
        "Quem prevê é o ritmo vezes um fator aprendido: nos 2 últimos meses que já se conhecem, o erro quadrático foi "
        "36 % menor do que o de esperar que cada cliente pague o mesmo que no último período.",
        "Errou menos que o último período em 2 de 2 meses.",
        "março de 2011 60 50,0 % £ 800 £ 1.000 36 % abril de 2011 ",
        "abril de 2011 60 50,0 % £ 1.600 £ 2.000 36 % 85,0 %",
        "Do que se disse no fim de fevereiro de 2011 de 50 clientes, esperavam-se £ 40.000 e foram pagos £ 38.500. "
        "Pagaram o que o seu intervalo dizia 82,0 % dos clientes.",
        "fevereiro de 2011 a média do ritmo e do ritmo vezes um fator aprendido 50 £ 40.000 £ 38.500 £ 1.400 12 % "
        "82,0 %",
        "o ritmo vezes um fator aprendido £ 1.265 36 % £ 300 0,50 60,0 % 85,0 % sim",
        "o último período £ 1.581 £ 375 0,50 60,0 % 85,0 %",
        "o ritmo da janela £ 1.760 nada: errou 11 % mais",
        "Os de maior gasto esperado primeiro",
    ):
        assert expected in words
    assert [each for each in OF_PROBABILITIES if each in words] == []
    places = [
        words.index(f" {name} £ ")
        for name in ("o ritmo vezes um fator aprendido", "o último período", "o ritmo da janela")
    ]
    assert places == sorted(places)  # who saves most first


def test_in_english_it_is_told_in_english(shop_in):
    english = language_of("en")
    assert method(english, "mean", of_money=True) == "the mean of the pace and of the pace times a learned factor"
    assert method(english, "mean") == "the mean of the regression and the additive model"
    place = shop_in(language="en")
    (spend,) = (each for each in told.told_of(place) if each.of_money)
    assert predictions._expected(place, spend) == "£3,734 of 3 customers"
    assert predictions._sure(place, spend).startswith("squared error 36% below")


def test_every_method_has_words_in_every_language():
    for language in map(language_of, languages()):
        called = [method(language, name) for name in WORDS]
        called += [method(language, name, of_money=True) for name in WORDS_OF_SPEND]
        assert not {*WORDS, *WORDS_OF_SPEND} & {*called}


def test_the_list_has_expected_from_and_to_by_what_is_expected_and_texts_are_only_texts(deployed):
    deployed()
    page = opened("previsoes", **ASKED)
    rows = page.dataframe[0].value
    assert list(rows["customer_id"]) == ["=1+1", "C002", "C000"]
    assert [name for name in rows.columns if name in ("probability", "expected", "low", "high")] == [
        "expected",
        "low",
        "high",
    ]
    assert list(rows["expected"]) == [2000, 1234, 500]
    assert page.multiselect[0].label == "Décimo dos clientes (10 são os de maior gasto esperado)"
    assert "<b>Ritmo" not in markup(page)
    assert downloads(page) == ["Baixar CSV (3 linhas)", "Baixar XLSX (3 linhas)"]
    assert list(opened("previsoes", decimo="10", **ASKED).dataframe[0].value["customer_id"]) == ["=1+1"]


def test_the_file_has_these_columns_in_this_order(place):
    (spend,) = (each for each in told.told_of(place) if each.of_money)
    with likely.everyone(place, spend, likely.Filter()) as rows:
        content = export.as_csv(place, rows, "previsoes", "predictions")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert list(table[0])[2:] == ["expected", "low", "high", "decile", "reasons"]
    found = [(row["expected"], row["low"], row["high"]) for row in table]
    assert found == [("2000,0", "100,0", "9000,0"), ("1234,4", "0,0", "5000,0"), ("500,0", "0,0", "5000,0")]
    assert table[0]["reasons"] == "<b>Ritmo</b>; =1+1"


def test_where_no_interval_is_known_there_are_no_empty_columns_of_it(shop_at):
    rows = [row | {"low": None, "high": None} for row in SPEND if row["month"] == MAY]
    write(shop_at, "retail", gold("predictions"), rows, [MAY])
    page = opened("previsoes", **ASKED)
    assert not {"low", "high"} & {*page.dataframe[0].value.columns}
    assert "expected" in page.dataframe[0].value.columns
    assert "£ 1.234 (" not in said(opened("cliente", dominio="retail", mes="2011-05", cliente="C002"))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            {"rows": 0, "events": 0},
            "Não há mês de que os 3 meses seguintes já tenham terminado, e nada se pôde aprender.",
        ),
        ({"rows": 170, "events": 5}, "só 5 clientes com ritmo pagaram algo; são precisos 50 para aprender."),
        ({"rows": 170, "events": 80}, "ainda não há mês já conhecido em que comparar métodos."),
    ],
)
def test_what_nobody_could_learn_or_compare_yet_says_so_and_shows_no_empty_section(shop_at, model, expected):
    half = SPEND_MODEL | {"champion": "half_and_half"} | model
    write(shop_at, "retail", MODEL.named("gasto"), [half], [MAY])
    for name in ("prediction_evaluation", "prediction_results"):
        write(shop_at, "retail", gold(name), [], [MAY])
    words = said(opened("previsoes", **ASKED))
    assert "ainda não comparado com o último período" in words
    assert "só repete o último período" not in words
    assert expected in detail(words)
    assert "metade do último período, metade do ritmo da janela" in detail(words)
    for absent in ("Mês a mês contra", "Todos os métodos", "Erro poupado", "Dentro do intervalo", *OF_PROBABILITIES):
        assert absent not in detail(words)
    assert "Ainda não se sabe: os 3 meses seguintes ao que foi dito não terminaram." in detail(words)


def test_where_the_last_period_serves_it_is_said_as_what_is_paid(shop_at):
    write(shop_at, "retail", MODEL.named("gasto"), [SPEND_MODEL | {"champion": "last_period"}], [MAY])
    board = [
        OF
        | {"month": MAY, "candidate": name, "hold_out": MAY, "n": 9, "events": 3, "rmse": rmse, "mae": 1.0}
        | {"skill": 0.0, "serves": name == "last_period"}
        for name, rmse in (("last_period", 10.0), ("ratio", 10.0))
    ]
    write(shop_at, "retail", gold("prediction_evaluation"), board, [MAY])
    words = said(opened("previsoes", **ASKED))
    assert "Espera-se que cada cliente pague o mesmo que no último período: no último mês" in words
    assert "só repete o último período" in words
    assert "Mês a mês contra" not in words
    assert "o último período £ 10 £ 1 sim" in detail(words)  # what is not known is left out


def test_the_customers_page_says_the_range_and_what_above_the_pace_means(deployed):
    deployed()
    words = said(opened("cliente", dominio="retail", mes="2011-05", cliente="C002"))
    assert "£ 1.234 (de £ 0 a £ 5.000 em 8 de 10 casos)" in words
    assert "acima do ritmo quer dizer que clientes assim pagaram mais do seu próprio ritmo" in words


def test_the_customers_page_of_whom_no_money_is_told_says_nothing_of_paces(shop_at):
    rows = [OF | {"prediction": "volta_a_comprar", "customer_id": "C002", "month": MAY, "made_in": MAY, "decile": 1}]
    rows = [row | {"probability": 0.5, "champion": "additive", "reasons": "x"} for row in rows]
    write(shop_at, "retail", gold("predictions"), rows, [MAY])
    assert "acima do ritmo" not in said(opened("cliente", dominio="retail", mes="2011-05", cliente="C002"))
