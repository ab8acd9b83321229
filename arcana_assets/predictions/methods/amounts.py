"""Candidates of spend: a pace that is carried on, a factor on it, and the mean of two.

Belongs here: the candidates as data, and reading them back. Does not belong here: fitting the factor (`ratio`), the
numbers that paces are (`predictions.paces`), probabilities (`every`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.predictions import Candidate
from arcana_assets.predictions.methods.fitted import are_numbers, columns_of
from arcana_assets.predictions.methods.steps import Steps

LAST_PAID, WINDOW_PAID = "paid_in_the_last_period", "paid_at_the_rate_of_the_window"
"""What a customer paid in as many months before, and what it pays in so many at the rate of the lookback."""
_PACES: dict[Candidate, dict[str, float]] = {
    "last_period": {LAST_PAID: 1.0},
    "window_rate": {WINDOW_PAID: 1.0},
    "half_and_half": {LAST_PAID: 0.5, WINDOW_PAID: 0.5},
}
KINDS = ("pace", "ratio", "mean_of_amounts")


class Amount(Protocol):
    """A candidate of spend. `features` are the numbers that set one customer apart from another at the same pace."""

    @property
    def features(self) -> tuple[str, ...]:
        """Their names, in their order."""

    def amounts(self, numbers: pd.DataFrame) -> np.ndarray:
        """What each customer is expected to pay, 0 or more."""

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: what each adds to the logarithm of the median customer's factor on the pace."""

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""


@dataclass(frozen=True)
class Pace:
    """A weighted sum of paces; who took back more than was paid is expected to pay nothing, not to be paid."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """None: a pace is the customer's own."""
        return ()

    def amounts(self, numbers: pd.DataFrame) -> np.ndarray:
        """What each customer is expected to pay; nothing of whom no pace is known."""
        paid = np.nan_to_num(columns_of(numbers, self.names), nan=0.0) @ np.asarray(self.weights)
        return np.maximum(paid, 0.0)

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows without features."""
        return np.zeros((len(numbers), 0))

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        return {"kind": "pace", "names": [*self.names], "weights": [*self.weights]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Pace":
        """What `as_dict` wrote. Raises ValueError saying what is wrong."""
        names = data.get("names")
        if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
            raise ValueError("'names' is a list of names")
        if not are_numbers(data.get("weights"), len(names)):
            raise ValueError(f"'weights' is a list of {len(names)} numbers")
        return cls(tuple(names), tuple(data["weights"]))


@dataclass(frozen=True)
class Ratio:
    """A pace times a factor; `factor` says its logarithm as a sum of steps."""

    pace: Pace
    factor: Steps

    @property
    def features(self) -> tuple[str, ...]:
        """The numbers of the factor."""
        return self.factor.features

    def amounts(self, numbers: pd.DataFrame) -> np.ndarray:
        """What each customer is expected to pay."""
        return self.pace.amounts(numbers) * np.exp(self.factor.logits(numbers))

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: what each adds to the logarithm of the median customer's factor. Rows add up to it."""
        return self.factor.contributions(numbers)

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        return {"kind": "ratio", "pace": self.pace.as_dict(), "factor": self.factor.as_dict()}


@dataclass(frozen=True)
class MeanAmount:
    """The mean of what two say; what sets customers apart is that of the one that has a factor."""

    members: tuple[Amount, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The numbers of the member with a factor."""
        return self._told.features

    def amounts(self, numbers: pd.DataFrame) -> np.ndarray:
        """What each customer is expected to pay."""
        return np.mean([member.amounts(numbers) for member in self.members], axis=0)

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Those of the member with a factor: a mean of money has no exact ones on its logarithm."""
        return self._told.contributions(numbers)

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        return {"kind": "mean_of_amounts", "members": [member.as_dict() for member in self.members]}

    @property
    def _told(self) -> Amount:
        return next((each for each in self.members if each.features), self.members[0])


def paces(candidates: Sequence[Candidate]) -> dict[str, Amount]:
    """Those of the candidates that need no learning, by name, in the order given."""
    return {name: Pace(tuple(of), tuple(of.values())) for name in candidates if (of := _PACES.get(name))}


def half_and_half() -> Pace:
    """The pace that the factor is on."""
    of = _PACES["half_and_half"]
    return Pace(tuple(of), tuple(of.values()))


def amount_from_dict(data: Any) -> Amount:
    """The candidate that `as_dict` wrote. Raises ValueError saying what is wrong."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == "pace":
        return Pace.from_dict(data)
    if kind == "ratio":
        pace, factor = data.get("pace"), data.get("factor")
        if not isinstance(pace, dict) or not isinstance(factor, dict) or "kind" not in factor:
            raise ValueError("'pace' and 'factor' are what the amount is the product of")
        return Ratio(Pace.from_dict(pace), Steps.from_dict(factor))
    if kind == "mean_of_amounts":
        members = data.get("members")
        if not isinstance(members, list) or len(members) < 2:
            raise ValueError("'members' is a list of candidates")
        return MeanAmount(tuple(amount_from_dict(member) for member in members))
    raise ValueError(f"'kind' is one of {', '.join(KINDS)}; found {kind!r}")
