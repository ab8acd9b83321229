"""The page in a real browser: the walk of a salesperson, by mouse and by keyboard, and nothing foreign on the way.

Slow: a process serves the page and a browser draws it, on a machine that does other things meanwhile.
"""

import json
import re
from pathlib import Path

import openpyxl
import pytest

from arcana_assets.dashboard.app import SCREENS
from arcana_assets_tests.dashboard.browsing import chromium, serving, visiting
from arcana_assets_tests.dashboard.lakes import CAME_TO_RISK, MAY, ODD, PERSONAS, REASON, RISK, worth

pytestmark = pytest.mark.slow
# What Streamlit says of its own, in English, where nobody has seen to it.
ENGLISH = re.compile(
    r"\b(choose|select|options?|results?|download|search|show|fullscreen|running|loading|settings|rerun|deploy|press|"
    r"enter|apply|error|connecting|none|page not found|open|close|clear)\b",
    re.IGNORECASE,
)
SKIP = "Skip to main content"  # kept out of sight, and said in the language of the page


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(both, tmp_path_factory):
    """The address of the page, and the home where its log of exports is."""
    home = tmp_path_factory.mktemp("home")
    with serving(both, home) as base:
        yield base, home


@pytest.fixture
def visit(browser, page):
    with visiting(browser, page[0]) as visit:
        yield visit
        visit.innocent()


