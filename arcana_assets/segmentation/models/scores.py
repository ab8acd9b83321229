"""Scores: the segment of each customer in a month, the one before, and what a move between them is due to.

Belongs here: scoring with a month's model, joining the segments of several segmentations. Does not belong here: the
models (`segmentation_models`), the tables that are made of it (`segmentation`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.segmentation import Combination, Segmentation

APART = 1000  # the id of a combination: that of its first segment times this, plus that of its second
NOBODY = -1  # the segment of the month before of who was not there


def scored(
    segmentation: Segmentation, frame: pd.DataFrame, fitted: Mapping[date, Any], before: pd.Series | None, month: date
) -> pd.DataFrame:
    """Customers with their segment, the one of the month before, and what a move between them is due to.

    Takes the customers of the month in order, the models by month, and the segments of the month before by customer.
    """
    from arcana_assets.segmentation.models.champion import groups
    from arcana_assets.segmentation.models.continuity import moves

    hysteresis = segmentation.refit.hysteresis
    known = frame["customer_id"].map(before if before is not None else {}).astype("Int64")
    previous = known.fillna(NOBODY).to_numpy(dtype="int64")
    found = fitted[month].assign(frame, previous, hysteresis)
    now, older = found["segment_id"].to_numpy(), fitted.get(shifted(month, -1))
    old = now
    if older is not None:
        # What the older model cannot group, for want of a feature, did not move by itself.
        usable = groups(older, frame)
        old = older.assign(frame, previous, hysteresis)["segment_id"].to_numpy() if usable else previous
    behaviour = np.where(previous == NOBODY, now, old)
    return pd.concat([frame[["customer_id"]], found], axis=1).assign(
        previous_segment_id=known,
        behaviour_segment_id=pd.Series(behaviour, index=frame.index, dtype="Int64"),
        move=moves(previous, behaviour, now),
    )


def combined(combination: Combination, found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The segments of several segmentations as one: an id made of theirs, their personas joined by a colon.

    Takes what `scored` gave for each, of the same customers in the same order. Two segmentations have no common space,
    so there is no distance.
    """
    from arcana_assets.segmentation.models.continuity import moves

    parts = [found[name] for name in combination.of]
    ids = {name: parts[0][name].astype("Int64") for name in ("segment_id", "previous_segment_id")}
    ids["behaviour_segment_id"] = parts[0]["behaviour_segment_id"]
    persona = parts[0]["persona"].astype(str)
    for part in parts[1:]:
        ids = {name: each * APART + part[name].astype("Int64") for name, each in ids.items()}
        persona = persona + ":" + part["persona"].astype(str)
    now, behaviour = (ids[name].to_numpy(dtype="int64") for name in ("segment_id", "behaviour_segment_id"))
    previous = ids["previous_segment_id"].fillna(NOBODY).to_numpy(dtype="int64")
    return parts[0][["customer_id"]].assign(
        segment_id=now,
        persona=persona,
        previous_segment_id=ids["previous_segment_id"],
        behaviour_segment_id=ids["behaviour_segment_id"],
        move=moves(previous, behaviour, now),
        distance=np.nan,
    )


def ids_of(segment_id: int, parts: int) -> list[int]:
    """The ids of the segments that a combination's id is made of.

    >>> ids_of(3002, 2)
    [3, 2]
    """
    return [segment_id // APART**place % APART for place in reversed(range(parts))]
