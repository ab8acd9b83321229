"""Charts of a programme can be drawn, are the same for the same rows, and say so where there is nothing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.loyalty.report.pictures import forecast_chart, members_chart, proof_chart
from arcana_assets.presentation.charts import GREY, PALETTE, MissingColumns
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.png import png, size_of
from arcana_assets_tests.presentation.charted import rows as rows_of
from arcana_assets_tests.presentation.charted import words

PORTUGUESE = language_of()

SUMMARY = pd.DataFrame(
    {
        "month": [date(2011, 5, 1), date(2011, 6, 1)],
        "members": [410, 450],
        "at_risk": [0, 21],
        "entered": [42, 42],
        "left": [0, 2],
        "revenue_share": [0.56, np.nan],
    }
)
FORECAST = pd.DataFrame(
    [("members", 1, 5e5, 3e5, 8e5), ("rest", 1, 2e5, np.nan, np.nan)],
    columns=["group", "horizon", "forecast", "low", "high"],
)
PROOF = pd.DataFrame(
    [
        ("all", "revenue", 747.0, 100.0, 647.0, 480.0, 830.0),
        ("matched", "revenue", 250.0, 211.0, 39.0, -22.0, 92.0),
        ("all", "orders", 1.0, 1.0, 0.0, -1.0, 1.0),
    ],
    columns=["comparison", "measure", "members_mean", "others_mean", "difference", "low", "high"],
).assign(beyond_chance=[True, False, False])
CHARTS = [
    (lambda rows: members_chart(rows, "Membros", PORTUGUESE), SUMMARY),
    (lambda rows: forecast_chart(rows, "GBP", "Receita", PORTUGUESE), FORECAST),
    (lambda rows: proof_chart(rows, "GBP", "Prova", PORTUGUESE), PROOF),
]


@pytest.mark.parametrize(("draw", "rows"), CHARTS)
def test_a_chart_can_be_drawn_and_is_the_same_in_any_order_of_its_rows(draw, rows):
    made = draw(rows)
    assert size_of(png(made))[0] > 600
    assert draw(rows.iloc[::-1]) == made


@pytest.mark.parametrize(("draw", "rows"), CHARTS)
def test_without_rows_a_chart_says_so(draw, rows):
    assert any(said in words(draw(rows.iloc[:0])) for said in ("Nenhum membro", "Ainda não há"))


def test_the_bars_of_a_month_are_its_members_those_at_risk_on_top():
    made = members_chart(SUMMARY, "Membros", PORTUGUESE)
    bars = [(row["month"], row["group"], row["from"], row["to"]) for row in rows_of(made, "bar")]
    assert bars[2:] == [("06/2011", "Membros", 0, 429), ("06/2011", "Em risco", 429, 450)]
    assert "05/2011 +42 -0" in words(made)
    assert "410 450 56 %" in words(made)  # of June no share is known
    assert made["description"].endswith("06/2011: 450 membros.")


def test_a_forecast_without_an_interval_is_a_point():
    made = forecast_chart(FORECAST, "GBP", "Receita", PORTUGUESE)
    assert [row["value"] for row in rows_of(made, "circle")] == [5e5, 2e5]
    assert [(row["low"], row["high"]) for row in rows_of(made, "rule")] == [(3e5, 8e5)]
    assert "500.000 (300.000 a 800.000) 200.000" in words(made)
    assert "Membros, 1 mês Demais de hoje, 1 mês" in words(made)


def test_a_difference_is_grey_where_the_words_say_that_it_is_none():
    made = proof_chart(PROOF, "GBP", "Prova", PORTUGUESE)
    assert [(row["value"], row["shade"]) for row in rows_of(made, "circle")] == [(647, PALETTE[2]), (39, GREY)]
    assert "747 contra 100" in words(made)


def test_members_who_spend_less_are_said_to_spend_less():
    less = PROOF.assign(difference=[-120.0, 39.0, 0.0], low=[-200.0, -22.0, -1.0], high=[-40.0, 92.0, 1.0])
    said = proof_chart(less, "GBP", "Prova", PORTUGUESE)["description"]
    assert "747 contra 100, 120 a menos" in said
    assert "250 contra 211, 39 a mais" in said


@pytest.mark.parametrize(("draw", "rows"), CHARTS)
def test_a_table_without_a_column_is_refused(draw, rows):
    with pytest.raises(MissingColumns, match="the table to draw has no column"):
        draw(rows.drop(columns=rows.columns[-1]))
