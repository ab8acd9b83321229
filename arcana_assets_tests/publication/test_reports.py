"""Reports for print: a sheet a persona and two for the month, in sentences that equal the tables, whatever these "
"hold."""

import json
from datetime import date

import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.metrics import METRICS
from arcana_assets.exports.pages import check_page, html
from arcana_assets.presentation.language import language_of
from arcana_assets.publication.reports.month import MonthFound, month_page
from arcana_assets.publication.reports.personas import changed, personas_page

MAY, LAST = date(2011, 5, 1), date(2011, 5, 31)
DOMAIN = load_domain(DEFS / "retail")
PORTUGUESE = language_of()
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=HYPERLINK(1)", "{{ 7 * 7 }}"]


def profile(segment_id=1, persona="01-VIPs", customers=120, **more):
    return {
        "segmentation": "value",
        "segment_id": segment_id,
        "persona": persona,
        "customers": customers,
        "share": customers / 400,
        "description": f"{customers} clientes.",
        "typical_customers": "17850, 13047",
        "membership_rule": "Valor > 700",
        "membership_fidelity": 0.9,
        "actions": "Ligar; Visitar",
        "confident": True,
        "form": "grupo de clientes",
        "reason": None,
        "percentile_monetary": 0.9,
        "median_monetary": 1234.5,
        "percentile_share_absent": 0.9,
        **more,
    }


def move(from_id, to_id, customers, by_model=0):
    names = {1: "01-VIPs", 2: "02-Outros", None: None}
    return {
        "segmentation": "value",
        "from_segment_id": from_id,
        "to_segment_id": to_id,
        "customers": customers,
        "from_persona": names[from_id],
        "to_persona": names[to_id],
        "by_model": by_model,
    }


def item(rank, name="LAMP", segment_id=1):
    return {
        "segmentation": "value",
        "segment_id": segment_id,
        "rank": rank,
        "item_name": name,
        "customers": 50,
        "share": 0.4,
    }


def read_back(page):
    text = html(page)
    check_page("page.html", text, len(page.sections))
    return text


def personas(profiles, before=(), migration=(), items=(), consent=()):
    given = {"profiles": profiles, "before": before, "migration": migration, "items": items, "consent": consent}
    return read_back(personas_page(DOMAIN, MAY, LAST, **given))


def test_who_refused_to_be_profiled_is_counted_beside_the_segments():
    counts = {"customers": 1000, "granted": 700, "refused": 50, "unasked": 250}
    text = personas([profile()], consent=[{"purpose": name} | counts for name in ("marketing", "profiling")])
    assert text.count("50 de 1.000 clientes (5,0 %) não aceitam análise de perfil") == 1
    assert "não aceitam" not in personas([profile()])


def test_each_persona_has_a_sheet_with_size_rule_actions_bars_items_and_movement():
    moves = [move(1, 1, 100), move(2, 1, 15), move(None, 1, 5), move(1, 2, 8), move(1, None, 2)]
    text = personas(
        [profile(), profile(2, "02-Outros", 280)],
        before=[profile(customers=110)],
        migration=moves,
        items=[item(2, "CUP"), item(1)],
    )
    assert text.count('class="part begins"') == 1  # each sheet but the first begins a page
    for words in (
        "01-VIPs  ·  Valor",
        "Regra (acerta 90 % dos clientes): Valor &gt; 700",
        "O que fazer: Ligar; Visitar.",
        "+9,1 % ante o mês anterior",
        "novo no mês",
        "90 %  (mediana 1.234)",
        "Vieram: 15 de 02-Outros, 5 de fora da base. Foram: 8 para 02-Outros, 2 para fora da base.",
    ):
        assert words in text
    assert text.index("<td>LAMP</td>") < text.index("<td>CUP</td>")
    assert "Entraram" in text


def test_no_customer_is_named_and_indicators_are_no_bars():
    text = personas([profile()])
    assert "17850" not in text
    assert "Ausência" not in text


def test_a_month_without_segments_has_words_for_it():
    assert "Nenhum segmento neste mês." in personas([])
    text = read_back(month_page(DOMAIN, MAY, LAST, MonthFound()))
    for words in ("Nenhum cliente", "Nenhum segmento", "Sem o mês anterior", "Nenhuma lista", "Nenhuma linha chegou"):
        assert words in text


def test_a_long_rule_is_cut_at_a_word_so_that_the_sheet_stays_one():
    text = personas([profile(membership_rule="Valor > 1 e " * 100)])
    (line,) = [line for line in text.splitlines() if "Regra (" in line]
    assert len(line) < 700
    assert line.endswith(" …</p>")


