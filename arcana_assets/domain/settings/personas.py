"""Personas: what `defs.yaml` may say of how segments are called and what to do with them.

Belongs here: rules, levels, wording, which names these can give. Does not belong here: which segment a rule fits
(`segmentation.personas`).
"""

import re
from collections.abc import Collection
from itertools import combinations, pairwise
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.features import SHARE, FeatureName
from arcana_assets.domain.yaml.file import Strict

LEVEL = "{level}"  # of a rule's name
UNGROUPED_NAME = "Sem Grupo"  # of customers whom no dense group reaches
LEVELS_ON_AXIS = ["Muito Baixa", "Baixa", "Média Baixa", "Média", "Média Alta", "Alta", "Muito Alta"]
"""Levels of a feminine noun, from the lowest to the highest."""
BOUNDS = (("percentile_at_least", "percentile_at_most"), ("lift_at_least", "lift_at_most"))


def _is_one_column(name: str) -> str:
    if name.endswith("*"):
        raise ValueError(f"expected one column, and '{name}' stands for several; name one of them")
    return name


OneFeature = Annotated[FeatureName, AfterValidator(_is_one_column)]


class Position(Strict):
    """Where a segment must lie on a feature. All that is set must hold."""

    percentile_at_least: float | None = Field(
        None, ge=0, le=1, description="mean percentile of its customers in the base"
    )
    percentile_at_most: float | None = Field(None, ge=0, le=1)
    lift_at_least: float | None = Field(None, description="mean of the segment / mean of the base")
    lift_at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Position":
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError(f"say at least one of {', '.join(type(self).model_fields)}")
        for lower, upper in BOUNDS:
            low, high = getattr(self, lower), getattr(self, upper)
            if low is not None and high is not None and low > high:
                raise ValueError(f"nothing is {lower} {low:g} and {upper} {high:g}; exchange the two")
        return self


class PersonaRule(Strict):
    """A name and the segments that it fits."""

    name: str = Field(min_length=1, description="`{level}` stands for the level of `level_of`")
    when: dict[OneFeature, Position] = Field({}, description="left out: the rule names what no other rule fits")
    level_of: OneFeature | None = Field(None, description="the feature that tells segments of this rule apart")
    actions: list[str] = Field([], description="what to do with these customers")

    @model_validator(mode="after")
    def _has_its_level(self) -> "PersonaRule":
        if (LEVEL in self.name) != (self.level_of is not None):
            raise ValueError("`{level}` in the name and `level_of` go together")
        if self.name.count(LEVEL) > 1:
            raise ValueError("`{level}` may stand in the name once")
        return self


class ShareNames(Strict):
    """Names by the shares that stand out: `Tech_Lovers` where one does, `Livros&Food` where two do."""

    at_least: float = Field(0.2, gt=0, le=1, description="share of spend from which on a category gives the name")
    lift_at_least: float = Field(1.4, gt=0, description="and how far above the base it must lie")
    one: str = Field("{0}_Lovers", description="the name where one category stands out, `{0}`")
    two: str = Field("{0}&{1}", description="the name where two do, in the order of `labels`, then of their columns")
    none: str = Field("Variados", min_length=1, description="where no category stands out")
    leave_out: list[str] = Field(["outros"], description="categories that never give a name")
    labels: dict[str, str] = Field({}, description="what a category is called in the name, by the end of its column")
    actions: dict[str, list[str]] = Field({}, description="what to do with these customers, by the name of the segment")

    @field_validator("leave_out", "labels")
    @classmethod
    def _are_ends(cls, named: list[str] | dict[str, str]) -> list[str] | dict[str, str]:
        for name in named:
            if name.startswith(SHARE):
                raise ValueError(f"write '{name.removeprefix(SHARE)}', the end of the column '{name}'")
        return named

    @model_validator(mode="after")
    def _holds_its_categories(self) -> "ShareNames":
        for key, text, places in (("one", self.one, ["{0}"]), ("two", self.two, ["{0}", "{1}"])):
            found = [place for place in ("{0}", "{1}") if place in text]
            if found != places:
                raise ValueError(f"{key}: expected {' and '.join(places)} in the name, found '{text}'")
        return self


