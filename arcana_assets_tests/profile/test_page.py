"""The page says each finding in a sentence, in order, escapes what data say, and has words for a month of nothing."""

import json
import re
from datetime import date

import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.exports.pages import check_page, html
from arcana_assets.profile.finding import finding
from arcana_assets.profile.report.page import profile_page
from arcana_assets.profile.tables import DATA_FINDINGS, DATA_PROFILE
from arcana_assets.tables.frames import from_rows

APRIL, MAY, LAST = date(2011, 4, 1), date(2011, 5, 1), date(2011, 5, 31)
HOSTILE = "<script>alert(1)</script>"


def column(name="monetary", table="customer_360", layer="gold", month=MAY, **more):
    return {
        "month": month,
        "layer": layer,
        "table": table,
        "column": name,
        "type": "DOUBLE",
        "identifies": False,
        "rows": 100,
        "missing": 0,
        "blank": None,
        "distinct": 50,
        "zero": 0,
        "negative": 0,
        "psi": None,
        **more,
    }


NUMBER = {
    "minimum": 1,
    "p01": 1,
    "p05": 2,
    "p25": 10,
    "median": 20,
    "p75": 50,
    "p95": 300,
    "p99": 900,
    "maximum": 999,
    "mean": 90,
    "sd": 100,
    "histogram": json.dumps([[10.0, 30], [20.0, 30], [1000.0, 40]]),
}


def page(columns=(), findings=(), before=()):
    """The page, read back; rows go through the declared tables, as they do in the lake."""
    rows = [from_rows(each, DATA_PROFILE).to_pylist() for each in (columns, before)]
    made = profile_page(load_domain(DEFS / "retail"), MAY, LAST, *rows, from_rows(findings, DATA_FINDINGS).to_pylist())
    text = html(made)
    check_page("page.html", text, len(made.sections))
    return text


def sources(landed, accepted, refused):
    items = {"landed": landed, "accepted": accepted, "refused": refused, "doubled": landed - accepted - refused}
    return [
        finding(MAY, "rows", "transactions", item, value=value, of=landed, detail={"files": 2})
        for item, value in items.items()
    ]


def test_a_month_without_anything_has_words_for_it():
    text = page()
    for words in ("Nenhuma fonte tem linhas", "Nenhuma linha foi recusada", "Nenhuma coluna tem números"):
        assert words in text
    assert "Dados até: 31/05/2011" in text


def test_sections_are_in_the_order_of_the_questions_and_begin_with_a_sentence():
    found = [
        *sources(1000, 750, 200),
        finding(MAY, "coverage", "transactions", "unknown", value=187, of=750),
        *(
            finding(MAY, "items_per_customer", item=item, value=value, of=10)
            for item, value in (("1", 6), ("51+", 4), ("median", 1))
        ),
        finding(MAY, "top_items", value=1, of=4),
        finding(MAY, "top_items", "", "Lamp", "1", value=8, of=10, detail={"place": 1, "id": "1"}),
        *(
            finding(MAY, "concentration", "monetary", item, value=value, n=3, share=0.5)
            for item, value in (("revenue", 900), ("gini", 0.6), *((f"top_{at}", 450) for at in (1, 5, 10, 20, 50)))
        ),
        finding(MAY, "correlation", "", "monetary", "frequency", value=-0.83, n=321, detail=[[1, 2], [3, 4]]),
    ]
    text = page([column(**NUMBER)], found)
    heads = ["De onde vem", "Qualidade", "Distribuições", "Produtos", "Receita", "Relações"]
    places = [text.index(f"<h2>{head}</h2>") for head in heads]
    assert places == sorted(places)
    for sentence in (
        "1.000 linhas vieram de 2 arquivos de 1 fonte. 75,0 % foram aceitas, 20,0 % recusadas e 5,0 % eram repetidas.",
        "24,9 % das linhas de venda não têm cliente (187 de 750).",
        "é a mais desigual das colunas de clientes: a média (90) é 4,5 vezes a mediana (20).",
        "50 % da receita vem de 20 % dos clientes",
        "correlação de postos -0,83, em 321 clientes",
    ):
        assert sentence in text
    assert text.count("O que foi feito") >= 5
    assert text.count("<svg ") == 5  # a histogram, items, revenue by month, Pareto, points


def test_gaps_that_are_all_on_one_weekday_are_said_to_be():
    saturdays = ["2011-05-07", "2011-05-14", "2011-05-21", "2011-05-28"]
    row = finding(MAY, "days", "transactions", value=4, of=31, detail=saturdays)
    assert "não tem linhas em 4 de 31 dias, todos sábados." in page(findings=[row])
    row = finding(
        MAY, "days", "transactions", value=4, of=31, detail=["2011-05-01", "2011-05-02", "2011-05-03", "2011-05-09"]
    )
    assert "<td>1 a 3, 9</td>" in page(findings=[row])


