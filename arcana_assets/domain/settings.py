"""Settings of a domain: what `defs.yaml` may say of items, support, usage, nights and recommendations.

Belongs here: one model a key, with what it can mean. Does not belong here: the domain that has them
(`customer_domain`), segmentations (`segmentations`).
"""

from typing import Literal

from pydantic import Field, field_validator

from arcana_assets.domain.patterns import RegularExpression
from arcana_assets.domain.yaml_file import Strict


class Families(Strict):
    """Product families learned from descriptions, for a company whose products have no categories."""

    count: int = Field(12, ge=1, le=50, description="how many families are named; the rest is `other`")
    minimum_products: int = Field(200, ge=1, description="families are learned once this many products are known")
    other: str = Field("Outros", description="name of the rest")


class Items(Strict):
    """What is sold, at the level at which it is sold."""

    of: Literal["product_line", "product", "brand"] = Field(
        "product_line", description="the column of contracts that names it; of goods it is the product"
    )
    same: list[RegularExpression] = Field(
        [], description="regular expressions of what is cut off the name, so that parts of one product count as one"
    )
    groups: dict[str, list[str]] = Field(
        {}, description="items that count as one, under the name of the group: by their ids, or names where cut"
    )

    @field_validator("groups")
    @classmethod
    def _are_apart(cls, groups: dict[str, list[str]]) -> dict[str, list[str]]:
        seen: dict[str, str] = {}
        for group, items in groups.items():
            for item in items:
                if item in seen:
                    raise ValueError(f"'{item}' is in the group '{seen[item]}' and in '{group}'; an item is in one")
                seen[item] = group
        return groups

    @property
    def group_of(self) -> dict[str, str]:
        """The group of each item that is in one."""
        return {item: group for group, items in self.groups.items() for item in items}


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


class CoolOff(Strict):
    """Months in which an item is not offered again, by what came of the last offer."""

    won: int = Field(3, ge=0, le=120, description="until the purchase is seen in the data")
    lost: int = Field(3, ge=0, le=120)
    refused: int = Field(6, ge=0, le=120)
    not_fit: int = Field(24, ge=0, le=120)

    @property
    def months(self) -> dict[str, int]:
        """By outcome."""
        return {"won": self.won, "lost": self.lost, "refused": self.refused, "not_fit": self.not_fit}


class Recommendations(Strict):
    """What is recommended to whom."""

    segmentation: str = Field(description="the segmentation within which popularity is counted")
    top: int = Field(5, ge=1, le=100, description="recommendations per customer")
    horizon_months: int = Field(
        3, ge=1, le=12, description="months after which recommenders are held against what customers adopted"
    )
    minimum_support: int = Field(5, ge=1, description="customers who own both, for an item to be the reason of another")
    minimum_owners: int = Field(1, ge=1, description="an item that fewer customers own is not recommended")
    most_recommended: float = Field(
        0.7, gt=0, le=1, description="a warning where an item is recommended to a larger share of the customers"
    )
    alternatives: list[list[str]] = Field(
        [], description="items of which a customer needs one: who owns one is not recommended the others; by their ids"
    )
    limits: dict[str, dict[str, list[str]]] = Field(
        {},
        description="items only for some customers: by their ids, the columns of customer 360 (or `persona`) and the "
        "values that may have it",
    )
    cool_off: CoolOff = CoolOff()
    held_out: float = Field(
        0,
        ge=0,
        le=0.5,
        description="share of customers, always the same ones, who get no list, so that the effect of lists is known",
    )
    never: list[str] = Field([], description="items that are never recommended, by their ids")
    requires: dict[str, list[str]] = Field(
        {}, description="items recommended only to who owns one of the listed ones, by their ids"
    )

    @field_validator("alternatives")
    @classmethod
    def _are_several(cls, alternatives: list[list[str]]) -> list[list[str]]:
        for items in alternatives:
            if len(set(items)) < 2:
                raise ValueError(f"alternatives are two different items or more, found {', '.join(items) or 'none'}")
        return alternatives

    @field_validator("requires")
    @classmethod
    def _name_what_is_required(cls, requires: dict[str, list[str]]) -> dict[str, list[str]]:
        for item, others in requires.items():
            if not others:
                raise ValueError(f"'{item}' requires none of no items; put it under `never`, or name what it requires")
        return requires

    @field_validator("limits")
    @classmethod
    def _say_for_whom(cls, limits: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
        for item, columns in limits.items():
            if not columns or not all(columns.values()):
                raise ValueError(f"'{item}': say at least one column and one value that may have it")
        return limits


class Nightly(Strict):
    """When the domain is refreshed."""

    hour: int = Field(2, ge=0, le=23, description="hour of the nightly refresh, in the domain's timezone")
    grace_days: int = Field(5, ge=0, le=27, description="days into a month on which the month before is refreshed too")
    fresh_by: int = Field(6, ge=0, le=23, description="hour by which gold must have been refreshed")
