"""Each screen shows what the lake holds for its domain, month and link, and says so in words where there is nothing.

Slow: each of these tests runs whole screens of the page.
"""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from arcana_assets.alerts.board import write_boards
from arcana_assets.alerts.state import State
from arcana_assets.dashboard import app
from arcana_assets.dashboard.app import SCREENS
from arcana_assets.dashboard.moves import GONE
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reader import Reader
from arcana_assets.presentation.language import language_of
from arcana_assets_tests.dashboard.lakes import (
    APRIL,
    CAME_TO_RISK,
    CUSTOMERS,
    FREQUENT,
    LOOKED,
    MAY,
    ODD,
    PERSONAS,
    REASON,
    RISK,
    VIP,
    customers_of,
    finding,
    gold,
    make_shop,
    profiles_of,
    segment_of,
    segments_of,
    worth,
    write,
)
from arcana_assets_tests.dashboard.pages import downloads, heading, markup, opened, said, screens

pytestmark = pytest.mark.slow

BROKEN = "Não foi possível mostrar esta tela"
ALERTS = [
    "2 pontos abertos, vistos por último em 01/06/2011 às 09:30.",
    "Erro: A execução «refresh_retail» falhou · gold: /srv/landing/2011-05.csv · desde 01/06/2011 às 09:30",
    "Aviso: Uma persona cresceu ou encolheu demais (no_persona_jumps) · 2011-05: <b>04-Risco</b> churn, de 12,4 %",
]
SHOWN = {
    "": ["Em maio de 2011 há 60 clientes", "£ 183.300", "04-Risco churn", "+80,0 %", "23/05/2011", "25,0 %", *ALERTS],
    "segmentos": ["3 segmentos", "£ 20.545", "0,5×", "Os últimos 3 meses", "k = 3"],
    "persona": [
        "45 clientes, 75,0 %",
        "<b>Acima</b> da base.",
        "Campanha de retorno",
        "Valor líquido > 1.400",
        "1,50×",
    ],
    "movimento": ["3 clientes mudaram de segmento.", "1 mudança se deve ao modelo", "separou-se de", "Três saíram"],
    "clientes": ["60 clientes passam pelo filtro."],
    "cliente": ["Digite o código de um cliente"],
    "previsoes": [
        "Volta a comprar no mês seguinte nada se diz",
        "Volta a comprar nos 3 meses seguintes 5 de 10 +5,6 % erra 25 % menos que supor",
        "Quem prevê é o modelo aditivo: nos 2 últimos meses que já se conhecem, errou 25 % menos",
        "se disse 55,0 % em média e veio 50,0 %. Do décimo mais provável se disse > 99 % e veio 80 %.",
        "10 > 99,9 % 80,0 % 12",
        "Errou menos que o último período em 2 de 2 meses.",
        "março de 2011 60 50,0 % 0,150 0,200 25 %",
        "Do que se disse no fim de abril de 2011 de 50 clientes, esperavam-se 25 e vieram 20.",
        "25 (50 %) 20 (40 %) nada: errou 20 % mais",
        "1 variável está longe",
        "Valor líquido 0,61 £ 100 £ 900",
        "10 clientes passam pelo filtro.",
    ],
    "produtos": ["2 itens, de 60 clientes.", "Chá <i>verde</i>", "1,0×"],
    "recomendacoes": ["33 clientes têm lista", "£ 330", "Recomenda EASE", "0,310", "já tem 42 0"],
    "fidelidade": ["6 membros, 42,0 %", "Pelo menos 6.000", "£ 900 – £ 1.100", "<u>Elegíveis</u> 59"],
    "dados": [
        "12 linhas chegaram; 16,7 % foram recusadas.",
        "transactions 12 10 2 0",
        "«unit_price» está fora dos limites 2 unit_price: must",
        "«customer_id» está sem valor 1",
        "abril de 2011 50 80 % maio de 2011 10",
        "abril de 2011 50 50 % maio de 2011 10",
    ],
    "modelos": ["um modelo novo tomou o lugar", "0,57", "k = 4 4 0,50", "sobreposto", "0,31 £ 100 £ 900 mudou"],
    "arquivos": ["1 arquivo publicado.", "2011-05.csv 8 B"],
    "sobre": ["Varejo (retail)", "monetary", "os 6 meses que terminam nele"],
}


