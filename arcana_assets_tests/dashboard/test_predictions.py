"""Previsões: who is likely and how many, filtered, exported, opened; and in words where nothing, or little, is said.

Slow: each of these tests runs whole screens of the page.
"""

import csv
import io

import pytest

from arcana_assets.dashboard import app, export
from arcana_assets.dashboard.screens.predictions import likely, told
from arcana_assets.dashboard.screens.predictions.predictions import contradicted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.report.said import chance
from arcana_assets.predictions.tables import MODEL
from arcana_assets_tests.dashboard.lakes import (
    APRIL,
    CUSTOMERS,
    FREQUENT,
    LIKELY,
    MAY,
    PERSONAS,
    RISK,
    gold,
    make_shop,
    segment_of,
    write,
)
from arcana_assets_tests.dashboard.pages import downloads, markup, opened, said

pytestmark = pytest.mark.slow


@pytest.fixture
def retail(deployed):
    deployed()
    return lambda **asked: opened("previsoes", **{"dominio": "retail", "mes": "2011-05"} | asked)


@pytest.fixture
def shop_at(deployed, tmp_path):
    """A lake of the test's own, which it may change."""
    lake = make_shop(tmp_path / "lake")
    deployed(tmp_path / "lake")
    return lake


@pytest.fixture
def volta(place):
    return next(each for each in told.told_of(place) if each.horizon == 3)


def models(lake, rows, month=MAY):
    same = {"month": month, "made_in": month, "rows": 0, "events": 0, "reason": "", "evaluation": "[]"}
    write(lake, "retail", MODEL.named("volta_a_comprar"), [same | row for row in rows], [month])


def test_the_likeliest_come_first_with_segment_and_reasons_and_no_text_is_an_element(retail):
    page = retail()
    rows = page.dataframe[0].value
    assert list(rows["customer_id"]) == [*sorted(LIKELY), "C002"]
    assert list(rows["probability"]) == [0.5] * 9 + [0.25]
    assert set(rows.loc[rows["customer_id"].isin(LIKELY), "reason_1"]) == {"<b>Visita</b>"}
    assert list(rows["reason_1"])[-1] == "Comprou há 90 dias (menos provável)"  # all, where no first one
    assert list(rows["persona_value"]) == [PERSONAS[segment_of(each, MAY)] for each in rows["customer_id"]]
    assert "<b>Visita" not in markup(page)


def test_a_page_of_the_list_is_a_part_of_it_in_its_order(place, volta):
    whole = likely.customers(place, volta, likely.Filter(), 50)["customer_id"].to_pylist()
    assert likely.count(place, volta, likely.Filter()) == len(whole) == 10
    parts = [likely.customers(place, volta, likely.Filter(), 4, skip)["customer_id"].to_pylist() for skip in (0, 4, 8)]
    assert [code for part in parts for code in part] == whole


def test_the_card_of_the_model_is_a_link_away(retail):
    (link,) = (each.proto for each in retail().main.get("page_link"))
    assert link.label.startswith("O cartão deste modelo")
    assert link.query_string == "dominio=retail&mes=2011-05&segmentacao=value"


def test_a_list_is_filtered_by_tenth_and_segment_and_the_link_says_so(retail):
    page = retail(decimo="1~2", segmento=str(RISK))
    risk = [each for place, each in enumerate(LIKELY) if place < 2 and segment_of(each, MAY) == RISK]
    assert f"{len(risk)} cliente" in said(page)
    assert list(page.dataframe[0].value["customer_id"]) == risk
    page = retail()
    page.multiselect[0].set_value([3]).run()
    assert page.query_params["decimo"] == "3"
    assert set(page.dataframe[0].value["customer_id"]) == {"C002", LIKELY[2]}
    assert downloads(page) == ["Baixar CSV (2 linhas)", "Baixar XLSX (2 linhas)"]
    assert "10 clientes passam" in said(retail(decimo="x~99", previsao="<b>"))
    assert "Nenhum cliente passa" in said(retail(decimo="10"))


def test_a_file_has_all_of_the_filter_with_all_reasons_and_nothing_that_runs(place, volta):
    with likely.everyone(place, volta, likely.Filter((1, 2, 3), (FREQUENT, RISK))) as rows:
        content = export.as_csv(place, rows, "previsoes", "predictions")
    table = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row["customer_id"].removeprefix("'") for row in table] == [*sorted(LIKELY[:3]), "C002"]
    assert {row["reasons"] for row in table[:3]} == {"<b>Visita</b>; =1+1"}
    assert [row["probability"] for row in table] == ["0,5"] * 3 + ["0,25"]
    assert not any(row["customer_id"].startswith(("=", "@")) for row in table)


