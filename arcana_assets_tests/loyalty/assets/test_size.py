"""The size of a programme is that of the list that people see: of members, those at risk among them.

Slow: each of these tests computes eight months of a ledger.
"""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from arcana_assets_tests.worlds.loyalty import START, World
from arcana_assets_tests.worlds.shop import checks

pytestmark = pytest.mark.slow

MONTHS, A_MONTH = 8, 60


def bought_once(seed: int = 5) -> pd.DataFrame:
    """Sixty customers a month, each with one order, a third of them a large one."""
    rng, rows = np.random.default_rng(seed), []
    for at in range(MONTHS * A_MONTH):
        month = (pd.Timestamp(START) + pd.DateOffset(months=at // A_MONTH)).date()
        gross = round(float(rng.uniform(400, 900) if at % 3 == 0 else rng.uniform(5, 100)), 2)
        day = month + timedelta(days=int(rng.integers(0, 25)))
        rows.append((f"c{at:03}", month, 1, 1, 1, gross, 0.0, gross, day, day))
    names = ["customer_id", "month", "orders", "lines", "units", "gross", "returned", "net", "first_day", "last_day"]
    return pd.DataFrame(rows, columns=names)


def ledger_of(folder, top, measures, share):
    """The shop's months, of which the highest segment are the customers who are `top`."""
    world = World(folder, measures=measures, share=share)
    world.keep(bought_once(), MONTHS)
    everyone = world.table("customer_360")
    of = sorted(set(everyone["month"]))
    put = everyone[["customer_id", "month"]].assign(
        segmentation="value",
        segment_id=np.where(top(everyone), 2, 1),
        persona=np.where(top(everyone), "02-VIPs", "01-Demais"),
    )
    world.write("segments", put, of)
    result = world.run(0, MONTHS - 1)
    assert result.success
    summary = world.table("loyalty_summary").sort_values("month")
    return world, checks(result), summary, summary["members"] / summary["eligible"]


def test_no_programme_begins_whose_members_and_those_at_risk_would_be_most_of_a_shop_of_one_order_each(tmp_path):
    latest = lambda rows: rows["recency_days"] <= 30  # noqa: E731
    world, found, summary, _ = ledger_of(tmp_path, latest, {"recency_days": "low"}, [0.02, 0.5])
    assert summary["members"].sum() == 0
    said = "Ainda não há programa: nenhuma condição pela qual de 2% a 50% dos clientes seriam membros, contados os que"
    assert all(said in note.replace("\u00a0", "").replace(" %", "%") for note in summary["note"].iloc[1:])
    answers = world.table("loyalty_report", MONTHS - 1).sort_values("number")["answer"]
    assert any("Ainda não há programa" in each for each in answers)
    assert found["programme_has_its_size"].passed


def test_who_buys_much_at_once_is_a_programme_of_the_size_that_it_says(tmp_path):
    rich = lambda rows: rows["monetary"] >= 400  # noqa: E731
    measures = {"monetary": "high", "recency_days": "low"}
    _, found, summary, sizes = ledger_of(tmp_path, rich, measures, [0.05, 0.4])
    assert sizes.iloc[2:].between(0.05, 0.4).all()
    assert summary["members"].iloc[-1] > 0
    assert found["programme_has_its_size"].passed


def test_a_programme_that_is_not_of_its_size_any_more_says_so(tmp_path):
    world = World(tmp_path, share=[0.02, 0.3])
    orders = bought_once()
    loyal = orders["customer_id"].str[-1].isin(["0", "1"]) & (orders["month"] < orders["month"].unique()[4])
    again = [
        orders[loyal & (orders["month"] == month)].assign(month=later, first_day=later, last_day=later)
        for month in orders["month"].unique()
        for later in orders["month"].unique()
        if month < later
    ]
    orders = pd.concat([orders, *again]).drop_duplicates(["customer_id", "month"])
    later = orders["month"] >= orders["month"].unique()[5]
    world.keep(orders[~later | orders["customer_id"].isin(orders.loc[loyal, "customer_id"])], MONTHS)
    result = world.run(0, MONTHS - 1)
    assert result.success
    summary = world.table("loyalty_summary").sort_values("month").iloc[-1]
    assert summary["members"] > 0.3 * summary["eligible"]
    assert not checks(result)["programme_has_its_size"].passed
    assert "Com os que estão em risco" in summary["note"]
