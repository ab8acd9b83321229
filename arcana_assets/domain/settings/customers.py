"""What customers have and do, as `defs.yaml` may word it: families, items, support, usage.

Belongs here: how the columns of customer 360 are to be computed. Does not belong here: what is made of them
(`segmentation`, `recommendations`, `loyalty`), the nights (`nightly`).
"""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.words import word
from arcana_assets.domain.yaml.file import Strict
from arcana_assets.domain.yaml.patterns import RegularExpression


class Families(Strict):
    """Product families learned from descriptions, for a company whose products have no categories."""

    count: int = Field(12, ge=1, le=50, description="how many families are named; the rest is `other`")
    minimum_products: int = Field(200, ge=1, description="families are learned once this many products are known")
    other: str = Field(default_factory=word("other_family"), description="name of the rest")


class Items(Strict):
    """What is sold, at the level at which it is sold."""

    of: Literal["product_line", "product", "brand"] = Field(
        "product_line", description="the column of contracts that names it; of goods it is the product"
    )
    goods: Literal["product", "category", "type", "brand"] = Field(
        "product",
        description="the level at which goods are owned and recommended: the product, or its category, type or brand, "
        "which are the columns of the catalogue that the contract of products maps to these",
    )
    rare_share: float = Field(
        0,
        ge=0,
        lt=1,
        description="of goods by category, type or brand: one that brought a smaller share of what was sold in the "
        "lookback counts as `families.other`, which is never recommended",
    )
    same: list[RegularExpression] = Field(
        [], description="regular expressions of what is cut off the name, so that parts of one product count as one"
    )
    groups: dict[str, list[str]] = Field(
        {}, description="items that count as one, under the name of the group: by their ids, or names where cut"
    )

    @model_validator(mode="after")
    def _folds_categories(self) -> "Items":
        if self.rare_share and self.goods == "product":
            raise ValueError(
                "rare_share folds categories, types or brands, and items are products; set 'goods: category', 'type' "
                "or 'brand', or leave it out"
            )
        return self

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


class Shrinkage(Strict):
    """How far ratios of customers of whom little is known are drawn towards those of the whole base.

    A share is (a + k x p) / (n + k), with the p of all customers as of the same month: two visits, both at a weekend,
    do not make a weekend visitor. 0 leaves ratios as they are.
    """

    visits: float = Field(0, ge=0, description="k of shares of visits")
    orders: float = Field(0, ge=0, description="k of shares of orders, and of spend in mean orders of the base")


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
