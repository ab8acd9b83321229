"""Migration: how many customers went from which segment to which within a month, and what they are worth.

Belongs here: the pairs of segments and what is summed over their customers. Does not belong here: what a single move is
due to (`models.continuity`), what is said of the moves (`words`).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import shifted
from arcana_assets.presentation.language import in_every_language

EXACT = "decimal(38, 4)"  # sums of floating-point numbers depend on the order of rows
BEYOND = 1e15  # no amount of a customer; a decimal holds the sum of all below it
_KNOWN = ("customer_id", "month", "segmentation", "segment_id", "persona", "move", "value")
# The words of `segments.move`, which months of before may have in another language.
BY_BEHAVIOUR = in_every_language("segmentation.codes.move.behaviour")
BY_MODEL = in_every_language("segmentation.codes.move.model")
_PAIR = ("from_segment_id", "from_persona", "to_segment_id", "to_persona")


def segment_migration(segments: ir.Table, customers_value: ir.Table, months: Sequence[date]) -> ir.Table:
    """The moves of each month, a row a pair of segments of a segmentation, ordered by both; see `moves_of`."""
    return _told(moves_of(segments, customers_value, months))


def summed(moves: ir.Table) -> ir.Table:
    """As `segment_migration`, from the moves of several sets of customers, of whom nobody is in two of them."""
    sums = {name: moves[name].sum().cast("int64") for name in ("customers", "by_behaviour", "by_model")}
    together = moves.group_by("month", "segmentation", *_PAIR).agg(**sums, value=moves.value.sum())
    return _told(together.select(*moves.columns))


def _told(moves: ir.Table) -> ir.Table:
    ordered = moves.order_by("month", "segmentation", "from_segment_id", "to_segment_id")
    return ordered.mutate(value=ordered.value.cast("float64"))


def moves_of(segments: ir.Table, customers_value: ir.Table, months: Sequence[date]) -> ir.Table:
    """The moves of some customers, or of all of them, in each month: a row a pair of segments of a segmentation.

    Takes segments (a row a customer, month and segmentation: segment_id, persona, move) and customers_value
    (customer_id, month, segmentation, value; see below), both of `months` and of the months just before each.
    Returns month, segmentation, from_segment_id and from_persona (the month before; null for customers who were not
    there), to_segment_id and to_persona (null for customers who left), and of these customers

    - customers: how many they are; each of the month and each of the month before is in exactly one row;
    - value: the sum of their values of the month, of who left that of the month before, exactly; null where no value is
      known;
    - by_behaviour, by_model: for how many the move is put down to themselves or to a change of model alone.
    """
    pairs = ibis.memtable(
        pa.table(
            {
                "month": pa.array(months, pa.date32()),
                "month_before": pa.array([shifted(month, -1) for month in months], pa.date32()),
            }
        )
    )
    values = customers_value.select("customer_id", "month", "segmentation", "value")
    known = segments.left_join(values, ["customer_id", "month", "segmentation"]).select(*_KNOWN)
    before = known.join(pairs, known.month == pairs.month_before).select(
        pairs.month, **{f"{name}_before": known[name] for name in _KNOWN if name != "month"}
    )
    now = known.filter(known.month.isin(list(months)))
    joined = now.outer_join(
        before,
        [
            now.month == before.month,
            now.segmentation == before.segmentation_before,
            now.customer_id == before.customer_id_before,
        ],
        rname="{name}_joined",
    )
    cells = joined.select(
        month=ibis.coalesce(joined.month, joined.month_joined),
        segmentation=ibis.coalesce(joined.segmentation, joined.segmentation_before),
        from_segment_id=joined.segment_id_before,
        from_persona=joined.persona_before,
        to_segment_id=joined.segment_id,
        to_persona=joined.persona,
        move=joined.move,
        value=ibis.ifelse(joined.customer_id.notnull(), joined.value, joined.value_before),
    )
    return cells.group_by("month", "segmentation", *_PAIR).agg(
        customers=cells.count(),
        value=cells.value.sum(),
        by_behaviour=cells.count(where=cells.move.isin(BY_BEHAVIOUR)),
        by_model=cells.count(where=cells.move.isin(BY_MODEL)),
    )


def axes_of(domain: CustomerDomain) -> dict[str, str]:
    """The feature that customers are worth, by segmentation; of a combination that of its first part."""
    axes = {each.name: each.axis for each in domain.segmentations}
    return axes | {each.name: axes[each.of[0]] for each in domain.combinations}


def customers_value(features: ir.Table, axes: Mapping[str, str]) -> ir.Table:
    """What each customer is worth in each segmentation: customer_id, month, segmentation, value.

    Takes the feature matrix and the feature that is the value, by segmentation. A value that is missing or no finite
    number, and one that no amount can be, is 0; null where the feature is none of the months'. Kept are four decimals,
    whose sums are exact.
    """
    return ibis.union(*(_of_axis(features, name, axis) for name, axis in axes.items()), distinct=False)


def _of_axis(features: ir.Table, name: str, axis: str) -> ir.Table:
    value = ibis.null().cast(EXACT)
    if axis in features.columns:
        known = features[axis].cast("float64").fill_null(0.0)
        value = ibis.ifelse(~known.isnan() & (known.abs() < BEYOND), known, 0.0).cast(EXACT)
    return features.select("customer_id", "month", segmentation=ibis.literal(name), value=value)
