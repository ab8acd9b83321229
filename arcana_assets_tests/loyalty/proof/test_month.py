"""A month of proof: members of an earlier month against those who could have been members and were not."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.loyalty.proof.month import Followed, proved

MAY = date(2011, 5, 1)
IDS = [f"c{at:02}" for at in range(60)]


@pytest.fixture(scope="module")
def retail():
    return load_domain(DEFS / "retail")


def seen(states):
    orders = np.arange(60) % 6 + 1
    customers = pd.DataFrame(
        {
            "customer_id": IDS,
            "monetary": orders * 100.0,
            "frequency": orders * 1.0,
            "recency_days": 10.0,
            "average_ticket": 100.0,
            "tenure_months": 5.0,
            "lookback_revenue": np.where(np.arange(60) == 59, 0.0, orders * 100.0),
            "bought_months": 3,
        }
    )
    after = pd.DataFrame(
        {"customer_id": IDS, "revenue": orders * 30.0, "bought_months": 2, "orders": orders * 3}
    ).assign(gross=orders * 30.0, returned=0.0)
    return Followed(MAY, customers, states, len(states), after)


def test_others_are_those_who_could_have_been_members(retail):
    states = pd.Series(["member"] * 15 + ["candidate"] * 5, index=IDS[:20])
    found = proved(retail, retail.programmes[0], seen(states))
    row = found["proof"].set_index(["comparison", "measure"]).loc[("all", "revenue")]
    assert (row["members"], row["others"]) == (15, 44)  # the last customer paid nothing in the lookback
    months = retail.programmes[0].outcome_months
    assert row["members_mean"] == pytest.approx(30 * np.mean([at % 6 + 1 for at in range(15)]) / months)
    # Revenue in the lookback is `monetary` here, and counts once.
    assert found["balance"]["covariate"].tolist() == ["monetary", "frequency", "recency_days", "tenure_months"]
    assert found["experiment"]["available"].tolist() == [20] * 3
    assert all((rows["ledger_month"] == MAY).all() for rows in found.values())


def test_without_members_there_is_nothing_to_prove(retail):
    assert proved(retail, retail.programmes[0], seen(pd.Series(["candidate"], index=IDS[:1]))) == {}
