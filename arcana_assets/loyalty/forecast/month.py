"""A month of forecasts: those that it makes, and what came of those that end in it.

Belongs here: one month of one programme, and what is remembered of the months before. Does not belong here: reading
what a month knows (`assets.forecast`), the models and intervals (`forecast.revenue`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.forecast.revenue import (
    HORIZONS,
    Forecasts,
    group_totals,
    interval,
    leaderboard,
    models_silent,
    seasonal,
    serving,
)
from arcana_assets.presentation.language import Language
from arcana_assets.tables.frames import nothing

TOO_WIDE = 100.0  # times the lower end of an interval: what spans two orders of magnitude tells nobody anything
ENOUGH, LEAST_COVERED = 10, 0.6  # outcomes, from which on so many of them should lie within their intervals


@dataclass(frozen=True)
class Groups:
    """Who had a row in customer 360 at the end of a month, and who was a member of each programme.

    Customers by id, or groups of those who are in all of this alike.
    """

    customers: frozenset[str]
    members: Mapping[str, frozenset[str]]

    def of(self, programme: str) -> dict[str, frozenset[str]]:
        """Members of a programme, and the rest."""
        members = self.members[programme]
        return {"members": members, "rest": self.customers - members}


@dataclass(frozen=True)
class Ended:
    """A month whose forecasts end now: its groups, and what each of their customers has paid since, by id."""

    groups: Groups
    paid: pd.Series


@dataclass(frozen=True)
class Known:
    """All that is known at the end of a month: who there is, what models say of them, what came of earlier months.

    `ended` has the month that lies each of `HORIZONS` months back, where the domain has it and all months since are
    over.
    """

    month: date
    groups: Groups
    now: Forecasts
    ended: Mapping[int, Ended]


@dataclass(frozen=True)
class ForecastMonth:
    """What a month of one programme adds: rows of the two tables of forecasts."""

    forecasts: pd.DataFrame
    results: pd.DataFrame


class Past:
    """The forecasts and results of earlier months, those of this run among them."""

    def __init__(self, forecasts: list[pd.DataFrame], results: list[pd.DataFrame]) -> None:
        self.forecasts, self.results = forecasts, results

    def add(self, month: ForecastMonth) -> None:
        """A month of a programme."""
        for kept, rows in ((self.forecasts, month.forecasts), (self.results, month.results)):
            if len(rows):
                kept.append(rows)

    def made(self, programme: str, month: date, horizon: int) -> pd.DataFrame:
        """The forecasts that were made as of the end of a month, for so many months."""
        found = [
            rows[(rows["programme"] == programme) & (rows["month"] == month) & (rows["horizon"] == horizon)]
            for rows in self.forecasts
        ]
        rows = pd.concat(found, ignore_index=True) if found else nothing(tables.FORECAST)
        return rows[(rows["made_in"] == month) & rows["forecast"].notna()]

    def known(self, programme: str) -> pd.DataFrame:
        """All results of a programme."""
        rows = [each[each["programme"] == programme] for each in self.results]
        return pd.concat(rows, ignore_index=True) if rows else nothing(tables.FORECAST_RESULTS)

    @property
    def served(self) -> pd.DataFrame:
        """The results of forecasts that served and had an interval."""
        told = pd.concat(self.results, ignore_index=True) if self.results else nothing(tables.FORECAST_RESULTS)
        return told[told["served"].astype("boolean").fillna(False) & told["covered"].notna()]


def forecast_month(month: date, programme: str, known: Known, past: Past, language: Language) -> ForecastMonth:
    """Forecasts and results of a month; an open month's are those of the one before it.

    Nothing is forecast before a programme has members, and nothing has come of forecasts while the month is open. Why
    a model says nothing is told in the language.
    """
    of: dict[str, Any] = {"month": month, "programme": programme}
    results = _results(known, programme, past) if known.month == month else nothing(tables.FORECAST_RESULTS)
    results = results.assign(**of)
    groups = known.groups.of(programme)
    if not groups["members"]:
        return ForecastMonth(nothing(tables.FORECAST), results)
    told = pd.concat([past.known(programme), results], ignore_index=True)
    table = _with_intervals(known.now, groups, told, known.month, language)
    return ForecastMonth(table.assign(**of, made_in=known.month), results)


def intervals_hold(served: pd.DataFrame) -> tuple[bool, str]:
    """Whether enough outcomes lie within the intervals of what served, once there are `ENOUGH`; and how many do."""
    share = float(served["covered"].astype("float64").mean()) if len(served) else np.nan
    words = f"{share:.0%} of {len(served)} outcomes lie within their 80 % intervals"
    return len(served) < ENOUGH or share >= LEAST_COVERED, words if len(served) else "No forecast is old enough yet"


def _results(known: Known, programme: str, past: Past) -> pd.DataFrame:
    """The forecasts whose last month this one is, with what came of them."""
    found = []
    for horizon, ended in known.ended.items():
        made = past.made(programme, shifted(known.month, -horizon), horizon)
        if made.empty:
            continue
        groups = ended.groups.of(programme)
        paid = {name: float(ended.paid[ended.paid.index.isin(ids)].sum()) for name, ids in groups.items()}
        outcome = made["group"].map(paid)
        inside = (made["low"] <= outcome) & (outcome <= made["high"])
        covered = inside.astype("boolean").mask(made["low"].isna())
        found.append(made.assign(outcome=outcome, covered=covered).rename(columns={"serves": "served"}))
    return pd.concat(found, ignore_index=True) if found else nothing(tables.FORECAST_RESULTS)


def _with_intervals(
    made: Forecasts, groups: Mapping[str, frozenset[str]], known: pd.DataFrame, month: date, language: Language
) -> pd.DataFrame:
    """The forecasts of groups with intervals and what is known of each model, and which one serves each horizon."""
    totals = group_totals(made, groups)
    totals = pd.concat([totals, seasonal(totals, known, month)], ignore_index=True)
    board = leaderboard(known)
    serves = {
        horizon: serving(known, horizon, totals.loc[totals["horizon"] == horizon, "model"]) for horizon in HORIZONS
    }
    table = totals.merge(board, on=["horizon", "model"], how="left")
    table["months"] = table["months"].fillna(0).astype("int64")
    ends = [interval(*of) for of in zip(table["forecast"], table["drift"], table["months"], strict=True)]
    table["low"], table["high"] = [low for low, _ in ends], [high for _, high in ends]
    table["serves"] = table["model"] == table["horizon"].map(serves)
    wide = [low > 0 and high / low >= TOO_WIDE for low, high in ends]
    table["note"] = [language.say("programme.too_wide") if each else None for each in wide]
    silent = models_silent(language, totals["model"].unique())
    empty = pd.DataFrame(
        [
            {"group": group, "horizon": horizon, "model": model, "serves": False, "months": 0, "note": why}
            for model, why in silent.items()
            for group in groups
            for horizon in HORIZONS
        ]
    )
    parts = [table, empty] if len(empty) else [table]
    return pd.concat(parts, ignore_index=True).rename(columns={"months": "hold_out_months"})
