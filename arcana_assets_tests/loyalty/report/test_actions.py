"""Actions are groups by what they lack or risk, each with its size and its money."""

import pandas as pd
import pytest

from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty.programme.conditions import condition, measures_of
from arcana_assets.loyalty.report.actions import Base, actions
from arcana_assets.presentation.language import language_of

PORTUGUESE = language_of()

PROGRAMME = Programme(
    name="insiders",
    title="Insiders",
    segmentation="value",
    measures={"monetary": "high", "frequency": "high", "recency_days": "low"},
)
MEASURES = measures_of(PROGRAMME, "GBP", 6, PORTUGUESE)
CONDITIONS = [
    condition(MEASURES["monetary"], 600, 0.75),
    condition(MEASURES["frequency"], 5, 0.75),
    condition(MEASURES["recency_days"], 60, 0.75),
]
CUSTOMERS = pd.DataFrame(
    [
        ("steady", "member", 2000.0, 10, 5, 0.5, 0.5),
        ("fading", "member", 700.0, 5, 70, 1.0, 0.0),
        ("thin", "member", 700.0, 5, 10, 0.5, 0.5),
        ("risk", "at_risk", 300.0, 2, 80, 0.0, 1.0),
        ("one_short", "candidate", 800.0, 4, 10, 0.0, 1.0),
        ("two_short", "candidate", 800.0, 3, 10, 0.0, 1.0),
        ("poor", "candidate", 450.0, 6, 10, 0.25, 0.75),
        ("late", "candidate", 900.0, 6, 80, 0.0, 1.0),
        ("outside", "", 100.0, 1, 100, 0.0, 1.0),
    ],
    columns=["customer_id", "state", "monetary", "frequency", "recency_days", "share_lamps", "share_toys"],
).set_index("customer_id")
CUSTOMERS = CUSTOMERS.assign(lookback_revenue=CUSTOMERS["monetary"])
EXPECTED = pd.Series({"steady": 900.0, "fading": 200.0, "thin": 150.0, "risk": 50.0, "late": 30.0})
OLDEST = pd.DataFrame({"monetary": [350.0, 100.0], "frequency": [3.0, 1.0]}, index=["thin", "steady"])


def base(customers=CUSTOMERS, conditions=CONDITIONS, expected=EXPECTED, oldest=OLDEST):
    ledger = customers[customers["state"] != ""].reset_index()[["customer_id", "state"]]
    up_to = {"members": 1.5, "rest": 2.0}
    return Base(ledger, customers, conditions, expected, 3, True, oldest, up_to)


def found(**changed):
    return actions(PORTUGUESE, [base(**changed)]).set_index("action")


def test_who_is_one_order_short_is_worth_one_more_of_the_customers_own():
    row = found().loc["one_short_frequency"]
    assert (row["customers"], row["at_stake"], row["group"]) == (1, 200.0, "candidatos")


def test_who_lacks_money_only_is_worth_what_is_lacking():
    row = found().loc["short_of_monetary"]
    assert (row["customers"], row["at_stake"]) == (1, 150.0)


def test_who_lacks_something_else_only_is_worth_what_is_expected():
    row = found().loc["short_of_recency_days"]
    assert (row["customers"], row["at_stake"]) == (1, 30.0)
    assert row["at_stake_up_to"] == 60.0  # as far up as the forecast of the rest
    assert row["stake_words"].endswith("em 8 de 10 casos não passa do «até»")


def test_who_is_more_than_a_step_away_is_counted_too():
    assert found().loc["further_candidates", "customers"] == 1  # two orders short


def test_time_cannot_be_sold_and_contracts_have_no_freight():
    programme = PROGRAMME.model_copy(update={"measures": {"mrr": "high", "tenure_months": "high"}})
    measures = measures_of(programme, "BRL", 12, PORTUGUESE)
    conditions = [condition(measures["mrr"], 600, 0.75), condition(measures["tenure_months"], 24, 0.75)]
    customers = CUSTOMERS.assign(
        mrr=[900.0, 900, 900, 100, 900, 900, 500, 900, 0], tenure_months=[40, 40, 40, 40, 23, 20, 30, 20, 1]
    )
    ledger = base(customers=customers).ledger
    told = actions(PORTUGUESE, [Base(ledger, customers, conditions, EXPECTED, 3, False)]).set_index("action")
    assert told.loc["short_of_tenure_months", "customers"] == 3
    assert told.loc["short_of_tenure_months", "what_to_do"] == "Só falta tempo: manter o contato."
    assert "frete" not in told.loc["short_of_mrr", "what_to_do"]


def test_members_at_risk_and_those_whom_the_next_month_puts_there_are_worth_what_is_expected():
    told = found()
    assert (told.loc["at_risk", "customers"], told.loc["at_risk", "at_stake"]) == (1, 50.0)
    assert told.loc["at_risk", "at_stake_up_to"] == 75.0
    # `fading` is 100 days from the last order in a month, `thin` keeps 350 of 700 and 2 orders of 5.
    assert (told.loc["about_to_break", "customers"], told.loc["about_to_break", "at_stake"]) == (2, 350.0)


def test_without_the_oldest_month_it_is_not_told_who_will_fall_short():
    assert "about_to_break" not in found(oldest=None).index
    days_only = [CONDITIONS[2]]
    assert found(oldest=None, conditions=days_only).loc["about_to_break", "customers"] == 1


def test_categories_that_members_buy_and_candidates_do_not():
    row = found().loc["category_lamps"]
    # Three of four members against one of four candidates; 0.5 x 4 candidates x 0.25 x 450, what the one spends.
    assert row["customers"] == 3
    assert row["at_stake"] == pytest.approx(0.5 * 4 * 112.5)
    assert "75 % dos membros compram, 25 % dos candidatos" in row["what_to_do"]
    assert "category_toys" not in found().index


def test_where_nothing_is_expected_of_anybody_no_money_is_made_up():
    told = found(expected=pd.Series(dtype="float64"))
    assert pd.isna(told.loc["at_risk", "at_stake"])
    assert told.loc["at_risk", "stake_words"] == "ainda sem previsão por cliente"


def test_where_the_domain_predicts_no_spend_the_reason_is_said():
    told = found(expected=None)
    assert pd.isna(told.loc["at_risk", "at_stake"])
    assert told.loc["at_risk", "stake_words"] == "não se calcula: o domínio não prevê o gasto de cada cliente"


def test_without_candidates_or_members_there_are_no_groups():
    nobody = CUSTOMERS.assign(state="")
    assert found(customers=nobody).empty
    assert found(customers=CUSTOMERS.iloc[:0]).empty
    assert found(conditions=[]).index.tolist() == ["at_risk", "category_lamps"]


def test_a_former_member_who_is_gone_from_the_base_is_in_no_group():
    gone = base()
    ledger = pd.concat([gone.ledger, pd.DataFrame({"customer_id": ["gone"], "state": ["at_risk"]})])
    told = actions(PORTUGUESE, [Base(ledger, gone.customers, CONDITIONS, EXPECTED, 3, True, OLDEST)]).set_index(
        "action"
    )
    assert told.loc["at_risk", "customers"] == 1


def test_groups_of_blocks_are_those_of_all_customers():
    whole, parts = base(), [base(customers=CUSTOMERS.iloc[at : at + 2]) for at in range(0, len(CUSTOMERS), 2)]
    pd.testing.assert_frame_equal(actions(PORTUGUESE, parts), actions(PORTUGUESE, [whole]))