@pytest.fixture
def retail(deployed):
    deployed()
    return lambda screen="", **asked: opened(screen, **{"dominio": "retail", "mes": "2011-05"} | asked)


@pytest.fixture
def shop_at(deployed, tmp_path):
    """A lake of the test's own, which it may change."""
    lake = make_shop(tmp_path / "lake")
    deployed(tmp_path / "lake")
    return lake


@pytest.mark.parametrize("screen", SHOWN)
def test_a_screen_shows_the_month(retail, screen):
    page = retail(screen)
    words = said(page)
    assert [each for each in SHOWN[screen] if each not in words] == []
    assert heading(page)


def of_sales(net: int, orders: int, last_day: date) -> dict[str, object]:
    sums = {"customer_id": "C000", "net": net, "orders": orders, "first_day": last_day, "last_day": last_day}
    return sums | {"month": last_day.replace(day=1)}


def test_the_first_figures_are_of_the_month_and_a_window_that_fills_is_not_compared(shop_at):
    sales = [of_sales(200, 4, date(2011, 4, 30)), of_sales(150, 3, date(2011, 5, 31))]
    write(shop_at, "retail", gold("transactions_monthly"), sales, [APRIL, MAY])
    words = said(opened(dominio="retail", mes="2011-05"))
    assert "Receita do mês: £ 150, -25,0 % ante o mês anterior." in words
    assert "Receita do mês £ 150 -25,0 % ante o mês anterior" in words
    assert "Pedidos do mês 3 -25,0 % ante o mês anterior" in words
    assert "Receita na janela £ 183.300 janela incompleta: sem comparação" in words
    assert "Número de clientes:" not in words


def test_a_month_whose_sales_have_not_all_come_is_not_compared_and_says_so(shop_at):
    sales = [of_sales(200, 4, date(2011, 4, 30)), of_sales(50, 1, date(2011, 5, 9))]
    write(shop_at, "retail", gold("transactions_monthly"), sales, [APRIL, MAY])
    words = said(opened(dominio="retail", mes="2011-05"))
    assert "As vendas vão só até 09/05/2011: o mês ainda não se compara com o anterior." in words
    assert "-75,0 %" not in words
    assert "As vendas vão só até" not in said(opened(dominio="retail", mes="2011-04"))  # another month follows


def test_a_figure_is_picked_and_seen_by_month_and_by_segment(shop_at):
    sales = [of_sales(200, 4, date(2011, 4, 30)), of_sales(150, 3, date(2011, 5, 31))]
    write(shop_at, "retail", gold("transactions_monthly"), sales, [APRIL, MAY])
    page = opened(dominio="retail", mes="2011-05")
    assert "Mês Receita do mês maio de 2011 £ 150 abril de 2011 £ 200" in said(page)
    page.main.selectbox[0].set_value("revenue").run()
    assert page.query_params["indicador"] == "revenue"
    words = said(page)
    assert "A janela de 6 meses acabou de se completar ou ainda não" in words
    paid = sum(worth(each, MAY) for each in CUSTOMERS if segment_of(each, MAY) == RISK)
    share = f"{100 * paid / sum(worth(each, MAY) for each in CUSTOMERS):.1f}".replace(".", ",")
    assert f"04-Risco churn £ {paid:,} {share} %".replace(",", ".", 1) in words
    page = opened(dominio="retail", mes="2011-05", indicador="recency")
    assert "Recência mediana Segmento" not in said(page)
    assert "Parcela do total" not in said(page)  # parts of a median do not add up
    assert page.main.selectbox[0].value == "recency"
    assert opened(dominio="retail", mes="2011-05", indicador="<b>").main.selectbox[0].value == "month_revenue"


def test_alerts_that_are_over_are_not_shown_and_where_nobody_looks_none_are(shop_at, domains):
    board = Path(shop_at.root) / "retail" / "_alerts.json"
    write_boards(shop_at.root, [domains["retail"]], State(LOOKED, LOOKED), LOOKED)
    assert "Avisos abertos Nada aberto; visto por último em 01/06/2011" in said(opened(dominio="retail", mes="2011-05"))
    board.unlink()
    assert "Avisos abertos" not in said(opened(dominio="retail", mes="2011-05"))
    board.write_text("{")
    assert "expected in " in said(opened(dominio="retail", mes="2011-05"))


