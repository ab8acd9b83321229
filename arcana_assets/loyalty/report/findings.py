"""Findings: all that the answers of a loyalty programme are made of.

Belongs here: what there is, and how money is written. Does not belong here: what is said of it (`loyalty_answers`,
`loyalty_guarantee`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.presentation.notation import number


@dataclass(frozen=True)
class Findings:
    """What the answers of a programme and month are made of: rows of gold tables of that programme.

    `summary` has the months up to this one; all others are of the month. `profile` is that of `loyalty_actions`, and
    `said` how its columns are written.
    """

    programme: Programme
    month: date
    currency: str
    lookback: int
    goods: bool
    """Whether customers buy goods, which can be taken back; else they pay by contract."""
    summary: pd.DataFrame
    conditions: pd.DataFrame
    eligibility: pd.DataFrame
    profile: pd.DataFrame
    said: Mapping[str, Callable[[float], str]]
    forecast: pd.DataFrame
    results: pd.DataFrame
    proof: pd.DataFrame
    balance: pd.DataFrame
    experiment: pd.DataFrame
    actions: pd.DataFrame

    def money(self, value: float) -> str:
        """`GBP 1.234`."""
        return f"{self.currency} {number(value, 0)}" if math.isfinite(value) else "sem dado"

    @property
    def now(self) -> Mapping[str, Any]:
        """The summary of the month."""
        mine = self.summary[self.summary["month"] == self.month]
        return dict(mine.iloc[0]) if len(mine) else {}
