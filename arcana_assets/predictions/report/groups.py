"""Groups compared: what was said of the customers of a group, and what came, so that nobody is served worse unseen.

Belongs here: that comparison, and which groups are too small to be shown. Does not belong here: reading attributes of
customers (`assets.cards`). Age and gender are compared here and nowhere else: they are never features.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

LEAST = 5  # customers of a group that is shown
AGES = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 120))


def compared(dimensions: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """A row a dimension and group: n, mean said and mean that came; groups in the order of their names.

    Takes by dimension the groups that are known: group, n (customers), and the sums over them of what was said and of
    what came, probabilities and 0 or 1, or money; rows of one group are added up, those without one left out. A group
    of fewer than `LEAST` customers has no row but counts in `suppressed` of its dimension; where it is the only one,
    the smallest of the others goes with it, for the difference to the whole would tell it.
    """
    found = []
    for dimension, groups in dimensions.items():
        table = groups.dropna(subset="group").groupby("group", sort=True)[["n", "said", "came"]].sum()
        if table.empty:
            continue
        hidden = list(table.index[table["n"] < LEAST])
        if len(hidden) == 1 and len(table) > 1:
            hidden.append(table.drop(hidden)["n"].idxmin())
        for name, n, said, came in table.drop(hidden).itertuples():
            row = {"dimension": dimension, "group": str(name), "n": int(n)}
            found.append(row | {"said": float(said / n), "came": float(came / n), "suppressed": len(hidden)})
        if len(hidden) == len(table):
            nothing = dict.fromkeys(("group", "n", "said", "came"))
            found.append({"dimension": dimension, **nothing, "suppressed": len(hidden)})
    return found


def age_band(birth_year: float | None, year: int) -> str | None:
    """The band of an age in a year, as `25-34`; None where it is not known or cannot be."""
    if birth_year is None or birth_year != birth_year:
        return None
    age = year - int(birth_year)
    return next((f"{low}-{high}" if high < 120 else f"{low}+" for low, high in AGES if low <= age <= high), None)
