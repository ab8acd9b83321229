"""The card of what customers pay, through Dagster: its figures are those of the tables, its groups of money paid.

Slow: each of these tests computes months of a domain.
"""

import json

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets_tests.predictions.assets.test_spend import EVERYTHING, shop_in
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import sales_of

pytestmark = pytest.mark.slow

CARDS = ("published_cartoes_dos_modelos",)


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Seven months of predictions, a segment of each customer, and a list of customers that knows no more of them."""
    shop, months = shop_in(tmp_path_factory.mktemp("cards"), sales_of(), 7), [shifted(START, step) for step in range(7)]
    assert shop.run(0, 6, EVERYTHING).success
    everyone = shop.table("feature_matrix")[["customer_id", "month"]]
    rows = everyone.assign(segmentation="value", segment_id=1, persona=personas(everyone))
    shop.write("segments", rows, months)
    shop.lake.write(("retail", "silver", "customers"), everyone, months, engine=shop.engine, run_id="world")
    return shop


def personas(customers: pd.DataFrame) -> np.ndarray:
    """Three customers are in a group of their own, of the others a third in one and two thirds in the other."""
    number = customers["customer_id"].str[1:].astype(int)
    return np.where(number < 3, "Raros", np.where(number % 3 == 0, "Um", "Dois"))


def card_of(shop, month="2011-06"):
    """The one horizon of a card, and its page."""
    folder = shop.root / "lake" / "retail" / "published" / "cartoes_dos_modelos" / month
    (told,) = json.loads((folder / "gasto.json").read_text())["horizons"]
    return told, (folder / "gasto.html").read_text()


def test_the_card_tells_the_same_in_money(shop):
    assert shop.run(6, names=CARDS).success
    told, text = card_of(shop)
    said, board = shop.table("predictions", 6), shop.table("prediction_evaluation", 6)
    assert (told["customers"], told["expected"]) == (len(said), pytest.approx(said["expected"].sum()))
    assert {each["candidate"] for each in told["candidates"]} == set(board["candidate"])
    serves, saved = board[board["serves"]], told["candidates"][0]
    assert (saved["candidate"], saved["serves"]) == (serves["candidate"].iloc[0], True)
    assert saved["skill"] == pytest.approx(serves["skill"].mean())
    assert saved["rmse"] == pytest.approx(np.sqrt(np.average(serves["rmse"] ** 2, weights=serves["n"])))
    newest, results = told["results"][-1], shop.table("prediction_results", 6).iloc[0]
    names = ("expected", "paid", "rmse", "coverage", "hold_out_skill")
    assert [newest[name] for name in names] == pytest.approx([results[name] for name in names])
    assert "Gasto esperado" in text
    for absent in ("Brier", "AUC", ">None<", ">nan<"):
        assert absent not in text


def test_groups_of_a_card_are_of_what_was_expected_then_and_of_what_was_paid_since(shop):
    then, sales = shop.table("predictions", 5), sales_of()
    persona = personas(then)
    assert shop.run(6, names=CARDS).success
    told, _ = card_of(shop)
    (shown,) = (row for row in told["groups"] if row["dimension"] == "segment")
    assert (told["groups_of"], shown["group"], shown["suppressed"]) == ("2011-05-01", "Dois", 2)
    mine = then[persona == "Dois"]
    paid = sales[sales["month"] == shifted(START, 6)].groupby("customer_id")["gross"].sum()
    assert shown["n"] == len(mine)
    assert shown["said"] == pytest.approx(mine["expected"].mean())
    assert shown["came"] == pytest.approx(mine["customer_id"].map(paid).fillna(0.0).mean())


def test_a_month_whose_own_pace_is_all_there_is_has_a_card_that_says_so(shop):
    assert shop.run(0, names=CARDS).success
    told, text = card_of(shop, "2010-12")
    assert (told["champion"], told["candidates"], told["groups"]) == ("half_and_half", [], [])
    assert told["expected"] == pytest.approx(shop.table("predictions", 0)["expected"].sum())
    assert "Não há mês de que o mês seguinte já tenha terminado" in text
    assert "Todos os métodos tentados" not in text
