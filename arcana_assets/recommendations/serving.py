"""Serving: which recommender makes a month's lists, and why, in a sentence.

Belongs here: the choice by a leaderboard and by what served before, and the one that stands in where the chosen one
cannot serve. Does not belong here: what recommenders are worth (`leaderboard`), why an item is recommended (`reasons`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.leaderboard import Leaderboard, UnusableLeaderboard
from arcana_assets.recommendations.tables import CONFIDENCE, WHOLE
from arcana_assets.recommendations.value import Calibration

FALLBACK = "popular_in_segment"
ENOUGH = 30  # customers who adopted something, for an interval of a mean
POPULAR = ("popular", "popular_in_segment")


class InUse(NamedTuple):
    """What served by the evaluation before, and who was `beyond` it: better than it beyond the margin."""

    name: str
    beyond: frozenset[str]


class Choice(NamedTuple):
    """The recommender that serves, why in one sentence, and who is better than it beyond the margin all the same.

    Where it is not `fit` to be shown, nothing is recommended, and the sentence says why not.
    """

    name: str
    why: str
    beyond: frozenset[str]
    fit: bool = True


@dataclass(frozen=True)
class Served:
    """The recommender of a month.

    `calibration` says how likely what it recommends is adopted. `instead_of` is the recommender that was chosen where
    it cannot serve. `worse`: the one that does is worse than popularity. Not `fit`: it makes no lists; nor is it where
    it was not `compared`, for want of anybody who adopted something within a time that has passed.
    """

    name: str
    calibration: Calibration
    instead_of: str | None
    worse: bool
    fit: bool = True
    compared: bool = True


def serving(language: Language, board: Leaderboard, margin: float, before: InUse | None = None) -> Choice:
    """The recommender that serves, and why, in the language.

    Recommenders are in the order of their simplicity, and measured by nDCG at 10. As good as the best is who stays
    behind it by no more than `margin`, a share of it. The recommender that was in use `before` holds its place until
    one is better beyond the margin in two evaluations running; where there was none, the simplest serves that is as
    good as the best. Never one that is worse than popularity: it goes at once. Where the one that serves is no better
    than lists drawn by chance, it is not fit: of 30 customers and more by the 95 % interval of the difference, of fewer
    by its mean. Nor is it where nobody adopted anything, so that nothing was compared.
    Raises UnusableLeaderboard where popularity was not evaluated.
    """
    tried = [str(name) for name in board.ndcg.columns]
    if not set(POPULAR) & set(tried):
        raise UnusableLeaderboard(f"found {', '.join(tried)}; evaluate one of {', '.join(POPULAR)} beside them")
    if board.ndcg.empty:
        chosen = FALLBACK if FALLBACK in tried else POPULAR[0]
        return Choice(chosen, language.say("offered.serving.nobody_adopted"), frozenset(), fit=False)
    worth = {str(name): float(mean) for name, mean in board.ndcg.mean().items()}
    popular = max(worth[name] for name in POPULAR if name in worth)
    able = [name for name in tried if worth[name] >= popular]
    stays = before is not None and before.name in able
    rivals = _beyond(worth, before.name, margin) & before.beyond if before is not None and stays else frozenset()
    if before is not None and stays and not rivals:
        chosen = before.name
    else:
        chosen = _simplest([name for name in able if name in rivals] or able, worth, margin)
    beyond = _beyond(worth, chosen, margin)
    if board.chance is not None and not _better(board.ndcg[chosen].to_numpy() - board.chance):
        why = language.say(
            "offered.serving.by_chance",
            name=_words(language, chosen),
            ndcg=language.number(worth[chosen], 4),
            chance=language.number(float(board.chance.mean()), 4),
            n=len(board.ndcg),
        )
        return Choice(chosen, why, beyond, fit=False)
    told = language.say(
        f"offered.serving.{'by' if chosen in POPULAR else 'by_against'}",
        name=_words(language, chosen),
        ndcg=language.number(worth[chosen], 4),
        popular=language.number(popular, 4),
        n=len(board.ndcg),
        beside=_beside(language, worth, chosen, beyond, before, margin),
    )
    return Choice(chosen, told, beyond)


def _better(differences: np.ndarray) -> bool:
    """Whether the mean of differences is above 0, beyond chance where there are enough of them to tell."""
    mean, count = float(differences.mean()), len(differences)
    if count < ENOUGH:
        return mean > 0
    width = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * float(differences.std(ddof=1)) / count**0.5
    return mean - width > 0


def in_use(leaderboard: pd.DataFrame | None) -> InUse | None:
    """What served by the rows of an evaluation; None where there are none, or nothing was compared.

    Takes recommender, segment, ndcg_10, serves and beyond.
    """
    if leaderboard is None:
        return None
    whole = leaderboard[leaderboard["segment"] == WHOLE]
    serves = whole[whole["serves"].astype(bool) & whole["ndcg_10"].notna()]
    if serves.empty:
        return None
    beyond = whole.loc[whole["beyond"].eq(True), "recommender"]
    return InUse(str(serves["recommender"].iloc[0]), frozenset(map(str, beyond)))


def _beyond(worth: Mapping[str, float], name: str, margin: float) -> frozenset[str]:
    """Who is better than a recommender beyond the margin."""
    return frozenset(each for each, mean in worth.items() if mean * (1 - margin) > worth[name])


def _simplest(names: Sequence[str], worth: Mapping[str, float], margin: float) -> str:
    """The first of those that are as good as the best of them."""
    best = max(worth[name] for name in names)
    return next(name for name in names if worth[name] >= best * (1 - margin))


def _beside(
    language: Language,
    worth: Mapping[str, float],
    chosen: str,
    beyond: Collection[str],
    before: InUse | None,
    margin: float,
) -> str:
    """What a seller may ask: what it took the place of, or why another one does not serve."""
    best, within = max(worth, key=lambda name: worth[name]), language.percent(margin)
    if before is not None and before.name in worth and before.name != chosen:
        lost = _scored(language, before.name, worth)
        if chosen in before.beyond:
            return language.say("offered.serving.took_over", lost=lost, margin=within)
        return language.say("offered.serving.fell_below", lost=lost)
    if chosen == best:
        return language.say("offered.serving.none_better") if chosen in POPULAR and len(worth) > 1 else ""
    how = "challenged" if best in beyond else "no_better"
    return language.say(f"offered.serving.{how}", best=_scored(language, best, worth), margin=within)


def _scored(language: Language, name: str, worth: Mapping[str, float]) -> str:
    return f"{_words(language, name)} ({language.number(worth[name], 4)})"


def _words(language: Language, name: str) -> str:
    key = f"offered.serving.names.{name}"
    return language.say(key) if language.knows(key) else name


def served_by(leaderboard: pd.DataFrame, able: Collection[str]) -> Served:
    """The recommender that makes the lists of a month, of those that are `able` to.

    Takes the rows of a month's leaderboard over all customers: recommender, ndcg_10, serves, calibration. Where a
    catalogue that has grown, or a base with a single segment, does not let the chosen one serve, the best one of the
    leaderboard that it lets.
    """
    (chosen,) = leaderboard[leaderboard["serves"]].to_dict("records")
    compared = bool(pd.notna(chosen["ndcg_10"]))
    fit = compared and (chosen.get("fit") is None or bool(chosen["fit"]))  # of one from before it was asked: unknown
    if chosen["recommender"] in able:
        name, calibration = str(chosen["recommender"]), Calibration.from_json(chosen["calibration"])
        return Served(name, calibration, None, worse_than_popularity(leaderboard, name), fit, compared)
    worth = leaderboard[leaderboard["recommender"].isin(list(able)) & leaderboard["ndcg_10"].notna()]
    name = str(worth["recommender"].iloc[worth["ndcg_10"].argmax()]) if len(worth) else FALLBACK
    # How likely an adoption is was learned of the scores of the chosen one, and tells nothing of others'.
    worse = worse_than_popularity(leaderboard, name)
    return Served(name, Calibration(), str(chosen["recommender"]), worse, fit, compared)


def worse_than_popularity(leaderboard: pd.DataFrame, name: str) -> bool:
    """Whether a recommender is worse by a month's leaderboard than popularity is; what is not on it counts as worse."""
    worth = leaderboard.dropna(subset=["ndcg_10"]).set_index("recommender")["ndcg_10"].to_dict()
    popular = [worth[each] for each in POPULAR if each in worth]
    return name not in POPULAR and (name not in worth or any(worth[name] < each for each in popular))
