"""Personas: what `defs.yaml` may say of how segments are called and what to do with them.

Belongs here: rules, levels, wording, which names these can give. Does not belong here: which segment a rule fits
(`segmentation.personas`).
"""

import re
from itertools import combinations, pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator

from arcana_assets.domain.facets.features import OWNS, FeatureName
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.words import defaults_of, language_read, word
from arcana_assets.domain.yaml.file import Strict

LEVEL = "{level}"  # of a rule's name
MEASURES = ("percentile", "lift", "mean")  # of a feature in a segment; each may have a least and a largest value


def _ends_in_a_word(text: str) -> str:
    if text[-1:].isdigit():
        raise ValueError(f"'{text}' ends in a number, as if it were the second of its name; end it in a word")
    return text


def _is_one_column(name: str) -> str:
    if name.endswith("*"):
        raise ValueError(f"expected one column, and '{name}' stands for several; name one of them")
    return name


def _is_one_action(text: str) -> str:
    if ";" in text:
        raise ValueError(f"'{text}' holds a semicolon, which stands between two actions; write two, or leave it out")
    return text


Action = Annotated[
    str, Field(min_length=1), AfterValidator(_is_one_action)
]  # what to do with the customers of a segment
Words = Annotated[str, Field(min_length=1), AfterValidator(_ends_in_a_word)]  # in the names of segments
OneFeature = Annotated[FeatureName, AfterValidator(_is_one_column)]


class Position(Strict):
    """Where a segment must lie on a feature. All that is set must hold."""

    percentile_at_least: float | None = Field(
        None, ge=0, le=1, description="mean percentile of its customers in the base"
    )
    percentile_at_most: float | None = Field(None, ge=0, le=1)
    lift_at_least: float | None = Field(None, description="mean of the segment / mean of the base")
    lift_at_most: float | None = None
    mean_at_least: float | None = Field(None, description="mean of the segment, in the unit of the feature")
    mean_at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Position":
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError(f"say at least one of {', '.join(type(self).model_fields)}")
        for measure in MEASURES:
            lower, upper = f"{measure}_at_least", f"{measure}_at_most"
            low, high = getattr(self, lower), getattr(self, upper)
            if low is not None and high is not None and low > high:
                raise ValueError(f"nothing is {lower} {low:g} and {upper} {high:g}; exchange the two")
        return self


class PersonaRule(Strict):
    """A name and the segments that it fits."""

    name: Words = Field(description="`{level}` stands for the level in whose band the segment lies on the axis")
    when: dict[OneFeature, Position] = Field({}, description="left out: the rule names what no other rule fits")
    actions: list[Action] = Field([], description="what to do with these customers")

    @property
    def has_levels(self) -> bool:
        """Whether its name says a level of the axis."""
        return LEVEL in self.name


