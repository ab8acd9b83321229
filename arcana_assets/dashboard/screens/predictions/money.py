"""How sure a prediction of money is: month by month against the last period, what came, and every method tried.

Belongs here: these proofs. Does not belong here: the figures over all hold-outs (`predictions.report.money`), proofs of
probabilities (`proof`).
"""

from collections.abc import Mapping
from typing import Any

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.predictions.told import RESULTS_SHOWN, Told, rows_of
from arcana_assets.predictions.champion import LAST, method
from arcana_assets.predictions.report.money import candidates_of_money
from arcana_assets.predictions.report.said import saved, written

Row = Mapping[str, Any]


def show(place: Place, told: Told) -> None:
    """All proofs that there are."""
    _hold_outs(place, told)
    _results(place, told)
    _methods(place, told)


def _hold_outs(place: Place, told: Told) -> None:
    say, language = place.language.say, place.language
    serves = [row for row in told.board if row["serves"]]
    last = {row["hold_out"]: row["rmse"] for row in told.board if row["candidate"] == LAST}
    if not serves or told.champion == LAST:
        return
    won = sum(row["rmse"] < last[row["hold_out"]] for row in serves)
    parts.section(say("predictions.hold_outs"), say("predictions.hold_outs_said", n=len(serves), won=won))
    parts.table(
        [
            parts.Header(say("predictions.as_of")),
            parts.Header(say("words.customers"), True),
            parts.Header(say("predictions.money.payers"), True),
            parts.Header("RMSE", True, say("predictions.money.rmse_about")),
            parts.Header(say("predictions.money.rmse_last"), True),
            parts.Header(say("predictions.saved"), True, say("predictions.money.saved_about")),
            _within(place),
        ],
        [
            (
                language.month(row["hold_out"]),
                language.count(row["n"]),
                language.percent(row["events"] / row["n"]),
                *(_money(place, each) for each in (row["rmse"], last[row["hold_out"]])),
                saved(language, row["skill"]),
                written(row["coverage"], language.percent),
            )
            for row in serves
        ],
    )


def _results(place: Place, told: Told) -> None:
    say, language = place.language.say, place.language
    rows = rows_of(place, "prediction_results", told, "month DESC", "year")[:RESULTS_SHOWN]
    if not rows:
        parts.section(say("predictions.results"), say(f"predictions.no_results.{told.prediction.unit}", n=told.horizon))
        return
    newest = rows[0]
    found = say(
        "predictions.money.results_said",
        month=language.month(newest["made_in"]),
        expected=_money(place, newest["expected"]),
        paid=_money(place, newest["paid"]),
        n=newest["n"],
    )
    covered = written(newest["coverage"], language.percent)
    more = say("predictions.money.covered", share=covered) if covered else ""
    parts.section(say("predictions.results"), f"{found} {more}".strip())
    parts.table(
        [
            parts.Header(say("predictions.said_in")),
            parts.Header(place.label("champion")),
            parts.Header(say("words.customers"), True),
            parts.Header(say("predictions.money.expected"), True),
            parts.Header(say("predictions.money.paid"), True),
            parts.Header("RMSE", True, say("predictions.money.rmse_about")),
            parts.Header(say("predictions.saved"), True, say("predictions.money.saved_about")),
            _within(place),
        ],
        [
            (
                language.month(row["made_in"]),
                method(language, row["champion"], of_money=True),
                language.count(row["n"]),
                *(_money(place, row[name]) for name in ("expected", "paid", "rmse")),
                "" if row["champion"] == LAST else saved(language, row["skill"]),
                written(row["coverage"], language.percent),
            )
            for row in rows
        ],
    )


def _methods(place: Place, told: Told) -> None:
    """Every method over all hold-outs, who saves most first."""
    say, language = place.language.say, place.language
    found = candidates_of_money(told.board)
    if not found:
        return
    parts.section(say("predictions.methods"), say("predictions.money.methods_said"))
    parts.table(
        [
            parts.Header(say("predictions.method")),
            parts.Header("RMSE", True, say("predictions.money.rmse_about")),
            parts.Header(say("predictions.saved"), True, say("predictions.money.saved_about")),
            parts.Header("MAE", True, say("predictions.money.mae_about")),
            parts.Header(say("predictions.money.rank"), True, say("predictions.money.rank_about")),
            parts.Header(say("predictions.money.revenue"), True, say("predictions.money.revenue_about")),
            _within(place),
            parts.Header(say("recommendations.serves")),
        ],
        [
            (
                method(language, row["candidate"], of_money=True),
                _money(place, row["rmse"]),
                "" if row["candidate"] == LAST else saved(language, row["skill"]),
                _money(place, row["mae"]),
                written(row["spearman"], lambda value: language.number(value, 2)),
                *(written(row[name], language.percent) for name in ("revenue_10", "coverage")),
                say("recommendations.yes") if row["serves"] else "",
            )
            for row in found
        ],
    )


def _within(place: Place) -> parts.Header:
    say = place.language.say
    return parts.Header(say("predictions.money.within"), True, say("predictions.money.within_about"))


def _money(place: Place, value: float | None) -> str:
    return written(value, lambda amount: place.language.money(amount, place.domain.currency))
