"""Rows of the database from gold tables, a month at a time: joins, keys that BI tools relate tables by, and no names.

Belongs here: which rows a table has. Does not belong here: what their columns are called (`vocabulary`), types of
databases (`columns`).

BI tools relate tables by one column, and no key of a database is null: a segment is known by the text
`segmentation:id`, as is who came from none (`value:novos`) or went into none (`value:saiu`).
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.facets.features import PERSONA_OF

SEGMENT_KEY = "segment_key"
NEW, LEFT, NONE = "novos", "saiu", "nenhum"


def of_month(rows: ir.Table, month: ir.DateScalar) -> ir.Table:
    """The rows of a gold table as they are."""
    return rows.filter(rows.month == month)


def cluster_clientes(segments: ir.Table, profiles: ir.Table, month: ir.DateScalar) -> ir.Table:
    """A row a customer and segmentation, combinations among them, as many as `segments` has.

    `profiles` are of the month and the one before it: a segment is called as it was called then.
    """
    before = profiles.filter(profiles.month == month - ibis.interval(months=1)).select(
        _segmentation="segmentation", _segment="segment_id", previous_persona="persona"
    )
    mine = of_month(segments, month)
    rows = mine.left_join(
        before, [mine.segmentation == before["_segmentation"], mine.previous_segment_id == before["_segment"]]
    ).drop("_segmentation", "_segment")
    return with_key(rows).order_by("segmentation", "customer_id")


def base_analitica(
    customers: ir.Table, *segments: ir.Table, month: ir.DateScalar, groupings: Sequence[str]
) -> ir.Table:
    """Customer 360 with the persona in each segmentation; who has no segment keeps the row, without a persona."""
    rows = of_month(customers, month)
    for name in groupings:
        (every,) = segments
        personas = every.filter(every.month == month, every.segmentation == name).select(
            _customer="customer_id", **{f"{PERSONA_OF}{name}": "persona"}
        )
        rows = rows.left_join(personas, rows.customer_id == personas["_customer"]).drop("_customer")
    return rows.order_by("customer_id")


def segmentos(profiles: ir.Table, month: ir.DateScalar) -> ir.Table:
    """A row a segment."""
    return with_key(of_month(profiles, month))


def movimento(migration: ir.Table, month: ir.DateScalar) -> ir.Table:
    """A row a pair of segments between which customers went; of none, from which or to which, has a key of its own."""
    rows = of_month(migration, month)
    return rows.mutate(
        from_key=_key(rows.segmentation, rows.from_segment_id, NEW),
        to_key=_key(rows.segmentation, rows.to_segment_id, LEFT),
    )


def eventos(events: ir.Table, month: ir.DateScalar) -> ir.Table:
    """A row an event of a segment."""
    rows = with_key(of_month(events, month))
    return rows.mutate(other_key=_key(rows.segmentation, rows.other_segment_id, NONE))


def itens(items_owned: ir.Table, month: ir.DateScalar) -> ir.Table:
    """A row an item that somebody owns, and how many customers do."""
    rows = of_month(items_owned, month)
    counted = rows.group_by("month", "item_id").agg(
        item_name=rows.item_name.min(), customers=rows.count(), recent_customers=rows.count(where=rows.recent)
    )
    return counted.order_by("item_id")


def with_key(rows: ir.Table) -> ir.Table:
    """Rows of segments with the key of theirs."""
    return rows.mutate(**{SEGMENT_KEY: _key(rows.segmentation, rows.segment_id, NONE)})


def _key(segmentation: ir.StringValue, segment: ir.IntegerValue, otherwise: str) -> ir.StringValue:
    return segmentation + ":" + segment.cast("string").fill_null(otherwise)
