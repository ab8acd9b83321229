"""What is stated of who is known by what they buy: their rows, with what the sources of customers say."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from arcana_assets.customer_360.features import feature_matrix
from arcana_assets.customer_360.listed.registered import with_registered
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.entities.customers import CUSTOMERS
from arcana_assets.domain.facets.registered import REGISTERED
from arcana_assets.tables.types import ARROW

MAY = date(2024, 5, 1)
SILVER = pa.schema([("month", pa.date32()), *((each.name, ARROW[each.type]) for each in CUSTOMERS.columns)])
BOUGHT = pa.schema([("customer_id", pa.string()), ("month", pa.date32()), ("tenure_months", pa.int64())])


def known(rows_of, *statements, bought=("ana",)):
    """Customer 360 of May of who bought, since two months, with what is stated of them; by customer."""
    stated = pa.Table.from_pylist([{"month": MAY, "customer_id": "ana"} | each for each in statements], schema=SILVER)
    rows = [{"customer_id": each, "month": MAY, "tenure_months": 2} for each in bought]
    table = with_registered(
        ibis.memtable(pa.Table.from_pylist(rows, schema=BOUGHT)), ibis.memtable(stated), {"Sul": ["PR", "RS"]}
    )
    return {row["customer_id"]: row for row in rows_of(table)}


def test_what_is_stated_stands_beside_what_is_bought_and_makes_and_loses_no_row(rows_of):
    found = known(
        rows_of, {"state": "RS", "segment": "A"}, {"customer_id": "zoe", "state": "PR"}, bought=("ana", "bea")
    )
    assert [*found] == ["ana", "bea"]
    assert (found["ana"]["region"], found["ana"]["segment"]) == ("Sul", "A")
    assert {name: found["bea"][name] for name in REGISTERED.names} == dict.fromkeys(REGISTERED.names)


def test_rows_that_say_different_things_of_one_customer_are_one(rows_of):
    found = known(rows_of, {"state": "PR"}, {"state": "RS"}, {"state": "RS"})
    assert [row["state"] for row in found.values()] == ["RS"]


@pytest.mark.parametrize(
    ("since", "tenure", "shown"),
    [
        (date(2023, 5, 20), 12, date(2023, 5, 20)),
        (None, 2, None),  # of whom nothing is stated the first order tells
        (date(2024, 5, 31), 0, date(2024, 5, 31)),
        (date(2024, 6, 1), None, None),  # nobody is a customer before that day, whatever was bought
    ],
)
def test_tenure_counts_from_the_day_that_is_stated(rows_of, since, tenure, shown):
    row = known(rows_of, {"since": since, "state": "RS"})["ana"]
    assert (row["tenure_months"], row["since"]) == (tenure, shown)


@pytest.mark.parametrize(
    ("born", "band"),
    [(2007, "0-17"), (2006, "18-24"), (1990, "25-34"), (1959, "65+"), (1900, None), (2030, None), (None, None)],
)
def test_age_is_in_bands_as_of_the_month_and_absurd_years_of_birth_are_none(rows_of, born, band):
    assert known(rows_of, {"birth_year": born})["ana"]["age_band"] == band


def test_the_columns_are_declared_where_customers_are_who_buys_and_something_is_stated():
    without, told = (
        columns_of("customer_360", facets) for facets in (("transactions",), ("registered", "transactions"))
    )
    assert [name for name in told if name not in without] == list(REGISTERED.names)
    matrix = columns_of("feature_matrix", ("registered", "transactions"))
    assert {"region_is_<value>", "segment_is_<value>", "age_band_is_<value>"} <= {*matrix}


def test_regions_and_bands_become_features(rows_of):
    names = ["frequency", "monetary", "distinct_products", "recency_days", "average_ticket", "return_share"]
    row = {"customer_id": "ana", "month": MAY, "tenure_months": 1, "region": "Sul"} | dict.fromkeys(names, 1.0)
    blocks = {"region": {"region_is_sul": {MAY: ["Sul"]}, "region_is_other": {MAY: ["Norte"]}}}
    [found] = rows_of(feature_matrix(ibis.memtable(pa.Table.from_pylist([row])), blocks))
    assert (found["region_is_sul"], found["region_is_other"]) == (1, 0)
