"""Conditions are numbers that people say, and who meets them is whom they are to tell."""

import math

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty.programme.conditions import (
    agreement,
    by_hand,
    condition,
    find_conditions,
    lacking,
    measures_of,
    meets,
)
from arcana_assets.presentation.language import language_of

PROGRAMME = Programme(
    name="insiders",
    title="Insiders",
    segmentation="value",
    measures={"monetary": "high", "frequency": "high", "recency_days": "low"},
)
MEASURES = measures_of(PROGRAMME, "BRL", 6, language_of())
MONEY, ORDERS, DAYS = MEASURES.values()


def base(customers=2_000, seed=7):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "monetary": rng.lognormal(6, 1, customers).round(2),
            "frequency": rng.integers(0, 12, customers).astype("float64"),
            "recency_days": rng.integers(1, 180, customers).astype("float64"),
        }
    )


def test_planted_thresholds_are_found_exactly():
    customers = base()
    top = ((customers["monetary"] >= 600) & (customers["frequency"] >= 5)).to_numpy()
    found = find_conditions([(customers, top)], list(MEASURES.values()), 0.75).conditions
    assert [(each.measure.name, each.enter, each.keep) for each in found] == [
        ("monetary", 600, 400),
        ("frequency", 5, 3),
    ]
    assert agreement(meets(customers, found, "enter"), top).f1 == 1


def test_a_measure_where_less_is_better_is_found_too_and_kept_by_more_days():
    customers = base()
    top = ((customers["recency_days"] <= 60) & (customers["monetary"] >= 500)).to_numpy()
    found = {
        each.measure.name: (each.enter, each.keep)
        for each in find_conditions([(customers, top)], [MONEY, DAYS], 0.75).conditions
    }
    assert found == {"monetary": (500, 300), "recency_days": (60, 90)}


def test_of_thresholds_as_good_the_fewest_are_taken():
    customers = base()
    top = (customers["frequency"] >= 8).to_numpy()
    (only,) = find_conditions([(customers, top)], list(MEASURES.values()), 0.75).conditions
    assert (only.measure.name, only.enter) == ("frequency", 8)


def test_the_search_over_counts_is_the_search_over_customers():
    """Held against trying all combinations on the customers themselves."""
    customers = base(300, seed=3)
    rng = np.random.default_rng(1)
    noise = rng.random(300) < 0.1
    top = ((customers["monetary"] >= 450) & (customers["frequency"] >= 4)).to_numpy() ^ noise
    found = find_conditions([(customers, top)], [MONEY, ORDERS], 0.75).conditions
    f1 = agreement(meets(customers, found, "enter"), top).f1
    best = max(
        agreement(((customers["monetary"] >= money) & (customers["frequency"] >= orders)).to_numpy(), top).f1
        for money in [0, *(step * 10**power for power in (1, 2, 3) for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8))]
        for orders in range(12)
    )
    assert best - 0.01 <= f1 <= best


FEW = np.arange(50) < 9


def same(money, orders, days):
    return pd.DataFrame({"monetary": [money] * 50, "frequency": [orders] * 50, "recency_days": [days] * 50})


@pytest.mark.parametrize(
    ("customers", "top"),
    [
        (base(50), np.zeros(50, dtype=bool)),
        (base(50), np.ones(50, dtype=bool)),
        (same(5.0, 1.0, 3.0), FEW),
        (same(np.nan, np.nan, np.nan), FEW),
        (same(-5.0, 0.0, 9.0), FEW),
        (base(0), np.zeros(0, dtype=bool)),
    ],
    ids=["nobody", "everybody", "all equal", "all absent", "negative and none", "no customer"],
)
def test_where_nothing_tells_the_segment_there_are_no_conditions(customers, top):
    assert find_conditions([(customers, top)], list(MEASURES.values()), 0.75) is None


def test_conditions_are_found_among_those_that_a_share_of_the_customers_meets():
    customers = base()
    top = (customers["monetary"] >= 400).to_numpy()  # half of them
    free = find_conditions([(customers, top)], [MONEY, ORDERS], 0.75)
    assert [each.enter for each in free.conditions] == [400]
    assert free.f1 == 1
    sized = find_conditions([(customers, top)], [MONEY, ORDERS], 0.75, (0.3, 0.4))
    share = meets(customers, sized.conditions, "enter").mean()
    assert 0.3 <= share <= 0.4
    assert sized.f1 == pytest.approx(agreement(meets(customers, sized.conditions, "enter"), top).f1)
    # Of a fifth everybody tells the segment better than any condition; no number that is said is met by next to nobody.
    assert find_conditions([(customers, top)], [MONEY, ORDERS], 0.75, (0.05, 0.2)) is None
    assert find_conditions([(customers, top)], [MONEY], 0.75, (0.00001, 0.0002)) is None


def test_days_count_until_who_came_in_has_left_where_everybody_buys_once():
    customers = base().assign(frequency=1.0)
    top = (customers["recency_days"] <= 45).to_numpy()  # a quarter of them
    (only,) = find_conditions([(customers, top)], [DAYS], 0.75, (0.02, 0.7), grace_months=2).conditions
    assert (only.enter, only.keep) == (45, 60)
    # Until the 60th day a member, until the 122nd at risk: two thirds of who bought within 180 days.
    assert find_conditions([(customers, top)], [DAYS], 0.75, (0.02, 0.5), grace_months=2) is None
    assert find_conditions([(customers, top)], [DAYS], 0.75, (0.02, 0.5), grace_months=0) is not None