def test_a_salesperson_finds_who_is_leaving_exports_them_and_reads_what_to_offer(visit, page, tmp_path):
    visit.open("/?dominio=retail&mes=2011-05")
    assert visit.page.evaluate("document.documentElement.lang") == "pt-BR"
    visit.page.get_by_role("link", name="Movimento", exact=True).click()  # 1
    visit.page.get_by_text("04-Risco churn (4)").click()  # 2
    visit.see("4 clientes entraram em 04-Risco churn.")
    with visit.page.expect_download() as waited:
        visit.page.get_by_role("button", name="Baixar XLSX (4 linhas)").click()  # 3
    file = tmp_path / "lista.xlsx"
    waited.value.save_as(file)
    assert waited.value.suggested_filename == "movimento_2011-05.xlsx"
    head, *rows = openpyxl.load_workbook(file).worksheets[0].iter_rows(values_only=True)
    assert {row[0] for row in rows} == {*CAME_TO_RISK, "C050"}
    assert sum(row[head.index("Valor líquido")] for row in rows) == sum(worth(row[0], MAY) for row in rows)
    line = json.loads((page[1] / "dashboard" / "exports.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (line["who"], line["rows"], line["format"], line["domain"]) == ("loopback", 4, "xlsx", "retail")
    assert not any(code in json.dumps(line) for code in (*CAME_TO_RISK, "C050"))

    visit.page.get_by_test_id("stDataFrame").click(position={"x": 17, "y": 35 + 35 + 17})  # 4
    visit.page.wait_for_url("**/cliente?**")
    second = sorted((*CAME_TO_RISK, "C050"), key=lambda each: -worth(each, MAY))[1]
    visit.page.get_by_role("heading", name=f"Cliente {second}").wait_for()
    visit.see(REASON)
    assert f"cliente={second}" in visit.page.url


def test_another_month_and_a_search_are_kept_in_the_link(visit):
    visit.open("/clientes?dominio=retail&mes=2011-05")
    visit.see("60 clientes passam pelo filtro.")
    visit.page.get_by_role("combobox", name="Mês").click()
    visit.page.get_by_role("option", name="abril de 2011").click()
    visit.see("55 clientes passam pelo filtro.")
    field = visit.page.get_by_role("textbox", name="Código do cliente")
    field.fill("c00")
    field.press("Enter")
    visit.see("10 clientes passam pelo filtro.")
    assert "mes=2011-04" in visit.page.url
    assert "codigo=c00" in visit.page.url
    visit.page.reload()
    visit.see("10 clientes passam pelo filtro.")
    visit.page.get_by_role("link", name="Visão geral").click()
    visit.page.get_by_role("heading", name="Visão geral de abril de 2011").wait_for()


def test_the_browser_goes_back_to_the_month_and_the_filter_before(visit):
    visit.open("/clientes?dominio=retail&mes=2011-05")
    visit.see("60 clientes passam pelo filtro.")
    visit.page.get_by_role("combobox", name="Mês").click()
    visit.page.get_by_role("option", name="abril de 2011").click()
    visit.see("55 clientes passam pelo filtro.")
    field = visit.page.get_by_role("textbox", name="Código do cliente")
    field.fill("c00")
    field.press("Enter")
    visit.see("10 clientes passam pelo filtro.")
    visit.page.go_back()
    visit.see("55 clientes passam pelo filtro.")
    visit.page.go_back()
    visit.see("60 clientes passam pelo filtro.")
    assert "mes=2011-05" in visit.page.url


def test_by_keyboard_alone_a_customer_is_found(visit):
    visit.open("/?dominio=retail&mes=2011-05")
    visit.tab_to("e.dataset.testid === 'stSkipToContent'")
    told = "getComputedStyle(document.activeElement, '::after').content"
    assert visit.page.evaluate(told) == '"Ir para o conteúdo"'
    assert visit.page.evaluate("getComputedStyle(document.activeElement).fontSize") == "0px"
    visit.tab_to("e.innerText === 'Cliente' && e.tagName === 'A'")
    visit.page.keyboard.press("Enter")
    visit.see("Digite o código de um cliente")
    visit.tab_to("e.getAttribute('aria-label') === 'Código do cliente'")
    visit.page.keyboard.type("C002")
    assert ENGLISH.findall(visit.words().replace(SKIP, "")) == []  # no "Press Enter to apply"
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", name="Cliente C002").wait_for()
    visit.see(REASON)


def test_lists_to_choose_from_and_tables_have_no_english_of_their_own(visit):
    visit.open("/nada?dominio=retail&mes=2011-05")  # no such screen
    visit.page.get_by_role("heading", name="Visão geral de maio de 2011").wait_for()
    visit.page.get_by_role("link", name="Clientes", exact=True).click()
    visit.see("60 clientes passam pelo filtro.")
    field = visit.page.get_by_role("combobox", name="Segmento", exact=True)
    field.click()
    visit.page.get_by_role("option", name="04-Risco churn").wait_for()
    assert visit.page.get_by_text("Select all").count() == 0
    field.fill("zzz")
    nothing = visit.page.get_by_text("No results")
    nothing.wait_for(state="attached")
    assert nothing.evaluate("e => getComputedStyle(e).fontSize") == "0px"
    assert nothing.evaluate("e => getComputedStyle(e, '::after').content") == '"Nada com este texto"'
    visit.page.keyboard.press("Escape")
    visit.page.get_by_test_id("stDataFrame").hover()
    assert visit.page.locator("[data-testid=stElementToolbar]:visible").count() == 0


def test_what_is_open_is_on_the_first_screen_and_only_text(visit):
    visit.open("/?dominio=retail&mes=2011-05")
    visit.see("2 pontos abertos")
    visit.see("2011-05: <b>04-Risco</b> churn, de 12,4 % para 31,0 %")


@pytest.mark.parametrize("code", ODD)
def test_a_code_of_any_kind_is_a_text_in_the_browser(visit, code):
    visit.page.on("dialog", lambda dialog: visit.complaints.append(f"a script has run: {dialog.message}"))
    visit.open("/cliente?dominio=retail&mes=2011-05")
    field = visit.page.get_by_role("textbox", name="Código do cliente")
    field.fill(code)
    field.press("Enter")
    visit.page.get_by_role("heading", name=f"Cliente {code}").wait_for()
    visit.see("2 itens" if CAME_TO_RISK.count(code) else "O que já tem")
    assert visit.page.locator("a[href*='evil']").count() == 0


def test_no_screen_has_an_english_word_asks_anything_foreign_or_makes_the_browser_complain(visit, page):
    for screen in SCREENS:
        path = "" if screen.name == "visao-geral" else screen.name
        visit.open(f"/{path}?dominio=retail&mes=2011-05&cliente=C002&segmento={RISK}")
        words = visit.words().replace(SKIP, "").replace("k = ", "")
        if screen.name == "sobre":  # the descriptions of columns are those of the tables
            words = words.split("Colunas da visão 360")[0]
        assert ENGLISH.findall(words) == [], screen.name
    visit.innocent()
    log = Path(page[1] / "page.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert not any(code in log for code in (*ODD, "C002"))
    assert PERSONAS[RISK] not in log