def test_every_screen_is_in_these_tests():
    assert set(SHOWN) == {"" if each.name == "visao-geral" else each.name for each in SCREENS}


@pytest.mark.parametrize(
    ("screen", "expected"),
    [
        ("", ["Em junho de 2025 há 12 clientes", "R$ 78.000", "01-Alta Receita"]),
        ("clientes", ["12 clientes passam pelo filtro."]),
        ("dados", ["Ainda não há fontes carregadas"]),
        ("arquivos", ["Nenhum arquivo foi publicado neste mês."]),
        ("sobre", ["contract_value", "BRL"]),
        ("segmentos", ["Não há dados desta tela em junho de 2025"]),
        ("movimento", ["Não há dados desta tela em junho de 2025"]),
        ("fidelidade", ["Não há dados desta tela em junho de 2025"]),
    ],
)
def test_a_company_with_contracts_has_its_own_figures_and_says_what_it_does_not_have(deployed, screen, expected):
    deployed()
    words = said(opened(screen, dominio="b2b", segmentacao="valor"))
    assert [each for each in expected if each not in words] == []


def test_a_domain_shows_the_screens_whose_tables_it_has(deployed):
    deployed()
    page = opened(dominio="b2b")
    assert screens(page) == ["visao-geral", "clientes", "cliente", "dados", "arquivos", "sobre"]
    assert screens(opened(dominio="retail")) == [each.name for each in SCREENS]


def test_a_customer_is_shown_in_full_with_what_to_offer_and_why(retail):
    words = said(retail("cliente", cliente="C002"))
    assert "Cliente C002" in words
    assert "Valor 04-Risco churn maio de 2011 01-Frequentes de Baixo Valor" in words
    assert "Volta a comprar nos 3 meses seguintes 25,0 % 3 Comprou há 90 dias (menos provável)" in words
    assert "Próxima compra nos 30 dias seguintes 25,0 % 3 12/06/2011 Comprou há 90 dias (menos provável)" in words
    spent = "£ 1.234 (de £ 0 a £ 5.000 em 8 de 10 casos)"
    assert f"Gasto nos 3 meses seguintes {spent} 3 Comprou há 90 dias (abaixo do ritmo)" in words
    assert f"Caderno {REASON} 25,0 % £ 40 £ 10" in words
    assert f"Valor líquido £ {worth('C002', MAY)} " in words
    assert "Candidato" in words
    assert "Mais 2 pedidos" in words
    assert "2 itens; primeiro os de maior valor." in words


@pytest.mark.parametrize("code", ODD)
def test_a_code_of_any_kind_opens_its_customer_and_becomes_no_element(retail, code):
    page = retail("cliente", cliente=code)
    assert heading(page) == f"Cliente {code}"
    assert "<script>" not in markup(page)
    assert page.query_params["cliente"] == code


def test_an_unknown_customer_is_said_and_near_codes_with_it(retail):
    words = said(retail("cliente", cliente="c00"))
    assert "Não há cliente «c00» em maio de 2011." in words
    assert "Códigos parecidos:" in words
    links = [each.proto for each in retail("cliente", cliente="c00").main.get("page_link")]
    assert [each.label for each in links][:2] == ["C000", "C001"]
    assert links[1].query_string.endswith("cliente=C001")
    assert "Códigos parecidos" not in said(retail("cliente", cliente="<b>zzz")).replace("C000", "")
    assert "&lt;b&gt;zzz" in markup(retail("cliente", cliente="<b>zzz"))


def test_a_customer_without_a_list_is_told_so(retail):
    words = said(retail("cliente", cliente="C004"))
    assert "Nada se prevê deste cliente neste mês." in words
    assert "Não há oferta para este cliente neste mês." in words
    assert "O cliente não está no programa nem é candidato." in words


