"""The nine answers say what the tables hold, and no more than that."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.loyalty import Exclusion, Programme
from arcana_assets.loyalty.report.answers import answers, markdown, questions
from arcana_assets.loyalty.report.findings import Findings
from arcana_assets.presentation.language import language_of

PORTUGUESE = language_of()

MAY, AUGUST = date(2011, 5, 1), date(2011, 8, 1)
PROGRAMME = Programme(
    name="insiders", title="Insiders", segmentation="value", measures={"monetary": "high", "frequency": "high"}
)
FULL = {
    "programme": PROGRAMME,
    "month": AUGUST,
    "currency": "GBP",
    "language": PORTUGUESE,
    "lookback": 6,
    "goods": True,
    "summary": pd.DataFrame(
        [
            (MAY, 3000, 410, 42, 0, 0, 371, 3e6, 1.8e6, 0.6, "01-VIPs", 0.9, 0.92, 0.91, "Condições encontradas."),
            (AUGUST, 3000, 500, 60, 20, 25, 365, 3e6, 1.8e6, 0.6, "01-VIPs", 0.9, 0.92, 0.91, "De 05/2011."),
        ],
        columns=[
            *("month", "customers", "members", "entered", "left", "at_risk", "candidates", "revenue"),
            *("members_revenue", "revenue_share", "segment", "precision", "recall", "f1", "note"),
        ],
    ).assign(eligible=2900),
    "conditions": pd.DataFrame(
        {
            "enter_words": ["Valor líquido: pelo menos £ 600", "Frequência (pedidos): pelo menos 5"],
            "keep_words": ["Valor líquido: pelo menos £ 400", "Frequência (pedidos): pelo menos 3"],
        }
    ),
    "eligibility": pd.DataFrame({"reason": ["Elegíveis", "Sem atividade na janela"], "customers": [2900, 100]}),
    "profile": pd.DataFrame(
        [("frequency", "Frequência", 6.0, 1.0, 0.9), ("recency_days", "Recência", 10.0, 60.0, -0.5)],
        columns=["column", "label", "members", "rest", "apart"],
    ),
    "kinds": {"frequency": "integer", "recency_days": "integer"},
    "forecast": pd.DataFrame(
        [
            (AUGUST, "members", 1, "half_and_half", 1e5, 7e4, 1.4e5, True, 6, 0.8, None),
            (AUGUST, "rest", 1, "half_and_half", 5e4, 3e4, 7e4, True, 6, np.nan, None),
            (AUGUST, "members", 1, "seasonal", np.nan, np.nan, np.nan, False, 0, np.nan, "não há um ano atrás"),
        ],
        columns=[
            *("made_in", "group", "horizon", "model", "forecast", "low", "high", "serves", "hold_out_months"),
            *("coverage", "note"),
        ],
    ),
    "results": pd.DataFrame(
        [("half_and_half", 90.0, 100.0, True, True), ("last_period", 70.0, 100.0, True, False)],
        columns=["model", "forecast", "outcome", "covered", "served"],
    ).assign(group="members", horizon=1, made_in=MAY),
    "proof": pd.DataFrame(
        [
            (MAY, "all", "revenue", 400, 2500, 700.0, 100.0, 600.0, 500.0, 700.0, 0.7, 1e-9, 1e-8, True),
            (MAY, "matched", "revenue", 150, 150, 250.0, 210.0, 40.0, -20.0, 90.0, 0.1, 0.02, 0.06, False),
            (MAY, "all", "retention", 400, 2500, 0.9, 0.5, 0.4, 0.37, 0.44, 0.4, 1e-9, 1e-8, True),
            (MAY, "matched", "retention", 150, 150, 0.87, 0.75, 0.12, 0.04, 0.2, 0.1, 1e-3, 0.01, True),
        ],
        columns=[
            *("ledger_month", "comparison", "measure", "members", "others", "members_mean", "others_mean"),
            *("difference", "low", "high", "rank_effect", "p", "p_adjusted", "beyond_chance"),
        ],
    ),
    "balance": pd.DataFrame({"covariate": ["monetary"], "all": [1.5], "matched": [0.04], "members": 400, "pairs": 150}),
    "experiment": pd.DataFrame(
        [(0.05, 60_000, 20_000, 900, 0.3), (0.1, 16_000, 4_600, 900, 0.3)],
        columns=["effect", "plain", "adjusted", "available", "least_effect"],
    ),
    "actions": pd.DataFrame(
        [("at_risk", "Em risco", "membros em risco", 25, 9000.0, 12000.0, "receita esperada", "Contato")],
        columns=[
            *("action", "title", "group", "customers", "at_stake", "at_stake_up_to", "stake_words"),
            "what_to_do",
        ],
    ),
}


def told(**changed):
    return {each.number: each for each in answers(Findings(**FULL | changed))}


def test_each_question_has_its_answer_in_order():
    found = told()
    assert [each.question for each in found.values()] == list(questions(PORTUGUESE))
    assert list(found) == list(range(1, 10))
    assert all(each.text and "nan" not in each.text for each in found.values())
    for each in found.values():
        assert not each.table.astype(str).map(lambda cell: "nan" in cell.lower()).any().any()


def test_the_answers_say_the_numbers_of_the_tables():
    found = told()
    assert found[1].text.startswith("2.900 de 3.000 clientes")
    assert found[2].text == (
        "500 membros, 16,7 % dos clientes. Neste mês 60 entraram e 20 saíram; 25 estão em risco e 365 são candidatos."
    )
    assert found[2].table["Mês"].tolist() == ["05/2011", "08/2011"]
    assert "6 na mediana dos membros, 1 na dos demais" in found[3].text
    assert "o membro tem mais em 95 % dos pares" in found[3].text
    assert "60,0 % da receita líquida" in found[4].text
    assert "£ 100.000 em 1 mês (80 %: 70.000 a 140.000)" in found[5].text
    assert "o erro médio foi de 10 %, contra 30 % de repetir o último período: ganho de 67 %." in found[5].text
    assert "«ritmo corrigido pelo mesmo período do ano anterior» não entrou: não há um ano atrás" in found[5].text
    assert "90 % de quem as cumpre está nele, e 92 % dele as cumpre (F1 0,91)" in found[6].text
    assert "sai depois de 2 meses em risco" in found[7].text
    assert found[9].table["Em jogo"].tolist() == ["£ 9.000 (até 12.000)"]
    assert found[8].table["Diferença (95 %)"].tolist()[2] == "37,0 a 44,0 p.p."


def test_the_guarantee_says_what_is_shown_and_what_is_not():
    text = told()[8].text
    assert "Membros de 05/2011 nos meses seguintes (06/2011 a 08/2011)" in text
    assert "Contra todos os demais clientes elegíveis: receita por mês £ 700 contra £ 100" in text
    assert "150 dos 400 membros têm um par" in text
    assert "Contra os pares: voltou a comprar 87,0 % contra 75,0 %. Na média não se distingue do acaso: receita" in text
    assert "não mostra que o programa os fez comprar mais" in text
    assert "Um efeito de 10 % pede 4.600 clientes em cada metade" in text
    assert "com os 900 que há, o menor efeito que se veria é de 30 %" in text


def test_pairs_that_are_not_alike_are_said_to_be_so():
    assert (
        "os pares ainda diferem, até 0,31 desvio-padrão" in told(balance=FULL["balance"].assign(matched=-0.31))[8].text
    )
    assert (
        "Nenhum membro tem um cliente parecido" in told(balance=FULL["balance"].assign(pairs=0, matched=np.nan))[8].text
    )


def test_what_the_rule_shows_is_what_the_members_revenue_shows():
    proof = FULL["proof"]
    unclear = told(proof=proof.assign(beyond_chance=False))[8].text
    assert "Isto não mostra que os membros pagam mais nem que pagam menos que os outros." in unclear
    assert "escolhe clientes que seguem comprando mais" not in unclear
    worse = told(proof=proof.assign(difference=-proof["difference"]))[8].text
    assert "Os membros pagaram menos que os outros" in worse
    few = proof.assign(p_adjusted=np.nan, low=np.nan, high=np.nan, beyond_chance=False)
    assert "não há clientes bastantes para comparar" in told(proof=few)[8].text


def test_a_base_with_contracts_is_not_spoken_of_as_a_shop():
    found = told(goods=False)
    assert "quem teve receita nos últimos 6 meses" in found[1].text
    assert "devoluções" not in found[1].text
    assert "6 meses sem receita" in found[7].text
    assert "seguiu pagando 90,0 % contra 50,0 %" in found[8].text
    assert "compra" not in found[8].text.replace("o que cada um comprou antes", "")


@pytest.mark.parametrize(
    ("number", "empty", "says"),
    [
        (1, "eligibility", "Nenhum cliente na janela: não há quem avaliar."),
        (2, "summary", "Nenhum membro neste mês."),
        (3, "profile", "Sem membros, ou sem outros clientes, não há o que comparar."),
        (4, "summary", "Sem membros ou sem receita líquida na janela não há parcela."),
        (5, "forecast", "Ainda não há previsão: ela começa com o primeiro mês que tem membros."),
        (6, "conditions", "Não há condições neste mês. De 05/2011."),
        (7, "conditions", "Sem condições de entrada não há de saída."),
        (8, "proof", "Ainda não se sabe: é preciso esperar 3 meses desde o primeiro mês com membros."),
        (9, "actions", "Nenhum grupo está perto de entrar ou de sair."),
    ],
)
def test_where_a_table_has_no_rows_the_answer_says_why(number, empty, says):
    assert told(**{empty: FULL[empty].iloc[:0]})[number].text == says


@pytest.mark.parametrize(
    ("last", "says"),
    [(90.0, "ganho de 0 %, isto é, nenhum."), (95.0, "perda de 100 %."), (100.0, "não há o que ganhar.")],
)
def test_forecasts_that_gain_nothing_over_the_last_period_say_so(last, says):
    results = FULL["results"].assign(forecast=[90.0, last])
    assert says in told(results=results)[5].text


def test_without_any_outcome_the_intervals_are_said_to_be_those_of_the_start():
    assert "Nenhuma previsão tem resultado conhecido ainda" in told(results=FULL["results"].iloc[:0])[5].text


def test_rules_that_exclude_are_named():
    rule = Exclusion(reason="Atacado", column="average_ticket", at_least=5000)
    found = told(programme=PROGRAMME.model_copy(update={"exclude": [rule], "grace_months": 1}))
    assert "não entra quem está na regra «Atacado»" in found[1].text
    assert "sai depois de 1 mês em risco" in found[7].text
    assert "regra de exclusão" in found[7].text


def test_the_page_of_markdown_has_all_answers_and_cells_that_stay_in_their_column():
    found = list(told(actions=FULL["actions"].assign(title="a|b")).values())
    text = markdown("Insiders, 08/2011", found)
    assert text.startswith("# Insiders, 08/2011\n\n## 1. Quem é elegível?")
    assert text.count("\n## ") == 9
    assert r"| a\|b |" in text
