"""Conditions of a loyalty programme: thresholds that people can say, found as those that a segment is best told by.

Belongs here: finding them, the weaker ones that members keep, and who meets which. Does not belong here: who is a
member (`programme.ledger`), which months they are found in (`programme.month`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from arcana_assets.domain.column import Kind, column_named
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.domain.settings.loyalty import Better, Programme
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language
from arcana_assets.presentation.values import months, spelled

_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)  # times a power of ten: numbers that are said
_DAYS = (7, 15, 30, 45, 60, 90, 120, 150, 180, 270, 365)
_COUNTED = 20  # up to here each whole number is said
_LONGEST_MONTH = 31  # days
_WORTH = 0.01  # of F1, that a further condition must add
Part = tuple[pd.DataFrame, np.ndarray]


@dataclass(frozen=True)
class Measure:
    """A column that conditions may name, and how its values are said."""

    name: str
    better: Better
    label: str
    kind: Kind
    currency: str
    language: Language
    unit: str = ""
    window: str = ""
    """Over which time the column is summed, in words; empty where it is as of the end of the month."""

    @property
    def in_days(self) -> bool:
        """Whether it counts days."""
        return self.unit == "days"

    def said(self, value: float) -> str:
        """`£ 600`, `5`, `60 dias`, `25,0 %`."""
        days = self.language.say("programme.conditions.days") if self.in_days else ""
        unit = "" if days in self.label else days
        return spelled(value, self.kind, self.currency, exact=True, unit=unit, language=self.language)


@dataclass(frozen=True)
class Condition:
    """A threshold of one measure: to enter, and the weaker one to stay."""

    measure: Measure
    enter: float
    keep: float

    def met(self, values: pd.Series, threshold: float) -> np.ndarray:
        """Whether each value is on the better side of a threshold; one that is absent is not. Shape (n,)."""
        known = values.to_numpy(dtype="float64", na_value=np.nan)
        with np.errstate(invalid="ignore"):
            return np.asarray(known >= threshold if self.measure.better == "high" else known <= threshold)

    def words(self, threshold: float) -> str:
        """`Valor líquido em 6 meses: pelo menos £ 600`."""
        measure = self.measure
        side = "at_least" if measure.better == "high" else "at_most"
        named, value = f"{measure.label}{measure.window}", measure.said(threshold)
        return measure.language.say(f"programme.conditions.{side}", measure=named, value=value)


@dataclass(frozen=True)
class Agreement:
    """How well who meets conditions and who is in a segment are the same customers; shares are null without any."""

    meeting: int
    of_segment: int
    both: int

    @property
    def precision(self) -> float | None:
        """Share of who meets them that is in the segment."""
        return self.both / self.meeting if self.meeting else None

    @property
    def recall(self) -> float | None:
        """Share of the segment that meets them."""
        return self.both / self.of_segment if self.of_segment else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of the two; 0 where nobody is both."""
        return 2 * self.both / (self.meeting + self.of_segment) if self.meeting + self.of_segment else None


def measures_of(programme: Programme, currency: str, lookback: int, language: Language) -> dict[str, Measure]:
    """The measures of a programme by name, in the order in which it names them, said in the language.

    The lookback is in months.
    """
    known, found = columns_of("customer_360", FACETS), {}
    for name, better in programme.measures.items():
        column = column_named(known, name)
        assert column is not None, "`load_domain` refuses measures that are no numbers of customer 360"
        over = language.say("programme.conditions.window", window=months(lookback, language))
        window, label = over if column.window == "lookback" else "", label_of(name, language)
        found[name] = Measure(name, better, label, column.kind, currency, language, column.unit, window)
    return found


def by_hand(programme: Programme, measures: Mapping[str, Measure]) -> list[Condition]:
    """The conditions that the programme itself says."""
    return [condition(measures[name], value, programme.keep) for name, value in programme.entry.items()]


