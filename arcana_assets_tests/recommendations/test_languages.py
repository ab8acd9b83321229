"""Whatever is told of recommendations is told in the language of the domain, and in no other."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.conditions import BARRED
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import Language, language_of, languages
from arcana_assets.recommendations.eligibility import REASONS, UPGRADED, in_words
from arcana_assets.recommendations.evidence import places_of
from arcana_assets.recommendations.leaderboard import Leaderboard
from arcana_assets.recommendations.reasons import reasons
from arcana_assets.recommendations.results import ResultInputs, results_of_month
from arcana_assets.recommendations.serving import InUse, serving
from arcana_assets_tests.worlds.spoken import of_another_language

ENGLISH = language_of("en")
MARCH, JUNE = date(2011, 3, 1), date(2011, 6, 1)
COUNTED = {
    "item_name": "XX",
    "antecedent_name": "YY",
    "support": 312,
    "antecedent_owners": 380,
    "lift": 3.1,
    "segment": "01-ZZ",
    "buyers": 412,
    "segment_customers": 1084,
    "base_owners": 1,
    "base_customers": 4000,
}


def of_lines(language: Language) -> Iterator[str]:
    segment, base = places_of(language)
    counted = COUNTED | {"evidence_in": segment}
    for lookback, told in product((None, 1, 6), ({}, {"evidence_in": base}, {"evidence_in": ""}, {"buyers": 0})):
        more: dict[str, Any] = {"evidence_in": ""} if "buyers" in told else {}
        yield from reasons(language, pd.DataFrame([counted | told | more]), lookback)


def of_serving(language: Language) -> Iterator[str]:
    many = np.arange(100)
    for worth, before in (
        ({"popular": 0.05, "ease": 0.1}, None),
        ({"popular": 0.05, "popular_in_segment": 0.04}, None),
        ({"popular": 0.08, "ease": 0.0801}, None),
        ({"popular": 0.05, "ease": 0.2, "bm25_neighbours": 0.1}, InUse("bm25_neighbours", frozenset())),
        ({"popular": 0.05, "ease": 0.2, "also_in_segment": 0.1}, InUse("also_in_segment", frozenset({"ease"}))),
        ({"popular": 0.05, "jaccard_neighbours": 0.01}, InUse("jaccard_neighbours", frozenset())),
    ):
        ndcg = pd.DataFrame({name: mean + 0.0 * many for name, mean in worth.items()})
        yield serving(language, Leaderboard(pd.DataFrame(), ndcg, pd.DataFrame()), 0.02, before).why
    alike = pd.DataFrame({"popular": 0.05 + 0.0 * many})
    yield serving(language, Leaderboard(pd.DataFrame(), alike, pd.DataFrame(), 0.06 + 0.0 * many), 0.02).why
    none = pd.DataFrame({"popular": np.zeros(0)})
    yield serving(language, Leaderboard(pd.DataFrame(), none, pd.DataFrame()), 0.02).why


def of_results(language: Language) -> Iterator[str]:
    answers = pd.DataFrame(columns=["customer_id", "item_id", "offered_at", "outcome", "listed", "segment"])
    groups = [(kept, adopted, adopted, 20) for kept in (False, True) for adopted in (False, True)]
    adoption = pd.DataFrame(groups, columns=["held_out", "adopted", "on_list", "customers"])
    for share, start, made_on, counted in (
        (0.1, MARCH, MARCH, adoption),
        (0.1, MARCH, MARCH, adoption[:2]),
        (0.0, MARCH, MARCH, adoption),
        (0.1, JUNE, MARCH, adoption),
        (0.1, MARCH, None, adoption),
        (0.1, MARCH, JUNE, adoption),
        (0.1, MARCH, MARCH, adoption.assign(customers=[900, 100, 100, 900])),
    ):
        inputs = ResultInputs(JUNE, answers, frozenset(), frozenset(), MARCH, counted, made_on)
        offers = Recommendations(segmentation="value", held_out=share)
        yield str(results_of_month(inputs, offers, start, language).lift["reason"])
    none = ResultInputs(JUNE, answers, frozenset(), frozenset(), MARCH, adoption, None, listed=False)
    yield str(results_of_month(none, offers, start, language).lift["reason"])


def of_left_out(language: Language) -> Iterator[str]:
    outside = ["outside: ZZ", *(f"barred: {column}" for column in BARRED)]
    for reason in (*REASONS, UPGRADED, *outside):
        yield in_words(language, reason)


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("told", [of_lines, of_serving, of_results, of_left_out])
def test_nothing_is_told_in_another_language(told, code):
    sentences = list(told(language_of(code)))
    assert len(set(sentences)) > 6
    assert of_another_language(" ".join(sentences), code) == []


def test_sellers_read_english_in_an_english_domain():
    assert next(of_lines(ENGLISH)) == (
        "82% of similar customers who have YY also have XX (312 customers; 3.1 times the average)."
    )
    assert next(of_serving(ENGLISH)) == (
        "In use: EASE, with an nDCG@10 of 0.1000 against 0.0500 for popularity, on 100 customers who adopted "
        "something new."
    )
    assert next(of_left_out(ENGLISH)) == "already owned"