def test_whether_the_data_can_be_trusted_is_said_with_what_speaks_against_it(shop_at):
    told = said(opened(dominio="retail", mes="2011-05"))
    assert "Com cuidado: há 1 aviso. 16,7 % das linhas de «transactions» foram recusadas." in told
    rows = [
        *(finding(MAY, "rows", "transactions", item, value=n, of=12) for item, n in (("landed", 12), ("refused", 0))),
        finding(APRIL, "rows", "returns", "landed", value=3, of=3),
    ]
    write(shop_at, "retail", gold("data_findings"), rows, [APRIL, MAY])
    assert "Com cuidado: há 1 aviso. «returns» não trouxe nenhuma linha" in said(
        opened(dominio="retail", mes="2011-05")
    )
    write(shop_at, "retail", gold("data_findings"), rows[:2], [APRIL, MAY])
    assert "Sim: cada fonte trouxe linhas" in said(opened(dominio="retail", mes="2011-05"))
    column = {"month": MAY, "layer": "silver", "table": "transactions", "column": "unit_price", "psi": 0.4}
    write(shop_at, "retail", gold("data_profile"), [column], [MAY])
    assert "1 coluna tem outra distribuição que no mês anterior (PSI acima de 0,25): unit_price" in said(
        opened(dominio="retail", mes="2011-05")
    )


def test_who_refused_to_be_profiled_is_said_beside_the_segments(shop_at):
    words = "não aceitam análise de perfil"
    assert words not in said(opened("segmentos", dominio="retail", mes="2011-05"))
    row = {"month": MAY, "purpose": "profiling", "customers": 60, "granted": 50, "refused": 6, "unasked": 4}
    write(shop_at, "retail", gold("consent_coverage"), [row], [MAY])
    told = said(opened("segmentos", dominio="retail", mes="2011-05"))
    assert f"6 de 60 clientes (10,0 %) {words} e não estão em nenhum segmento; 4 nunca responderam e estão." in told


def test_a_link_opens_domain_month_segmentation_and_segment(deployed):
    deployed()
    page = opened("persona", dominio="retail", mes="2011-04", segmentacao="value", segmento=str(VIP))
    assert heading(page) == PERSONAS[VIP]
    assert "da base de abril de 2011" in said(page)
    assert page.query_params["segmento"] == str(VIP)
    page = opened("clientes", dominio="retail", mes="2011-05", segmento=f"{RISK},{VIP}")
    assert "15 clientes passam pelo filtro." in said(page)
    assert downloads(page) == ["Baixar CSV (15 linhas)", "Baixar XLSX (15 linhas)"]
    page = opened("movimento", dominio="retail", mes="2011-05", entrou=PERSONAS[RISK])
    assert "4 clientes entraram em 04-Risco churn." in said(page)
    assert set(page.dataframe[0].value["customer_id"]) == {*CAME_TO_RISK, "C050"}
    assert heading(opened("produtos", dominio="retail", item="caderno")) == "Produtos em maio de 2011"


def test_typical_customers_of_a_persona_are_links_and_what_became_of_it_is_told(retail):
    page = retail("persona", segmento=str(RISK))
    labels = [each.proto.label for each in page.main.get("page_link")]
    assert labels[-2:] == ["C006", r"\*\*a\*\* \[x\]\(http\:\/\/evil\.example\)"]
    assert "maio de 2011 04-Risco churn separou-se de 01-Frequentes de Baixo Valor 3 Três saíram" in said(page)
    assert "O que aconteceu com este segmento" not in said(retail("persona", segmento=str(VIP)))
    assert "width:9rem" in markup(page)  # the bar of a percentile


def walk(page):
    """The links to the customers before and after."""
    links = [each.proto for each in page.main.get("page_link")]
    return [each for each in links if "cliente=" in each.query_string]


def test_a_customer_of_a_list_has_the_one_before_and_the_next(retail):
    page = retail("cliente", cliente="C002")
    assert walk(page) == []
    page.session_state["walk"] = ("retail", MAY, ("C001", "C002", "<b>3"))
    page.run()
    links = walk(page)
    assert [each.label for each in links] == ["← Anterior\\: C001".replace("\\\\", "\\"), r"Próximo\: \<b\>3 →"]
    assert links[1].query_string.endswith("cliente=%3Cb%3E3")
    assert "2º dos 3 da lista aberta." in said(page)
    page.session_state["walk"] = ("retail", APRIL, ("C001", "C002"))
    assert walk(page.run()) == []