def condition(measure: Measure, enter: float, keep: float) -> Condition:
    """A condition with the threshold to stay by: the number one would say, on the weaker side of the share."""
    if measure.better == "low":
        weaker = [step for step in _numbers(measure, enter, 10 * enter / keep) if step >= enter / keep]
        return Condition(measure, enter, min(weaker, default=enter / keep))
    weaker = [step for step in _numbers(measure, enter / 100, enter) if step <= enter * keep]
    return Condition(measure, enter, max(weaker, default=enter if _counts(measure) else enter * keep))


@dataclass(frozen=True)
class Candidate:
    """Conditions that were found, and how well who meets them and the segment agree, by F1."""

    conditions: Sequence[Condition]
    f1: float


def find_conditions(
    parts: Iterable[Part],
    measures: Sequence[Measure],
    keep: float,
    size: tuple[float, float] = (0.0, 1.0),
    grace_months: int = 0,
) -> Candidate | None:
    """The thresholds, one a measure at most, whose customers agree best with a segment, by F1.

    Only such are looked at whose members are a share of the customers within `size`: at least so many meet them, and
    no more than that are still members by them, those at risk for `grace_months` among them. Who came in stays one
    while days since then run up to the threshold to stay, and is at risk after that; where nearly everybody buys once,
    these are several times those who meet the conditions of the day.

    Takes customers with the measures as columns and, shape (n,), whether each is in the segment, in parts that are gone
    through twice, so that all count and none is kept. A threshold is tried at each number that people would say within
    the range of the values; a measure that adds less than `_WORTH` is left out. None where nothing of that size tells
    the segment from the rest: it is everybody or nobody, or all customers are alike.
    """
    told, everyone, ranges = 0, 0, [list[float]() for _ in measures]
    for customers, top in parts:
        told, everyone = told + int(top.sum()), everyone + len(top)
        for measure, ends in zip(measures, ranges, strict=True):
            ends += _range(customers[measure.name])
    if not 0 < told < everyone:
        return None
    tried = [_sayable(measure, ends) for measure, ends in zip(measures, ranges, strict=True)]
    still = [
        [_still(measure, step, keep, grace_months) for step in steps]
        for measure, steps in zip(measures, tried, strict=True)
    ]
    shape = tuple(len(steps) + 1 for steps in tried)
    counts = np.zeros((3, int(np.prod(shape))), dtype="int64")
    for customers, top in parts:
        values = [customers[each.name] for each in measures]
        at, later = (
            np.ravel_multi_index([_places(*each) for each in zip(measures, values, steps, strict=True)], shape)
            for steps in (tried, still)
        )
        counts += [np.bincount(of, minlength=counts.shape[1]) for of in (at, at[top], later)]
    everybody, inside, seen = (_meeting(each, shape) for each in counts)
    f1 = 2 * inside / np.maximum(everybody + told, 1)
    scores, count = f1.ravel(), (np.indices(shape) > 0).sum(axis=0).ravel()
    least, most = (share * everyone for share in size)
    sized = ((everybody >= least) & (seen <= most)).ravel() & (count > 0)
    if not sized.any() or scores[sized].max() <= scores[0] + _WORTH:
        return None
    enough = sized & (scores >= scores[sized].max() - _WORTH)
    fewest = enough & (count == count[enough].min())
    at = np.flatnonzero(fewest)[np.argmax(scores[fewest])]
    best = np.unravel_index(at, shape)
    found = [
        condition(measure, steps[place - 1], keep)
        for measure, steps, place in zip(measures, tried, best, strict=True)
        if place
    ]
    return Candidate(found, float(scores[at]))


def meets(customers: pd.DataFrame, conditions: Sequence[Condition], side: Literal["enter", "keep"]) -> np.ndarray:
    """Whether each customer meets all conditions of a side; without conditions nobody does. Shape (n,)."""
    if not conditions:
        return np.zeros(len(customers), dtype=bool)
    met = [each.met(customers[each.measure.name], getattr(each, side)) for each in conditions]
    return np.asarray(np.logical_and.reduce(met))


def agreement(meeting: np.ndarray, top: np.ndarray) -> Agreement:
    """How well two groups of the same customers agree."""
    return Agreement(int(meeting.sum()), int(top.sum()), int((meeting & top).sum()))