class Personas(Strict):
    """How the segments of a segmentation are called. Without rules and shares: by their level on the axis."""

    numbered: bool | None = Field(
        None, description="whether names begin with a number, as in `01-VIPs`; left out: unless shares give the names"
    )
    levels: list[str] = Field(["Baixo", "Medio", "Alto"], min_length=2, description="from the lowest to the highest")
    level_limits: list[float] | None = Field(
        None, description="mean percentile from which on each level but the lowest reaches; left out: evenly spaced"
    )
    rules: list[PersonaRule] = Field(
        [], description="in the order of their numbers; the first that fits names a segment"
    )
    shares: ShareNames | None = None
    slack: float = Field(
        0.05, ge=0, le=0.5, description="how far, in percentile, a segment may pass a limit before it is renamed"
    )
    actions: dict[str, list[str]] = Field(
        {}, description="what to do with these customers, by persona, where no rule says"
    )

    @property
    def with_numbers(self) -> bool:
        """Whether names begin with a number, the default decided."""
        return self.numbered if self.numbered is not None else self.shares is None

    def on_axis(self, axis: str, label: str) -> "Personas":
        """These settings, where there are neither rules nor shares with one rule: the level on the axis, then its name.

        `Alta Receita` of the label `Receita`, a feminine noun. Levels are those of the settings, where they say any.
        """
        if self.rules or self.shares:
            return self
        rule = PersonaRule(name=f"{LEVEL} {label}", level_of=axis)
        said = self.model_fields_set & {"levels", "level_limits"}
        return self.model_copy(update={"rules": [rule]} | ({} if said else {"levels": LEVELS_ON_AXIS}))

    @property
    def limits(self) -> list[float]:
        """Where each level but the lowest begins, the default decided."""
        return self.level_limits or [place / len(self.levels) for place in range(1, len(self.levels))]

    @property
    def features(self) -> list[str]:
        """The columns that the rules look at, each once, in order."""
        named = ([*rule.when, *([rule.level_of] if rule.level_of else [])] for rule in self.rules)
        return list(dict.fromkeys(name for names in named for name in names))

    def rule(self, name: str | None) -> PersonaRule | None:
        """The rule of that name; None where there is none."""
        return next((rule for rule in self.rules if rule.name == name), None)

    @field_validator("levels")
    @classmethod
    def _are_different(cls, levels: list[str]) -> list[str]:
        if len(set(levels)) < len(levels):
            raise ValueError(f"levels need to differ, found {', '.join(levels)}")
        return levels

    @field_validator("rules")
    @classmethod
    def _differ(cls, rules: list[PersonaRule]) -> list[PersonaRule]:
        names = [rule.name for rule in rules]
        if len(set(names)) < len(names):
            raise ValueError(f"rules need names of their own, found {', '.join(names)}")
        if sum(not rule.when for rule in rules) != 1 and rules:
            raise ValueError("exactly one rule must have no `when`: it names what no other rule fits")
        return rules

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Personas":
        edges = [0.0, *self.limits, 1.0]
        wanted = len(self.levels) - 1
        if len(self.limits) != wanted or any(low >= high for low, high in pairwise(edges)):
            raise ValueError(
                f"level_limits: {len(self.levels)} levels need {wanted} limits between 0 and 1, ascending, "
                f"found {self.level_limits}"
            )
        if self.rules and self.shares:
            raise ValueError("rules and shares are two ways of naming; keep one")
        return self

    def refused(self, columns: list[str]) -> list[str]:
        """A problem for each column that the rules look at and that is none of `columns`."""
        return [
            f"the rules look at '{name}', which is none of the features" + nearest(name, columns)
            for name in self.features
            if name not in columns
        ]


def names_given(personas: Personas) -> list[str]:
    """The names that segments can have, without numbers: of `04-VIPs` and `05-VIPs 2` only `VIPs`.

    Takes settings with rules or shares, as `Personas.on_axis` returns them. A category without a label is known by the
    data alone, and no name of it is given here.
    """
    if personas.shares is None:
        named = [(rule.name, personas.levels if rule.level_of else [""]) for rule in personas.rules]
        return [name.replace(LEVEL, level) for name, levels in named for level in levels]
    names = personas.shares
    labels = [label for category, label in names.labels.items() if category not in names.leave_out]
    pairs = [names.two.replace("{0}", one).replace("{1}", other) for one, other in combinations(labels, 2)]
    return [*(names.one.replace("{0}", label) for label in labels), *pairs, names.none]


def without_number(name: str, known: Collection[str]) -> str:
    """A name as `names_given` has it: without `04-` before it, and ` 2` behind it where no name ends so."""
    bare = re.sub(r"^\d+-", "", name)
    return bare if bare in known else re.sub(r" \d+$", "", bare)
