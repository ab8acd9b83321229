"""Predictions: what `defs.yaml` may say of what customers will do, and of what it takes to be believed.

Belongs here: one model a key, with what it can mean. Does not belong here: whether the domain has the features
(`domain.folder`), fitting and judging (`predictions`).
"""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.facets.features import FeatureName
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.names import Name, as_name
from arcana_assets.domain.yaml.file import Strict

Target = Literal["active", "silent", "visits", "leaves", "uses_coupon", "buys_item_group", "spend"]
Unit = Literal["months", "days"]
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
    "leaves": ("mrr_growth_3m", "mrr_growth_12m", "mrr"),
    "uses_coupon": ("recency_days", "coupon_share", "frequency"),
    "buys_item_group": ("recency_days", "frequency", "monetary"),  # the group's own share of spend for the frequency
}
"""By target the features of recency, frequency and value, or of what stands for them: see `Prediction.rfm`."""
IN_DAYS: tuple[Target, ...] = ("active", "visits")
"""Targets that happen on a day; others are of whole months."""


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
        (0.7, 1.4),
        description="calibration slope: 1 is right, below it probabilities are too sure of themselves; a candidate "
        "whose slope lies below the first of the two does not serve",
    )
    bias: float = Field(0.1, gt=0, le=1, description="largest distance of the mean probability from what came")
    psi: float = Field(
        0.25, gt=0, description="population stability index from which a feature lies far from the months learned from"
    )
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
    candidate that is as good as the best; by none that is not better in each of them than what the customer did in the
    last period, nor by one whose probabilities are surer of themselves than `goals.slope` lets them be.
    """

    name: Name
    title: str = Field(min_length=1, description="what is predicted, for business users")
    target: Target = Field(
        description="`active`: buys, or pays, in one of the months after; `silent`: in none of them; `visits`: comes; "
        "`leaves`: of those with recurring revenue, has none in the last of the months; `uses_coupon`: has an order "
        "with a coupon; `buys_item_group`: buys of the category that `item_group` names; `spend`: how much it pays in "
        "them"
    )
    item_group: str | None = Field(
        None, min_length=1, description="the product category of `buys_item_group`, as its products have it"
    )
    horizon_months: list[int] = Field(
        [], max_length=4, description="within how many months after, each 1 to 12; 3 where no horizon is given"
    )
    horizon_days: list[int] = Field(
        [],
        max_length=4,
        description="instead, of `active` and `visits`: within how many days after the month, each 1 to 365. What "
        "half of the customers of a score had done by which day is said of the longest",
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

    @field_validator("horizon_days")
    @classmethod
    def _ascend_too(cls, days: list[int]) -> list[int]:
        if any(not 1 <= each <= 365 for each in days) or sorted(set(days)) != days:
            raise ValueError(f"expected days from 1 to 365, ascending, each once; found {days}")
        return days

    @model_validator(mode="before")
    @classmethod
    def _looks_ahead(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("horizon_days") and not data.get("horizon_months"):
            return {**data, "horizon_months": [3]}
        return data

    @model_validator(mode="after")
    def _has_one_horizon(self) -> "Prediction":
        if self.horizon_days and self.horizon_months:
            raise ValueError("horizon_days: expected this or 'horizon_months', found both; make two of it")
        if self.horizon_days and self.target not in IN_DAYS:
            raise ValueError(
                f"horizon_days: '{self.target}' is told by month, not by day; only {' and '.join(IN_DAYS)} are. Use "
                "'horizon_months'"
            )
        if (self.target == "buys_item_group") != (self.item_group is not None):
            raise ValueError(
                "item_group: 'buys_item_group' needs the product category that is bought; add it"
                if self.item_group is None
                else f"item_group: only 'buys_item_group' is of a product category, found '{self.target}'; leave it out"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _tries_all_of_its_target(cls, said: Any) -> Any:
        of_spend = isinstance(said, dict) and said.get("target") == "spend" and "candidates" not in said
        return {**said, "candidates": [*OF_SPEND]} if of_spend else said

    @model_validator(mode="after")
    def _can_be_judged(self) -> "Prediction":
        there = OF_SPEND if self.of_money else CANDIDATES
        if len(set(self.candidates)) < len(self.candidates):
            raise ValueError(f"candidates: each is tried once, found {', '.join(self.candidates)}")
        if strange := [each for each in self.candidates if each not in there]:
            raise ValueError(
                f"candidates: of '{self.target}' there are {', '.join(there)}; found {', '.join(strange)}; leave it out"
            )
        if "last_period" not in self.candidates:
            raise ValueError("candidates: 'last_period' is what the others are held against; add it")
        members = ("ratio", "half_and_half") if self.of_money else ("logistic", "additive")
        if "mean" in self.candidates and not {*members} <= {*self.candidates}:
            raise ValueError(
                f"candidates: 'mean' is that of '{members[0]}' and '{members[1]}'; add both, or leave it out"
            )
        return self

    @property
    def tried(self) -> list[Candidate]:
        """The candidates in the order of their simplicity."""
        return [each for each in (OF_SPEND if self.of_money else CANDIDATES) if each in self.candidates]

    @property
    def horizons(self) -> list[int]:
        """How far ahead it is said, in `unit`."""
        return self.horizon_days or self.horizon_months

    @property
    def of_money(self) -> bool:
        """Whether it says an amount of each customer, from and to; else a probability."""
        return self.target == "spend"

    @property
    def unit(self) -> Unit:
        """What horizons are counted in."""
        return "days" if self.horizon_days else "months"

    @property
    def rfm(self) -> tuple[str, ...]:
        """The features of recency, frequency and value: `table` takes the first two, `rfm` all; of spend none does."""
        known = RFM.get(self.target, ())
        return known if self.item_group is None else (known[0], SHARE + as_name(self.item_group), *known[2:])
