"""Everybody: where each segment lies in the base, counted by the engine, of more customers than fit into memory.

Belongs here: the figures of `personas.positions` as expressions over tables. Does not belong here: the same of frames
(`personas.positions`), what is told of them (`profile`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.facets.features import LIFT, MEAN, MEDIAN, PERCENTILE

EXACT = "decimal(38, 9)"  # sums of floating-point numbers depend on the order of rows
BEYOND = 1e18  # no value of a feature; a decimal holds the sum of all below it
Ask = Callable[[ir.Table], Sequence[dict[str, Any]]]
"""Runs an expression of few rows, and gives them."""


@dataclass(frozen=True, eq=False)
class Everybody:
    """Segments of all customers: their positions as `positions.positions` has them, names by segment_id, and the means
    of the base by feature."""

    positions: pd.DataFrame
    personas: dict[int, str]
    base: dict[str, float]


def everybody(segments: ir.Table, features: ir.Table, names: Sequence[str], ask: Ask) -> Everybody:
    """Where the segments of a segmentation lie, in as many features as there are `names`.

    Takes a row a customer of one month each: customer_id, segment_id and persona, and customer_id and the features.
    Means are to nine decimals; a value that is missing or no finite number is left out.
    """
    sizes = segments.group_by("segment_id").agg(customers=segments.count(), persona=segments.persona.min())
    counted = sorted(ask(sizes), key=lambda row: row["segment_id"])
    of = sum(row["customers"] for row in counted)
    rows = {
        row["segment_id"]: {
            "segment_id": row["segment_id"],
            "customers": row["customers"],
            "share": row["customers"] / of,
        }
        for row in counted
    }
    base = dict[str, float]()
    for name in names:
        found = {row["segment_id"]: row for row in ask(_of_feature(segments, features, name))}
        known = sum(row["known"] for row in found.values())
        base[name] = float(sum(row["total"] for row in found.values())) / known if known else math.nan
        for segment, row in rows.items():
            row |= _told(name, found.get(segment), base[name], known)
    kinds = (MEAN, MEDIAN, LIFT, PERCENTILE)
    columns = ["segment_id", "customers", "share", *(kind + name for name in names for kind in kinds)]
    table = pd.DataFrame(list(rows.values()), columns=pd.Index(columns))
    return Everybody(table, {row["segment_id"]: row["persona"] for row in counted}, base)


def _told(name: str, row: dict[str, Any] | None, base: float, known: int) -> dict[str, float]:
    if row is None:
        return {kind + name: math.nan for kind in (MEAN, MEDIAN, LIFT, PERCENTILE)}
    mean = float(row["total"]) / row["known"]
    return {
        MEAN + name: mean,
        MEDIAN + name: (row["lower"] + row["upper"]) / 2,
        LIFT + name: mean / base if base > 0 else math.nan,
        PERCENTILE + name: row["ranks"] / (2 * known * row["known"]),
    }


def _of_feature(segments: ir.Table, features: ir.Table, name: str) -> ir.Table:
    """A row a segment: known values, their sum, the two in the middle, and twice the sum of their mid-ranks.

    Equal values of a segment are one row with a number, so that what is sorted is mostly far less than the customers.
    """
    value = features[name].cast("float64")
    of = features.select("customer_id", value=value).filter(value.notnull(), ~value.isnan(), ~value.isinf())
    joined = segments.select("customer_id", "segment_id").inner_join(of, "customer_id")
    cells = joined.group_by("segment_id", "value").agg(n=joined.count())
    ascending = ibis.range_window(preceding=None, following=0, order_by="value")
    ranked = cells.mutate(
        below_or_same=cells.n.sum().over(ascending),
        same=cells.n.sum().over(ibis.window(group_by="value")),
        within=cells.n.sum().over(ibis.range_window(None, 0, group_by="segment_id", order_by="value")),
        known=cells.n.sum().over(ibis.window(group_by="segment_id")),
    )
    bounded = ranked.value.clip(-BEYOND, BEYOND)
    return ranked.group_by("segment_id").agg(
        known=ranked.n.sum().cast("int64"),
        total=(bounded.cast(EXACT) * ranked.n.cast("decimal(18, 0)")).sum(),
        lower=ranked.value.min(where=2 * ranked.within >= ranked.known),
        upper=ranked.value.min(where=2 * ranked.within >= ranked.known + 1),
        ranks=(ranked.n * (2 * ranked.below_or_same - ranked.same)).sum().cast("int64"),
    )
