"""What a domain may say of its recommendations: whom to, what of, under which rules.

Belongs here: the keys of `recommendations` in `defs.yaml`, with their limits and defaults. Does not belong here: what
the rules do (`recommendations.eligibility`), whether the items and columns they name exist (`domain.folder`).
"""

from pydantic import Field, PrivateAttr, field_validator, model_validator

from arcana_assets.domain.settings.conditions import Condition
from arcana_assets.domain.yaml.file import Strict


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
    audience: list[Condition] = Field(
        [],
        description="what a customer has to be to get a list, all of it; of who is not, the first `reason` is counted. "
        "`column` may be `persona`",
    )
    top: int = Field(5, ge=1, le=100, description="recommendations per customer")
    horizon_months: int = Field(
        3, ge=1, le=12, description="months after which recommenders are held against what customers adopted"
    )
    as_good_within: float = Field(
        0.02,
        ge=0,
        lt=1,
        description="a recommender whose nDCG at 10 stays behind another by no more than this share is as good; one "
        "that is better beyond it in two evaluations running takes the place of the one in use",
    )
    minimum_support: int = Field(5, ge=1, description="customers who own both, for an item to be the reason of another")
    minimum_owners: int = Field(1, ge=1, description="an item that fewer customers own is not recommended")
    most_recommended: float = Field(
        0.7, gt=0, le=1, description="a warning where an item is recommended to a larger share of the customers"
    )
    alternatives: list[list[str]] = Field(
        [], description="items of which a customer needs one: who owns one is not recommended the others; by their ids"
    )
    upgrades: dict[str, list[str]] = Field(
        {},
        description="items that replace others: who owns the other is offered the upgrade as one, who owns the upgrade "
        "is not offered the other, and no list has both; by their ids",
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

    _rest: list[str] = PrivateAttr(default_factory=list)

    def without(self, rest: str) -> None:
        """Keep back the item that stands for all which the level of items does not tell apart: nobody can sell it."""
        self._rest = [rest]

    @property
    def kept_back(self) -> list[str]:
        """Items that are never recommended."""
        return [*self.never, *self._rest]

    @property
    def replaced(self) -> dict[str, list[str]]:
        """All items that each upgrade replaces: what it is said to, then what that replaces, and so on."""
        found: dict[str, list[str]] = {}
        for item in self.upgrades:
            found[item] = list(self.upgrades[item])
            for other in found[item]:  # grows while it is read
                found[item] += [each for each in self.upgrades.get(other, []) if each not in found[item]]
        return found

    @property
    def apart(self) -> list[list[str]]:
        """Items of which a list holds only the best: the alternatives, and each upgrade with each that it replaces."""
        pairs = [[item, other] for item, others in self.replaced.items() for other in others]
        return [*self.alternatives, *pairs]

    @field_validator("audience")
    @classmethod
    def _differ(cls, audience: list[Condition]) -> list[Condition]:
        reasons = [each.reason for each in audience]
        for reason in reasons:
            if reasons.count(reason) > 1:
                raise ValueError(f"'{reason}' is the reason of two conditions; who is left out is counted by reason")
        return audience

    @field_validator("upgrades")
    @classmethod
    def _name_what_is_replaced(cls, upgrades: dict[str, list[str]]) -> dict[str, list[str]]:
        for item, others in upgrades.items():
            if not others:
                raise ValueError(f"'{item}' is an upgrade of nothing; name the items that it replaces")
        return upgrades

    @model_validator(mode="after")
    def _can_be_offered(self) -> "Recommendations":
        for item, others in self.replaced.items():
            if item in others:
                raise ValueError(f"upgrades: '{item}' replaces itself, directly or through what it replaces")
            for other in others:
                if any({item, other} <= set(group) for group in self.alternatives):
                    raise ValueError(
                        f"upgrades: '{item}' replaces '{other}', and they are alternatives, of which the owner of one "
                        "is not offered the other; the upgrade alone says so already"
                    )
        return self

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
