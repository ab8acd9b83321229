"""Scores: the segment of each customer in a month, the one before, and what a move between them is due to.

Belongs here: scoring with a month's model, joining the segments of several segmentations. Does not belong here: the
models (`fitting`), what is told of the segments (`profiles`).
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.segmentation import Combination, Segmentation
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.segmentation.models.continuity import moves
from arcana_assets.segmentation.models.model import SegmentationModel

APART = 1000  # the id of a combination: that of its first segment times this, plus that of its second
_NOBODY = -1  # the segment of the month before of who was not there
Models = Mapping[date, SegmentationModel]


def segments_of_month(
    domain: CustomerDomain,
    customers: pd.DataFrame,
    models: Mapping[str, Models],
    before: Mapping[str, pd.Series],
    month: date,
) -> dict[str, pd.DataFrame]:
    """The segments of all customers of a month, by segmentation and then by combination, as `scored` gives them.

    Takes the customers in order, a row each, the models by segmentation and month, and the segments of the month before
    by segmentation and customer. A segmentation without a model of the month, or with one that passed no gate, is left
    out, and what is combined of it: what is neither kinds nor cuts is nobody's segment.
    """
    if customers.empty:
        return {}
    served = segmented(domain, models, month)
    language = language_of(domain.language)
    found = {
        each.name: scored(each, customers, models[each.name], before.get(each.name), month, language)
        for each in domain.segmentations
        if each.name in served
    }
    found |= {each.name: combined(each, found, language) for each in domain.combinations if each.name in served}
    return found


def segmented(domain: CustomerDomain, models: Mapping[str, Models], month: date) -> list[str]:
    """The segmentations that put the customers of a month into segments, then the combinations of them."""
    found = [
        each.name for each in domain.segmentations if month in models[each.name] and models[each.name][month].admissible
    ]
    return [*found, *(each.name for each in domain.combinations if set(each.of) <= set(found))]


def scored(
    segmentation: Segmentation,
    frame: pd.DataFrame,
    fitted: Models,
    before: pd.Series | None,
    month: date,
    language: Language,
) -> pd.DataFrame:
    """Customers with their segment, the one of the month before, and what a move between them is due to.

    Takes the customers of the month in order, the models by month, and the segments of the month before by customer.
    """
    hysteresis = segmentation.refit.hysteresis
    known = frame["customer_id"].map(before if before is not None else {}).astype("Int64")
    previous = known.fillna(_NOBODY).to_numpy(dtype="int64")
    found = fitted[month].assign(frame, previous, hysteresis)
    now, older = found["segment_id"].to_numpy(), fitted.get(shifted(month, -1))
    old = now
    if older is not None:
        # What the older model cannot group, for want of a feature, did not move by itself.
        usable = older.can_group(frame)
        old = older.assign(frame, previous, hysteresis)["segment_id"].to_numpy() if usable else previous
    behaviour = np.where(previous == _NOBODY, now, old)
    return pd.concat([frame[["customer_id"]], found], axis=1).assign(
        previous_segment_id=known,
        behaviour_segment_id=pd.Series(behaviour, index=frame.index, dtype="Int64"),
        move=moves(previous, behaviour, now, language),
    )


def combined(combination: Combination, found: Mapping[str, pd.DataFrame], language: Language) -> pd.DataFrame:
    """The segments of several segmentations as one: an id made of theirs, their personas joined by a colon.

    Takes what `scored` gave for each, of the same customers in the same order. Two segmentations have no common space,
    so there is no distance.
    """
    parts = [found[name] for name in combination.of]
    ids = {name: parts[0][name].astype("Int64") for name in ("segment_id", "previous_segment_id")}
    ids["behaviour_segment_id"] = parts[0]["behaviour_segment_id"]
    persona = parts[0]["persona"].astype(str)
    for part in parts[1:]:
        ids = {name: each * APART + part[name].astype("Int64") for name, each in ids.items()}
        persona = persona + ":" + part["persona"].astype(str)
    now, behaviour = (ids[name].to_numpy(dtype="int64") for name in ("segment_id", "behaviour_segment_id"))
    previous = ids["previous_segment_id"].fillna(_NOBODY).to_numpy(dtype="int64")
    return parts[0][["customer_id"]].assign(
        segment_id=now,
        persona=persona,
        previous_segment_id=ids["previous_segment_id"],
        behaviour_segment_id=ids["behaviour_segment_id"],
        move=moves(previous, behaviour, now, language),
        distance=np.nan,
    )


def ids_of(segment_id: int, parts: int) -> list[int]:
    """The ids of the segments that a combination's id is made of.

    >>> ids_of(3002, 2)
    [3, 2]
    """
    return [segment_id // APART**place % APART for place in reversed(range(parts))]
