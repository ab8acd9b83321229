"""Loyalty programmes: what `defs.yaml` may say of who becomes a member, who stays one and what is warned of.

Belongs here: one model a key, with what it can mean. Does not belong here: finding conditions and keeping the ledger
(`loyalty.programme`), the domain that has programmes (`customer_domain`).
"""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.names import Name
from arcana_assets.domain.settings.conditions import Condition
from arcana_assets.domain.settings.personas import OneFeature
from arcana_assets.domain.yaml.file import Strict

Better = Literal["high", "low"]


class Exclusion(Condition):
    """Customers who cannot be members, whatever they buy: those for whom all that is set holds."""


class Programme(Strict):
    """One loyalty programme.

    Entry conditions are thresholds of a few measures: written by hand, or found as those that reproduce the highest
    segment most closely, rounded to numbers that people can say. Who is a member stays one by weaker conditions.
    """

    name: Name
    title: str = Field(min_length=1, description="the programme's name for business users")
    segmentation: Name = Field(description="the segmentation whose highest segment, by its axis, conditions are of")
    measures: dict[OneFeature, Better] = Field(
        min_length=1, description="the columns that conditions may name, and whether `high` or `low` is better"
    )
    entry: dict[OneFeature, float] = Field(
        {}, description="the conditions by hand, a number a measure; left out: they are found"
    )
    keep: float = Field(
        0.75, gt=0, le=1, description="a member stays with this share of what entry takes, rounded to the weaker side"
    )
    grace_months: int = Field(
        2, ge=0, le=12, description="months in which a member who falls short is at risk, before removal"
    )
    history_months: int = Field(4, ge=1, le=60, description="months of data from which on there are members")
    exclude: list[Exclusion] = Field([], description="customers who cannot be members")
    share: tuple[float, float] = Field(
        (0.02, 0.5),
        description="the size of the programme, such as [0.05, 0.2]: conditions are found among those by which such a "
        "share of the customers who can be members is one, those at risk among them",
    )
    fidelity: float = Field(
        0.7,
        ge=0,
        le=1,
        description="how well conditions and the highest segment must agree (F1): below it none are found, and no "
        "programme begins; a warning where those in use fall below it",
    )
    revenue_share: tuple[float, float] = Field(
        (0.2, 0.9), description="a warning where the members' share of revenue is not within"
    )
    maximum_churn: float = Field(
        0.15, gt=0, le=1, description="a warning where a larger share of the members leaves in a month"
    )
    outcome_months: int = Field(
        3, ge=1, le=12, description="months after which members are compared with who is not one"
    )
    seed: int = Field(7, ge=0, description="of resampling, so that a month computed again is the same")

    @field_validator("share", "revenue_share")
    @classmethod
    def _ascends(cls, limits: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= limits[0] < limits[1] <= 1:
            raise ValueError(f"expected two shares from 0 to 1, ascending, found {limits[0]:g}, {limits[1]:g}")
        return limits

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Programme":
        if len(self.measures) > 3:
            raise ValueError(f"nobody remembers more than three conditions, found {', '.join(self.measures)}")
        for name, value in self.entry.items():
            if name not in self.measures:
                raise ValueError(f"entry: say under `measures` whether high or low '{name}' is better")
            if value <= 0:
                raise ValueError(f"entry: '{name}' must be more than 0, found {value:g}")
        return self
