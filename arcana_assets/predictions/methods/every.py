"""All candidates: fitting those that are asked for, and reading them back.

Belongs here: which numbers each takes, and the mean of two. Does not belong here: a kind's arithmetic (its own file),
who serves (`champion`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.predictions import Candidate
from arcana_assets.predictions.methods.additive import additive
from arcana_assets.predictions.methods.counted import Cells, last_period, table
from arcana_assets.predictions.methods.fitted import Fitted
from arcana_assets.predictions.methods.linear import Line, logistic
from arcana_assets.predictions.methods.steps import Steps


@dataclass(frozen=True)
class Mean:
    """Two candidates in one: the mean of their log-odds, so that what each number adds is the mean as well."""

    members: tuple[Fitted, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers of all members, each once."""
        return tuple(dict.fromkeys(name for member in self.members for name in member.features))

    def logits(self, numbers: pd.DataFrame) -> np.ndarray:
        """The log-odds of the event, a value a row."""
        return np.mean([member.logits(numbers) for member in self.members], axis=0)

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: what each adds to the log-odds of the median customer."""
        total, at = np.zeros((len(numbers), len(self.features))), {name: at for at, name in enumerate(self.features)}
        for member in self.members:
            found = member.contributions(numbers)
            for place, name in enumerate(member.features):
                total[:, at[name]] += found[:, place] / len(self.members)
        return total

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        return {"kind": "mean", "members": [member.as_dict() for member in self.members]}


def fitted(
    candidates: Sequence[Candidate],
    numbers: pd.DataFrame,
    came: np.ndarray,
    did: str,
    rfm: Sequence[str],
) -> dict[str, Fitted]:
    """The candidates fitted on the rows, by name, in the order given.

    `did` is the number that says who did it in the last period, `rfm` those of recency, frequency and value. Candidates
    that learn take all numbers that are known of somebody and not the same for all. Needs both kinds of outcomes.
    """
    told = tuple(name for name in numbers.columns if numbers[name].nunique(dropna=False) > 1)
    known = tuple(name for name in rfm if name in told)
    made: dict[str, Fitted] = {}
    for name in candidates:
        if name == "last_period":
            made[name] = last_period(numbers, came, did)
        elif name == "table":
            made[name] = table(numbers, came, (rfm[0], rfm[1]))
        elif name == "rfm":
            made[name] = logistic(numbers, came, known or (did,), name)
        elif name == "logistic":
            made[name] = logistic(numbers, came, told or (did,), name)
        elif name == "additive":
            made[name] = additive(numbers, came, told or (did,))
        else:
            made[name] = Mean((made["logistic"], made["additive"]))
    return made


def from_dict(data: Any) -> Fitted:
    """The candidate that `as_dict` wrote. Raises ValueError saying what is wrong."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == "table":
        return Cells.from_dict(data)
    if kind in ("rfm", "logistic"):
        return Line.from_dict(data)
    if kind in ("last_period", "base_rate", "additive"):
        return Steps.from_dict(data)
    if kind == "mean":
        members = data.get("members")
        if not isinstance(members, list) or len(members) < 2:
            raise ValueError("'members' is a list of candidates")
        return Mean(tuple(from_dict(member) for member in members))
    raise ValueError(f"'kind' is one of last_period, table, rfm, logistic, additive, mean, base_rate; found {kind!r}")
