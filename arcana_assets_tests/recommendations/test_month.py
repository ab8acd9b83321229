"""The lists of a month: what goes with what customers have, in words and money, and what is kept from whom."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.interactions import Interactions, Known, places
from arcana_assets.recommendations.limits import BEATS_POPULARITY, FIT, asked, verdicts
from arcana_assets.recommendations.lists.counted import Counts, counted
from arcana_assets.recommendations.month import MonthInputs, MonthOfLines, lines_of_month
from arcana_assets.recommendations.ranking import Ranked
from arcana_assets_tests.recommendations.bought import pairs

PORTUGUESE = language_of()

JANUARY, AS_OF = date(2011, 1, 1), date(2011, 2, 1)
OFFERS = Recommendations(segmentation="value", minimum_support=2)
NAMES = {"X": "Lamp", "Y": "Shade", "Z": "Bulb"}
WORTH = {"popular": 0.1, "popular_in_segment": 0.2, "also_in_segment": 0.3, "bm25_neighbours": 0.4, "ease": 0.5}

# a, b and c have X; a and b have Y as well; d has everything, e nothing.
BASE = ("a:XY", "b:XY", "c:X", "d:XYZ")


def made(
    *owned: str,
    recommender: str = "also_in_segment",
    bm25: float = 0.4,
    names: dict[str, str] = NAMES,
    answers: tuple[tuple[str, str, date, str], ...] = (),
    held_out: str = "",
    listed: tuple[tuple[str, str], ...] = (),
    fit: bool | None = True,
    compared: bool = True,
    **settings: Any,
) -> MonthOfLines:
    has = pairs(*owned)
    has = has.assign(item_name=has["item_id"].map(names), recent=True, value=10.0)
    segments = pd.DataFrame({"customer_id": list("abcde"), "segment": "01-S"})
    steps = json.dumps({"places": [0.0, 1.0], "probabilities": [0.0, 0.5]})
    board = [
        (
            name,
            ndcg if compared else None,
            name == recommender,
            fit if name == recommender else None,
            steps if name == recommender else None,
        )
        for name, ndcg in (WORTH | {"bm25_neighbours": bm25}).items()
    ]
    inputs = MonthInputs(
        Known(JANUARY, has, segments, None, 6),
        AS_OF,
        leaderboard=pd.DataFrame(board, columns=["recommender", "ndcg_10", "serves", "fit", "calibration"]),
        answers=pd.DataFrame(list(answers), columns=["customer_id", "item_id", "offered_at", "outcome"]),
        held_out=frozenset(held_out),
        paid=has[["customer_id", "item_id", "value"]].assign(adopted=True),
        listed=pd.DataFrame(list(listed), columns=["customer_id", "item_id"]),
        made_on=AS_OF,
    )
    return lines_of_month(inputs, OFFERS.model_copy(update=settings), PORTUGUESE)


def lines(found: MonthOfLines, table: str = "recommendations") -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["customer_id"], row["item_id"]): row for row in found.tables[table].to_pylist()}


def test_where_nobody_beats_chance_nobody_is_recommended_anything() -> None:
    found = made(*BASE, fit=False)
    assert not found.served.fit
    assert [found.tables[name].num_rows for name in ("recommendations", "recommendations_held_out")] == [0, 0]
    assert set(found.tables["recommendation_opportunities"]["recommended_to"].to_pylist()) == {0}
    told = {name: (passed, words) for name, passed, words in verdicts({JANUARY: found}, OFFERS)}
    assert told["lists_are_better_than_chance"] == (False, "Nothing is recommended in 2011-01: nobody beats chance")
    assert told["customers_are_covered"][0]
    good = {name: passed for name, passed, _ in verdicts({JANUARY: made(*BASE)}, OFFERS)}
    assert good["lists_are_better_than_chance"]


def test_where_nothing_could_be_compared_yet_nobody_is_recommended_anything() -> None:
    # Also by a leaderboard of before it was asked whether what serves is fit.
    for fit in (False, None):
        found = made(*BASE, recommender="popular", fit=fit, compared=False)
        assert [found.tables[name].num_rows for name in ("recommendations", "recommendations_held_out")] == [0, 0]
        told = {name: (passed, words) for name, passed, words in verdicts({JANUARY: found}, OFFERS)}
        assert all(passed for passed, _ in told.values())  # a domain that is young is no fault of its data
        said = "Nothing is recommended in 2011-01: there is nothing to compare with yet"
        assert told["lists_are_better_than_chance"][1] == said


def test_who_owns_everything_gets_nothing_and_the_others_what_goes_with_what_they_have() -> None:
    found = lines(made(*BASE))
    assert set(found) == {("a", "Z"), ("b", "Z"), ("c", "Y"), ("c", "Z")}
    line = found["c", "Y"]
    assert (line["antecedent_item"], line["support"], line["antecedent_owners"], line["segment"]) == ("X", 3, 4, "01-S")
    assert line["reason"].startswith(
        "75 % dos clientes de perfil semelhante que compraram Lamp também compraram Shade (3 "
    )
    assert line["ticket"] == 10.0
    assert line["expected_value"] == pytest.approx(10 * line["probability"])


def test_an_item_that_was_renamed_is_the_same_item_under_the_name_of_the_month() -> None:
    before, after = (lines(made(*BASE, names=NAMES | {"X": name})) for name in ("Lamp", "Candle lamp"))
    assert set(before) == set(after)
    assert (before["c", "Y"]["antecedent_name"], after["c", "Y"]["antecedent_name"]) == ("Lamp", "Candle lamp")


def test_a_catalogue_that_has_grown_too_large_is_served_by_neighbours_which_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("arcana_assets.recommendations.recommenders.every.MOST_ITEMS", 2)
    found = made(*BASE, recommender="ease")
    assert found.served.instead_of == "ease"
    assert not found.served.worse
    assert {row["recommender"] for row in lines(found).values()} == {"bm25_neighbours"}
    # What EASE's scores told of adoptions says nothing of those of neighbours.
    assert {(row["probability"], row["expected_value"]) for row in lines(found).values()} == {(None, None)}
    weak = made(*BASE, recommender="ease", bm25=0.15)
    assert {row["recommender"] for row in lines(weak).values()} == {"popular_in_segment"}


def test_no_two_alternatives_are_in_one_list() -> None:
    found = lines(made(*BASE, alternatives=[["Y", "Z"]]))
    # a and b own Y, which Z is an alternative of; c owns neither and gets the better one.
    assert set(found) == {("c", "Y")}
    assert found["c", "Y"]["rank"] == 1


def test_what_was_refused_lately_is_not_offered_and_counted() -> None:
    found = made(*BASE, answers=(("c", "Y", date(2011, 1, 20), "refused"), ("a", "Z", date(2010, 1, 1), "lost")))
    assert set(lines(found)) == {("a", "Z"), ("b", "Z"), ("c", "Z")}
    left_out = {row["reason"]: row["pairs"] for row in found.tables["recommendations_left_out"].to_pylist()}
    assert left_out["oferecido há pouco"] == 1


def test_lists_of_who_is_held_out_are_kept_back_and_count_for_the_value_of_the_segment() -> None:
    everyone, parted = made(*BASE), made(*BASE, held_out="cz")
    assert set(lines(parted)) == {("a", "Z"), ("b", "Z")}
    assert set(lines(parted, "recommendations_held_out")) == {("c", "Y"), ("c", "Z")}
    assert lines(parted) | lines(parted, "recommendations_held_out") == lines(everyone)
    assert not everyone.tables["recommendations_held_out"].num_rows
    opportunities = "recommendation_opportunities"
    assert parted.tables[opportunities].equals(everyone.tables[opportunities])
    assert parted.counts == everyone.counts


def test_lists_are_counted() -> None:
    assert made(*BASE).counts == Counts(owned=0, twice=0, owners=4, reached=3, most=1.0)
    assert _counts(["a:XYY", "b:Z", "z:Z"], "a:X", "b:X", "c:X") == Counts(1, 1, owners=3, reached=2, most=2 / 3)
    assert _counts([], "a:X") == Counts(0, 0, owners=1, reached=0, most=0.0)


def _counts(lists: list[str], *owned: str) -> Counts:
    everybody = pd.DataFrame({"customer_id": [*"abcz"], "segment": "01-S"})
    has, made_up = pairs(*owned, "d:XYZ"), pairs(*lists)
    known = Interactions.from_frames(has, has, everybody)
    at = [places(ids, made_up[name]) for ids, name in ((known.customers, "customer_id"), (known.items, "item_id"))]
    return counted(Ranked(*at, at[0], at[0]), known, known.customers != "d").counts


def test_lists_that_are_past_their_limits_fail_each_check_by_its_name() -> None:
    wrong = replace(made(*BASE), counts=Counts(owned=1, twice=1, owners=4, reached=3, most=1.0))
    failed = {name for name, passed, _ in verdicts({JANUARY: wrong}, OFFERS) if not passed}
    assert failed == asked(OFFERS).keys() - {BEATS_POPULARITY, FIT}


def test_items_of_the_rules_that_nobody_owns_are_told() -> None:
    assert list(made(*BASE, never=["Q"]).unknown) == ["Q"]


def test_without_anything_owned_there_are_tables_without_rows() -> None:
    found = made(recommender="popular_in_segment")
    assert {name: table.num_rows for name, table in found.tables.items()} == {
        "recommendations": 0,
        "recommendations_held_out": 0,
        "recommendation_opportunities": 0,
        "recommendations_left_out": 7,
    }


def test_a_list_that_is_kept_has_the_evidence_of_now_and_is_placed_among_what_would_be_listed_anew() -> None:
    # Everybody keeps Z, the worse one of c; being the best of those kept does not make it the best of the month.
    kept = lines(made(*BASE, top=1, listed=tuple((each, "Z") for each in "abc")))
    anew, both = lines(made(*BASE, top=1)), lines(made(*BASE, top=2))
    assert set(kept) == {(each, "Z") for each in "abc"}
    assert ("c", "Y") in anew
    for name in ("score", "reason"):
        assert kept["c", "Z"][name] == both["c", "Z"][name], name
    assert kept["c", "Z"]["rank"] == 1
    # Below all that would be listed anew; among the kept ones it would be as good as the worst of three.
    assert kept["c", "Z"]["probability"] == 0 < anew["c", "Y"]["probability"]


def test_places_are_among_the_ten_best_of_each_customer_as_those_that_probabilities_were_learned_of() -> None:
    owned = ("a:X", "b:ABCDEFGHIJKL", "c:ABCDEFGHIJ")
    found = lines(made(*owned, recommender="popular", top=12, names={item: item for item in "ABCDEFGHIJKLX"}))
    assert len([customer for customer, _ in found if customer == "a"]) == 12
    # K is the eleventh of a, d and e. Of 34 lines that are among the first ten, the four of b and c are as popular.
    assert found["a", "K"]["probability"] == pytest.approx(0.5 * (4 / 2) / 34)


def test_what_was_refused_is_not_kept() -> None:
    refused = (("c", "Z", date(2011, 1, 20), "refused"),)
    assert set(lines(made(*BASE, answers=refused, listed=(("c", "Z"),)))) == {("a", "Z"), ("b", "Z"), ("c", "Y")}


def test_lists_are_handed_on_with_those_that_are_held_out() -> None:
    listed = made(*BASE, held_out="c").listed
    assert sorted(listed.itertuples(index=False, name=None)) == [("a", "Z"), ("b", "Z"), ("c", "Y"), ("c", "Z")]


def test_where_no_month_is_fit_nobody_has_to_be_covered() -> None:
    found = {JANUARY: made(*BASE, fit=False)}
    offers = OFFERS.model_copy(update={"audience": [object()]})
    told = {name: passed for name, passed, _ in verdicts(found, offers)}
    assert told["customers_are_covered"]
    assert not told["lists_are_better_than_chance"]
