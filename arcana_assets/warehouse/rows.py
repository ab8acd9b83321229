"""Rows of the database from gold tables, of all months given: joins, keys that BI tools relate tables by, and no names.

Belongs here: which rows a table has. Does not belong here: what their columns are called (`vocabulary`), types of
databases (`columns`).

BI tools relate tables by one column, and no key of a database is null: a segment is known by the text
`segmentation:id`, as is who came from none (`value:novos`) or went into none (`value:saiu`).
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.facets.features import PERSONA_OF
from arcana_assets.domain.metrics import METRICS, Metric, metrics_of, values_by_month
from arcana_assets.presentation.language import language_of

SEGMENT_KEY = "segment_key"
NEW, LEFT, NONE = "novos", "saiu", "nenhum"


def as_they_are(rows: ir.Table) -> ir.Table:
    """The rows of a gold table."""
    return rows


def cluster_clientes(segments: ir.Table, profiles: ir.Table) -> ir.Table:
    """A row a customer and segmentation, combinations among them, as many as `segments` has.

    `profiles` are of these months and the one before them: a segment is called as it was called then.
    """
    before = profiles.select(
        _month=(profiles.month + ibis.interval(months=1)).cast("date"),
        _segmentation=profiles.segmentation,
        _segment=profiles.segment_id,
        previous_persona=profiles.persona,
    )
    same = [
        segments.month == before["_month"],
        segments.segmentation == before["_segmentation"],
        segments.previous_segment_id == before["_segment"],
    ]
    rows = segments.left_join(before, same).drop("_month", "_segmentation", "_segment")
    return with_key(rows).order_by("segmentation", "customer_id")


def base_analitica(customers: ir.Table, *segments: ir.Table, groupings: Sequence[str]) -> ir.Table:
    """Customer 360 with the persona in each segmentation; who has no segment keeps the row, without a persona."""
    rows = customers
    for name in groupings:
        (every,) = segments
        personas = every.filter(every.segmentation == name).select(
            _customer="customer_id", _month="month", **{f"{PERSONA_OF}{name}": "persona"}
        )
        same = [rows.month == personas["_month"], rows.customer_id == personas["_customer"]]
        rows = rows.left_join(personas, same).drop("_month", "_customer")
    return rows.order_by("customer_id")


def metricas(*tables: ir.Table, names: Sequence[str], language: str) -> ir.Table:
    """A row a metric that the gold tables of these names have the columns for: name, label in words, kind, value."""
    measured = [
        rows.alias(name).sql(values_by_month(known, name))
        for name, rows in zip(names, tables, strict=True)
        if (known := metrics_of(name, rows.columns))
    ]
    return _labelled(ibis.union(*measured), language).order_by("metric")


def metricas_por_segmento(segments: ir.Table, *tables: ir.Table, names: Sequence[str], language: str) -> ir.Table:
    """A row a segment and metric, combinations among them: the same metrics over the customers of the segment.

    `share` is that of the sum over all segments of the segmentation, of a metric whose parts add up; else null.
    """
    measured = [
        _of_members(segments, rows, name, known)
        for name, rows in zip(names, tables, strict=True)
        if (known := metrics_of(name, rows.columns))
    ]
    found = with_key(_labelled(ibis.union(*measured), language))
    return found.order_by("segmentation", "segment_id", "metric")


def _of_members(segments: ir.Table, table: ir.Table, name: str, known: Sequence[Metric]) -> ir.Table:
    """Metrics of one table by segment; of a segment none of whose customers has a row there, nothing."""
    needed = sorted({name for each in known for name in each.needs} - {"customer_id"})
    members = segments.select("month", "customer_id", "segmentation", "segment_id", "persona").join(
        table.select("month", "customer_id", *needed), ["month", "customer_id"]
    )
    figures = ", ".join(f"CAST({each.expression} AS DOUBLE) AS {each.name}" for each in known)
    kinds = " ".join(f"WHEN '{each.name}' THEN '{each.kind}'" for each in known)
    additive = ", ".join(f"'{each.name}'" for each in known if each.additive)
    whole = "sum(value) OVER (PARTITION BY month, segmentation, metric)"
    called = f"members_{name}"
    by_segment = (
        f"SELECT month, segmentation, segment_id, min(persona) AS persona, {figures} FROM {called} GROUP BY ALL"
    )
    return members.alias(called).sql(
        f"SELECT month, segmentation, segment_id, persona, metric, CASE metric {kinds} END AS kind, value, "
        f"CASE WHEN metric IN ({additive}) THEN value / nullif({whole}, 0) END AS share FROM ({by_segment}) "
        f"UNPIVOT INCLUDE NULLS (value FOR metric IN ({', '.join(each.name for each in known)}))"
    )


def _labelled(rows: ir.Table, language: str) -> ir.Table:
    """Metrics with what readers call them."""
    labels = [(each.name, language_of(language).say(f"metrics.{each.name}.label")) for each in METRICS]
    return rows.mutate(label=rows.metric.cases(*labels, else_=rows.metric))


def movimento(migration: ir.Table) -> ir.Table:
    """A row a pair of segments between which customers went; of none, from which or to which, has a key of its own."""
    return migration.mutate(
        from_key=_key(migration.segmentation, migration.from_segment_id, NEW),
        to_key=_key(migration.segmentation, migration.to_segment_id, LEFT),
    )


def eventos(events: ir.Table) -> ir.Table:
    """A row an event of a segment."""
    return with_key(events).mutate(other_key=_key(events.segmentation, events.other_segment_id, NONE))


def itens(items_owned: ir.Table) -> ir.Table:
    """A row an item that somebody owns, and how many customers do."""
    counted = items_owned.group_by("month", "item_id").agg(
        item_name=items_owned.item_name.min(),
        customers=items_owned.count(),
        recent_customers=items_owned.count(where=items_owned.recent),
    )
    return counted.order_by("item_id")


def with_key(rows: ir.Table) -> ir.Table:
    """Rows of segments with the key of theirs."""
    return rows.mutate(**{SEGMENT_KEY: _key(rows.segmentation, rows.segment_id, NONE)})


def _key(segmentation: ir.StringValue, segment: ir.IntegerValue, otherwise: str) -> ir.StringValue:
    return segmentation + ":" + segment.cast("string").fill_null(otherwise)
