"""The champion: which candidate says a month's probabilities, and why, in a sentence.

Belongs here: the choice by a leaderboard and by what served before. Does not belong here: measures (`measures`), the
rows that candidates are judged by (`evaluation`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from arcana_assets.predictions.measures import difference
from arcana_assets.presentation.language import Language

LAST = "last_period"
WORDS = ("base_rate", "last_period", "table", "rfm", "logistic", "additive", "mean")
"""The candidates that the texts have words of."""
WORDS_OF_SPEND = ("last_period", "window_rate", "half_and_half", "ratio", "mean")


class InUse(NamedTuple):
    """What served the month before, and who was `beyond` it: better than it beyond the interval."""

    name: str
    beyond: frozenset[str]


class Judged(NamedTuple):
    """A candidate on all hold-outs: its mean squared error, and the 95 % interval of the difference to the best's."""

    name: str
    brier: float
    low: float
    high: float


class Choice(NamedTuple):
    """The candidate that serves, why in one sentence, and who is better than it beyond the interval all the same."""

    name: str
    why: str
    beyond: frozenset[str]


def judged(losses: dict[str, np.ndarray], customers: np.ndarray) -> list[Judged]:
    """Each candidate on all hold-outs. Takes the squared error of each row by candidate, and whose each row is."""
    means = {name: float(each.mean()) for name, each in losses.items()}
    best = min(means, key=lambda name: means[name])
    return [
        Judged(name, means[name], *((0.0, 0.0) if name == best else difference(each, losses[best], customers)[1:]))
        for name, each in losses.items()
    ]


def choice(
    language: Language,
    losses: dict[str, np.ndarray],
    customers: np.ndarray,
    months: np.ndarray,
    before: InUse | None = None,
    too_sure: Mapping[str, float] | None = None,
) -> Choice:
    """The candidate that serves, by its squared error on the hold-outs, and why, in the language.

    Takes the squared error of each row by candidate, in the order of their simplicity, and whose and of which hold-out
    each row is. Nobody may serve whose mean error is not below that of the last period in each hold-out: who serves
    and falls short of it goes at once. It is the error itself and no interval of it: of a few hundred customers chance
    alone can take a month from a better candidate, and the last period, which is safe and explains itself, serves
    meanwhile; a rule that forgave what may be chance would forgive everything where customers are few.

    Nor who is `too_sure` of itself: candidates whose probabilities did not come true on the hold-outs, each with its
    calibration slope. It may rank well, but a probability that is said is to be believed.

    Of those who may, as good as the best is who stays behind it by a difference whose 95 % interval, customers
    resampled, includes 0. The candidate in use `before` holds its place until one is better beyond the interval in two
    months running; where there was none, the simplest serves that is as good as the best.
    """
    board = {each.name: each for each in judged(losses, customers)}
    lost = {name: not_below(losses[name], losses[LAST], months) for name in board if name != LAST}
    if not lost:
        return unopposed(language, LAST, "alone")
    sure = too_sure or {}
    able, least = (
        [name for name in lost if not lost[name] and name not in sure],
        min(lost, key=lambda each: board[each].brier),
    )
    if not able:
        why = "nobody_better" if any(lost.values()) else "nobody_sure"
        return unopposed(language, LAST, why, why=_refused(language, least, lost, sure))
    stays = before is not None and before.name in able
    rivals = set[str]()
    if before is not None and stays:
        rivals = _beyond(losses, customers, before.name, able) & before.beyond
    if before is not None and stays and not rivals:
        name = before.name
    else:
        name = _simplest([each for each in able if each in rivals] or able, losses, customers)
    beyond = frozenset(_beyond(losses, customers, name, able))
    skill = 1 - board[name].brier / board[LAST].brier
    best, beside, barred = min(able, key=lambda each: board[each].brier), "", ""
    if name != best:
        how = "rises" if best in beyond else "no_better"
        error = language.number(board[best].brier, 4)
        beside = language.say(f"predicted.serves.{how}", best=method(language, best), error=error)
    if least not in able:
        barred = language.say("predicted.serves.barred", why=_refused(language, least, lost, sure))
    told = language.say(
        "predicted.serves.by",
        method=method(language, name),
        error=language.number(board[name].brier, 4),
        skill=language.percent(skill),
        beside=beside,
        barred=barred,
    )
    return Choice(name, told, beyond)


def not_below(losses: np.ndarray, others: np.ndarray, months: np.ndarray) -> list[date]:
    """The hold-outs in which the mean of losses is not below that of others, in order. Takes the month of each row."""
    return [
        month for month in sorted(set(months)) if not losses[months == month].mean() < others[months == month].mean()
    ]


def method(language: Language, candidate: str, of_money: bool = False) -> str:
    """A method as its readers call it: the mean of what is paid is another one than that of probabilities."""
    key = f"predictors.of_spend.{candidate}" if of_money else f"predictors.{candidate}"
    return language.say(key) if language.knows(key) else candidate


def unopposed(language: Language, name: str, how: str, of_money: bool = False, **told: str) -> Choice:
    """What serves while there is nothing to compare; `how` is a sentence below `predicted.serves`."""
    said = language.say(f"predicted.serves.{how}", method=method(language, name, of_money), **told)
    return Choice(name, said, frozenset())


def _beyond(losses: dict[str, np.ndarray], customers: np.ndarray, name: str, able: Collection[str]) -> set[str]:
    """Who is better than a candidate beyond the interval."""
    others = [each for each in able if each != name and losses[each].mean() < losses[name].mean()]
    return {each for each in others if difference(losses[name], losses[each], customers)[1] > 0}


def _simplest(names: Sequence[str], losses: dict[str, np.ndarray], customers: np.ndarray) -> str:
    """The first of those that the best of them is not better than beyond the interval."""
    best = min(names, key=lambda name: float(losses[name].mean()))
    return next(name for name in names if name == best or not _beyond(losses, customers, name, [best]))


def _refused(language: Language, name: str, lost: Mapping[str, Sequence[date]], sure: Mapping[str, float]) -> str:
    named = method(language, name)
    if lost[name]:
        months = ", ".join(f"{each:%Y-%m}" for each in lost[name])
        return language.say("predicted.serves.lost", method=named, months=months)
    return language.say("predicted.serves.too_sure", method=named, slope=language.number(sure[name], 2))
