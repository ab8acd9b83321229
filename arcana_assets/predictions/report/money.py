"""The measures of money on the card of a model: its methods over all hold-outs, and what the rows of it say.

Belongs here: those figures, which the screen shows too. Does not belong here: sentences and sections (`money_page`),
the measures of one hold-out (`predictions.amounts`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Row = Mapping[str, Any]
MEASURES = ("rmse", "mae", "spearman", "revenue_10", "coverage")
HOLD_OUT = ("candidate", "hold_out", "n", "events", *MEASURES, "skill")
RESULT = ("made_in", "champion", "n", "events", "expected", "paid", *MEASURES, "skill", "hold_out_skill")


def candidates_of_money(board: Sequence[Row]) -> list[dict[str, Any]]:
    """A row a candidate over all hold-outs, who saves most of the last period's error first.

    Customers weigh alike; the RMSE is the root of the mean of all squares. `skill` is the part of the last period's
    squared error that is saved, hold-outs weighing alike, for months of more money are worth no more; `low` and `high`
    are the 95 % interval of the squared error less that of the best, as a share of the last period's. A measure that no
    hold-out has is nan.
    """
    by_name: dict[str, list[Row]] = {}
    for row in board:
        by_name.setdefault(row["candidate"], []).append(row)
    found = [
        {"candidate": name, "rmse": _mean([row["rmse"] ** 2 for row in rows], rows) ** 0.5}
        | {each: _mean([row[each] for row in rows], rows) for each in MEASURES if each != "rmse"}
        | {"skill": _mean([row["skill"] for row in rows])}
        | {each: rows[0][each] for each in ("low", "high", "serves")}
        for name, rows in by_name.items()
    ]
    return sorted(found, key=_order)


def covered_by_what_serves(board: Sequence[Row]) -> float | None:
    """The share of customers within their interval on the hold-outs, of what serves; None where there was none."""
    found = [row["coverage"] for row in candidates_of_money(board) if row["serves"]]
    return found[0] if found and _known(found[0]) else None


def _order(row: Row) -> tuple[float, float, str]:
    return -row["skill"] if _known(row["skill"]) else np.inf, row["rmse"], row["candidate"]


def _mean(values: Sequence[float | None], rows: Sequence[Row] = ()) -> float:
    weights = [row["n"] for row in rows] or [1] * len(values)
    known = [(value, n) for value, n in zip(values, weights, strict=True) if value is not None and _known(value)]
    return float(np.average([each for each, _ in known], weights=[n for _, n in known])) if known else float("nan")


def _known(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))
