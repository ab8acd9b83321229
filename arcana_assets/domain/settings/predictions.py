"""Predictions: what `defs.yaml` may say of what customers will do, and of what it takes to be believed.

Belongs here: one model a key, with what it can mean. Does not belong here: whether the domain has the features
(`domain.folder`), fitting and judging (`predictions`).
"""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.facets.features import FeatureName
from arcana_assets.domain.names import Name
from arcana_assets.domain.yaml.file import Strict

Target = Literal["active", "silent", "visits", "spend"]
Candidate = Literal[
    "last_period", "table", "rfm", "logistic", "additive", "window_rate", "half_and_half", "ratio", "mean"
]

CANDIDATES: tuple[Candidate, ...] = ("last_period", "table", "rfm", "logistic", "additive", "mean")
"""Of what customers do or do not, in the order of their simplicity."""
OF_SPEND: tuple[Candidate, ...] = ("last_period", "window_rate", "half_and_half", "ratio", "mean")
"""Of what customers pay, in the order of their simplicity."""
EXPECTED_MONTHS = 3
"""Months ahead for which programmes tell what a customer is expected to pay."""

RFM: dict[Target, tuple[str, ...]] = {
    "active": ("recency_days", "frequency", "monetary"),
    "silent": ("recency_days", "frequency", "monetary"),
    "visits": ("days_since_visit", "visits", "monetary"),
}
"""By target the features of recency, frequency and value; `table` takes the first two, `rfm` all."""


class Goals(Strict):
    """What is warned of where a prediction falls short of it, on its hold-outs."""

    skill: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="least share by which the Brier score, of spend the squared error, is below that of the last "
        "period",
    )
    slope: tuple[float, float] = Field(
        (0.7, 1.4), description="calibration slope: 1 is right, below it probabilities are too sure of themselves"
    )
    bias: float = Field(0.1, gt=0, le=1, description="largest distance of the mean probability from what came")
    coverage: tuple[float, float] = Field(
        (0.7, 0.9), description="of spend: share of customers who paid what their 80 % interval says"
    )

    @field_validator("slope", "coverage")
    @classmethod
    def _ascends(cls, limits: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= limits[0] < limits[1]:
            raise ValueError(f"expected two numbers from 0 on, ascending, found {limits[0]:g}, {limits[1]:g}")
        return limits


class Prediction(Strict):
    """One thing that customers may do, as of the end of each month.

    It is learned from months whose outcome is known by then, judged on the last of them, and served by the simplest
    candidate that is as good as the best; by none that is no better than what the customer did in the last period.
    """

    name: Name
    title: str = Field(min_length=1, description="what is predicted, for business users")
    target: Target = Field(
        description="`active`: buys, or pays, in one of the months after; `silent`: in none of them; `visits`: comes; "
        "`spend`: how much it pays in them"
    )
    horizon_months: list[int] = Field(
        [3], min_length=1, max_length=4, description="how many months after, each 1 to 12"
    )
    features: list[FeatureName] = Field(
        min_length=1,
        description="columns of the feature matrix that candidates learn from; those that know only the present, as "
        "contracts do, are refused",
    )
    candidates: list[Candidate] = Field(
        [*CANDIDATES],
        min_length=1,
        description="what is tried; of spend there are last_period, window_rate, half_and_half, ratio and mean, which "
        "are tried where nothing is said",
    )
    minimum_events: int = Field(
        50,
        ge=1,
        description="customers with the event, and as many without it, in the months learned from; with fewer the base "
        "rate is said of everybody. Of spend: customers who paid; with fewer nothing is learned, and half_and_half or "
        "last_period is said",
    )
    hold_outs: int = Field(3, ge=1, le=12, description="most recent months with a known outcome that decide who serves")
    goals: Goals = Goals()

    @field_validator("horizon_months")
    @classmethod
    def _ascend(cls, months: list[int]) -> list[int]:
        if any(not 1 <= each <= 12 for each in months) or sorted(set(months)) != months:
            raise ValueError(f"expected months from 1 to 12, ascending, each once; found {months}")
        return months

    @model_validator(mode="before")
    @classmethod
    def _tries_all_of_its_target(cls, said: Any) -> Any:
        of_spend = isinstance(said, dict) and said.get("target") == "spend" and "candidates" not in said
        return {**said, "candidates": [*OF_SPEND]} if of_spend else said

    @model_validator(mode="after")
    def _can_be_judged(self) -> "Prediction":
        there = OF_SPEND if self.target == "spend" else CANDIDATES
        if len(set(self.candidates)) < len(self.candidates):
            raise ValueError(f"candidates: each is tried once, found {', '.join(self.candidates)}")
        if strange := [each for each in self.candidates if each not in there]:
            raise ValueError(
                f"candidates: of '{self.target}' there are {', '.join(there)}; found {', '.join(strange)}; leave it out"
            )
        if "last_period" not in self.candidates:
            raise ValueError("candidates: 'last_period' is what the others are held against; add it")
        members = ("ratio", "half_and_half") if self.target == "spend" else ("logistic", "additive")
        if "mean" in self.candidates and not {*members} <= {*self.candidates}:
            raise ValueError(
                f"candidates: 'mean' is that of '{members[0]}' and '{members[1]}'; add both, or leave it out"
            )
        return self

    @property
    def tried(self) -> list[Candidate]:
        """The candidates in the order of their simplicity."""
        return [each for each in (OF_SPEND if self.target == "spend" else CANDIDATES) if each in self.candidates]
