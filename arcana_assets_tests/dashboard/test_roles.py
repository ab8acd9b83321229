"""Whoever looks sees the screens, lists and exports of the roles that the groups of the login give, and no others."""

import time

import pytest

from arcana_assets.dashboard import app
from arcana_assets.dashboard.access import LOOPBACK
from arcana_assets.dashboard.screens import files
from arcana_assets.deployment import OIDC
from arcana_assets_tests.dashboard.lakes import CUSTOMERS, ONLY_FOR_DATA, PERSONAS, RISK
from arcana_assets_tests.dashboard.pages import downloads, heading, markup, opened, said, screens

TOTALS = [
    "visao-geral",
    "segmentos",
    "persona",
    "movimento",
    "previsoes",
    "produtos",
    "recomendacoes",
    "fidelidade",
    "arquivos",
    "sobre",
]
NAMED = [code for code in CUSTOMERS if code.startswith("C0")]


@pytest.fixture
def seen_by(deployed, monkeypatch):
    """A screen as somebody of these groups opens it."""
    deployed(roles="diretoria=totais;vendas=clientes;dados=qualidade")
    monkeypatch.setattr(app.st, "logout", lambda: left.append(1))
    left = []

    def seen(groups, screen="", left_for=None, **claims):
        user = {"is_logged_in": True, "email": "ana@example.com", "exp": time.time() + 60, "groups": groups} | claims
        page = opened(
            screen, user, {"auth": {}}, dominio="retail", mes="2011-05", cliente="C002", entrou=PERSONAS[RISK]
        )
        assert bool(left) is bool(left_for)
        return page

    return seen


def test_who_sees_totals_has_no_screen_of_customers_or_of_the_quality_of_data(seen_by):
    assert screens(seen_by(["diretoria"])) == TOTALS


def test_what_is_said_of_failed_runs_is_for_who_mends_them(seen_by):
    for group, sees in ((["diretoria"], False), (["dados"], True)):
        words = said(seen_by(group))
        assert "Uma persona cresceu ou encolheu demais" in words
        assert "A execução «refresh_retail» falhou" in words
        assert (ONLY_FOR_DATA in words) == sees


def test_sales_have_the_screens_of_customers_and_data_people_those_of_quality(seen_by):
    assert set(screens(seen_by(["vendas"]))) == {*TOTALS, "clientes", "cliente"}
    assert set(screens(seen_by(["dados"]))) == {*TOTALS, "dados", "modelos"}
    assert len(screens(seen_by(["vendas", "dados"]))) == 14


@pytest.mark.parametrize("screen", [*TOTALS, "clientes", "cliente", "dados", "modelos"])
def test_no_screen_gives_a_customer_or_a_file_to_who_sees_totals(seen_by, screen):
    page = seen_by(["diretoria"], screen)
    assert [code for code in NAMED if code in markup(page)] == []
    assert (downloads(page), list(page.dataframe)) == ([], [])
    if screen not in TOTALS:
        assert said(page) == "Sem permissão Esta tela não é para o seu grupo. Peça-a a quem cuida da página."


@pytest.mark.parametrize("screen", ["movimento", "previsoes", "recomendacoes", "fidelidade", "clientes"])
def test_sales_have_the_exports(seen_by, screen):
    assert len(downloads(seen_by(["vendas"], screen))) == 2
    assert downloads(seen_by(["dados"], screen)) == []


def test_each_sees_and_takes_the_files_of_the_own_roles_alone(seen_by, monkeypatch):
    found = [files.File(name, f"{name}.html", name, 1) for name in ("base_analitica", "resumo_do_mes", "novidade")]
    found.append(files.File("perfil_dos_dados", "perfil_dos_dados.html", "perfil_dos_dados", 1))
    monkeypatch.setattr(files, "files", lambda place: found)
    expected = {"diretoria": ["resumo_do_mes"], "dados": ["resumo_do_mes", "perfil_dos_dados"]}
    expected["vendas"] = ["base_analitica", "resumo_do_mes", "novidade"]
    for group, names in expected.items():
        page = seen_by([group], "arquivos")
        plain = [label.replace("\\", "") for label in downloads(page)]
        assert plain == [f"Baixar {name}.html" for name in names]
        assert [each.name for each in found if each.name in said(page)] == [f"{name}.html" for name in names]
    monkeypatch.setattr(files, "files", lambda place: found[:1])
    assert "Esta tela não é para o seu grupo" in said(seen_by(["dados"], "arquivos"))


def test_groups_are_those_of_the_claim_that_the_deployment_names(seen_by, monkeypatch):
    monkeypatch.setenv("ARCANA_DASHBOARD_OIDC_GROUPS_CLAIM", "roles")
    assert screens(seen_by(["vendas"], roles=["diretoria"])) == TOTALS


@pytest.mark.parametrize("groups", [[], None, ["outros"], "dados,vendas"])
def test_a_login_of_no_known_group_sees_nothing(seen_by, groups):
    page = seen_by(groups, "clientes")
    assert heading(page) == "Sem permissão"
    assert [each.label for each in page.button] == ["Sair"]
    assert list(page.selectbox) == []


def test_who_has_not_logged_in_sees_nothing_but_the_way_in(seen_by):
    page = seen_by(["vendas"], "clientes", is_logged_in=False)
    assert "Entre com a conta da empresa" in said(page)
    assert [each.label for each in page.button] == ["Entrar"]
    assert list(page.selectbox) == []


@pytest.mark.parametrize("exp", [1, None, "9999999999"])
def test_a_login_that_is_over_is_left_and_shows_nothing(seen_by, exp):
    page = seen_by(["vendas"], "clientes", left_for="its time", exp=exp)
    assert markup(page) == ""
    assert list(page.selectbox) == []


def test_what_is_broken_is_told_in_full_to_those_alone_who_mend_it(seen_by, monkeypatch, tmp_path):
    log = tmp_path / "lake" / "retail" / "gold" / "customer_360" / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000000.json").write_text("no log")
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    assert "customer_360" in said(seen_by(["dados"]))
    assert said(seen_by(["vendas"])) == "Não foi possível mostrar esta tela"


@pytest.mark.parametrize("screen", ["", "clientes"])
@pytest.mark.parametrize("told", [{}, {"arcana": {}}, {"arcana": "loopback"}, {"oidc": {}}])
def test_a_page_that_is_not_started_by_the_command_shows_nothing(deployed, told, screen):
    deployed()
    page = opened(screen, None, told, dominio="retail", mes="2011-05")
    assert heading(page) == "Esta página não foi iniciada como deve"
    assert (list(page.selectbox), downloads(page), list(page.dataframe)) == ([], [], [])


@pytest.mark.parametrize("told", [{}, LOOPBACK])
@pytest.mark.parametrize("name", OIDC)
def test_a_page_that_is_not_told_of_the_login_that_is_set_shows_nothing(deployed, monkeypatch, told, name):
    deployed()
    monkeypatch.setenv(f"ARCANA_DASHBOARD_OIDC_{name.upper()}", "x")
    page = opened("clientes", None, told, dominio="retail", mes="2011-05")
    assert heading(page) == "Esta página não foi iniciada como deve"
    assert (list(page.selectbox), downloads(page), list(page.dataframe)) == ([], [], [])
