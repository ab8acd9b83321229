"""Drift: how far a column of a month is from what it was the month before, on what was kept of that month.

Belongs here: the population stability index of two counts. Does not belong here: counting, drift of the features of a
model (`customer_360.drift`).
"""

import math
from collections.abc import Sequence


def psi(before: Sequence[int], now: Sequence[int]) -> float | None:
    """The sum of (now - before) ln(now / before) over bins, as shares; None where either month has no row.

    An empty bin counts as half a row, for fewer cannot be told from none. Method: Siddiqi, Credit Risk Scorecards
    (2006). Raises ValueError for bins that are not the same.
    """
    if not sum(before) or not sum(now):
        return None
    shares = [(_share(b, sum(before)), _share(n, sum(now))) for b, n in zip(before, now, strict=True)]
    return math.fsum((now_ - before_) * math.log(now_ / before_) for before_, now_ in shares)


def _share(rows: int, of: int) -> float:
    return max(rows, 0.5) / of
