"""Logins through a provider and a browser: what a group gives, who gets nothing, and that a forged cookie is nobody's.

Slow: a process serves the page and a browser draws it, on a machine that does other things meanwhile.
"""

import json
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from arcana_assets_tests.dashboard.browsing import chromium, serving, visiting
from arcana_assets_tests.dashboard.provider import CLIENT, SECRET, providing

pytestmark = pytest.mark.slow
COOKIE_SECRET = "secret-of-the-cookie-0123456789abcdef"
CLAIM = "https://example.com/groups"
PEOPLE = {
    "ana": {CLAIM: ["vendas"]},
    "bia": {CLAIM: "diretoria"},
    "caio": {CLAIM: ["outros"]},
    "davi": {"groups": "vendas"},
}
LINK = "/clientes?dominio=retail&mes=2011-05"


@pytest.fixture(scope="module")
def provider():
    with providing(PEOPLE) as provider:
        yield provider


@pytest.fixture(scope="module")
def browser(provider):  # after the provider, whose thread has an event loop of its own
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(provider, both, tmp_path_factory):
    """The address of a page that asks for a login, and its home."""
    home = tmp_path_factory.mktemp("home")
    oidc = {"METADATA": provider.metadata, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "COOKIE_SECRET": COOKIE_SECRET}
    oidc["GROUPS_CLAIM"] = CLAIM
    roles = "vendas=clientes;diretoria=totais"
    with serving(
        both,
        home,
        ARCANA_DASHBOARD_ROLES=roles,
        **{f"ARCANA_DASHBOARD_OIDC_{name}": value for name, value in oidc.items()},
    ) as base:
        yield base, home
    log = (home / "page.log").read_text(encoding="utf-8")
    assert SECRET not in log
    assert COOKIE_SECRET not in log


@pytest.fixture
def visit(browser, page):
    with visiting(browser, page[0]) as visit:
        yield visit


def enter(visit, name: str) -> None:
    """Logs somebody in, from the way in to the page."""
    visit.open(LINK)
    visit.see("Entre com a conta da empresa")
    assert "60 clientes" not in visit.words()
    visit.page.get_by_role("button", name="Entrar").click()
    visit.page.get_by_role("link", name=name).click()
    visit.page.wait_for_url(f"{visit.base}/**")
    visit.page.locator("h1").wait_for()


def test_sales_log_in_see_customers_and_their_export_has_their_name(visit, page, provider):
    enter(visit, "ana")
    assert provider.asked[-1]["code_challenge_method"] == "S256"
    assert provider.asked[-1]["scope"] == "openid email profile"
    visit.open(LINK)
    visit.see("60 clientes passam pelo filtro.")
    with visit.page.expect_download() as given:
        visit.page.get_by_role("button", name="Baixar CSV (60 linhas)").click()
    with pytest.raises(HTTPError, match="401"):
        urlopen(given.value.url)  # whoever has the link, and no login
    line = json.loads((page[1] / "dashboard" / "exports.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (line["who"], line["rows"]) == ("ana@example.com", 60)


def test_who_sees_totals_sees_no_customers(visit):
    enter(visit, "bia")
    visit.open("/?dominio=retail&mes=2011-05")
    visit.see("Em maio de 2011 há 60 clientes.")
    assert visit.page.get_by_role("link", name="Clientes", exact=True).count() == 0
    visit.open(LINK)
    visit.see("Sem permissão")


@pytest.mark.parametrize("name", ["caio", "davi"])
def test_who_is_in_no_known_group_gets_nothing_and_can_leave(visit, name):
    enter(visit, name)
    visit.see("Sem permissão")
    assert "Visão geral" not in visit.words()
    visit.page.get_by_role("button", name="Sair").click()
    visit.see("Entre com a conta da empresa")


def test_a_login_that_is_over_has_to_be_made_again(visit, provider, monkeypatch):
    monkeypatch.setattr(provider, "expires", 8)
    enter(visit, "ana")
    visit.page.wait_for_timeout(9_000)
    visit.open(LINK)
    visit.see("Entre com a conta da empresa")
    assert "60 clientes" not in visit.words()


def test_a_cookie_that_somebody_made_and_a_header_open_nothing(visit, page):
    forged = json.dumps({"is_logged_in": True, "email": "x", "exp": 4e9, CLAIM: ["vendas"], "origin": page[0]})
    names = ("_streamlit_user", "_streamlit_user_tokens")
    visit.page.context.add_cookies([{"name": name, "value": forged, "url": page[0]} for name in names])
    heads = ("X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups", "X-Streamlit-User", "Remote-User")
    visit.page.context.set_extra_http_headers(dict.fromkeys(heads, "vendas"))
    visit.open(LINK)
    visit.see("Entre com a conta da empresa")
    assert "60 clientes" not in visit.words()


def test_a_cookie_of_which_a_letter_was_changed_is_nobodys(visit):
    enter(visit, "ana")
    (held,) = [each for each in visit.page.context.cookies() if each["name"] == "_streamlit_user"]
    at = len(held["value"]) // 3
    other = "A" if held["value"][at] != "A" else "B"
    changed = held | {"value": held["value"][:at] + other + held["value"][at + 1 :]}
    visit.page.context.clear_cookies()
    visit.page.context.add_cookies([changed])
    visit.open(LINK)
    visit.see("Entre com a conta da empresa")
    assert "60 clientes" not in visit.words()
