"""Settings of a domain: what `defs.yaml` may say of segmentations, items, support, usage, nights and recommendations.

Belongs here: one model a key, with what it can mean. Does not belong here: the domain that has them
(`customer_domain`).
"""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.feature_names import FeatureName
from arcana_assets.domain.names import Name
from arcana_assets.domain.patterns import RegularExpression
from arcana_assets.domain.yaml_file import Strict


class Families(Strict):
    """Product families learned from descriptions, for a company whose products have no categories."""

    count: int = Field(12, ge=1, le=50, description="how many families are named; the rest is `other`")
    minimum_products: int = Field(200, ge=1, description="families are learned once this many products are known")
    other: str = Field("Outros", description="name of the rest")


class Segmentation(Strict):
    """One clustering of the customers."""

    name: Name
    features: list[FeatureName] = Field(min_length=1, description="columns of the feature matrix")
    axis: FeatureName = Field("monetary", description="orders segments from 1, the highest, downwards")
    axis_label: str = Field("Receita", description="the axis in the names of segments, a feminine noun of the domain")
    fitted_on: FeatureName | None = Field(
        None, description="who has 0 of it, or has none, is given a segment but shapes none; left out: all shape them"
    )
    k: tuple[int, int] = Field((3, 8), description="smallest and largest number of segments tried")
    minimum_share: float = Field(0.05, gt=0, lt=0.5, description="share of customers the smallest segment must hold")
    maximum_share: float = Field(0.6, gt=0, le=1, description="share of customers the largest segment may hold")
    seed: int = Field(7, ge=0, description="of the random starts, so that a month computed again is the same")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Segmentation":
        if not 2 <= self.k[0] <= self.k[1]:
            raise ValueError(f"k must be two numbers, 2 or more and ascending, found {list(self.k)}")
        if self.maximum_share <= self.minimum_share:
            raise ValueError(
                f"maximum_share must be more than minimum_share, found {self.maximum_share:g} <= {self.minimum_share:g}"
            )
        if len(set(self.features)) < len(self.features):
            raise ValueError(f"features need to differ, found {', '.join(self.features)}")
        if self.axis not in self.features:
            raise ValueError(f"the axis '{self.axis}' must be one of the features" + nearest(self.axis, self.features))
        return self


class Items(Strict):
    """What is sold, at the level at which it is sold, made of a column of contracts."""

    of: Literal["product_line", "product", "brand"] = Field("product_line", description="the column that names it")
    same: list[RegularExpression] = Field(
        [], description="regular expressions of what is cut off the name, so that parts of one product count as one"
    )


class Support(Strict):
    """What is promised of tickets."""

    sla_hours: dict[str, float] = Field({}, description="hours within which a ticket is closed, by priority")
    urgent: list[str] = Field([], description="priorities that count as urgent")

    @field_validator("sla_hours")
    @classmethod
    def _are_positive(cls, hours: dict[str, float]) -> dict[str, float]:
        for priority, target in hours.items():
            if target <= 0:
                raise ValueError(f"the target of '{priority}' must be more than 0 hours, found {target:g}")
        return hours


class Usage(Strict):
    """How durations of sessions are to be read."""

    unit: Literal["milliseconds", "seconds", "minutes", "hours"] = Field("seconds", description="unit of a duration")
    longest_hours: float = Field(24, gt=0, description="a longer session is counted, but its time is not")

    @property
    def an_hour(self) -> int:
        """Units that an hour has."""
        return {"milliseconds": 3_600_000, "seconds": 3600, "minutes": 60, "hours": 1}[self.unit]


class Recommendations(Strict):
    """What is recommended to whom."""

    segmentation: str = Field(description="the segmentation within which popularity is counted")
    top: int = Field(5, ge=1, le=100, description="recommendations per customer")


class Nightly(Strict):
    """When the domain is refreshed."""

    hour: int = Field(2, ge=0, le=23, description="hour of the nightly refresh, in the domain's timezone")
    grace_days: int = Field(5, ge=0, le=27, description="days into a month on which the month before is refreshed too")
    fresh_by: int = Field(6, ge=0, le=23, description="hour by which gold must have been refreshed")