@pytest.mark.parametrize(
    ("screen", "asked", "expected"),
    [
        ("segmentos", {}, ["maio de 2011 45 6 9", "De Até Clientes 0 dias"]),
        ("cliente", {"cliente": "C002"}, ["Mês Valor líquido maio de 2011 £ 905 abril de 2011 £ 904"]),
        ("fidelidade", {}, ["Mês Membros maio de 2011 6 abril de 2011 6"]),
    ],
)
def test_the_numbers_of_a_chart_stand_beside_it(retail, screen, asked, expected):
    words = said(retail(screen, **asked))
    assert [each for each in expected if each not in words] == []


def test_a_company_shows_contracts_and_tickets_of_a_customer(deployed):
    deployed()
    words = said(opened("cliente", dominio="b2b", mes="2025-06", cliente="00003"))
    assert "3 linhas de contrato no retrato do mês, 2 em vigor." in words
    assert "Painel ATIVO 10/01/2025" in words
    assert "2 chamados abertos na janela, 1 ainda aberto" in words
    assert "09/06/2025 fiscal" in words
    words = said(opened("cliente", dominio="b2b", mes="2025-06", cliente="00004"))
    assert "Nenhum contrato no retrato do mês." in words
    assert "Nenhum chamado na janela." in words


def test_a_contract_that_ends_later_in_an_open_month_is_in_force_as_in_customer_360(deployed, monkeypatch):
    deployed()
    monkeypatch.setattr(Reader, "written_at", lambda reader, key: datetime(2025, 6, 10, 12, tzinfo=UTC))
    words = said(opened("cliente", dominio="b2b", mes="2025-06", cliente="00003"))
    assert "3 linhas de contrato no retrato do mês, 3 em vigor." in words


def test_a_link_from_screen_to_screen_takes_month_and_segmentation_along(retail):
    link = next(each.proto for each in retail("persona", mes="2011-04").main.get("page_link"))
    assert link.label == "Ver os 45 clientes deste segmento"
    assert link.query_string == f"dominio=retail&mes=2011-04&segmentacao=value&segmento={FREQUENT}"


def test_a_link_that_means_nothing_opens_what_there_is(deployed):
    deployed()
    page = opened("persona", dominio="x'; --", mes="9999-99", segmentacao="<b>", segmento="abc")
    assert {name: page.query_params[name] for name in ("dominio", "mes", "segmentacao")} == {
        "dominio": "b2b",
        "mes": "2025-06",
        "segmentacao": "produtos",
    }
    page = opened("persona", dominio="retail", mes="2011-13", segmento="999")
    assert page.query_params["mes"] == "2011-05"
    assert heading(page) == PERSONAS[FREQUENT]
    assert "60 clientes" in said(opened("clientes", dominio="retail", segmento="999,x,8²"))


def test_another_month_is_chosen_at_the_side_and_said_by_the_link(retail):
    page = retail()
    page.sidebar.selectbox[1].set_value("2011-03").run()
    assert page.query_params["mes"] == "2011-03"
    assert heading(page) == "Visão geral de março de 2011"
    assert "50 clientes" in said(page)


@pytest.mark.parametrize("screen", ["movimento", "recomendacoes", "fidelidade", "modelos"])
def test_a_month_without_the_table_of_a_screen_says_so(retail, screen):
    assert "Não há dados desta tela em março de 2011. Escolha outro mês ao lado." in said(retail(screen, mes="2011-03"))


def test_a_lake_without_any_table_says_what_to_do(deployed, tmp_path):
    deployed(tmp_path / "nothing here")
    words = said(opened("clientes", dominio="retail"))
    assert "Ainda não há dados" in words
    assert "arcana refresh" in words


def test_the_history_of_rows_opens_on_the_source_that_has_most(retail):
    (history,) = [each for each in retail("dados").selectbox if each.key == "history of a source"]
    assert (history.options, history.value) == (["customers", "transactions"], "transactions")


def test_a_filter_that_matches_nothing_and_one_that_matches_all(retail):
    page = retail("clientes", codigo="no such code")
    assert "Nenhum cliente passa pelo filtro." in said(page)
    assert downloads(page) == []
    page.text_input[0].set_value("").run()
    assert "60 clientes passam pelo filtro." in said(page)
    assert len(page.dataframe[0].value) == 50
    page.number_input[0].set_value(2).run()
    assert len(page.dataframe[0].value) == 10