def lacking(customers: pd.DataFrame, conditions: Sequence[Condition]) -> pd.DataFrame:
    """What each customer lacks to enter: `gap` (0 to 1, of the largest shortfall) and `lacking`, in words.

    The gap of a measure is the share of the threshold that is missing, of one where less is better the share of the
    value that is too much; 1 where the value is absent.
    """
    gaps, words = [], []
    for each in conditions:
        values = customers[each.measure.name].to_numpy(dtype="float64", na_value=np.nan)
        if each.measure.better == "high":
            gap = 1 - values / each.enter
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                gap = 1 - each.enter / values
        gap = np.clip(np.where(np.isnan(values), 1.0, gap), 0, 1)
        gaps.append(gap)
        words.append([_short(each, value) if far > 0 else "" for value, far in zip(values, gap, strict=True)])
    if not gaps:
        return pd.DataFrame({"gap": np.nan, "lacking": ""}, index=customers.index)
    return pd.DataFrame(
        {
            "gap": np.max(gaps, axis=0),
            "lacking": ["; ".join(filter(None, each)) for each in zip(*words, strict=True)],
        },
        index=customers.index,
    )


def _short(condition: Condition, value: float) -> str:
    measure = condition.measure
    say, label, said = measure.language.say, measure.label, measure.said(value)
    if not np.isfinite(value):
        return say("programme.conditions.unknown", measure=label, value=said)
    limit = measure.said(condition.enter)
    if measure.better == "low":
        return say("programme.conditions.too_much", measure=label, value=said, limit=limit)
    missing = measure.said(condition.enter - value)
    return say("programme.conditions.missing", measure=label, value=said, limit=limit, missing=missing)


def _still(measure: Measure, enter: float, keep: float, grace_months: int) -> float:
    """The value up to which who has met a threshold is a member, be it at risk.

    What does not run with days is as it was when the customer came in.
    """
    if not measure.in_days or measure.better == "high":
        return enter
    return condition(measure, enter, keep).keep + _LONGEST_MONTH * grace_months


def _counts(measure: Measure) -> bool:
    """Whether its values are whole numbers, each of which is said."""
    return measure.kind == "integer" and not measure.in_days


def _range(values: pd.Series) -> list[float]:
    """The least and the greatest of the values; nothing where none is known."""
    known = values.to_numpy(dtype="float64", na_value=np.nan)
    known = known[np.isfinite(known)]
    return [float(known.min()), float(known.max())] if len(known) else []


def _sayable(measure: Measure, values: Sequence[float]) -> list[float]:
    """Numbers within the range of the values, from the weakest condition to the strictest."""
    if not values:
        return []
    least, most = min(values), max(values)
    steps = [step for step in _numbers(measure, least, most) if least <= step <= most]
    return steps if measure.better == "high" else steps[::-1]


def _numbers(measure: Measure, least: float, most: float) -> list[float]:
    """Numbers that people say, ascending, at least those from the one to the other that are above 0."""
    if measure.in_days:
        return [float(each) for each in _DAYS]
    if most <= 0:
        return []
    low = max(least, most * 1e-4)
    powers = range(int(np.floor(np.log10(low))), int(np.floor(np.log10(most))) + 2)
    steps = {float(f"{step * 10.0**power:.6g}") for power in powers for step in _STEPS}
    if _counts(measure):
        steps = {step for step in steps if step >= 1 and step == round(step)} | set(map(float, range(1, _COUNTED + 1)))
    return sorted(steps)


def _places(measure: Measure, values: pd.Series, steps: Sequence[float]) -> np.ndarray:
    """How many of the steps each value meets, shape (n,): they are nested, from the weakest on."""
    known = values.to_numpy(dtype="float64", na_value=np.nan)
    signed = known if measure.better == "high" else -known
    bounds = np.array(steps if measure.better == "high" else [-step for step in steps])
    return np.where(np.isnan(known), 0, np.searchsorted(bounds, signed, side="right"))


def _meeting(counts: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """How many customers meet each combination of steps, from how many meet exactly that many of each."""
    cube = counts.reshape(shape)
    for axis in range(len(shape)):
        cube = np.flip(np.cumsum(np.flip(cube, axis), axis=axis), axis)
    return cube
