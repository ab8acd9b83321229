"""The sections of a card that judge a prediction of money: its methods, its months of proof, and what came.

Belongs here: these sections. Does not belong here: the figures (`money`), all other sections (`page`).
"""

from collections.abc import Mapping
from typing import Any

from arcana_assets.exports.pages import Section
from arcana_assets.predictions.champion import LAST, method
from arcana_assets.predictions.report.said import saved, written
from arcana_assets.presentation.language import Language

Row = Mapping[str, Any]


def judged(each: Row, currency: str, language: Language) -> list[Section | None]:
    """The sections of one horizon of a card; None where there is nothing to show."""
    return [
        _candidates(each, currency, language),
        _hold_outs(each, currency, language),
        _results(each, currency, language),
    ]


def _candidates(each: Row, currency: str, language: Language) -> Section | None:
    say = language.say
    if not each["candidates"]:
        return None
    header = [say("card.candidate"), "RMSE", "MAE", say("predictions.money.rank"), say("predictions.money.revenue")]
    header += [say("predictions.money.within"), say("card.saved"), say("recommendations.serves")]
    lines = [
        (
            method(language, row["candidate"], of_money=True),
            language.money(row["rmse"], currency),
            language.money(row["mae"], currency),
            written(row["spearman"], lambda value: language.number(value, 2)),
            *(written(row[name], language.percent) for name in ("revenue_10", "coverage")),
            "" if row["candidate"] == LAST else saved(language, row["skill"]),
            language.texts["notation"]["yes"] if row["serves"] else "",
        )
        for row in each["candidates"]
    ]
    return Section("", say("card.money.candidates_said"), header, lines)


def _hold_outs(each: Row, currency: str, language: Language) -> Section | None:
    say = language.say
    last = {row["hold_out"]: row["rmse"] for row in each["hold_outs"] if row["candidate"] == LAST}
    serves = [row for row in each["hold_outs"] if row["candidate"] == each["champion"]]
    if not serves or each["champion"] == LAST:
        return None
    header = [say("predictions.as_of"), say("words.customers"), say("predictions.money.payers"), "RMSE"]
    header += [say("predictions.money.rmse_last"), say("predictions.money.within"), say("card.saved")]
    lines = [
        (
            language.month(row["hold_out"]),
            language.count(row["n"]),
            language.percent(row["events"] / row["n"]),
            *(language.money(value, currency) for value in (row["rmse"], last[row["hold_out"]])),
            written(row["coverage"], language.percent),
            saved(language, row["skill"]),
        )
        for row in serves
    ]
    won = sum(row["rmse"] < last[row["hold_out"]] for row in serves)
    return Section("", say("predictions.hold_outs_said", n=len(serves), won=won), header, lines)


def _results(each: Row, currency: str, language: Language) -> Section:
    say = language.say
    if not each["results"]:
        return Section("", say(f"predictions.no_results.{each['unit']}", n=each["horizon"]))
    header = [say("predictions.said_in"), say("card.candidate"), say("words.customers")]
    header += [say("predictions.money.expected"), say("predictions.money.paid"), "RMSE"]
    header += [say("predictions.money.within"), say("card.saved"), say("card.hold_out_saved")]
    lines = [
        (
            language.month(row["made_in"]),
            method(language, row["champion"], of_money=True),
            language.count(row["n"]),
            *(language.money(row[name], currency) for name in ("expected", "paid", "rmse")),
            written(row["coverage"], language.percent),
            *("" if row["champion"] == LAST else saved(language, row[name]) for name in ("skill", "hold_out_skill")),
        )
        for row in each["results"]
    ]
    return Section("", say("card.results_said"), header, lines)
