"""What a facet says, found by customer and month."""

import pytest


@pytest.fixture
def by_customer(rows_of):
    """The rows of a facet of one month by customer; each has one."""

    def found(facet):
        rows = rows_of(facet)
        named = {row["customer_id"]: row for row in sorted(rows, key=lambda row: row["customer_id"])}
        assert len(named) == len(rows), "a customer has more than one row"
        return named

    return found


@pytest.fixture
def one(rows_of):
    """The one row of a facet."""

    def found(facet):
        (row,) = rows_of(facet)
        return row

    return found


@pytest.fixture
def in_any_order(rows_of):
    """The rows of a facet, which come in no order of their own, by month and customer."""
    return lambda facet: sorted(rows_of(facet), key=lambda row: (row["month"], row["customer_id"]))
