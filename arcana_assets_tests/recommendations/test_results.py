"""Acceptance and lift are what can be counted by hand or was published."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.results import (
    MonthOfResults,
    ResultInputs,
    acceptance,
    difference,
    least_lift,
    proportion_interval,
    results_of_month,
)

PORTUGUESE = language_of()

START, LISTED, JUNE = date(2010, 12, 1), date(2011, 3, 1), date(2011, 6, 1)
DAY = date(2011, 6, 10)


def test_acceptance_counts_outcomes_by_segment_and_of_all() -> None:
    answers = pd.DataFrame(
        [("s", True, "won"), ("s", True, "lost"), ("t", True, "refused"), (None, False, "not_fit"), ("s", True, "won")],
        columns=["segment", "listed", "outcome"],
    )
    table = acceptance(answers).set_index(["segment", "listed"])
    assert list(table.index) == [("", False), ("", True), ("s", True), ("t", True)]
    assert table.loc[("", True), ["offers", "won", "lost", "refused", "not_fit"]].tolist() == [4, 2, 1, 1, 0]
    assert table.loc[("s", True), "won_share"] == pytest.approx(2 / 3)
    assert (table["won_share_low"] <= table["won_share"]).all()
    assert (table["won_share"] <= table["won_share_high"]).all()
    assert acceptance(answers.iloc[:0]).empty


def test_the_interval_of_a_proportion_is_that_of_the_literature() -> None:
    # R. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
    for successes, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert proportion_interval(successes, of) == pytest.approx((low, high), abs=6e-5)


def test_the_interval_of_a_difference_is_that_of_the_literature() -> None:
    # R. Newcombe, Interval estimation for the difference between independent proportions (1998), table II, method 10.
    for first, second, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ):
        lift, *interval = difference(first, second)
        assert lift == pytest.approx(first[0] / first[1] - second[0] / second[1])
        assert interval == pytest.approx([low, high], abs=6e-5)
    assert np.isnan(difference((1, 2), (0, 0))).all()


def told(
    *answers: tuple[Any, ...],
    adoption: str = "",
    listed: date = LISTED,
    share: float = 0.1,
    made_on: date | None = LISTED,
) -> MonthOfResults:
    """Results of June, where here, quiet and old own Y and Z; `adoption` is a letter a customer, capital if held out.

    Of these a and A have adopted something, l and L something of their list, all others nothing.
    """
    columns = ["customer_id", "item_id", "offered_at", "outcome", "listed", "segment"]
    customers = {
        "customers": [1 for _ in adoption],
        "adopted": [each in "aAlL" for each in adoption],
        "on_list": [each in "lL" for each in adoption],
        "held_out": [each.isupper() for each in adoption],
    }
    inputs = ResultInputs(
        JUNE,
        pd.DataFrame(list(answers), columns=columns),
        owners=frozenset({"here", "quiet", "old"}),
        items=frozenset({"Y", "Z"}),
        listed_month=listed,
        adoption=pd.DataFrame(customers).astype({"adopted": bool, "held_out": bool, "on_list": bool}),
        made_on=made_on,
    )
    return results_of_month(inputs, Recommendations(segmentation="value", held_out=share), START, PORTUGUESE)


def test_who_bought_nothing_lately_has_no_segment_and_is_no_stranger() -> None:
    found = told(
        ("here", "Y", DAY, "won", True, "01-S"),
        ("quiet", "Y", DAY, "won", False, None),
        ("ghost", "Y", DAY, "won", False, None),
        ("old", "thing", DAY, "lost", False, None),
    )
    assert found.strange == ("1 answers of 1 unknown customers and 1 answers of 1 unknown items, such as 'thing'")
    assert found.acceptance[["month", "segment", "listed", "offers"]].to_numpy().tolist() == [
        [JUNE, "", False, 1],
        [JUNE, "", True, 1],
        [JUNE, "01-S", True, 1],
    ]


def test_of_two_answers_of_one_day_the_one_counts_that_holds_the_item_back_longer() -> None:
    found = told(("here", "Y", DAY, "not_fit", True, "01-S"), ("here", "Y", DAY, "lost", True, "01-S"))
    assert found.strange == "1 answers that differ from another of the same day"
    assert found.acceptance[["offers", "lost", "not_fit"]].to_numpy().tolist() == [[1, 0, 1]] * 2


def test_where_no_answers_are_collected_there_is_no_row_of_acceptance_and_nothing_strange() -> None:
    found = told()
    assert found.acceptance.empty
    assert found.strange == ""


def test_the_lift_is_the_share_who_adopted_with_a_list_less_the_share_of_those_held_out() -> None:
    lift = told(adoption="a" * 300 + "x" * 100 + "A" * 5 + "X" * 15).lift
    counts = ["customers", "adopters", "held_out_customers", "held_out_adopters"]
    assert [lift[name] for name in counts] == [400, 300, 20, 5]
    assert (lift["share"], lift["held_out_share"], lift["lift"]) == (0.75, 0.25, 0.5)
    assert lift["listed_month"] == LISTED
    assert lift["reason"] == (
        "75,0 % de 400 clientes com lista adotaram um item novo, contra 25,0 % de 20 sem lista; a diferença vai além "
        "do acaso. Com tantos clientes só se veria uma diferença de 28,6 pontos percentuais ou mais."
    )
    assert "a diferença não se distingue do acaso." in str(told(adoption="axAX").lift["reason"])


def test_what_was_adopted_of_lists_stands_beside_what_was_adopted_at_all() -> None:
    lift = told(adoption="a" * 200 + "l" * 100 + "x" * 100 + "A" * 4 + "L" * 1 + "X" * 15).lift
    assert (lift["adopters"], lift["held_out_adopters"]) == (300, 5)
    assert (lift["on_list_adopters"], lift["held_out_on_list_adopters"]) == (100, 1)
    low, high = (lift[f"on_list_lift_{end}"] for end in ("low", "high"))
    assert (lift["on_list_lift"], low, high) == pytest.approx(difference((100, 400), (1, 20)))
    assert lift["least_on_list_lift"] == pytest.approx(least_lift((100, 400), (1, 20)))


def test_the_smallest_lift_that_could_be_seen_is_seen_in_four_of_five_months() -> None:
    customers, others, share = 2_361, 127, 0.52
    least = least_lift((round(share * customers), customers), (round(share * others), others))
    assert least == pytest.approx(0.127, abs=0.002)
    draw = np.random.default_rng(3)
    seen = []
    for _ in range(400):
        found = difference(
            (int(draw.binomial(customers, share + least)), customers), (int(draw.binomial(others, share)), others)
        )
        seen.append(found[1] > 0)
    assert 0.74 < np.mean(seen) < 0.88


def test_lists_that_were_made_when_their_outcome_had_begun_show_no_lift_and_the_reason_says_so() -> None:
    last, first = date(2011, 3, 31), date(2011, 4, 1)
    assert told(adoption="axAX", made_on=last).lift["lift"] == 0
    for made_on, words in ((first, "em 01/04/2011"), (None, "em dia que não se conhece")):
        late = told(adoption="axAX", made_on=made_on).lift
        assert (late["listed_month"], late["lift"], late["customers"]) == (None, None, None)
        assert f"As listas de 03/2011 foram feitas {words}, e não antes" in str(late["reason"])


def test_without_two_groups_or_time_there_is_no_lift_and_the_reason_says_why() -> None:
    for found, reason in (
        (told(adoption="axA", share=0.0), "Nenhum cliente fica sem lista (`held_out` é 0)"),
        (told(adoption="axA", listed=date(2010, 11, 1)), "As listas ainda não têm 3 meses."),
        (told(adoption="ax"), "Um dos grupos não tem clientes em 03/2011."),
    ):
        assert found.lift["lift"] is None
        assert str(found.lift["reason"]).startswith(reason)
