"""The champion: which candidate says a month's probabilities, and why, in a sentence.

Belongs here: the choice by a leaderboard and by what served before. Does not belong here: measures (`measures`), the
rows that candidates are judged by (`evaluation`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from arcana_assets.predictions.measures import difference
from arcana_assets.presentation.notation import number, percent

LAST = "last_period"
WORDS = {
    "base_rate": "a taxa da base",
    "last_period": "o último período",
    "table": "a tabela de recência e frequência",
    "rfm": "a regressão logística de recência, frequência e valor",
    "logistic": "a regressão logística",
    "additive": "o modelo aditivo",
    "mean": "a média da regressão e do modelo aditivo",
}
WORDS_OF_SPEND = {
    "last_period": "o último período",
    "window_rate": "o ritmo da janela",
    "half_and_half": "metade do último período, metade do ritmo da janela",
    "ratio": "o ritmo vezes um fator aprendido",
    "mean": "a média do ritmo e do ritmo vezes um fator aprendido",
}


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
    losses: dict[str, np.ndarray],
    customers: np.ndarray,
    months: np.ndarray,
    before: InUse | None = None,
    too_sure: Mapping[str, float] | None = None,
) -> Choice:
    """The candidate that serves, by its squared error on the hold-outs.

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
        return unopposed(LAST, "nenhum outro candidato é comparado com ele")
    sure = too_sure or {}
    able, least = (
        [name for name in lost if not lost[name] and name not in sure],
        min(lost, key=lambda each: board[each].brier),
    )
    if not able:
        why = "nenhum candidato errou menos que ele em cada mês de prova" if any(lost.values()) else "nenhum é de crer"
        return unopposed(LAST, f"{why}; {_refused(least, lost, sure)}")
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
    told = f"Serve {WORDS[name]}: erro {_error(board, name)}, {percent(skill)} abaixo do último período"
    best = min(able, key=lambda each: board[each].brier)
    if name != best:
        what = "já em uso; o melhor" if best in beyond else "o melhor"
        told += f"; {what}, {WORDS[best]} ({_error(board, best)}), "
        told += "passa a servir se o for também no próximo mês" if best in beyond else "não é melhor além do acaso"
    if least not in able:
        told += f"; não pode servir quem menos errou: {_refused(least, lost, sure)}"
    return Choice(name, told + ".", beyond)


def not_below(losses: np.ndarray, others: np.ndarray, months: np.ndarray) -> list[date]:
    """The hold-outs in which the mean of losses is not below that of others, in order. Takes the month of each row."""
    return [
        month for month in sorted(set(months)) if not losses[months == month].mean() < others[months == month].mean()
    ]


def unopposed(name: str, why: str, words: Mapping[str, str] = WORDS) -> Choice:
    """What serves while there is nothing to compare."""
    return Choice(name, f"Serve {words[name]}: {why}.", frozenset())


def _beyond(losses: dict[str, np.ndarray], customers: np.ndarray, name: str, able: Collection[str]) -> set[str]:
    """Who is better than a candidate beyond the interval."""
    others = [each for each in able if each != name and losses[each].mean() < losses[name].mean()]
    return {each for each in others if difference(losses[name], losses[each], customers)[1] > 0}


def _simplest(names: Sequence[str], losses: dict[str, np.ndarray], customers: np.ndarray) -> str:
    """The first of those that the best of them is not better than beyond the interval."""
    best = min(names, key=lambda name: float(losses[name].mean()))
    return next(name for name in names if name == best or not _beyond(losses, customers, name, [best]))


def _refused(name: str, lost: Mapping[str, Sequence[date]], sure: Mapping[str, float]) -> str:
    if lost[name]:
        return f"{WORDS[name]} errou tanto quanto ele ou mais em {', '.join(f'{each:%Y-%m}' for each in lost[name])}"
    return f"{WORDS[name]} disse probabilidades extremas demais (inclinação {number(sure[name], 2)}; o certo é 1)"


def _error(board: dict[str, Judged], name: str) -> str:
    return number(board[name].brier, 4)
