"""Descriptions of segments: a paragraph on what is special about one.

Belongs here: words. Does not belong here: names (`personas`), rules of membership (`membership`), examples (`medoids`).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from arcana_assets.domain.facets.features import LIFT, MEAN, MEDIAN, PERCENTILE, is_indicator
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.personas.persona import UnusableSegments, times

MOST_ABOVE, MOST_BELOW = 3, 2
NOTABLE = math.log2(1.25)  # of a lift: a quarter above the base, or a fifth below
BY_PERCENTILE = 4.0  # half the base away, where no lift tells it, weighs as much as four times the mean
FURTHEST = 4.0  # a lift of 16 or of a sixteenth; beyond, and for means of 0 or less, features count alike
OPPOSED = 0.02  # percentile on the other side of the middle: a few customers make the mean


def describe(
    position: Mapping[str, Any],
    base: Mapping[str, float],
    labels: Mapping[str, str],
    features: Sequence[str],
    language: Language = DEFAULT,
) -> str:
    """A paragraph: size, what lies far above or below the base, what nobody in it has data of.

    Takes a segment's row of `positions.positions`, the means of the base (`positions.base_means`), what features are
    called, and which of them to look at. At most three features above and two below, the furthest first: by the size of
    log2 of the lift, or, where the base mean is not positive, by the distance of the mean percentile from the middle. A
    mean that few customers lift above a middling majority is said to be so, with the median.

    Raises UnusableSegments for a feature that position or base lack.
    """
    for name in features:
        if name not in base or PERCENTILE + name not in position:
            raise UnusableSegments(
                f"'{name}' is in no position of the segment or in no mean of the base; make both with it"
            )
    known = [name for name in features if not math.isnan(position[MEAN + name])]
    distances = {name: _distance(position, name) for name in known}
    notable = [name for name in known if abs(distances[name]) >= NOTABLE]
    notable.sort(key=lambda name: (-abs(distances[name]), features.index(name)))
    above = [name for name in notable if distances[name] > 0][:MOST_ABOVE]
    below = [name for name in notable if distances[name] < 0][:MOST_BELOW]
    say, share = language.say, language.percent(position["share"])
    sentences = [say("segmentation.description.size", n=int(position["customers"]), share=share)]
    for key, names in (("above", above), ("below", below)):
        if names:
            told = "; ".join(_told(position, base, labels, name, language) for name in names)
            sentences.append(say(f"segmentation.description.{key}", told=told))
    if known and not notable:
        sentences.append(say("segmentation.description.near"))
    if missing := [labels.get(name, name) for name in features if name not in known]:
        sentences.append(say("segmentation.description.missing", names=", ".join(missing)))
    return " ".join(sentences)


def worded(feature: str, value: float, language: Language = DEFAULT) -> str:
    """A mean or a median as a reader wants it: a part of a whole as a percentage."""
    return language.percent(value) if is_part(feature) else language.number(value)


def is_part(feature: str) -> bool:
    """Whether a feature lies between 0 and 1 by what it means: shares, and indicators as a share of customers."""
    return is_indicator(feature) or feature.startswith(SHARE) or feature.endswith("_share")


def _distance(position: Mapping[str, Any], name: str) -> float:
    """How far above the base, in doublings; from the percentile where no lift tells it."""
    lift, percentile = position[LIFT + name], position[PERCENTILE + name]
    if math.isnan(lift):
        return BY_PERCENTILE * (percentile - 0.5)
    return max(-FURTHEST, min(FURTHEST, math.log2(lift))) if lift > 0 else -FURTHEST


def _told(
    position: Mapping[str, Any],
    base: Mapping[str, float],
    labels: Mapping[str, str],
    name: str,
    language: Language,
) -> str:
    say, mean, lift = language.say, position[MEAN + name], position[LIFT + name]
    middle, of_base = position[PERCENTILE + name] - 0.5, worded(name, base[name], language)
    text = f"{labels.get(name, name)} {worded(name, mean, language)}"
    if math.isnan(lift):
        percentile = language.percent(middle + 0.5, 0)
        return say("segmentation.description.by_percentile", text=text, base=of_base, percentile=percentile)
    if lift > 0:
        text = say("segmentation.description.by_lift", text=text, times=times(lift, language), base=of_base)
    else:
        text = say("segmentation.description.by_base", text=text, base=of_base)
    if lift > 1 and middle < -OPPOSED and not is_indicator(name):
        median = worded(name, position[MEDIAN + name], language)
        text = say("segmentation.description.few", text=text, median=median)
    return text
