"""Names of segments by rules: the first one that fits, with the level in whose band the segment lies.

Belongs here: which rule and level a position asks for, and whether last month's name still fits. Does not belong here:
what rules can say (`domain.settings.personas`), the numbers of names (`naming`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from arcana_assets.domain.facets.features import LIFT, MEAN, PERCENTILE
from arcana_assets.domain.settings.personas import LEVEL, MEASURES, PersonaRule, Personas
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.segmentation.personas.persona import THIN, Choice, Persona, Row, times

_COLUMNS = dict(zip(MEASURES, (PERCENTILE, LIFT, MEAN), strict=True))


@dataclass(frozen=True)
class _Condition:
    """A limit of a measure of a feature, and how far the segment may pass it before it is renamed."""

    feature: str
    kind: str
    least: bool
    limit: float
    slack: float

    def holds(self, row: Row, loosened: int) -> bool:
        """Whether a position meets it, loosened by the slack once, not at all, or tightened (-1). NaN meets nothing."""
        value, margin = row[self.kind + self.feature], loosened * self.slack + 1e-9
        return bool(value >= self.limit - margin if self.least else value <= self.limit + margin)

    def measured(self, row: Row, language: Language) -> str:
        value, told = row[self.kind + self.feature], language.number(math.nan)
        if not math.isnan(value):
            key = "lift" if self.kind == LIFT else "percentile" if self.kind == PERCENTILE else "mean"
            filled = {"times" if self.kind == LIFT else "value": self._told(value, language)}
            told = language.say(f"segmentation.persona.{key}", **filled)
        return f"{label_of(self.feature, language)}: {told}"

    def asked(self, language: Language) -> str:
        key = "segmentation.persona.at_least" if self.least else "segmentation.persona.at_most"
        return language.say(key, value=self._told(self.limit, language))

    def _told(self, value: float, language: Language) -> str:
        if self.kind == PERCENTILE:
            return language.percent(value, 0)
        return times(value, language) if self.kind == LIFT else language.number(value)


@dataclass(frozen=True)
class _Name:
    """A name that the settings can give, and all that a segment must meet to have it."""

    text: str
    rule: PersonaRule
    level: str | None
    conditions: tuple[_Condition, ...]

    def fits(self, row: Row, loosened: int = 0) -> bool:
        return all(each.holds(row, loosened) for each in self.conditions)


def by_rules(row: Row, settings: Personas, axis: str, before: Persona | None) -> Choice:
    """The name of a segment: the first rule whose conditions all hold, else the one without; of its levels that of the
    band in which the segment lies on the axis. What is not known meets no condition, and has the lowest level.

    Last month's name is kept while its conditions hold with their limits loosened by `slack` (of a lift or a mean: by
    10 %), and goes as soon as another fits with limits as much tightened: one before it, or any where its own hold only
    loosened. A name is confident that a change of that size leaves as it is.
    """
    names = _tested(settings, axis)
    natural = _first(names, row)
    sure = all(_first(names, row, loosened) is natural for loosened in (-1, 1))
    sure = sure and not (natural.level and math.isnan(row[PERCENTILE + axis]))
    last = next((name for name in names if before and name.text == before.name), None)
    language = language_of(settings.language)
    if last is not None:
        found, why = _after(row, last, names, language)
    else:
        found, why = natural, language.say("segmentation.persona.not_given", name=before.name) if before else ""
    return Choice(found.text, found.rule.name, found.level, sure, why)


def _tested(settings: Personas, axis: str) -> list[_Name]:
    """All names in the order in which they are tried: by rule, the one without conditions last; high levels first."""
    names = []
    for rule in sorted(settings.rules, key=lambda each: not each.when):
        own = tuple(_conditions(rule, settings.slack))
        if not rule.has_levels:
            names.append(_Name(rule.name, rule, None, own))
            continue
        edges = [-math.inf, *settings.limits, math.inf]
        for place, level in reversed(list(enumerate(settings.levels))):
            band = (
                _Condition(axis, PERCENTILE, least, limit, settings.slack)
                for least, limit in ((True, edges[place]), (False, edges[place + 1]))
                if math.isfinite(limit)
            )
            names.append(_Name(rule.name.replace(LEVEL, level), rule, level, (*own, *band)))
    return names


def _conditions(rule: PersonaRule, slack: float) -> Iterator[_Condition]:
    for feature, position in rule.when.items():
        for measure, column in _COLUMNS.items():
            for least, end in ((True, "at_least"), (False, "at_most")):
                limit = getattr(position, f"{measure}_{end}")
                if limit is not None:
                    margin = slack if column == PERCENTILE else THIN * abs(limit) * bool(slack)
                    yield _Condition(feature, column, least, limit, margin)


def _first(names: list[_Name], row: Row, loosened: int = 0) -> _Name:
    return next((name for name in names if name.fits(row, loosened)), names[-1])


def _after(row: Row, last: _Name, names: list[_Name], language: Language) -> tuple[_Name, str]:
    """The name after that of last month, and why it is another; empty where it is kept."""
    for each in last.conditions:
        if not each.holds(row, 1):
            said = {"measured": each.measured(row, language), "asked": each.asked(language)}
            return _first(names, row), language.say("segmentation.persona.asks", **said)
    others = takewhile(lambda name: name is not last, names) if last.fits(row) else names
    for other in others:
        if other is not last and other.rule.when and other.fits(row, -1):
            found = "; ".join(
                language.say(
                    "segmentation.persona.condition",
                    measured=each.measured(row, language),
                    asked=each.asked(language),
                )
                for each in other.conditions
            )
            return other, language.say("segmentation.persona.fits", name=other.text, found=found)
    return last, ""
