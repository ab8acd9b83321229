"""Medoids: customers who stand for a segment.

Belongs here: choosing them. Does not belong here: words (`descriptions`), rules of membership (`membership`).
"""

from collections.abc import Sequence

import numpy as np

from arcana_assets.segmentation.personas.persona import UnusableSegments

EXACT = 2_000  # members up to whom medoids are exact


def medoids(
    points: np.ndarray, segments: Sequence[int], customer_ids: Sequence[str], count: int = 3
) -> dict[int, list[str]]:
    """The customers who stand for each segment: those with the least sum of distances to its members, least first.

    Takes customers x features in a model's space, and segment and id of each customer. Exact for segments of up to
    2,000; beyond that, those nearest to the mean. Equals, to nine digits, are taken by customer_id. Row order is of no
    account. A segment of fewer than `count` gives all it has.

    Raises UnusableSegments for lengths that differ, an id that stands twice, points that are not finite.
    Source: Kaufman and Rousseeuw, Finding Groups in Data (1990), chapter 2.
    """
    from scipy.spatial.distance import cdist

    ids, groups = np.array([str(each) for each in customer_ids], dtype=object), np.asarray(segments)
    if not len(points) == len(ids) == len(groups):
        raise UnusableSegments(
            f"{len(points)} points, {len(groups)} segments and {len(ids)} ids are not the same customers; give one each"
        )
    if len(set(ids)) < len(ids):
        raise UnusableSegments("a customer_id stands twice among the points; give one row a customer")
    if not np.isfinite(points).all():
        raise UnusableSegments("points hold missing or infinite values; take them from a model's preprocessing")
    order = np.argsort(ids, kind="stable")
    found = {}
    for segment in np.unique(groups):
        inside = order[groups[order] == segment]
        members = points[inside]
        if len(members) <= EXACT:
            far = cdist(members, members).sum(axis=1)
        else:
            far = np.sqrt(((members - members.mean(axis=0)) ** 2).sum(axis=1))
        scale = far.max() or 1.0
        nearest = np.argsort(np.round(far / scale, 9), kind="stable")[:count]
        found[int(segment)] = [str(each) for each in ids[inside[nearest]]]
    return found