class ShareNames(Strict):
    """Names by the shares that stand out: `Tech_Lovers` where one does, `Livros&Food` where two do."""

    of: Literal["share_*", "owns_*"] = Field(
        "share_*", description="columns among which some stand out: shares of spend, or who owns what"
    )
    at_least: float = Field(0.2, gt=0, le=1, description="mean from which on a category gives the name")
    lift_at_least: float = Field(1.4, gt=0, description="and how far above the base it must lie")
    one: Words = Field(
        default_factory=word("shares", "one"), description="the name where one category stands out, `{0}`"
    )
    two: Words = Field(
        default_factory=word("shares", "two"),
        description="the name where two do, in the order of `labels`, then of their columns",
    )
    none: Words = Field(default_factory=word("shares", "none"), description="where no category stands out")
    leave_out: list[str] = Field(
        default_factory=word("shares", "leave_out"), description="categories that never give a name"
    )
    labels: dict[str, Words] = Field(
        {},
        description="what a category is called in the name, by the end of its column; one whose column ends in a "
        "number gives no name without",
    )
    actions: dict[str, list[Action]] = Field(
        {}, description="what to do with these customers, by the name of the segment"
    )

    @field_validator("leave_out", "labels")
    @classmethod
    def _are_ends(cls, named: list[str] | dict[str, str]) -> list[str] | dict[str, str]:
        for name in named:
            for prefix in (SHARE, OWNS):
                if name.startswith(prefix):
                    raise ValueError(f"write '{name.removeprefix(prefix)}', the end of the column '{name}'")
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

    numbered: bool = Field(
        True,
        description="whether names begin with their number, as in `01-VIPs`: the place among the names of all rules "
        "and their levels, the same in each month; names by shares have none",
    )
    levels: list[Words] = Field(
        default_factory=word("levels"), min_length=2, description="from the lowest to the highest"
    )
    level_limits: list[float] | None = Field(
        None, description="mean percentile on the axis at which each level but the lowest begins; left out: evenly"
    )
    rules: list[PersonaRule] = Field(
        [], description="in the order of their numbers; the first that fits names a segment, one without `when` last"
    )
    shares: ShareNames | None = None
    slack: float = Field(
        0.05, ge=0, le=0.5, description="how far, in percentile, a segment may pass a limit before it is renamed"
    )
    actions: dict[str, list[Action]] = Field(
        {}, description="what to do with these customers, by persona, where no rule says"
    )

    _language: str = PrivateAttr(default_factory=language_read)

    @property
    def language(self) -> str:
        """The language of the domain, in which segments are called and what is said of them is said."""
        return self._language

    @property
    def ungrouped(self) -> str:
        """What customers are called whom no dense group reaches."""
        return str(defaults_of(self._language)["ungrouped"])

    def on_axis(self, label: str) -> "Personas":
        """These settings, where there are neither rules nor shares with one rule: the level on the axis, then its name.

        `Alta Receita` of the label `Receita`, in Portuguese a feminine noun. Levels are those of the settings, where
        they say any.
        """
        if self.rules or self.shares:
            return self
        said = self.model_fields_set & {"levels", "level_limits"}
        rules = [PersonaRule(name=f"{LEVEL} {label}")]
        levels = {} if said else {"levels": defaults_of(self._language)["levels_on_axis"]}
        return self.model_copy(update={"rules": rules} | levels)

    @property
    def limits(self) -> list[float]:
        """Where each level but the lowest begins, the default decided."""
        return self.level_limits or [place / len(self.levels) for place in range(1, len(self.levels))]

    @property
    def features(self) -> list[str]:
        """The columns on which the rules have conditions, each once, in order."""
        return list(dict.fromkeys(name for rule in self.rules for name in rule.when))

    @field_validator("levels")
    @classmethod
    def _are_different(cls, levels: list[str]) -> list[str]:
        if len(set(levels)) < len(levels):
            raise ValueError(f"levels need to differ, found {', '.join(levels)}")
        return levels

    @field_validator("rules")
    @classmethod
    def _one_names_the_rest(cls, rules: list[PersonaRule]) -> list[PersonaRule]:
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
        names = [*names_given(self), self.ungrouped]
        if (self.rules or self.shares) and len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"'{twice}' would be the name of two kinds of segments; call one of them otherwise")
        return self


def names_given(personas: Personas) -> list[str]:
    """The names that segments can have, without numbers, in the order of these: rules, and within one its levels.

    Takes settings with rules or shares, as `Personas.on_axis` returns them. A category without a label is known by the
    data alone, and no name of it is given here.
    """
    if personas.shares is None:
        named = [(rule.name, personas.levels if rule.has_levels else [""]) for rule in personas.rules]
        return [name.replace(LEVEL, level) for name, levels in named for level in levels]
    names = personas.shares
    labels = [label for category, label in names.labels.items() if category not in names.leave_out]
    pairs = [names.two.replace("{0}", one).replace("{1}", other) for one, other in combinations(labels, 2)]
    return [*(names.one.replace("{0}", label) for label in labels), *pairs, names.none]


def numbers_given(personas: Personas) -> dict[str, int]:
    """The number of each of `names_given`, which is its place among them; nothing where names have none."""
    if personas.shares or not personas.numbered:
        return {}
    return {name: place for place, name in enumerate(names_given(personas), start=1)}


def without_number(name: str) -> str:
    """A name as `names_given` has it: `VIPs` of `04-VIPs`."""
    return re.sub(r"^\d+-", "", name)
