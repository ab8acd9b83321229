"""Whatever is told of a programme is told in the language of the domain, and in no other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.conditions import BARRED
from arcana_assets.domain.settings.loyalty import Exclusion, Programme
from arcana_assets.loyalty.forecast.revenue import models_silent
from arcana_assets.loyalty.programme.conditions import condition, lacking, measures_of
from arcana_assets.loyalty.programme.ledger import (
    ELIGIBLE,
    NOT_ACTIVE,
    NOTHING_NET,
    REVENUE,
    advance,
    in_words,
)
from arcana_assets.loyalty.report.actions import Base, actions
from arcana_assets.loyalty.report.answers import answers
from arcana_assets.loyalty.report.findings import Findings
from arcana_assets.loyalty.report.pictures import forecast_chart, members_chart, proof_chart
from arcana_assets.presentation.language import Language, language_of, languages
from arcana_assets_tests.loyalty.report.test_answers import FULL
from arcana_assets_tests.worlds.spoken import of_another_language

ENGLISH = language_of("en")
MAY, JUNE, JULY = date(2011, 5, 1), date(2011, 6, 1), date(2011, 7, 1)
SETTINGS: dict[str, Any] = {"name": "xx", "title": "XX", "segmentation": "value", "measures": {"monetary": "high"}}
MEASURES = {"monetary": "high", "frequency": "high", "recency_days": "low", "tenure_months": "high"}
PROGRAMME = Programme(**SETTINGS, exclude=[Exclusion(reason="ZZ", column="frequency", at_least=99)])


def conditions(language: Language) -> list[Any]:
    known = measures_of(PROGRAMME.model_copy(update={"measures": MEASURES}), "GBP", 6, language)
    at = {"monetary": 600, "frequency": 5, "recency_days": 60, "tenure_months": 24}
    return [condition(known[name], value, 0.75) for name, value in at.items()]


def customers(**rows: tuple[float, float, float, float]) -> pd.DataFrame:
    """Money, orders, days since the last, months of tenure, by customer."""
    table = pd.DataFrame([*rows.values()], columns=[*MEASURES]).assign(customer_id=[*rows])
    return table.assign(**{REVENUE: table["monetary"], "bought_months": (table["frequency"] > 0).astype(int)})


IN, KEPT, OUT, IDLE = (900.0, 9.0, 5.0, 30.0), (500.0, 4.0, 70.0, 20.0), (9.0, 1.0, 170.0, 20.0), (0.0, 0.0, 180.0, 9.0)


def of_ledgers(language: Language) -> Iterator[str]:
    asked, ledger = conditions(language), pd.DataFrame()
    months = (
        {"a": IN, "b": IN, "c": KEPT, "d": IN, "e": (900.0, 100.0, 5.0, 30.0)},
        {"a": OUT, "b": OUT, "c": OUT, "d": IDLE},
        {"a": IN, "b": OUT, "c": KEPT, "d": OUT},
        {"a": (900.0, 100.0, 170.0, 30.0), "b": OUT, "c": KEPT, "d": OUT},
        {"a": KEPT, "b": OUT, "c": KEPT, "d": OUT},
        {"a": OUT, "b": OUT, "c": KEPT, "d": OUT},
    )
    for place, rows in enumerate(months):
        ledger = advance(ledger, customers(**rows), asked, PROGRAMME, date(2011, 5 + place, 1), True, language)
        yield from ledger["reason"]
    for reason in (ELIGIBLE, NOT_ACTIVE, NOTHING_NET, *(f"barred: {column}" for column in BARRED)):
        yield in_words(language, reason)


def of_conditions(language: Language) -> Iterator[str]:
    asked = conditions(language)
    yield from (each.words(value) for each in asked for value in (each.enter, each.keep))
    short = customers(a=KEPT, b=OUT, c=(np.nan, 1.0, np.nan, 2.0))
    yield from lacking(short, asked)["lacking"]
    yield from models_silent(language, []).values()


def of_actions(language: Language) -> Iterator[str]:
    rows = {"one": (900.0, 4.0, 5.0, 30.0), "two": (500.0, 9.0, 5.0, 30.0), "young": (900.0, 9.0, 5.0, 9.0)}
    rows |= {"late": (900.0, 9.0, 90.0, 30.0), "far": OUT, "in": IN, "risk": KEPT}
    table = customers(**rows).set_index("customer_id")
    table = table.assign(share_1=[0.0] * 4 + [0.5, 1.0, 1.0])
    states = dict.fromkeys(rows, "candidate") | {"in": "member", "risk": "at_risk"}
    ledger = pd.DataFrame({"customer_id": [*states], "state": [*states.values()]})
    said = pd.Series(10.0, index=table.index)
    oldest = pd.DataFrame({"monetary": 500.0, "frequency": 8.0, "tenure_months": 9.0}, index=table.index)
    for expected, goods in ((None, True), (said, False), (said.iloc[:0], True)):
        up_to = {"members": 1.3, "rest": 1.2}
        base = Base(ledger, table, conditions(language), expected, 3, goods, oldest, up_to)
        found = actions(language, [base])
        yield from (text for name in ("title", "group", "stake_words", "what_to_do") for text in found[name])


def of_answers(language: Language) -> Iterator[str]:
    profile = FULL["profile"].assign(label="YY")
    made = of_actions(language)
    words = {"title": next(made), "group": "ww", "stake_words": "ww", "what_to_do": "ww"}
    summary = FULL["summary"].assign(note="ww")
    forecast = FULL["forecast"].assign(note=[None, None, "ww"])
    told: dict[str, Any] = {"language": language, "programme": PROGRAMME, "profile": profile, "summary": summary}
    told |= {"conditions": pd.DataFrame({"enter_words": ["ww"], "keep_words": ["ww"]}), "forecast": forecast}
    told |= {"eligibility": pd.DataFrame({"reason": ["ww", "xx"], "customers": [2900, 100]})}
    told |= {"actions": FULL["actions"].assign(**words)}
    full = Findings(**FULL | told)  # type: ignore[arg-type]
    proof, nothing = full.proof, pd.DataFrame()
    for found in (
        full,
        replace(full, goods=False, profile=profile.assign(apart=-0.5), programme=Programme(**SETTINGS)),
        replace(full, proof=proof.assign(beyond_chance=False), balance=full.balance.assign(matched=0.4)),
        replace(full, proof=proof.assign(p_adjusted=np.nan, low=np.nan), balance=nothing),
        replace(full, proof=proof.assign(difference=-9.0), results=full.results.iloc[:0]),
        replace(full, proof=nothing, forecast=forecast.iloc[:0], eligibility=told["eligibility"].iloc[:0]),
        replace(full, summary=summary.iloc[:0], conditions=nothing, profile=profile.iloc[:0], actions=nothing),
        replace(full, summary=summary.assign(precision=np.nan)),
    ):
        for answer in answers(found):
            yield from (answer.question, answer.text, *answer.table.columns)
            yield from (str(cell) for row in answer.table.to_numpy() for cell in row)


def of_pictures(language: Language) -> Iterator[str]:
    forecast = FULL["forecast"][FULL["forecast"]["serves"]]
    for made in (
        members_chart(FULL["summary"], "XX", language),
        members_chart(FULL["summary"].iloc[:0], "XX", language),
        forecast_chart(forecast, "GBP", "XX", language),
        forecast_chart(forecast.iloc[:0], "GBP", "XX", language),
        proof_chart(FULL["proof"], "GBP", "XX", language),
        proof_chart(FULL["proof"].iloc[:0], "GBP", "XX", language),
    ):
        yield from (made["description"], *made["title"]["subtitle"])
        for layer in made["layer"]:
            yield from (str(text) for row in layer["data"]["values"] for text in row.values())


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("told", [of_ledgers, of_conditions, of_actions, of_answers, of_pictures])
def test_nothing_is_told_in_another_language(told, code):
    sentences = {*told(language_of(code))}
    assert len(sentences) > 8
    assert of_another_language(" ".join(map(str, sentences)), code) == []


def test_an_english_programme_is_told_in_english():
    ledger = [*of_ledgers(ENGLISH)]
    assert "Met the conditions for entry in 2011-05" in ledger
    assert "Below the conditions to stay for 1 month" in ledger
    assert next(of_conditions(ENGLISH)) == f"{ENGLISH.say('columns.monetary')} in 6 months: at least £600"
    questions = [answer for answer in of_answers(ENGLISH) if answer.endswith("?")][:2]
    assert questions == ["Who is eligible?", "How many members are there?"]
