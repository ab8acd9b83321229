"""Each screen shows what the lake holds for its domain, month and link, and says so in words where there is nothing."""

from pathlib import Path

import pytest

from arcana_assets.dashboard import app
from arcana_assets.dashboard.app import SCREENS
from arcana_assets.lake.lake import Lake
from arcana_assets_tests.dashboard.lakes import (
    APRIL,
    CAME_TO_RISK,
    FREQUENT,
    MAY,
    ODD,
    PERSONAS,
    REASON,
    RISK,
    VIP,
    customers_of,
    gold,
    make_shop,
    profiles_of,
    segments_of,
    worth,
    write,
)
from arcana_assets_tests.dashboard.pages import downloads, heading, markup, opened, said, screens

BROKEN = "Não foi possível mostrar esta tela"
SHOWN = {
    "": ["Em maio de 2011 há 60 clientes", "GBP 183.300", "04-Risco churn", "+80,0 %", "23/05/2011", "25,0 %"],
    "segmentos": ["3 segmentos", "GBP 20.545", "0,5×", "Os últimos 3 meses", "k = 3"],
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
    "produtos": ["2 itens, de 60 clientes.", "Chá <i>verde</i>", "1,0×"],
    "recomendacoes": ["33 clientes têm lista", "GBP 330", "Recomenda EASE", "0,310", "já tem 42 0"],
    "fidelidade": ["6 membros, 42,0 %", "Pelo menos 6.000", "GBP 900 – GBP 1.100", "<u>Elegíveis</u> 59"],
    "dados": ["12 linhas chegaram; 16,7 % foram recusadas.", "unit_price: in_range 2", "customer_id: not_null 1"],
    "modelos": ["um modelo novo tomou o lugar", "0,57", "k = 4 4 0,50", "sobreposto", "0,31 GBP 100 GBP 900 mudou"],
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


def test_every_screen_is_in_these_tests():
    assert set(SHOWN) == {"" if each.name == "visao-geral" else each.name for each in SCREENS}


@pytest.mark.parametrize(
    ("screen", "expected"),
    [
        ("", ["Em junho de 2025 há 12 clientes", "BRL 78.000", "01-Alta Receita"]),
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
    assert f"Caderno {REASON} 25,0 % GBP 40 GBP 10" in words
    assert f"Valor líquido GBP {worth('C002', MAY)} " in words
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
    assert "Códigos parecidos: C000 C001" in words
    assert "Códigos parecidos" not in said(retail("cliente", cliente="<b>zzz")).replace("C000", "")
    assert "&lt;b&gt;zzz" in markup(retail("cliente", cliente="<b>zzz"))


def test_a_customer_without_a_list_is_told_so(retail):
    words = said(retail("cliente", cliente="C004"))
    assert "Não há oferta para este cliente neste mês." in words
    assert "O cliente não está no programa nem é candidato." in words


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


def test_a_link_from_screen_to_screen_takes_month_and_segmentation_along(retail):
    (link,) = [each.proto for each in retail("persona", mes="2011-04").main.get("page_link")]
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
    page.selectbox[1].set_value("2011-03").run()
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


def test_a_filter_that_matches_nothing_and_one_that_matches_all(retail):
    page = retail("clientes", codigo="no such code")
    assert "Nenhum cliente passa pelo filtro." in said(page)
    assert downloads(page) == []
    page.text_input[0].set_value("").run()
    assert "60 clientes passam pelo filtro." in said(page)
    assert len(page.dataframe[0].value) == 50
    page.selectbox[2].set_value(2).run()
    assert len(page.dataframe[0].value) == 10


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


def test_a_month_in_which_customers_only_left_has_no_list_of_who_came(shop_at):
    gone = {"month": MAY, "segmentation": "value", "from_segment_id": VIP, "from_persona": PERSONAS[VIP]}
    gone |= {"customers": 2, "value": 7.0, "by_behaviour": 2, "by_model": 0}
    write(shop_at, "retail", gold("segment_migration"), [gone], [MAY])
    page = opened("movimento", dominio="retail")
    assert "03-VIPs/Alta Receita (saiu da base) 2" in said(page)
    assert downloads(page) == []


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
    assert "GBP 183,300" in said(page)
    assert [each.label for each in page.selectbox[-2:]] == ["Month", "Segmentation"]
    assert "60 customers pass the filter." in said(opened("clientes", mes="2011-05"))
    assert "What to offer" in said(opened("cliente", mes="2011-05", cliente="C002"))
