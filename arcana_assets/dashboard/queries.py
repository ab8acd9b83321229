"""Questions of the screens that more than one of them asks: the month, its segments, its customers.

Belongs here: SQL over gold tables as functions of a place. Does not belong here: questions of a single screen, which
are beside it; how answers look (`parts`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from arcana_assets.dashboard.place import Place
from arcana_assets.domain.metrics import BY_CUSTOMER, BY_MONTH, METRICS, SOURCES, Metric, metrics_of, values_by_month
from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.sql import quoted

OPEN_DAYS = 4  # a month whose last sale is further from its end than a long weekend is not over


def metrics(place: Place) -> list[Metric]:
    """The metrics that the domain has, in the order in which they are shown."""
    there = {each for table in SOURCES for each in metrics_of(table, place.columns(table))}
    return [each for each in METRICS if each in there]


def by_month(place: Place) -> dict[date, dict[str, float | None]]:
    """Each metric in each of the last two years' months that customer 360 has."""
    known = metrics(place)
    months = place.reader.months(place.key(BY_CUSTOMER))
    found = dict[date, dict[str, float | None]]()
    for table in dict.fromkeys(each.table for each in known):
        for row in place.records(_values(known, table), {table: "year"}):
            if row["month"] in months:
                found.setdefault(row["month"], {})[row["metric"]] = row["value"]
    return dict(sorted(found.items()))


def by_segment(place: Place, metric: Metric) -> list[dict[str, Any]]:
    """A metric of the customers of each segment of the month: segment_id, persona, value; the highest first."""
    return place.records(
        f"""SELECT segment_id, min(persona) AS persona, CAST({metric.expression} AS DOUBLE) AS value
        FROM (SELECT t.*, s.segment_id, s.persona FROM {metric.table} t JOIN segments s USING (customer_id)
            WHERE s.segmentation = $segmentation)
        GROUP BY segment_id ORDER BY value DESC NULLS LAST, persona""",
        [metric.table, "segments"],
        segmentation=place.segmentation,
    )


def ends(place: Place) -> date | None:
    """The day of the last sale, where the month is the newest and its data end before it does; else None.

    A month that another one follows is over, however early its last sale was.
    """
    months = place.reader.months(place.key(BY_MONTH)) if place.columns(BY_MONTH) else ()
    if not months or months[-1] != place.month:
        return None
    (row,) = place.records(f"SELECT max(last_day) AS day FROM {BY_MONTH}", [BY_MONTH])
    last = shifted(place.month, 1) - timedelta(days=OPEN_DAYS)
    return row["day"] if row["day"] is not None and row["day"] < last else None


def _values(metrics: Sequence[Metric], table: str) -> str:
    """The query for metrics of one table: month, metric, value; medians by how often each value occurs."""
    counted = [each for each in metrics if each.table == table and each.median_of]
    others = [each for each in metrics if each.table == table and not each.median_of]
    asked = [f"SELECT month, metric, value FROM ({values_by_month(others, table)})"] if others else []
    return " UNION ALL ".join([*asked, *map(_median, counted)])


def _median(metric: Metric) -> str:
    """The median of a column in each month, by how often each value occurs.

    `median` holds every value: 100 MB and more of 500,000 customers by 24 months, of which few values differ.
    """
    column = quoted(metric.median_of)
    return f"""SELECT month, '{metric.name}' AS metric, CAST(avg(value) AS DOUBLE) AS value
        FROM (SELECT month, value, n, sum(n) OVER (PARTITION BY month ORDER BY value) AS upto,
                sum(n) OVER (PARTITION BY month) AS every
            FROM (SELECT month, {column} AS value, count(*) AS n FROM {metric.table}
                WHERE {column} IS NOT NULL GROUP BY ALL))
        WHERE 2 * upto >= every AND 2 * (upto - n) <= every GROUP BY month"""


