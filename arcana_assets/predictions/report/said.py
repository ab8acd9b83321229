"""Words that the page and the card of a model share: who predicts and why, within what time, how likely.

Belongs here: such words in the language of the domain. Does not belong here: the sentences (`presentation.texts`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arcana_assets.domain.settings.predictions import Prediction, Unit
from arcana_assets.predictions.champion import LAST, method
from arcana_assets.predictions.drift import skill_of
from arcana_assets.predictions.model import BASE
from arcana_assets.presentation.language import Language

Row = Mapping[str, Any]


def within(language: Language, horizon: int, unit: Unit) -> str:
    """`nos 3 meses seguintes`."""
    return language.say(f"predictions.within.{unit}", n=horizon)


def chance(language: Language, share: float, places: int = 1) -> str:
    """A probability; what would read as certain, and is not, as `> 99,9 %`."""
    step = 10.0 ** -(places + 2)
    if 1 - step / 2 <= share < 1:
        return f"> {language.percent(1 - step, places)}"
    return language.percent(share, places)


def why(language: Language, model: Row, board: Sequence[Row], prediction: Prediction) -> str:
    """Who predicts and why, or why nothing is said, in a sentence for who decides.

    Takes a row of the models (horizon, champion, rows, events), its leaderboard, and what it is of.
    """
    say, champion = language.say, model["champion"]
    if not champion:
        return say(f"predictions.too_young.{prediction.unit}", n=model["horizon"])
    if prediction.of_money:
        return _why_of_money(language, model, board, prediction)
    if champion == BASE:
        few = min(model["events"], model["rows"] - model["events"])
        return say("predictions.few", n=few, rows=model["rows"], least=prediction.minimum_events)
    hold_outs = len({row["hold_out"] for row in board})
    if not hold_outs:
        return say("predictions.not_compared")
    if champion == LAST:
        return say("predictions.last_serves", n=hold_outs)
    skill = language.percent(skill_of(board), 0)
    return say("predictions.serves", n=hold_outs, method=method(language, champion), skill=skill)


def _why_of_money(language: Language, model: Row, board: Sequence[Row], prediction: Prediction) -> str:
    say, named = language.say, method(language, model["champion"], of_money=True)
    hold_outs = len({row["hold_out"] for row in board})
    if not hold_outs and not model["rows"]:
        return say("predictions.money.too_young", n=model["horizon"], method=named)
    if not hold_outs and model["events"] < prediction.minimum_events:
        return say("predictions.money.few", n=model["events"], method=named, least=prediction.minimum_events)
    if not hold_outs:
        return say("predictions.money.not_compared", method=named)
    if model["champion"] == LAST:
        return say("predictions.money.last_serves", n=hold_outs)
    skill = skill_of(board)
    if skill != skill:  # in a month of proof everybody paid again what it had paid: nothing can be less than that error
        return say("predictions.money.serves_unmeasured", method=named)
    return say("predictions.money.serves", n=hold_outs, method=named, skill=language.percent(skill, 0))


def saved(language: Language, skill: float | None) -> str:
    """What is saved of the last period's error; that more was erred, where it was; nothing where nothing is known."""
    if skill is None or skill != skill:
        return ""
    if skill < 0:
        return language.say("predictions.erred_more", share=language.percent(-skill, 0))
    return language.percent(skill, 0)


def written(value: float | None, write: Callable[[float], str]) -> str:
    """A measure as `write` writes it; nothing where it is not known."""
    return "" if value is None or value != value else write(value)