def test_what_lacks_is_named_and_what_moved_has_its_medians():
    silver = {"layer": "silver", "table": "transactions"}
    now = [
        column("customer_id", **silver, missing=25, identifies=True),
        column("kind", **silver, distinct=1),
        column("country", **silver, missing=100, distinct=0),
        column("amount", **silver, **{**NUMBER, "psi": 0.4}),
        column("rare", **silver, **{**NUMBER, "psi": 9.9, "rows": 12}),
    ]
    text = page(now, before=[column("amount", **silver, month=APRIL, **{**NUMBER, "median": 7})])
    assert "2 colunas têm linhas sem valor; 1 está vazia por inteiro; 1 tem o mesmo valor em todas as linhas." in text
    assert "Vazias: transactions.country." in text
    assert "De 1 coluna comparada com o mês anterior, 1 mudou de distribuição" in text
    assert [cell in text for cell in ("25,0 %", ">7<", ">20<")] == [True, True, True]


def test_values_far_from_the_median_are_told_with_the_column_that_has_most():
    silver = {"layer": "silver", "table": "transactions", **NUMBER, "mad": 4.5}
    far = [column("price", **silver, outlying=4, missing=20), column("pieces", **silver, outlying=2)]
    text = page([*far, column("alike", **silver | {"mad": None}), column("fine", **silver, outlying=0)])
    assert "2 colunas têm valores muito longe da mediana; a maior parcela é de transactions.price: 5,0 %" in text
    assert re.search(r"price</td>\s*<td[^>]*>4</td>\s*<td[^>]*>5,0 %</td>\s*<td[^>]*>20</td>\s*<td[^>]*>4,50<", text)
    assert "longe da mediana" not in page([column("fine", **silver, outlying=0)])


def test_cohorts_are_a_row_each_with_what_is_left_of_them_month_by_month():
    told = [
        (MAY, "2011-04", "active", 40, 50, None),
        (MAY, "2011-04", "revenue", 500, 50, 0.5),
        (MAY, "2011-05", "active", 10, 10, None),
        (MAY, "2011-05", "revenue", 90, 10, 1.0),
        (date(2011, 6, 1), "2011-05", "active", 1, 10, None),  # of a later month nothing is known yet
    ]
    income = [("revenue", 900), ("gini", 0.6), *((f"top_{at}", 450) for at in (1, 5, 10, 20, 50))]
    found = [finding(MAY, "concentration", "net", item, value=value, n=3, share=0.5) for item, value in income]
    found += [
        finding(month, "cohort", "net", first, other, value=value, n=n, share=value / n if share is None else share)
        for month, first, other, value, n, share in told
    ]
    text = page(findings=found)
    assert "80,0 % dos clientes estavam lá também no mês seguinte ao seu primeiro." in text
    rows = re.findall(r"<tr>\s*<td[^>]*>(0\d/2011)</td>\s*<td[^>]*>(\d+)</td>\s*<td[^>]*>([^<]*)</td>", text)
    assert rows == [("04/2011", "50", "80 %"), ("05/2011", "10", ""), ("04/2011", "50", "50 %"), ("05/2011", "10", "")]


@pytest.mark.parametrize("hostile", [HOSTILE, '"><img src=x onerror=alert(1)>', "=HYPERLINK(1)", "{{ 7 * 7 }}"])
def test_whatever_data_say_is_shown_as_it_is(hostile):
    found = [
        *sources(10, 5, 5),
        finding(
            MAY, "refused", "transactions", hostile, value=5, of=10, detail=[{"file": hostile, "line": 3, "A": hostile}]
        ),
        *(finding(MAY, "items_per_customer", item=item, value=1, of=1) for item in ("1", "median")),
        finding(MAY, "top_items", value=1, of=1),
        finding(MAY, "top_items", "", hostile, "1", value=1, of=1, detail={"place": 1, "id": "1"}),
        finding(MAY, "owned_together", "1/2", hostile, hostile, value=1, of=1, detail={"lift": 1.0}),
        finding(MAY, "correlation", "", hostile, hostile, value=1, n=9, detail=[[1, 1]]),
        finding(MAY, "feature_by_persona", hostile, hostile, hostile, value=1, n=9, detail=[1, 1, 1, 1, 1]),
    ]
    text = page([column(hostile, **NUMBER)], found)
    assert "<script" not in text
    assert "<img src=x" not in text
    assert "49" not in text.split("<body>")[1]
