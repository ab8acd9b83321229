"""A lake with a table written as assets write it, and its rows as assets read them."""

import pytest

from arcana_assets.domain.column import columns, text
from arcana_assets.tables.table import Table

SALES = Table(
    "silver",
    "silver",
    "sales",
    "Sales.",
    "a sale",
    (),
    columns(
        ("month", "date", "Month"),
        text("customer_id", holds_customers=True).means("Who bought"),
        ("product", "text", "What"),
        ("pieces", "integer", "How many"),
        ("price", "decimal", "For how much"),
        ("score", "double", "How good"),
        ("day", "date", "When"),
        ("at", "instant", "When exactly"),
        ("tags", "texts", "Words"),
        ("paid", "boolean", "Whether"),
        ("nothing", "text", "Nobody says"),
    ),
)


@pytest.fixture
def kept(lake, engine):
    """Writes rows into the lake and reads these months of them."""

    def write(rows, *months, name="sales"):
        key = ("shop", "silver", name)
        lake.write(key, rows, months, engine=engine, run_id="test")
        return lake.read(key, list(months), engine)

    return write
