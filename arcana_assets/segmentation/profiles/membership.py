"""Membership as a small tree: what a business reader can say of who is in a segment, and how often it is right.

Belongs here: the tree, its rules in words, its fidelity. Does not belong here: the segments, which a model decides and
the tree only retells (`models`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from arcana_assets.domain.facets.features import is_indicator
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.clustering.points import sample
from arcana_assets.segmentation.clustering.preprocessing import column_of, matrix_of
from arcana_assets.segmentation.personas.persona import UnusableSegments
from arcana_assets.segmentation.profiles.descriptions import is_part

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

FOLDS = 5
LARGEST = 3e38  # what the tree's single precision holds
LEAST = 100  # a leaf holds at least one customer in so many
ROUNDED = 0.005  # of the customers at a split may lie on its other side, for the sake of a short limit
SAMPLE = 20_000  # customers of a large base by whom trees are grown and measured
WORTH = 0.01  # of fidelity: a larger tree must gain as much to be worth reading


@dataclass(frozen=True)
class Membership:
    """What a small tree says of segments.

    `rules` are sentences, by segment_id, in the features' own units. `fidelity` is the share of customers whose
    segment the tree tells right, each by a tree that was grown without them. `text` says it all, a line a segment.
    """

    rules: dict[int, str]
    fidelity: float
    text: str


@dataclass(frozen=True)
class _Range:
    """Values above `low`, up to `high`; and, if `missing`, those who have none."""

    low: float = -math.inf
    high: float = math.inf
    missing: bool = True


@dataclass(frozen=True)
class _Leaf:
    segment: int
    customers: int
    ranges: dict[int, _Range] = field(default_factory=dict)


def membership(
    frame: pd.DataFrame,
    segments: pd.Series,
    personas: Mapping[int, str],
    features: Sequence[str],
    labels: Mapping[str, str],
    seed: int,
    leaves: int = 12,
    language: Language = DEFAULT,
) -> Membership:
    """The rules of a classification tree of at most `leaves` leaves that predicts the segment from raw features.

    Of the trees with a leaf a segment, twice, four times as many, and so on, the smallest within a point of fidelity of
    the best is told.

    Takes one row a customer with customer_id and numeric features, the segment_id of each in the same index, the
    persona by segment_id, and what features are called. Missing and infinite values are absent. Limits are the
    shortest figures that leave at most one customer in 200 of a split on its other side. Fidelity is that of rules as
    they are written, on five seeded folds, each with its share of every segment; who meets no rule is told wrong. Of
    more than 20,000 customers a seeded sample is taken, and a segment that it misses has no rule.

    Raises UnusableSegments for no customers or features, indexes that differ, a missing segment or one without persona;
    UnusableFeatures for a missing or non-numeric column.
    Source: Breiman et al., Classification and Regression Trees (1984); best-first growth as scikit-learn has it.
    """
    _require(frame, segments, personas, features, leaves)
    order = np.argsort(column_of(frame, "customer_id").astype(str).to_numpy(dtype=object), kind="stable")
    raw = np.clip(matrix_of(frame, features)[order], -LARGEST, LARGEST)
    target = segments.to_numpy(dtype="int64")[order]
    everybody = np.unique(target).tolist()
    drawn = sample(raw, SAMPLE, seed)
    raw, target = raw[drawn], target[drawn]
    size, fidelity = _worth_reading(raw, target, seed, leaves)
    found = _leaves(_grown(raw, target, seed, size), raw)
    rules = {}
    for segment in everybody:
        mine = sorted((leaf for leaf in found if leaf.segment == segment), key=lambda leaf: -leaf.customers)
        spelt = [_spelt(leaf, features, labels, language) for leaf in mine]
        parts = [f"({each})" if len(mine) > 1 else each for each in spelt]
        rules[segment] = joined(parts, "or", language) or language.say("segmentation.rule.nobody")
    largest = float(np.unique(target, return_counts=True)[1].max() / len(target))
    told = {"fidelity": language.percent(fidelity), "largest": language.percent(largest)}
    head = language.say("segmentation.rule.tree", n=len(found), **told)
    text = "\n".join([head, *(f"{personas[segment]}: {rule}" for segment, rule in rules.items())])
    return Membership(rules, fidelity, text)


def joined(parts: Sequence[str], word: Literal["and", "all_of", "or"], language: Language) -> str:
    """Parts of a rule with a word of the language between two of them; nothing where there is none."""
    key = f"segmentation.{word}"
    return reduce(lambda one, other: language.say(key, one=one, other=other), parts) if parts else ""


def _require(
    frame: pd.DataFrame, segments: pd.Series, personas: Mapping[int, str], features: Sequence[str], leaves: int
) -> None:
    if frame.empty or not features or leaves < 2:
        raise UnusableSegments(
            f"a tree needs customers, features and two leaves or more; found {len(frame)}, {list(features)}, {leaves}"
        )
    if (twice := column_of(frame, "customer_id").astype(str).duplicated()).any():
        raise UnusableSegments(f"{twice.sum()} rows have the customer_id of another one; give a row each")
    if not frame.index.equals(segments.index) or segments.isna().any():
        raise UnusableSegments("every customer needs one segment, in the same index; found others")
    if nameless := sorted(set(segments.astype("int64")) - set(personas)):
        raise UnusableSegments(f"segment {nameless[0]} has no persona; name all segments that customers have")


def _grown(raw: np.ndarray, target: np.ndarray, seed: int, leaves: int) -> "DecisionTreeClassifier":
    from sklearn.tree import DecisionTreeClassifier

    least = max(1, len(raw) // LEAST)
    return DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=least, random_state=seed).fit(raw, target)


def _worth_reading(raw: np.ndarray, target: np.ndarray, seed: int, leaves: int) -> tuple[int, float]:
    """(leaves, fidelity) of the tree that is told."""
    sizes = [max(2, len(np.unique(target)))]
    while sizes[-1] < leaves:
        sizes.append(2 * sizes[-1])
    tried = [(size, _fidelity(raw, target, seed, size)) for size in dict.fromkeys(min(size, leaves) for size in sizes)]
    best = max(fidelity for _, fidelity in tried)
    return next(each for each in tried if each[1] >= best - WORTH)


def _fidelity(raw: np.ndarray, target: np.ndarray, seed: int, leaves: int) -> float:
    """The share told right by trees that did not see the customer; 1 where there is but one segment."""
    if len(np.unique(target)) == 1:
        return 1.0
    mixed = np.random.default_rng(seed).permutation(len(target))
    fold = np.empty(len(target), dtype="int64")
    fold[mixed[np.argsort(target[mixed], kind="stable")]] = np.arange(len(target)) % FOLDS
    right = 0
    for each in range(min(FOLDS, len(target))):
        held = fold == each
        found = _leaves(_grown(raw[~held], target[~held], seed, leaves), raw[~held])
        right += int((_told(found, raw[held]) == target[held]).sum())
    return right / len(target)


def _told(leaves: Sequence[_Leaf], raw: np.ndarray) -> np.ndarray:
    """The segment by the rules as they are written, -1 for who meets none."""
    found = np.full(len(raw), -1)
    for leaf in leaves:
        inside = np.ones(len(raw), dtype=bool)
        for at, within in leaf.ranges.items():
            values = raw[:, at]
            inside &= np.where(np.isnan(values), within.missing, (values > within.low) & (values <= within.high))
        found[inside] = leaf.segment
    return found


def _leaves(model: "DecisionTreeClassifier", raw: np.ndarray) -> list[_Leaf]:
    """The leaves of a tree; two beside each other that say the same are one."""
    tree, single = model.tree_, raw.astype("float32")

    def under(node: int, inside: np.ndarray, ranges: dict[int, _Range]) -> list[_Leaf]:
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        segment = int(model.classes_[int(np.argmax(tree.value[node][0]))])
        if left == right:
            return [_Leaf(segment, int(inside.sum()), ranges)]
        feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
        absent = np.isnan(raw[:, feature])
        goes_left = bool(tree.missing_go_to_left[node])
        below = (single[:, feature] <= threshold) & ~absent
        to_left = inside & (below | (absent if goes_left else False))
        limit = _between(raw[inside & below, feature], raw[inside & ~below & ~absent, feature])
        around = ranges.get(feature, _Range())
        # Nobody without a value came here: the way the tree would send them is no knowledge.
        met = bool((inside & absent).any()) and around.missing
        lower = ranges | {feature: _Range(around.low, min(around.high, limit), met and goes_left)}
        upper = ranges | {feature: _Range(max(around.low, limit), around.high, met and not goes_left)}
        found = under(left, to_left, lower) + under(right, inside & ~to_left, upper)
        if len({leaf.segment for leaf in found}) == 1:
            return [_Leaf(found[0].segment, int(inside.sum()), ranges)]
        return found

    return under(0, np.ones(len(raw), dtype=bool), {})


def _between(lower: np.ndarray, upper: np.ndarray) -> float:
    """The shortest decimal between the greatest of the lower values, itself allowed, and the least of the upper ones,
    but for the few that may be passed; infinity where the split only tells who has a value."""
    if len(upper) == 0:
        return math.inf
    few = int(ROUNDED * (len(lower) + len(upper)))
    least, most = np.sort(lower)[-1 - min(few, len(lower) - 1)].item(), np.sort(upper)[min(few, len(upper) - 1)].item()
    middle = least / 2 + most / 2
    for places in range(-2, 10):
        downwards = math.floor(middle * 10.0**places) / 10.0**places
        for short in (round(middle, places), round(downwards, max(places, 0))):
            if least <= short < most:
                return short
    return float(least)


def _spelt(leaf: _Leaf, features: Sequence[str], labels: Mapping[str, str], language: Language) -> str:
    parts = [
        _condition(labels.get(features[at], features[at]), features[at], each, language)
        for at, each in sorted(leaf.ranges.items())
    ]
    return joined(parts, "and", language) or language.say("segmentation.rule.everybody")


def _condition(label: str, feature: str, within: _Range, language: Language) -> str:
    say = language.say
    if within.low == math.inf:
        return say("segmentation.rule.missing", label=label)
    if within.low == -math.inf and within.high == math.inf:
        return say("segmentation.rule.known", label=label)
    if is_indicator(feature):
        key = "segmentation.rule.holds" if within.low > -math.inf else "segmentation.rule.holds_not"
        text = say(key, label=label)
    else:
        above = f"> {_figure(feature, within.low, language)}" if within.low > -math.inf else ""
        upto = f"<= {_figure(feature, within.high, language)}" if within.high < math.inf else ""
        text = f"{label} {joined([part for part in (above, upto) if part], 'and', language)}"
    return say("segmentation.rule.or_missing", text=text) if within.missing else text


def _figure(feature: str, limit: float, language: Language) -> str:
    """A limit with the decimals it has, no fewer: rounded, it would be another rule."""
    return language.of_hundred(_exact(100 * limit, language)) if is_part(feature) else _exact(limit, language)


def _exact(value: float, language: Language) -> str:
    places = next((each for each in range(10) if math.isclose(round(value, each), value, rel_tol=1e-12)), 10)
    return language.number(value, places)
