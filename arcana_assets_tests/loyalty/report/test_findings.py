"""Findings are the rows of the month, with what sets members apart first and each value as its kind wants it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.report.findings import MonthCustomers, StaleConditions, compared_with_base, findings_of
from arcana_assets.tables.frames import nothing
from arcana_assets_tests.loyalty.report.test_actions import CUSTOMERS

MAY = date(2011, 5, 1)
SAID = pd.DataFrame({"customer_id": ["ana", "bo"], "expected": [300.0, 40.0], "high": [500.0, np.nan]})
NOTHING = {
    "ledger": tables.MEMBERS, "conditions": tables.CONDITIONS, "eligibility": tables.ELIGIBILITY,
    "forecast": tables.FORECAST, "proof": tables.PROOF, "balance": tables.BALANCE,
    "experiment": tables.EXPERIMENT, "summary": tables.SUMMARY, "results": tables.FORECAST_RESULTS,
}  # fmt: skip


@pytest.fixture(scope="module")
def retail():
    return load_domain(DEFS / "retail")


def month_of(domain):
    """Two customers of customer 360, of whom one has paid in the lookback."""
    rows = pd.DataFrame(
        {
            "customer_id": ["bo", "ana"],
            "month": [MAY, MAY],
            "frequency": [2, 5],
            "monetary": [100.0, 900.0],
            "return_share": [np.nan, 0.25],
            "share_lamps": [0.5, None],
        }
    )
    paid = pd.DataFrame({"customer_id": ["ana"], "lookback_revenue": [900.0], "bought_months": [3]})
    return MonthCustomers.of(domain, rows, paid, None, SAID)


def found(domain, **rows):
    frames = {name: nothing(table) for name, table in NOTHING.items()} | rows
    return findings_of(domain, domain.programmes[0], MAY, frames, month_of(domain))


def test_columns_of_numbers_have_the_kind_that_they_are_declared_with_shares_by_their_pattern(retail):
    customers = month_of(retail)
    assert customers.kinds == {
        "frequency": "integer",
        "monetary": "money",
        "return_share": "share",
        "share_lamps": "share",
    }
    assert customers.rows["lookback_revenue"].to_dict() == {"ana": 900.0, "bo": 0.0}
    said = found(retail)
    assert said.said("monetary", 900.4) == said.money(900.4) == "£ 900"
    assert said.said("share_lamps", 0.5) == "50,0 %"


def test_what_a_customer_is_expected_to_pay_is_not_told_without_what_it_is_at_most(retail):
    assert month_of(retail).expected.to_dict() == {"ana": 300.0}


def test_a_share_is_one_by_its_declaration_and_not_by_its_name():
    b2b = load_domain(DEFS / "b2b")
    rows = pd.DataFrame({"customer_id": ["ana"], "month": [MAY], "mrr_growth_3m": [0.08], "tickets_trend": [1.5]})
    paid = pd.DataFrame({"customer_id": ["ana"], "lookback_revenue": [900.0], "bought_months": [3]})
    assert MonthCustomers.of(b2b, rows, paid, None, None).kinds == {
        "mrr_growth_3m": "share",
        "tickets_trend": "decimal",
    }


def test_conditions_of_a_measure_that_the_programme_no_longer_has_are_refused(retail):
    stale = pd.DataFrame({"measure": ["average_ticket"], "enter_at": [50.0], "keep_at": [30.0]})
    with pytest.raises(StaleConditions, match="insiders 2011-05: conditions of average_ticket, which the programme no"):
        found(retail, conditions=stale)


def test_what_sets_members_apart_comes_in_order_of_how_much_it_does():
    members = CUSTOMERS.index[CUSTOMERS["state"].isin(["member", "at_risk"])]
    labels = {"monetary": "Valor", "recency_days": "Recência", "share_lamps": "Luminárias"}
    table = compared_with_base(CUSTOMERS, members, labels)
    assert table["column"].tolist()[0] == "share_lamps"
    row = table.set_index("column").loc["monetary"]
    assert (row["members"], row["rest"]) == (700.0, 800.0)
    # Of the 20 pairs of a member and another the member is higher in: steady 5, fading 2, thin 2, risk 1.
    assert row["apart"] == pytest.approx(2 * 10 / 20 - 1)
    assert compared_with_base(CUSTOMERS, members[:0], labels).empty
    assert compared_with_base(CUSTOMERS.assign(monetary=float("nan")), members, {"monetary": "Valor"}).empty
