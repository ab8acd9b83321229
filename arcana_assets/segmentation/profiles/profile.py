"""Segment profiles: where each segment lies, said in words, with customers who stand for it and rules of membership.

Belongs here: describing segments already assigned and named. Does not belong here: finding or naming them
(`models`, `personas`), the picture of a profile (`pictures`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.personas.positions import base_means, positions
from arcana_assets.segmentation.profiles.descriptions import describe
from arcana_assets.segmentation.profiles.everybody import Everybody
from arcana_assets.segmentation.profiles.medoids import medoids
from arcana_assets.segmentation.profiles.membership import membership


class UnmatchedSegments(ArcanaError):
    """Raised when customers and their segments are not the same rows."""


def profile(
    frame: pd.DataFrame,
    assignments: pd.DataFrame,
    features: Sequence[str],
    points: np.ndarray | None = None,
    labels: Mapping[str, str] | None = None,
    actions: Mapping[int, Sequence[str]] | None = None,
    seed: int = 7,
    of_all: Everybody | None = None,
    language: Language = DEFAULT,
) -> pd.DataFrame:
    """Size, averages and explanation of every segment; one row a segment, ordered by segment_id.

    Takes the customers (one row each: customer_id, numeric features), the segment_id and persona of each in the same
    index, and the features to look at. Returns segment_id, persona, customers, share, description (a paragraph),
    actions, and for each feature mean_, median_, lift_ and percentile_ as `positions.positions` gives them. With
    `points`, the customers in the space in which they were grouped, also typical_customers (medoids), membership_rule
    (of a short decision tree) and membership_fidelity (share of customers told right by it, unseen); without, these are
    missing. `labels` name features for readers. Row order is of no account. Where the customers are a sample, `of_all`
    is where the segments of all of them lie; who stands for a segment and its rule are of the sample, and a segment
    that nobody of it is in has neither.

    Raises UnmatchedSegments where the indexes differ, a named feature or a column of the assignments is absent.
    """
    if len(frame) != len(assignments) or not frame.index.equals(assignments.index):
        raise UnmatchedSegments(f"{len(frame)} customers and {len(assignments)} assignments are not the same rows")
    for name in ("segment_id", "persona"):
        if name not in assignments.columns:
            raise UnmatchedSegments(f"assignments have no column '{name}'{nearest(name, assignments.columns)}")
    for name in features:
        if name not in frame.columns:
            raise UnmatchedSegments(f"the customers have no column '{name}'{nearest(name, frame.columns)}")
    ids, names = assignments["segment_id"], labels or {}
    personas = dict(zip(ids.tolist(), assignments["persona"].tolist(), strict=True))
    if of_all is None:
        table, base = positions(frame, ids, features), base_means(frame, features)
    else:
        table, base, personas = of_all.positions, of_all.base, personas | of_all.personas
    rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    told: dict[str, list[object]] = {
        "persona": [personas[row["segment_id"]] for row in rows],
        "description": [describe(row, base, names, features, language) for row in rows],
        "typical_customers": [None] * len(rows),
        "membership_rule": [None] * len(rows),
        "membership_fidelity": [np.nan] * len(rows),
        "actions": ["; ".join((actions or {}).get(row["segment_id"], ())) or None for row in rows],
    }
    if points is not None:
        typical = medoids(points, ids.tolist(), frame["customer_id"].astype(str).tolist())
        tree = membership(frame, ids, personas, features, names, seed, language=language)
        told["typical_customers"] = [", ".join(typical.get(row["segment_id"], ())) or None for row in rows]
        nobody = language.say("segmentation.rule.nobody")
        told["membership_rule"] = [tree.rules.get(row["segment_id"], nobody) for row in rows]
        told["membership_fidelity"] = [tree.fidelity] * len(rows)
    words = pd.DataFrame(told, index=table.index).astype({name: object for name in told if name[-8:] != "fidelity"})
    first = ["segment_id", "persona", "customers", "share"]
    joined = pd.concat([table, words], axis=1)
    others = [name for name in (*words.columns, *table.columns) if name not in first]
    return joined[[*first, *others]]