def axis_of(place: Place) -> str:
    """The column of customer 360 by which the segments of a place are ordered; nothing where there is none."""
    for each in place.domain.segmentations:
        if each.name == place.segmentation:
            return each.axis
    return place.domain.segmentations[0].axis if place.domain.segmentations else ""


def segments(place: Place) -> list[dict[str, Any]]:
    """The segments of the month: id, persona, customers, share, value and value_share by the axis, median, before.

    `before` is how many customers it had in the month before; missing where it was not there.
    """
    axis = axis_of(place)
    value = f"CAST({quoted(axis)} AS DOUBLE)" if axis in place.columns("customer_360") else "CAST(NULL AS DOUBLE)"
    query = f"""
        WITH named AS (SELECT segment_id, min(persona) FILTER (month = $month) AS persona,
                nullif(count(*) FILTER (month < $month), 0) AS before
            FROM segments WHERE segmentation = $segmentation GROUP BY segment_id),
        now AS (SELECT s.segment_id, count(*) AS customers, sum({value}) AS value, median({value}) AS middle
            FROM segments s JOIN customer_360 USING (customer_id)
            WHERE s.segmentation = $segmentation AND s.month = $month GROUP BY s.segment_id)
        SELECT segment_id, persona, customers, customers / sum(customers) OVER () AS share, value,
            value / nullif(sum(value) OVER (), 0) AS value_share, middle, before
        FROM now JOIN named USING (segment_id) ORDER BY persona, segment_id"""
    spans: Mapping[str, Any] = {"segments": "two", "customer_360": "month"}
    return place.records(query, spans, segmentation=place.segmentation, month=place.month)


def moved(place: Place) -> list[dict[str, Any]]:
    """Who went from which segment to which since the month before, those who stayed left out; the most first."""
    return place.records(
        """SELECT from_segment_id, from_persona, to_segment_id, to_persona, customers, value, by_behaviour, by_model
        FROM segment_migration WHERE segmentation = $segmentation AND from_segment_id IS DISTINCT FROM to_segment_id
        ORDER BY customers DESC, from_persona, to_persona""",
        ["segment_migration"],
        segmentation=place.segmentation,
    )


def sizes(place: Place) -> list[dict[str, Any]]:
    """Customers of each segment by month: month, segment_id, persona (the one of now where it has one), customers."""
    return place.records(
        """SELECT month, segment_id, coalesce(last_value(persona) OVER (PARTITION BY segment_id ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), persona) AS persona, customers, share
        FROM segment_profiles WHERE segmentation = $segmentation ORDER BY month, segment_id""",
        {"segment_profiles": "year"},
        segmentation=place.segmentation,
    )


def profile(place: Place, segment_id: int) -> dict[str, Any] | None:
    """What the profile of a segment says, its statistics among it; None where there is none in the month."""
    found = place.records(
        "SELECT * FROM segment_profiles WHERE segmentation = $segmentation AND segment_id = $id",
        ["segment_profiles"],
        segmentation=place.segmentation,
        id=segment_id,
    )
    return found[0] if found else None


def events_of(place: Place, segment_id: int) -> list[dict[str, Any]]:
    """What became of a segment, or of another one by it, in the last two years' months; the newest first."""
    if not place.reader.exists(place.key("segment_events")):
        return []
    return place.records(
        "SELECT month, event, segment_id, other_segment_id, customers, note FROM segment_events "
        "WHERE segmentation = $segmentation AND $id IN (segment_id, other_segment_id) ORDER BY month DESC, event",
        {"segment_events": "year"},
        segmentation=place.segmentation,
        id=segment_id,
    )


def events(place: Place) -> list[dict[str, Any]]:
    """What became of segments in the month."""
    if not place.reader.exists(place.key("segment_events")):
        return []
    return place.records(
        "SELECT event, segment_id, other_segment_id, customers, note FROM segment_events "
        "WHERE segmentation = $segmentation ORDER BY event, segment_id",
        ["segment_events"],
        segmentation=place.segmentation,
    )
