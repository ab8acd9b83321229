"""Reasons: what sets a customer apart from the median one, in the words of a seller.

Belongs here: which sentence holds, how a feature and its value read in it, and which way it moves the probability. Does
not belong here: the words (the texts), what each adds (`methods`), the customers (`scoring`).

Never why: "more likely" says what customers like this one did, not what made them. No sentence says "because".
"""

from arcana_assets.domain.settings.predictions import Target, Unit
from arcana_assets.predictions.paces import LAST_SHARE, PACE
from arcana_assets.predictions.rows import DID, SHARE_OF_MONTHS
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language

LEAST = 0.05  # log-odds that are worth a word: about one point of probability


def reason(
    language: Language,
    feature: str,
    value: float,
    contribution: float,
    target: Target,
    horizon: int,
    lookback: int,
    unit: Unit = "months",
) -> str:
    """A feature of a customer, and whether with it the event is more or less likely than for the median customer.

    Takes the value as the feature matrix has it: nan where it is not known. Of spend: whether customers with it pay
    more or less of their own pace than the median one does of its.

    `Comprou há 12 dias (mais provável)`.
    """
    if feature == DID:
        did = "did" if value > 0.5 else "did_not"
        said = language.say(f"predicted.reason.{did}.{target}", span=_span(language, horizon, unit))
    else:
        said = _said(language, feature, value, target, horizon, lookback)
    way = f"{'more' if contribution > 0 else 'less'}{'_of_pace' if target == 'spend' else ''}"
    return language.say(f"predicted.reason.{way}", said=f"{said[:1].upper()}{said[1:]}")


def sentence(language: Language, reasons: list[str]) -> str:
    """The reasons of a customer: the first as it is, the others in lower case, but for what is spelt in capitals.

    One that has none is like most.

    `Nota média: 3 (mais provável); comprou há 2 dias (menos provável)`.
    """
    if not reasons:
        return language.say("predicted.reason.like_most")
    first, *others = reasons
    return "; ".join([first, *(each if each[1:2].isupper() else each[:1].lower() + each[1:] for each in others)])


def at_its_pace(language: Language) -> str:
    """What is said of who is expected to go on at its own pace, by nothing else."""
    return language.say("predicted.reason.at_its_pace")


def _said(language: Language, feature: str, value: float, target: Target, horizon: int, lookback: int) -> str:
    say, label = language.say, label_of(feature, language)
    if feature == SHARE_OF_MONTHS:
        return say(f"predicted.reason.of_months.{target}", share=language.percent(value, 0))
    if feature == PACE:
        window = say("predicted.reason.window", n=horizon)
        return say("predicted.reason.pace", value=language.number(value), window=window)
    if feature == LAST_SHARE:
        return _since(language, value, horizon)
    if value != value:
        return f"{label}: {language.number(None)}"
    window = say("predicted.reason.window", n=lookback)
    if feature in ("recency_days", "days_since_visit"):
        return say(f"predicted.reason.{'bought' if feature == 'recency_days' else 'came'}", n=round(value))
    if feature == "frequency":
        return say("predicted.reason.orders", n=round(value), window=window)
    if feature == "visits":
        return say("predicted.reason.visits", n=round(value), window=window)
    if feature == "tenure_months":
        return say("predicted.reason.tenure", n=round(value))
    if feature.startswith(("share_", "mrr_growth_")) or feature.endswith("_share"):
        return f"{label}: {language.percent(value, 0)}"
    return f"{label}: {language.number(value)}"


def _since(language: Language, share: float, horizon: int) -> str:
    """How the last period compares with the rate of the window, by its share of the two."""
    than = "paid_more" if share > 0.5 else "paid_less" if share < 0.5 else "paid_as_much"
    than = than if share == share else "paid_nothing"
    return language.say(f"predicted.reason.{than}", span=_span(language, horizon, "months"))


def _span(language: Language, horizon: int, unit: Unit) -> str:
    return language.say(f"predicted.reason.span.{unit}", n=horizon)
