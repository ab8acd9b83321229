"""What a row looks up in another source: what held at its time, never more than one row, or why it found none."""

from datetime import UTC, date, datetime

import ibis
import pyarrow as pa
import pytest

from arcana_assets.landing.conform import conform
from arcana_assets.landing.conform.choosing import chosen
from arcana_assets.landing.conform.joins import Other, looked_up
from arcana_assets.landing.conform.refusal import reasons
from arcana_assets_tests.engine.dialects import statements
from arcana_assets_tests.landing.conform.bronze_rows import MAY, PERIOD, bronze, contract

APRIL = date(2011, 4, 1)
COLUMNS = [
    {"from": "product", "to": "product_id"},
    {"from": "order", "to": "order_id"},
    {"from": "day", "to": "ordered_at", "formats": ["%Y-%m-%d"]},
    {"from": "price", "to": "unit_price"},
]
ORDERS = pa.schema(
    [
        *(("month", pa.date32()), ("order_id", pa.string()), ("customer_id", pa.string())),
        ("ordered_at", pa.timestamp("us", tz="UTC")),
    ]
)
JOIN = {"source": "orders", "on": "order_id", "columns": ["customer_id"]}


def at(day, hour=0):
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def found(rows_of, given, others, **join):
    """What rows of bronze, as dicts, find in rows of orders: customer, and why each is refused."""
    of = contract(COLUMNS, constants={"quantity": 1}, join=JOIN | join)
    usual = {"product": "lamp", "order": "1", "day": "2011-05-04", "price": "1"}
    landed = ibis.memtable(bronze(of, *(usual | row for row in given)))
    dated_by = "ordered_at" if any(row.get("ordered_at") for row in others) else None
    other = ibis.memtable(pa.Table.from_pylist(list(others), schema=ORDERS))
    table = looked_up(conform.read(landed.mutate(_copies=1), of, PERIOD), of, {"orders": Other(other, dated_by)}, "UTC")
    table = conform.completed(table, of)
    why = [condition.ifelse(words, "") for condition, words in reasons(table, of, PERIOD)]
    shown = table.select("order", "day", customer=table["entity:customer_id"], why=ibis.array(why))
    rows = rows_of(shown.order_by("order", "day"))
    return [(row["customer"], [each for each in row["why"] if each]) for row in rows]


def state(customer, order="1", month=MAY, ordered_at=None):
    return {"month": month, "order_id": order, "customer_id": customer, "ordered_at": ordered_at}


OWNERS = [state("ana", month=APRIL, ordered_at=at("2011-04-20")), state("bea", ordered_at=at("2011-05-04", 12))]


@pytest.mark.parametrize(
    ("day", "customer"),
    [("2011-04-20", "ana"), ("2011-05-04", "ana"), ("2011-05-05", "bea"), ("2011-05-19", "bea"), ("2011-04-19", None)],
)
def test_a_row_finds_what_held_at_its_time_in_any_month_before_and_nothing_that_came_later(rows_of, day, customer):
    [(holder, why)] = found(rows_of, [{"day": day}], OWNERS)
    assert holder == customer
    assert why == ([] if customer else ["order_id: must be among the kept rows of orders, found 1"])


def test_of_a_snapshot_a_row_finds_that_of_its_own_month(rows_of):
    states = [state("ana", month=APRIL), state("bea", month=MAY)]
    assert found(rows_of, [{}, {"day": "2011-04-03", "month": APRIL}], states) == [("ana", []), ("bea", [])]


def test_a_row_without_a_key_or_with_one_that_is_not_there_finds_nothing(rows_of):
    words = "order_id: must be among the kept rows of orders, found "
    given = [{"order": None}, {"order": "7"}]
    assert found(rows_of, given, OWNERS) == [
        (None, [words + "7"]),
        (None, ["order_id: must be present", words + "nothing"]),
    ]


def test_a_row_may_be_kept_without_what_it_did_not_find(rows_of):
    assert found(rows_of, [{"order": "7"}], OWNERS, missing="keep") == [(None, [])]


def test_of_a_row_whose_date_cannot_be_read_that_alone_is_said(rows_of):
    assert found(rows_of, [{"day": "soon"}], OWNERS) == [(None, ["ordered_at: 'soon' is not a date in %Y-%m-%d"])]


def test_no_state_of_the_other_source_multiplies_a_row(rows_of):
    many = [state(f"c{day}", month=APRIL, ordered_at=at(f"2011-04-{day:02}")) for day in range(1, 21)]
    assert found(rows_of, [{"day": "2011-04-10"}, {"day": "2011-04-30"}], many) == [("c10", []), ("c20", [])]


@pytest.mark.parametrize("dated_by", ["ordered_at", None])
def test_every_engine_can_say_what_is_looked_up_computed_and_chosen(dated_by):
    status = {"from": "status", "to": "status"}
    of = contract(
        COLUMNS,
        constants={"quantity": 1},
        join=JOIN,
        helpers=[status],
        computed={
            "amount": "round(abs(unit_price) * 2 / if_null(quantity, 1), 2)",
            "country": "upper(concat(status, '!'))",
        },
        where={"status": {"not_in": ["x"], "present": True}, "amount": {"above": 0}},
    )
    landed = ibis.table(ibis.memtable(bronze(of)).schema(), name="landed").drop(*conform.PROVENANCE).mutate(_copies=1)
    others = {"orders": Other(ibis.table(ibis.Schema.from_pyarrow(ORDERS), name="orders"), dated_by)}
    rows = chosen(conform.completed(looked_up(conform.read(landed, of, PERIOD), of, others, "UTC"), of), of)
    assert all(statements(conform.sorted_out(conform.judged(rows, of, PERIOD))).values())


def test_a_row_that_is_kept_without_what_the_entity_requires_is_refused_for_that(rows_of):
    brought = {"source": "orders", "on": "order_id", "columns": {"product_id": "customer_id"}, "missing": "keep"}
    of = contract(
        [column for column in COLUMNS if column["to"] != "product_id"], constants={"quantity": 1}, join=brought
    )
    given = [{"order": order, "day": "2011-05-04", "price": "1"} for order in ("1", "7")]
    other = Other(ibis.memtable(pa.Table.from_pylist(OWNERS, schema=ORDERS)), "ordered_at")
    table = looked_up(
        conform.read(ibis.memtable(bronze(of, *given)).mutate(_copies=1), of, PERIOD), of, {"orders": other}, "UTC"
    )
    table = conform.completed(table, of)
    why = [condition.ifelse(words, "") for condition, words in reasons(table, of, PERIOD)]
    rows = rows_of(table.select("order", why=ibis.array(why)).order_by("order"))
    assert [[each for each in row["why"] if each] for row in rows] == [[], ["product_id: must be present"]]