def test_without_conditions_nobody_meets_them():
    assert not meets(base(5), [], "enter").any()


def test_an_absent_value_meets_nothing():
    customers = pd.DataFrame({"monetary": [np.nan, 700], "frequency": [9, np.nan], "recency_days": [1, np.nan]})
    assert condition(MONEY, 600, 0.75).met(customers["monetary"], 600).tolist() == [False, True]
    assert condition(DAYS, 60, 0.75).met(customers["recency_days"], 60).tolist() == [True, False]


@pytest.mark.parametrize(
    ("measure", "enter", "keep", "kept"),
    [
        (MONEY, 600, 0.75, 400),
        (MONEY, 1000, 0.75, 600),
        (MONEY, 600, 1, 600),
        (ORDERS, 5, 0.75, 3),
        (ORDERS, 1, 0.75, 1),
        (ORDERS, 2, 0.75, 1),
        (DAYS, 60, 0.75, 90),
        (DAYS, 365, 0.5, 730),
    ],
)
def test_a_member_stays_by_a_number_one_would_say_on_the_weaker_side(measure, enter, keep, kept):
    assert condition(measure, enter, keep).keep == kept


def test_what_is_summed_over_the_lookback_says_so_and_what_is_of_the_day_does_not():
    """By what the column declares: words of its description, such as `in the lookback`, decide nothing."""
    measures = {"mrr": "high", "months_since_proposal": "low", "tickets_opened": "low"}
    found = measures_of(PROGRAMME.model_copy(update={"measures": measures}), "BRL", 12, language_of())
    assert {name: measure.window for name, measure in found.items()} == {
        "mrr": "",
        "months_since_proposal": "",
        "tickets_opened": " em 12 meses",
    }


def test_a_threshold_is_said_as_the_kind_of_its_column_is():
    measures = {"return_share": "low", "average_ticket": "high", "active_days": "high"}
    share, ticket, days = measures_of(
        PROGRAMME.model_copy(update={"measures": measures}), "BRL", 6, language_of()
    ).values()
    assert share.said(0.125) == "12,5 %"
    assert ticket.said(99.9) == "R$ 99,90"
    assert days.said(30) == "30 dias"


def test_conditions_by_hand_are_taken_as_they_are():
    programme = PROGRAMME.model_copy(update={"entry": {"monetary": 1234.5, "recency_days": 45.0}})
    conditions = by_hand(programme, MEASURES)
    assert [each.words(each.enter) for each in conditions] == [
        "Valor líquido em 6 meses: pelo menos R$ 1.234,50",
        "Recência (dias): no máximo 45",
    ]


def test_what_is_lacking_is_said_with_both_numbers():
    conditions = [condition(MONEY, 600, 0.75), condition(ORDERS, 5, 0.75), condition(DAYS, 60, 0.75)]
    customers = pd.DataFrame(
        {
            "monetary": [600, 450.5, np.nan, -20],
            "frequency": [5, 4, 5, 0],
            "recency_days": [60, 75, 10, np.nan],
        }
    )
    told = lacking(customers, conditions)
    assert told["lacking"].tolist() == [
        "",
        "Valor líquido: R$ 450,50 de R$ 600 (falta R$ 149,50); Frequência (pedidos): 4 de 5 (falta 1); "
        "Recência (dias): 75, no máximo 60",
        "Valor líquido: sem dado",
        "Valor líquido: R$ -20 de R$ 600 (falta R$ 620); Frequência (pedidos): 0 de 5 (falta 5); "
        "Recência (dias): sem dado",
    ]
    assert told["gap"].round(3).tolist() == [0, 0.249, 1, 1]
    assert lacking(customers, [])["lacking"].tolist() == [""] * 4


def test_agreement_of_nobody_has_no_shares():
    none = agreement(np.zeros(3, dtype=bool), np.zeros(3, dtype=bool))
    assert (none.precision, none.recall, none.f1) == (None, None, None)
    some = agreement(np.array([True, True, False]), np.array([True, False, False]))
    assert (some.precision, some.recall) == (0.5, 1)
    assert math.isclose(some.f1, 2 / 3)


@pytest.mark.parametrize(("strangers", "named"), [(3, ["frequency"]), (6, ["monetary", "frequency"])])
def test_a_measure_is_worth_a_condition_where_it_adds_a_hundredth_of_f1(strangers, named):
    """200 of the segment order eight times; so do some others, whom their money gives away: F1 is .993 or .985."""
    customers = pd.DataFrame(
        {
            "monetary": np.r_[np.full(200, 1000.0), np.full(strangers, 100.0), np.full(500, 1000.0)],
            "frequency": np.r_[np.full(200 + strangers, 8.0), np.full(500, 2.0)],
        }
    )
    found = find_conditions([(customers, np.arange(len(customers)) < 200)], [MONEY, ORDERS], 0.75).conditions
    assert [each.measure.name for each in found] == named