def test_who_sees_totals_sees_how_many_and_nobody(retail, deployed, monkeypatch):
    monkeypatch.setattr(app, "ROLES", ("totals",))
    page = retail()
    assert "5 de 10" in said(page)
    assert (downloads(page), list(page.dataframe), page.multiselect.len) == ([], [], 0)
    assert [code for code in CUSTOMERS if code in said(page)] == []


def test_where_nothing_is_predicted_the_reason_stands_in_its_place(retail):
    words = said(retail(previsao="volta_a_comprar-1"))
    assert "Nada se prevê ainda: não há mês de que o mês seguinte já tenha terminado." in words
    assert "Nada se prevê de nenhum cliente neste mês." in words
    assert "passam pelo filtro" not in words


@pytest.mark.parametrize(
    ("model", "champion", "expected"),
    [
        ({"rows": 170, "events": 165}, "base_rate", "só há 5 casos de um dos dois lados, entre 170; são precisos 50"),
        (
            {"rows": 170, "events": 100},
            "last_period",
            "nos 2 últimos meses que já se conhecem, nenhum método",
        ),
    ],
)
def test_a_method_that_tells_little_says_so(shop_at, model, champion, expected):
    models(shop_at, [model | {"horizon": 3, "champion": champion}])
    words = said(opened("previsoes", dominio="retail", mes="2011-05", previsao="volta_a_comprar-3"))
    assert expected in words
    assert "Quem prevê é" not in words
    assert "erra 25 %" not in words


def test_methods_that_nobody_could_compare_yet_are_not_called_compared(shop_at):
    models(shop_at, [{"rows": 170, "events": 100, "horizon": 3, "champion": "last_period"}])
    write(shop_at, "retail", gold("prediction_evaluation"), [], [MAY])
    words = said(opened("previsoes", dominio="retail", mes="2011-05"))
    assert "ainda não há mês já conhecido em que comparar métodos" in words


def test_a_month_that_is_open_says_what_it_repeats_and_claims_no_change(shop_at):
    models(shop_at, [{"made_in": APRIL, "rows": 170, "events": 80, "horizon": 3, "champion": "additive"}])
    row = {
        "customer_id": "C002",
        "prediction": "volta_a_comprar",
        "horizon": 3,
        "made_in": APRIL,
        "champion": "additive",
    }
    row |= {"probability": 0.9, "decile": 3, "reasons": "x"}
    write(shop_at, "retail", gold("predictions"), [row | {"month": month} for month in (APRIL, MAY)], [APRIL, MAY])
    words = said(opened("previsoes", dominio="retail", mes="2011-05"))
    assert "O mês de maio de 2011 ainda não terminou: vale o que se disse no fim de abril de 2011." in words
    assert "ante o mês anterior" not in words


def test_less_within_a_longer_time_is_called_what_it_is(place):
    def of(horizon, total, target="active"):
        prediction = Prediction(name="volta_a_comprar", title="Volta", target=target, features=["recency_days"])
        return told.Told(prediction, horizon, {"champion": "rfm"}, {MAY: {"probability": total, "customers": 9}}, [])

    def said_of(target, *sums):
        found = [of(horizon, total, target) for horizon, total in zip((1, 3), sums, strict=True)]
        place.domain.predictions[:] = [found[0].prediction]
        return contradicted(place, found)

    kept = list(place.domain.predictions)
    try:
        assert said_of("active", 5.0, 4.0) == ["Volta"]
        assert said_of("active", 4.0, 5.0) == []
        assert said_of("silent", 5.0, 4.0) == []
    finally:
        place.domain.predictions[:] = kept


def test_a_lake_whose_months_were_never_predicted_has_no_screen_of_it_or_says_so(retail, deployed):
    deployed()
    assert "Não há dados desta tela em março de 2011" in said(retail(mes="2011-03"))


def test_certainty_is_never_said_of_what_is_not_certain(place):
    assert chance(place.language, 0.9998) == "> 99,9 %"
    assert chance(place.language, 0.998, 0) == "> 99 %"
    assert chance(place.language, 0.994, 0) == "99 %"
    assert chance(place.language, 1.0) == "100,0 %"
    assert chance(place.language, 0.00001) == "< 0,1 %"