def test_the_month_says_its_figures_with_their_change():
    figures = dict.fromkeys(METRICS, (None, None))
    by_name = {metric.name: metric for metric in METRICS}
    figures |= {by_name["customers"]: (400.0, 380.0), by_name["revenue"]: (2_500_000.0, 2_000_000.0)}
    found = MonthFound(
        metrics=figures,
        profiles=[profile(), profile(2, "02-Outros", 280)],
        profiles_before=[profile(customers=90), profile(2, "02-Outros", 275)],
        migration=[move(1, 1, 100), move(1, 2, 8, by_model=3), move(2, 1, 12), move(2, 2, 80), move(None, 1, 9)],
        programmes=[
            {
                "programme": "insiders",
                "members": 80,
                "customers": 400,
                "revenue_share": 0.5,
                "note": None,
                "entered": 9,
                "left": 2,
                "at_risk": 3,
                "candidates": 44,
            }
        ],
        serves={"reason": "Serve EASE."},
        offers={"customers": 300, "items": 40, "expected": 1234.0},
        findings=[
            *(
                {"subject": "rows", "part": "t", "item": name, "value": value, "n": 1000, "share": None, "detail": None}
                for name, value in (("landed", 1000), ("accepted", 980), ("refused", 15), ("doubled", 5))
            ),
            {
                "subject": "days",
                "part": "t",
                "item": "",
                "value": 2,
                "n": 31,
                "share": 0.06,
                "detail": json.dumps(["2011-05-07", "2011-05-14"]),
            },
        ],
    )
    text = read_back(month_page(DOMAIN, MAY, LAST, found))
    assert text.count('class="part begins"') == 1  # the second of two sheets
    for words in (
        "Resumo de maio de 2011",
        "400 clientes, +5,3 % ante o mês anterior.",
        "£ 2,5 mi",
        "+25,0 % ante o mês anterior",
        "Mudou mais «01-VIPs»: 30 clientes a mais.",
        "20 de 200 clientes que estavam nos dois meses mudaram (10,0 %); de 3 a causa é só o modelo.",
        "80 membros são 20,0 % dos clientes e trazem 50,0 % da receita.",
        "300 clientes têm lista, com 40 itens diferentes.",
        "Valor esperado do que foi recomendado: £ 1.234.",
        "Quem recomenda: Serve EASE.",
        "1.000 linhas vieram; 98,0 % foram aceitas, 1,5 % recusadas e 0,5 % eram repetidas.",
        "t: 2 de 31 dias sem linhas (dias 7, 14).",
    ):
        assert words in text


def test_a_change_is_told_where_there_is_something_to_compare_with():
    assert changed(PORTUGUESE, 110, 100) == "+10,0 % ante o mês anterior"
    assert changed(PORTUGUESE, 90, 100) == "-10,0 % ante o mês anterior"
    assert (changed(PORTUGUESE, 1, None), changed(PORTUGUESE, 1, 0), changed(PORTUGUESE, None, 1)) == (
        "novo no mês",
        "",
        "",
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_tables_hold_is_shown_as_it_is(hostile):
    rows = [profile(persona=hostile, description=hostile, membership_rule=hostile, actions=hostile, form=hostile)]
    moves = [{**move(1, 2, 3), "from_persona": hostile, "to_persona": hostile}, {**move(1, 1, 1)}]
    said = personas(rows, migration=moves, items=[item(1, hostile)])
    found = MonthFound(
        profiles=rows,
        migration=moves,
        serves={"reason": hostile},
        offers={"customers": 1, "items": 1, "expected": None},
    )
    for text in (said, read_back(month_page(DOMAIN, MAY, LAST, found))):
        assert "<script" not in text
        assert "<img src=x" not in text
        assert "49" not in text.split("<body>")[1]


def test_in_an_english_domain_the_reports_speak_english():
    domain = DOMAIN.model_copy(update={"language": "en"})
    rows = {"landed": 1000, "accepted": 400, "refused": 0, "left_out": 500, "doubled": 100}
    found = MonthFound(
        metrics={next(each for each in METRICS if each.name == "customers"): (400.0, 380.0)},
        profiles=[profile(), profile(2, "02-Outros", 280)],
        profiles_before=[profile(customers=90), profile(2, "02-Outros", 280)],
        migration=[move(1, 2, 20, by_model=3), move(1, 1, 180)],
        findings=[
            {"subject": "rows", "part": "t", "item": item, "value": value, "n": 1000, "share": None, "detail": None}
            for item, value in rows.items()
        ],
    )
    of_month = html(month_page(domain, MAY, LAST, found))
    for words in (
        '<html lang="en">',
        "Summary of May 2011",
        "Data until 2011-05-31",
        "400 customers, +5.3% against the month before.",
        "&#39;01-VIPs&#39; changed most: 30 customers more.",
        "20 of 200 customers who were there in both months moved (10.0%); 3 of them because of the model alone.",
        "1,000 rows came; 40.0% were accepted, 0.0% refused, 50.0% left out, and 10.0% were repeated.",
    ):
        assert words in of_month
    of_personas = html(
        personas_page(domain, MAY, LAST, profiles=[profile()], before=[], migration=[move(None, 1, 5)], items=[item(1)])
    )
    for words in (
        "One sheet a persona",
        "Rule (right for 90% of the customers): Valor",
        "Share of the persona",
        "Net value",
        "(median 1,234)",
        "Movement of the month. Came: 5 from outside the base.",
    ):
        assert words in of_personas


def test_a_name_of_a_segment_is_not_cut_where_there_is_room():
    found = MonthFound(profiles=[profile(persona="Cadastro_Qualidade e Controle_Ponto")])
    assert ">Cadastro_Qualidade e Controle_Ponto</text>" in html(month_page(DOMAIN, MAY, LAST, found))


def test_a_figure_that_has_no_month_before_to_be_told_against_is_not_called_new():
    customers = next(each for each in METRICS if each.name == "customers")
    text = html(month_page(DOMAIN, MAY, LAST, MonthFound(metrics={customers: (121.0, None)})))
    assert "121 clientes." in text
    assert "novo" not in text
