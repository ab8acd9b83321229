"""Who is outside the audience gets no list, is counted once by the first reason, and is judged by no leaderboard."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.conditions import Condition
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.eligibility import NEVER, OWNED, RARE, REASONS, Eligibility
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.limits import COVERED, asked, verdicts, warnings
from arcana_assets.recommendations.month import lines_of_month
from arcana_assets_tests.recommendations.bought import pairs
from arcana_assets_tests.recommendations.test_evaluation import found, owned
from arcana_assets_tests.recommendations.test_month import AS_OF, JANUARY, MonthInputs, lines
from arcana_assets_tests.recommendations.test_month import Known as KnownOf

PORTUGUESE = language_of()

BASE = ("a:XY", "b:XY", "c:X", "d:XYZ")
SERVED = Condition(reason="não atendido", column="segment", isin=["LOGISTICA", "VAREJO"])
ACTIVE = Condition(reason="sem contrato ativo", column="contracts_active", at_least=1)
ATTRIBUTES = pd.DataFrame(
    {
        "customer_id": list("abcde"),
        "segment": ["LOGISTICA", "SAUDE", "VAREJO", "SAUDE", None],
        "contracts_active": [2.0, 0.0, 0.0, 1.0, 5.0],
    }
)


def rules(*audience: Condition, **settings: Any) -> Eligibility:
    segments = pd.DataFrame({"customer_id": list("abcde"), "segment": [*"sstt", ""]})
    known = Interactions.from_frames(pairs(*BASE), pairs(*BASE), segments)
    offers = Recommendations(segmentation="value", audience=list(audience), **settings)
    return Eligibility(known, offers, ATTRIBUTES)


def made(*audience: Condition, **settings: Any):
    has = pairs(*BASE).assign(recent=True, value=10.0)
    has["item_name"] = has["item_id"].str.lower()
    inputs = MonthInputs(
        KnownOf(JANUARY, has, pd.DataFrame({"customer_id": list("abcde"), "segment": "01-S"}), ATTRIBUTES, None),
        AS_OF,
        leaderboard=pd.DataFrame(
            [("popular", 0.1, False, None), ("popular_in_segment", 0.2, True, None)],
            columns=["recommender", "ndcg_10", "serves", "calibration"],
        ),
        answers=pd.DataFrame(columns=["customer_id", "item_id", "offered_at", "outcome"]),
        held_out=frozenset(),
        paid=has[["customer_id", "item_id", "value"]].assign(adopted=True),
        listed=pd.DataFrame(columns=["customer_id", "item_id"]),
        made_on=AS_OF,
    )
    offers = Recommendations(segmentation="value", audience=list(audience), **settings)
    return lines_of_month(inputs, offers, PORTUGUESE), offers


def test_only_who_meets_all_conditions_is_recommended_anything() -> None:
    assert {customer for customer, _ in lines(made()[0])} == {"a", "b", "c", "e"}
    assert {customer for customer, _ in lines(made(SERVED)[0])} == {"a", "c"}
    assert {customer for customer, _ in lines(made(SERVED, ACTIVE)[0])} == {"a"}


def test_who_is_left_out_is_counted_once_by_the_first_reason_and_an_unknown_value_is_outside() -> None:
    account = rules(SERVED, ACTIVE, never=["Z"]).account()
    counted = account.left_out.set_index("reason")
    # b and d are of another segment, of e none is known; c is served and has no active contract.
    served, active = "outside: não atendido", "outside: sem contrato ativo"
    assert counted["customers"].to_dict() == dict.fromkeys(REASONS, 0) | {served: 3, active: 1}
    assert list(counted.index) == [OWNED, served, active, *REASONS[1:]]
    # b lacks Z, e all three, d nothing; c lacks Y and Z; of a Z is left to the next rule.
    pairs_left = counted["pairs"].to_dict()
    assert (pairs_left[OWNED], pairs_left[served], pairs_left[active], pairs_left[NEVER]) == (8, 4, 2, 1)
    assert counted.loc[served, "items"] == 3
    assert counted["pairs"].sum() == 15
    assert account.may_buy.sum() == 0


@pytest.mark.parametrize("settings", [{}, {"requires": {"Z": ["Y"]}}, {"minimum_owners": 2}])
def test_what_is_left_is_what_may_be_recommended_whatever_else_is_ruled(settings: dict[str, Any]) -> None:
    found = rules(SERVED, **settings)
    account, owns = found.account(), np.array([[each in text[2:] for each in "XYZ"] for text in (*BASE, "e:")])
    free = found.allowed(np.arange(5)) & ~owns
    assert not free[[1, 3, 4]].any()
    assert 15 - account.left_out["pairs"].sum() == free.sum() == account.may_buy.sum() > 0
    assert account.left_out.set_index("reason").loc[RARE, "pairs"] == (2 if "minimum_owners" in settings else 0)


def test_without_an_audience_nothing_is_asked_of_customers() -> None:
    assert rules().allowed(np.arange(5)).shape == (1, 3)
    assert tuple(rules().account().left_out["reason"]) == REASONS


def test_a_persona_may_be_a_condition_said_with_its_number_or_without() -> None:
    for said in ("S", "01-S"):
        assert lines(made(Condition(reason="outro", column="persona", isin=[said]))[0])
    assert not lines(made(Condition(reason="outro", column="persona", isin=["T"]))[0])


def test_who_owns_something_and_is_of_the_audience_has_to_be_covered_and_an_audience_of_nobody_fails() -> None:
    def covered(*audience: Condition) -> tuple[bool, str]:
        found, offers = made(*audience)
        ((passed, words),) = [
            (passed, words) for name, passed, words in verdicts({JANUARY: found}, offers) if name == COVERED
        ]
        return passed, words

    assert covered(SERVED) == (True, "2 of 2 customers x months who own something")
    assert covered(Condition(reason="x", column="segment", isin=["LOGISTCA"]))[0] is False
    assert "of the audience" in asked(made(SERVED)[1])[COVERED]
    assert "audience" not in asked(made()[1])[COVERED]


def test_a_value_that_nobody_has_and_an_item_that_nobody_owns_are_told_with_the_nearest() -> None:
    wrong = Condition(reason="x", column="segment", isin=["LOGISTCA", "VAREJO"])
    found, _ = made(wrong, never=["Lamp"])
    items, values = warnings({JANUARY: found})
    assert items == "The rules of recommendations name items that nobody owns: Lamp"
    assert "'LOGISTCA' of segment (no customer has it; did you mean 'LOGISTICA'?)" in values


def test_the_leaderboard_judges_only_who_is_of_the_audience() -> None:
    north = [Condition(reason="x", column="region", isin=["Norte"])]
    tables = found(*owned()), found(*owned(), audience=north)
    everybody, judged = (table.loc[table["segment"] == "", "customers"].iloc[0] for table in tables)
    assert 0 < judged < everybody
    # Those of the South got nothing: counted among the judged, they would halve it.
    best = [table.loc[table["segment"] == "", "ndcg_10"].max() for table in tables]
    assert best[1] > best[0] * 0.8


def test_who_refused_contact_and_who_works_in_the_house_gets_no_list_whatever_the_domain_says() -> None:
    segments = pd.DataFrame({"customer_id": list("abcde"), "segment": [*"sstt", ""]})
    known = Interactions.from_frames(pairs(*BASE), pairs(*BASE), segments)
    barred = ATTRIBUTES.assign(
        marketing_opt_in=[False, True, None, True, True], is_staff=[False, True, None, False, False]
    )
    found = Eligibility(known, Recommendations(segmentation="value", audience=[SERVED]), barred)
    assert found.audience.inside.tolist() == [False, False, True, False, False]
    reasons = [found.audience.reasons[place] for place in found.audience.first]
    assert reasons[:2] == ["barred: marketing_opt_in", "barred: is_staff"]
    assert reasons[3] == "outside: não atendido"
    outside = found.account().left_out.set_index("reason")["customers"]
    assert outside["barred: marketing_opt_in"] == 1