def test_pages_are_turned_by_their_number_and_by_the_one_before_and_the_next(retail):
    page = retail("clientes")
    before, following = page.main.button[:2]
    assert (before.disabled, following.disabled) == (True, False)
    following.click().run()
    assert (page.number_input[0].value, page.query_params["pagina"]) == (2, "2")
    assert len(page.dataframe[0].value) == 10
    before, following = page.main.button[:2]
    assert (before.disabled, following.disabled) == (False, True)
    assert retail("clientes", pagina="9999").number_input[0].value == 2
    assert retail("clientes", pagina="abc").number_input[0].value == 1
    page.multiselect[0].set_value([RISK]).run()  # nine customers: one page
    assert (len(page.number_input), "pagina" in page.query_params) == (0, False)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"codigo": "c00"}, 10),
        ({"segmento": f"{RISK},{VIP}"}, 15),
        ({"segmento": str(RISK), "segmento_categories": "1"}, 9),
        ({"segmento_categories": "2"}, 60),  # there is no such segment
        ({"situacao": "candidate"}, 1),
        ({"situacao": "candidate~member~x"}, 7),
        ({"mudou": "1"}, 3),
        ({"faixa_monetary": "105~1805"}, 18),
        ({"faixa_monetary": "x~y"}, 60),
    ],
)
def test_a_link_says_every_condition_of_a_filter(retail, asked, expected):
    page = retail("clientes", **asked)
    assert said(page).count(f"{expected} cliente") == 1
    page.run()
    assert said(page).count(f"{expected} cliente") == 1
    again = retail("clientes", **{name: page.query_params[name] for name in page.query_params})
    assert said(again).count(f"{expected} cliente") == 1


def test_what_is_chosen_by_hand_is_in_the_link(retail):
    page = retail("clientes")
    assert set(page.query_params) == {"dominio", "mes", "segmentacao"}
    page.checkbox[0].check().run()
    page.multiselect[-2].set_value(["candidate"]).run()
    assert (page.query_params["mudou"], page.query_params["situacao"]) == ("1", "candidate")
    page.checkbox[0].uncheck().run()
    assert "mudou" not in page.query_params
    page.multiselect[-2].set_value([]).run()
    page.select_slider[0].set_value((105.0, 1805.0)).run()
    assert page.query_params["faixa_monetary"] == "105~1805"
    assert "18 clientes passam" in said(page)


def test_a_link_says_order_and_columns_of_a_list(retail):
    page = retail("clientes", ordem="frequency", sentido="sobe", colunas="frequency~distinct_products~no_such")
    found = page.dataframe[0].value
    assert list(found.columns) == ["customer_id", "frequency", "distinct_products"]
    assert list(found["frequency"]) == sorted(found["frequency"])
    page.multiselect[-1].set_value(["monetary"]).run()
    assert list(page.dataframe[0].value.columns) == ["customer_id", "monetary"]
    assert page.query_params["colunas"] == "monetary"


def test_the_browser_goes_back_to_what_was_chosen_before(retail):
    page = retail("clientes", mes="2011-05")
    page.selectbox[-2].set_value("2011-03").run()
    page.multiselect[0].set_value([RISK]).run()
    page.query_params["mes"] = "2011-05"
    del page.query_params["segmento"]
    page.run()
    assert heading(page) == "Clientes de maio de 2011"
    assert "60 clientes passam" in said(page)
    assert page.query_params["mes"] == "2011-05"


def test_a_filter_counts_what_it_exports(retail):
    page = retail("clientes")
    page.multiselect[0].set_value([RISK]).run()
    assert page.query_params["segmento"] == str(RISK)
    assert "9 clientes passam pelo filtro." in said(page)
    page.checkbox[0].check().run()
    assert "3 clientes passam pelo filtro." in said(page)
    assert downloads(page) == ["Baixar CSV (3 linhas)", "Baixar XLSX (3 linhas)"]
    (atypical,) = (each for each in retail("clientes").checkbox if "atípicos" in each.label)
    assert not atypical.value


