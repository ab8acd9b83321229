"""Whatever is told of predictions is told in the language of the domain, and in no other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import get_args

import numpy as np
import pytest

from arcana_assets.domain.settings.predictions import Target, Unit
from arcana_assets.predictions.amounts import choice_of_amounts, evaluated_amounts
from arcana_assets.predictions.champion import InUse, choice
from arcana_assets.predictions.evaluation import evaluated
from arcana_assets.predictions.model import PredictionModel, digest_of_fit, learn
from arcana_assets.predictions.month import Decided
from arcana_assets.predictions.paces import LAST_SHARE, PACE
from arcana_assets.predictions.reasons import at_its_pace, reason, sentence
from arcana_assets.predictions.rows import DID, SHARE_OF_MONTHS, laid_together
from arcana_assets.predictions.scoring import note_of
from arcana_assets.predictions.spending import _note
from arcana_assets.predictions.tracked.fits import texts
from arcana_assets.presentation.language import Language, language_of, languages
from arcana_assets_tests.predictions import spenders
from arcana_assets_tests.worlds.spoken import of_another_language

MARCH = date(2011, 3, 1)
COUNTED = ("recency_days", "days_since_visit", "frequency", "visits", "tenure_months", "average_ticket", "share_goods")


def of_customers(language: Language) -> Iterator[str]:
    for target, value, way in product(get_args(Target), (0.2, 1.0, 12.0), (-1.0, 1.0)):
        for unit, horizon in product(get_args(Unit), (1, 3)):
            yield reason(language, DID, value, way, target, horizon, 6, unit)
        for name in (SHARE_OF_MONTHS, PACE, LAST_SHARE, *COUNTED):
            yield reason(language, name, value, way, target, 3, 6)
    for name in (LAST_SHARE, *COUNTED):
        yield reason(language, name, float("nan"), 1.0, "spend", 1, 1)
    yield reason(language, LAST_SHARE, 0.5, 1.0, "spend", 1, 1)
    yield from (sentence(language, []), at_its_pace(language))


def losses(**means: float) -> dict[str, np.ndarray]:
    """Squared errors of 400 customers in two months, about these means, all their chance the same."""
    noise = np.random.default_rng(1).normal(0, 0.02, 400)
    return {name: mean + noise for name, mean in means.items()}


def of_champions(language: Language) -> Iterator[str]:
    whose, months = np.arange(400), np.array([MARCH, date(2011, 4, 1)] * 200, dtype=object)
    better = losses(last_period=0.2, table=0.19, rfm=0.15)
    spread = {**better, "mean": better["rfm"] + np.random.default_rng(2).normal(-0.0001, 0.1, 400)}
    for told, before, sure in (
        (better, None, {}),
        (better, InUse("table", frozenset()), {}),
        (spread, InUse("rfm", frozenset()), {}),
        (better, None, {"rfm": 0.3}),
        (better, None, {"rfm": 0.3, "table": 0.2}),
        (losses(last_period=0.2, table=0.3), None, {}),
        (losses(last_period=0.2), None, {}),
    ):
        yield choice(language, told, whose, months, before, sure).why
    none = PredictionModel({"base_rate": None}, (), 0, 0, "x")  # type: ignore[dict-item]
    yield evaluated(language, [], none, None, 0.7).choice.why
    yield evaluated(language, [], PredictionModel({"base_rate": None}, (), 1, 1, None), None, 0.7).choice.why  # type: ignore[dict-item]
    ids, one = np.zeros(4, dtype=int), np.ones(4)
    money = {"last_period": one, "ratio": 0.7 * one, "mean": 0.8 * one}
    for before in (None, InUse("mean", frozenset())):
        yield choice_of_amounts(language, money, ids, before).why
    yield choice_of_amounts(language, {"last_period": one, "mean": one}, ids, None).why
    for note in ("x", None):
        yield evaluated_amounts(language, [], PredictionModel({}, (), 0, 0, note), None).choice.why


def of_notes(language: Language) -> Iterator[str]:
    for settings in ({}, {"target": "active"}, {"target": "active", "horizon_days": [1, 7]}):
        asked = spenders.prediction(**settings)
        for horizon in (1, 7):
            yield str(learn(asked, horizon, laid_together([]), (), language).note)
    few = spenders.prediction(minimum_events=5000)
    yield str(learn(few, 3, spenders.learned(0), (), language).note)
    rare = spenders.prediction(target="active", minimum_events=5000)
    for came in (0.0, 1.0):
        rows = replace(spenders.learned(0), came=np.full(600, came))
        yield str(learn(rare, 3, rows, (), language).note)
    model = PredictionModel({}, (), 0, 0, None)
    unknown = Decided(MARCH, 1, model, "x", "x", ("nps",), [], [])
    yield from (str(note_of(language, unknown)), str(_note(language, unknown)))


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("told", [of_customers, of_champions, of_notes])
def test_nothing_is_told_in_another_language(told, code):
    sentences = {*told(language_of(code))}
    assert len(sentences) > 7
    assert of_another_language(" ".join(sentences), code) == []


def test_sellers_read_english_in_an_english_domain():
    english = language_of("en")
    said = [
        reason(english, "recency_days", 12.0, 1.0, "active", 3, 6),
        reason(english, DID, 0.0, -1.0, "buys_item_group", 3, 6),
    ]
    assert sentence(english, said) == (
        "Bought 12 days ago (more likely); did not buy from the category in the last 3 months (less likely)"
    )


def test_a_model_whose_note_is_in_another_language_is_made_anew():
    asked, rows = spenders.prediction(), laid_together([])
    assert len({digest_of_fit(asked, 3, rows, language_of(code)) for code in languages()}) == len(languages())


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("pt-BR", {"motivo.txt", "leaderboard.csv", "calibracao.csv"}),
        ("en", {"reason.txt", "leaderboard.csv", "calibration.csv"}),
    ],
)
def test_files_of_a_fit_are_called_in_the_language_of_the_domain(code, called):
    row = {"reason": "", "evaluation": "[]", "calibration": "[]"}
    assert {*texts(row, language_of(code))} == called
