"""How sure a prediction is: what was said against what came, month by month, every method tried, and drift.

Belongs here: the proofs of one prediction and horizon. Does not belong here: those of money (`money`), what is expected
(`predictions`), who is likely (`likely`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.charts import said_and_came
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.predictions import money
from arcana_assets.dashboard.screens.predictions.told import RESULTS_SHOWN, Told, rows_of
from arcana_assets.predictions.champion import LAST, method
from arcana_assets.predictions.measures import TENTHS
from arcana_assets.predictions.report.said import chance, saved

Row = Mapping[str, Any]


def show(place: Place, told: Told) -> None:
    """All proofs that there are."""
    if told.of_money:
        money.show(place, told)
    else:
        _calibration(place, told)
        _hold_outs(place, told)
        _results(place, told)
        _methods(place, told)
    _drift(place, told)


def _calibration(place: Place, told: Told) -> None:
    say, language = place.language.say, place.language
    rows = rows_of(place, "prediction_calibration", told, "decile")
    if not rows:
        return
    n = sum(row["n"] for row in rows)
    said, came = (sum(row[name] * row["n"] for row in rows) / n for name in ("predicted", "observed"))
    top = rows[-1]
    parts.section(
        say("predictions.calibration"),
        say(
            "predictions.calibration_said",
            said=chance(language, said),
            came=language.percent(came),
            top_said=chance(language, top["predicted"], 0),
            top_came=language.percent(top["observed"], 0),
        )
        + (f" {say('predictions.ties')}" if len(rows) < TENTHS else ""),
    )
    parts.beside(
        said_and_came(
            [{"group": row["decile"], "said": row["predicted"], "came": row["observed"]} for row in rows],
            *(say("predictions.tenth"), say("predictions.said"), say("predictions.came")),
            *(language, say("predictions.calibration")),
        ),
        [
            parts.Header(say("predictions.tenth"), True, say("customer.decile_about")),
            parts.Header(say("predictions.said"), True),
            parts.Header(say("predictions.came"), True),
            parts.Header(say("words.customers"), True, say("predictions.n_about")),
        ],
        [
            (row["decile"], chance(language, row["predicted"]), language.percent(row["observed"]), _n(place, row))
            for row in reversed(rows)
        ],
        tall=440,
    )


def _hold_outs(place: Place, told: Told) -> None:
    say, language = place.language.say, place.language
    serves = [row for row in told.board if row["serves"]]
    last = {row["hold_out"]: row["brier"] for row in told.board if row["candidate"] == LAST}
    if not serves or told.champion == LAST:
        return
    won = sum(row["brier"] < last[row["hold_out"]] for row in serves)
    parts.section(say("predictions.hold_outs"), say("predictions.hold_outs_said", n=len(serves), won=won))
    parts.table(
        [
            parts.Header(say("predictions.as_of")),
            parts.Header(say("words.customers"), True),
            parts.Header(say("predictions.came"), True),
            parts.Header(say("predictions.error"), True, say("predictions.error_about")),
            parts.Header(say("predictions.error_last"), True),
            parts.Header(say("predictions.saved"), True, say("predictions.saved_about")),
        ],
        [
            (
                language.month(row["hold_out"]),
                _n(place, row),
                language.percent(row["events"] / row["n"]),
                *(language.number(each, 3) for each in (row["brier"], last[row["hold_out"]])),
                saved(language, row["skill"]),
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
    parts.section(
        say("predictions.results"),
        say(
            "predictions.results_said",
            month=language.month(newest["made_in"]),
            expected=language.count(round(newest["predicted"] * newest["n"])),
            came=language.count(newest["events"]),
            n=newest["n"],
        ),
    )
    parts.table(
        [
            parts.Header(say("predictions.said_in")),
            parts.Header(place.label("champion")),
            parts.Header(say("words.customers"), True),
            parts.Header(say("predictions.expected"), True),
            parts.Header(say("predictions.came"), True),
            parts.Header(say("predictions.saved"), True, say("predictions.saved_about")),
        ],
        [
            (
                language.month(row["made_in"]),
                method(language, row["champion"]),
                _n(place, row),
                f"{language.count(round(row['predicted'] * row['n']))} ({language.percent(row['predicted'], 0)})",
                f"{language.count(row['events'])} ({language.percent(row['observed'], 0)})",
                "" if row["champion"] == LAST else saved(language, row["skill"]),
            )
            for row in rows
        ],
    )


def _methods(place: Place, told: Told) -> None:
    """Every method over all hold-outs, the nearest to what came first."""
    say, language = place.language.say, place.language
    by_name: dict[str, list[Row]] = {}
    for row in told.board:
        by_name.setdefault(row["candidate"], []).append(row)
    if not by_name:
        return
    lines = sorted(((_mean(rows, "brier"), name) for name, rows in by_name.items()))
    last = next((brier for brier, name in lines if name == LAST), None)
    parts.section(say("predictions.methods"), say("predictions.methods_said"))
    parts.table(
        [
            parts.Header(say("predictions.method")),
            parts.Header(say("predictions.error"), True, say("predictions.error_about")),
            parts.Header(say("predictions.saved"), True, say("predictions.saved_about")),
            parts.Header("AUC", True, say("predictions.auc_about")),
            parts.Header(say("recommendations.serves")),
        ],
        [
            (
                method(language, name),
                language.number(brier, 3),
                saved(language, 1 - brier / last) if last and name != LAST else "",
                language.number(_mean(by_name[name], "auc"), 2),
                say("recommendations.yes") if by_name[name][0]["serves"] else "",
            )
            for brier, name in lines
        ],
    )


def _drift(place: Place, told: Told) -> None:
    say, language = place.language.say, place.language
    rows = [row for row in rows_of(place, "prediction_drift", told, "psi DESC, feature") if row["drifted"]]
    if not rows:
        return
    parts.section(say("predictions.drift"), say("predictions.drift_said", n=len(rows)))
    parts.table(
        [
            parts.Header(say("words.feature")),
            parts.Header("PSI", True, say("predictions.psi_about")),
            parts.Header(say("predictions.median_before"), True),
            parts.Header(say("predictions.median_now"), True),
        ],
        [
            (
                place.label(row["feature"]),
                language.number(row["psi"], 2),
                *(place.said(row["feature"], row[name]) for name in ("median_before", "median_now")),
            )
            for row in rows
        ],
    )


def _mean(rows: Sequence[Row], name: str) -> float:
    """The mean of a measure over hold-outs, customers weighing alike; nan where none has it."""
    known = [(row[name], row["n"]) for row in rows if row[name] is not None and row[name] == row[name]]
    return float(np.average([each for each, _ in known], weights=[n for _, n in known])) if known else float("nan")


def _n(place: Place, row: Row) -> str:
    return place.language.count(row["n"])