@pytest.mark.parametrize(("screen", "rows"), [("recomendacoes", 33), ("fidelidade", 6), ("movimento", 4)])
def test_a_screen_reads_of_a_long_list_what_it_shows_and_says_how_long_it_is(retail, monkeypatch, screen, rows):
    read, usual = [], Reader.rows

    def seen(*asked, **values):
        answer = usual(*asked, **values)
        read.append(answer.num_rows if "customer_id" in answer.schema.names else 0)
        return answer

    monkeypatch.setattr(Reader, "rows", seen)
    monkeypatch.setattr("arcana_assets.dashboard.screens.movement.SHOWN", 2)
    monkeypatch.setattr("arcana_assets.dashboard.screens.loyalty.SHOWN", 2, raising=False)
    page = retail(screen, entrou=PERSONAS[RISK])
    assert [label for label in downloads(page) if f"({rows} linhas)" in label] == downloads(page) != []
    assert max(read) <= 2


def test_what_is_refreshed_while_somebody_reads_is_there_at_the_next_look(shop_at):
    page = opened("clientes", dominio="retail")
    assert "60 clientes passam" in said(page)
    june = MAY.replace(month=6)
    write(shop_at, "retail", gold("customer_360"), customers_of(MAY)[:7], [MAY])
    write(shop_at, "retail", gold("customer_360"), [row | {"month": june} for row in customers_of(MAY)[:3]], [june])
    page.run()
    assert page.query_params["mes"] == "2011-05"
    assert "7 clientes passam" in said(page)
    assert page.selectbox[-2].options[0] == "junho de 2011"


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A lake in which only customer 360 is written of June yet."""
    root, june = tmp_path_factory.mktemp("begun"), MAY.replace(month=6)
    write(make_shop(root), "retail", gold("customer_360"), [row | {"month": june} for row in customers_of(MAY)], [june])
    return root


@pytest.mark.parametrize("screen", SHOWN)
def test_a_month_of_which_only_customer_360_is_written_yet_breaks_no_screen(deployed, begun, screen):
    deployed(begun)
    page = opened(screen, dominio="retail", cliente="C001")
    assert page.query_params["mes"] == "2011-06"
    assert BROKEN not in said(page)
    for each in page.checkbox:
        each.check()
    assert BROKEN not in said(page.run())


def test_a_month_in_which_customers_only_left_has_the_list_of_who_is_gone(shop_at):
    gone = {"month": MAY, "segmentation": "value", "from_segment_id": VIP, "from_persona": PERSONAS[VIP]}
    gone |= {"customers": 2, "value": 7.0, "by_behaviour": 2, "by_model": 0}
    write(shop_at, "retail", gold("segment_migration"), [gone], [MAY])
    page = opened("movimento", dominio="retail")
    assert "03-VIPs/Alta Receita (saiu da base) 2" in said(page)
    assert "2 clientes mudaram, entraram ou saíram." in said(page)
    assert "2 clientes saíram da base." in said(opened("movimento", dominio="retail", entrou=GONE))


def test_who_went_from_a_segment_to_another_is_listed_by_both_and_by_either(retail):
    page = retail("movimento", saiu=PERSONAS[FREQUENT], entrou=PERSONAS[RISK])
    assert f"3 clientes foram de {PERSONAS[FREQUENT]} para {PERSONAS[RISK]}." in said(page)
    assert set(page.dataframe[0].value["customer_id"]) == set(CAME_TO_RISK)
    assert downloads(page) == ["Baixar CSV (3 linhas)", "Baixar XLSX (3 linhas)"]
    page = retail("movimento", saiu=PERSONAS[FREQUENT])
    assert f"3 clientes saíram de {PERSONAS[FREQUENT]}." in said(page)
    assert "entrou" not in page.query_params
    page = retail("movimento")
    assert "8 clientes mudaram, entraram ou saíram." in said(page)
    page.query_params["entrou"] = PERSONAS[RISK]  # as by the browser's Back
    assert "4 clientes entraram em 04-Risco churn." in said(page.run())
    assert "1 cliente entrou em" not in said(retail("movimento", saiu="no such segment"))


def test_the_matrix_of_moves_has_who_stayed_who_came_and_how_many_there_were(retail):
    words = said(retail("movimento"))
    assert "3 dos 55 clientes que estavam nos dois meses mudaram de segmento (5,5 %)." in words
    assert f"O maior caminho: de {PERSONAS[FREQUENT]} para {PERSONAS[RISK]}, 3 clientes." in words
    assert "De ↓ para → 01-Frequentes de Baixo Valor 03-VIPs/Alta Receita 04-Risco churn Antes" in words
    assert "04-Risco churn 5 +4 0 9" in words
    assert "Mudou de nome" not in words


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A lake that another version has written: each of its tables lacks a column."""
    root = tmp_path_factory.mktemp("older")
    months = [APRIL, MAY]
    for name, rows_of, gone in (
        ("customer_360", customers_of, ["monetary", "recency_days"]),
        ("segments", segments_of, ["move"]),
        ("segment_profiles", profiles_of, ["membership_rule"]),
    ):
        rows = [row for month in months for row in rows_of(month)]
        write(Lake(root=str(root)), "retail", gold(name), rows, months, without=gone)
    return root


