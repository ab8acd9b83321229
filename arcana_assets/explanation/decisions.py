"""Decisions: what the platform says of one customer as of a month, each with its reason.

Belongs here: segments, predictions, offers and programmes as their tables have them, beside the words that explain
them. Does not belong here: making them (`segmentation`, `predictions`, `recommendations`, `loyalty`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.lake.reader import Part, Reader

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Decisions:
    """Rows of a customer as of a month; of a segment also who is in it and why, and since when the customer is.

    `numbers` is the customer's row of the feature matrix, which segments and predictions are made of; None for who has
    none, such as a customer who refused to be profiled. `usual` are the medians of all customers.
    """

    month: date
    segments: Sequence[Row]
    predictions: Sequence[Row]
    offers: Sequence[Row]
    programmes: Sequence[Row]
    numbers: Row | None
    usual: Row


def decisions_on(domain: CustomerDomain, reader: Reader, customer: str, month: date) -> Decisions:
    """What a month says of a customer. Raises LakeError."""

    def of(table: str, order: str = "1") -> list[dict[str, Any]]:
        key = (domain.name, "gold", table)
        if month not in reader.months(key):
            return []
        query = f"SELECT * FROM {quoted(table)} WHERE customer_id = $customer ORDER BY {order}"
        return reader.rows(query, {table: Part(key, (month,))}, customer=customer).to_pylist()

    segments = [
        {**row, **_profile(domain, reader, row), "since": _since(domain, reader, customer, row)}
        for row in of("segments", "segmentation")
    ]
    numbers = next(iter(of("feature_matrix")), None)
    return Decisions(
        month,
        segments,
        of("predictions", "prediction, horizon"),
        of("recommendations", "rank"),
        of("loyalty_members", "programme"),
        numbers,
        _usual(domain, reader, month) if numbers else {},
    )


def _usual(domain: CustomerDomain, reader: Reader, month: date) -> dict[str, Any]:
    """The median of each number of the feature matrix."""
    key = (domain.name, "gold", "feature_matrix")
    names = [
        field.name
        for field in reader.schema(key)
        if pa.types.is_floating(field.type) or pa.types.is_integer(field.type) or pa.types.is_decimal(field.type)
    ]
    asked = ", ".join(f"median(CAST({quoted(name)} AS DOUBLE)) AS {quoted(name)}" for name in names)
    (found,) = reader.rows(f"SELECT {asked} FROM feature_matrix", {key[2]: Part(key, (month,))}).to_pylist()
    return dict(found)


def _profile(domain: CustomerDomain, reader: Reader, row: Row) -> dict[str, Any]:
    """Who is in the segment, as its profile says: description, rule, and what it is for."""
    key, month = (domain.name, "gold", "segment_profiles"), row["month"]
    if month not in reader.months(key):
        return {}
    found = reader.rows(
        "SELECT description, membership_rule, membership_fidelity, actions, customers FROM segment_profiles "
        "WHERE segmentation = $segmentation AND segment_id = $id",
        {"segment_profiles": Part(key, (month,))},
        segmentation=row["segmentation"],
        id=row["segment_id"],
    ).to_pylist()
    return dict(found[0]) if found else {}


def _since(domain: CustomerDomain, reader: Reader, customer: str, row: Row) -> date:
    """The first month of those without a break in which the customer has the segment."""
    key = (domain.name, "gold", "segments")
    found = reader.rows(
        "SELECT month, segment_id FROM segments WHERE customer_id = $customer AND segmentation = $segmentation "
        "AND month <= $month ORDER BY month DESC",
        {"segments": Part(key)},
        customer=customer,
        segmentation=row["segmentation"],
        month=row["month"],
    ).to_pylist()
    since: date = row["month"]
    for each in found:
        if each["segment_id"] != row["segment_id"]:
            break
        since = each["month"]
    return since
