"""Frames and records as rows of a declared table, in months that have some and in months that have none."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from arcana_assets.domain.column import CUSTOMER, MONTH, Column, columns
from arcana_assets.tables.frames import as_table, from_rows, nothing
from arcana_assets.tables.table import Table

JUNE = date(2024, 6, 1)
POINTS = Table(
    "gold",
    "customers",
    "points",
    "Points.",
    "a customer and month",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("points", "integer", "Points"),
        ("spent", "decimal", "Paid"),
        Column("share_<category>", "double", "Share"),
    ),
)


def test_no_rows_still_have_columns_and_types():
    assert list(nothing(POINTS).columns) == ["customer_id", "month", "points", "spent"]
    assert as_table([], POINTS).schema.equals(POINTS.arrow)
    assert as_table([nothing(POINTS)], POINTS).num_rows == 0
    assert from_rows([], POINTS).schema.equals(POINTS.arrow)


def test_nothing_joined_to_rows_changes_none_of_their_types():
    rows = pd.DataFrame({"customer_id": ["a"], "month": [JUNE], "points": [1], "spent": [Decimal("2.5000")]})
    assert as_table([nothing(POINTS), rows], POINTS).schema.names == POINTS.arrow.names
    assert as_table([nothing(POINTS), rows], POINTS).to_pylist() == as_table([rows], POINTS).to_pylist()


def test_a_column_that_a_frame_does_not_have_is_null_there():
    table = as_table(
        [
            pd.DataFrame({"customer_id": ["a"], "month": [JUNE], "points": [3]}),
            pd.DataFrame({"customer_id": ["b"], "month": [JUNE], "spent": [Decimal("1.5")]}),
        ],
        POINTS,
    )
    assert [(row["points"], row["spent"]) for row in table.to_pylist()] == [(3, None), (None, Decimal("1.5000"))]
    assert from_rows([{"customer_id": "a", "month": JUNE}], POINTS).to_pylist() == [
        {"customer_id": "a", "month": JUNE, "points": None, "spent": None}
    ]


def test_columns_of_patterns_follow_in_the_order_of_the_frames_and_strangers_are_left_out():
    frames = [
        pd.DataFrame({"customer_id": ["a"], "month": [JUNE], "share_toys": [0.5], "scratch": [9]}),
        pd.DataFrame({"customer_id": ["b"], "month": [JUNE], "share_bags": [0.25], "share_toys": [0.75]}),
    ]
    table = as_table(frames, POINTS)
    assert table.schema.names == [*POINTS.arrow.names, "share_toys", "share_bags"]
    assert table["share_bags"].to_pylist() == [None, 0.25]
    assert table.schema.field("share_bags").type == pa.float64()


def test_a_value_of_another_type_is_refused():
    with pytest.raises(pa.ArrowException):
        as_table([pd.DataFrame({"customer_id": ["a"], "month": [JUNE], "points": ["many"]})], POINTS)
