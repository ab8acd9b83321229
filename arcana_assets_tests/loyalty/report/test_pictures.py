"""Pictures of a programme are whole PNG files, the same for the same rows, and say so where there is nothing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.loyalty.report.pictures import forecast_picture, members_picture, proof_picture
from arcana_assets.presentation.drawing import MissingColumns, size_of

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
PICTURES = [
    (lambda rows: members_picture(rows, "Membros"), SUMMARY),
    (lambda rows: forecast_picture(rows, "GBP", "Receita"), FORECAST),
    (lambda rows: proof_picture(rows, "GBP", "Prova"), PROOF),
]


@pytest.mark.parametrize(("draw", "rows"), PICTURES)
def test_a_picture_is_whole_and_the_same_in_any_order_of_its_rows(draw, rows):
    picture = draw(rows)
    assert size_of(picture)[0] > 600
    assert draw(rows.iloc[::-1]) == picture


@pytest.mark.parametrize(("draw", "rows"), PICTURES)
def test_without_rows_a_picture_says_so(draw, rows):
    assert size_of(draw(rows.iloc[:0]))[1] < 400


def test_a_difference_is_grey_where_the_words_say_that_it_is_none():
    other = PROOF.assign(beyond_chance=False)
    assert proof_picture(other, "GBP", "Prova") != proof_picture(PROOF, "GBP", "Prova")


@pytest.mark.parametrize(("draw", "rows"), PICTURES)
def test_a_table_without_a_column_is_refused(draw, rows):
    with pytest.raises(MissingColumns, match="the table to draw has no column"):
        draw(rows.drop(columns=rows.columns[-1]))
