"""Questions of the screens that more than one of them asks: the month, its segments, its customers.

Belongs here: SQL over gold tables as functions of a place. Does not belong here: questions of a single screen, which
are beside it; how answers look (`parts`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from arcana_assets.dashboard.place import Place
from arcana_assets.domain.metrics import Metric, metrics_of
from arcana_assets.engine.duckdb import quoted


def metrics(place: Place) -> list[Metric]:
    """The metrics of customer 360 that the domain has."""
    return metrics_of("customer_360", place.columns("customer_360"))


def by_month(place: Place) -> dict[date, dict[str, float | None]]:
    """Each metric in each of the last two years' months that there are."""
    known = metrics(place)
    asked = [f"CAST({each.expression} AS DOUBLE) AS {quoted(each.name)}" for each in known if not each.median_of]
    # Joined to months, not to customers.
    joined = [f"LEFT JOIN ({_medians(each.median_of, each.name)}) USING (month)" for each in known if each.median_of]
    rows = place.records(
        f"SELECT month, {', '.join(quoted(each.name) for each in known)} FROM "
        f"(SELECT {', '.join(['month', *asked])} FROM customer_360 GROUP BY month) {' '.join(joined)} ORDER BY month",
        {"customer_360": "year"},
    )
    return {row.pop("month"): row for row in rows}


def _medians(column: str, name: str) -> str:
    """The median of a column of customer 360 in each month, by how often each value occurs.

    `median` holds every value: 100 MB and more of 500,000 customers by 24 months, of which few values differ.
    """
    return f"""SELECT month, CAST(avg(value) AS DOUBLE) AS {quoted(name)}
        FROM (SELECT month, value, n, sum(n) OVER (PARTITION BY month ORDER BY value) AS upto,
                sum(n) OVER (PARTITION BY month) AS every
            FROM (SELECT month, {quoted(column)} AS value, count(*) AS n FROM customer_360
                WHERE {quoted(column)} IS NOT NULL GROUP BY ALL))
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