@pytest.mark.parametrize(
    ("screen", "expected"),
    [
        ("", ["60 clientes", "Pedidos na janela"]),  # and no figure that cannot be told
        ("segmentos", ["04-Risco churn 9 15,0 %"]),
        ("persona", [BROKEN, "expected a column 'membership_rule'"]),
        ("clientes", ["60 clientes passam"]),
        ("cliente", ["Cliente C002", "04-Risco churn"]),
        ("sobre", ["frequency"]),
    ],
)
def test_a_table_of_another_version_leaves_figures_out_or_is_told_in_words(deployed, older, screen, expected):
    deployed(older)
    words = said(opened(screen, dominio="retail", cliente="C002"))
    assert [each for each in expected if each not in words] == []
    assert "Receita na janela" not in words


def test_what_is_broken_is_said_and_its_cause_to_those_who_mend_it(shop_at, monkeypatch):
    for path in Path(shop_at.root).glob("retail/gold/items_owned/month=2011-05-01/*.parquet"):
        path.write_bytes(b"not parquet")
    words = said(opened("produtos", dominio="retail"))
    assert BROKEN in words
    assert "items_owned" in words
    assert "60 clientes" in said(opened("", dominio="retail"))  # the other screens are there


def test_a_domain_in_english_is_read_in_english(deployed, domains, monkeypatch):
    deployed()
    english = domains["retail"].model_copy(update={"language": "en"})
    english._sources.update(domains["retail"].sources)
    monkeypatch.setattr(app, "domains", lambda: {"retail": english})
    page = opened(mes="2011-05")
    assert heading(page) == "Overview of May 2011"
    assert "£183,300" in said(page)
    assert [each.label for each in page.selectbox[-2:]] == ["Month", "Segmentation"]
    assert "60 customers pass the filter." in said(opened("clientes", mes="2011-05"))
    assert "What to offer" in said(opened("cliente", mes="2011-05", cliente="C002"))
    both = {"b2b": domains["b2b"], "retail": english}  # what is chosen among them is said as the chosen one speaks
    monkeypatch.setattr(app, "domains", lambda: both)
    assert opened(dominio="retail", mes="2011-05").sidebar.selectbox[0].label == "Domain"
    assert opened(dominio="b2b").sidebar.selectbox[0].label == "Domínio"
    monkeypatch.setattr(app, "domains", lambda: {"retail": english})
    portuguese = language_of()
    other = {
        portuguese.say(f"columns.{name}")
        for name, label in language_of("en").texts["columns"].items()
        if portuguese.say(f"columns.{name}") != label and " " in portuguese.say(f"columns.{name}")  # names are data
    }
    other |= {str(each["title"]) for each in portuguese.texts["files"]["of"].values()}
    for screen in SHOWN.keys() - {"persona"}:  # what a persona is, the tables say
        words = said(opened(screen, mes="2011-05", cliente="C002"))
        assert sorted(each for each in other if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", words)) == [], screen


def test_a_number_that_is_not_known_is_said_in_the_language_of_the_page(retail):
    assert [each.proto.placeholder for each in retail("clientes").dataframe] == ["sem dado"]
