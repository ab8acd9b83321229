"""The master: one row for each customer that is listed anywhere, and how other sources cover it."""

import random
from datetime import date

import ibis
import pyarrow as pa
import pytest

from arcana_assets.customer_360.listed.master import begun, coverage, customers, of_listed, orphans
from arcana_assets_tests.customer_360.listed.silver_rows import JUN, MAY, periods, read_in, silver, statements, table

REGIONS = {"Sul": ["PR", "RS", "SC"], "Norte": ["AM"]}


def stated(customer="ana", **given):
    return {"customer_id": customer} | given


def master(*rows, months=(JUN,), regions=REGIONS):
    return customers(statements(*read_in(list(months), *rows)), regions)


def of_two(plans, clients):
    """The master of rows of two sources."""
    sources = (statements(*read_in([JUN], *rows), source=name) for name, rows in (("p", plans), ("c", clients)))
    return customers(ibis.union(*sources), REGIONS)


def test_sources_complete_each_other_in_one_row(one):
    row = one(
        master(
            stated(since="2019-05-04"),
            stated(segment="Agro", subsegment="Usinas"),
            stated(revenue_band="Faixa 03", revenue_band_rank=3),
            stated(country="076", state="RS", city="PELOTAS", activity="Moinho"),
        )
    )
    assert row == {
        "customer_id": "ana",
        "month": JUN,
        "since": date(2019, 5, 4),
        "segment": "Agro",
        "subsegment": "Usinas",
        "revenue_band": "Faixa 03",
        "revenue_band_rank": 3,
        "country": "076",
        "state": "RS",
        "city": "PELOTAS",
        "district": None,
        "activity": "Moinho",
        "region": "Sul",
        "profiling_opt_in": None,
        "marketing_opt_in": None,
        "statements": 4,
        "contradictions": 0,
    }


def test_of_two_segments_most_rows_decide_and_the_contradiction_is_counted(one):
    row = one(master(stated(segment="Varejo"), stated(segment="Agro"), stated(segment="Varejo"), stated()))
    assert (row["segment"], row["statements"], row["contradictions"]) == ("Varejo", 4, 1)


def test_of_values_that_equally_many_rows_state_the_first_in_order_is_taken(one):
    assert one(master(stated(segment="Varejo"), stated(segment="Agro")))["segment"] == "Agro"


def test_a_part_that_is_not_stated_comes_after_all_that_are(one):
    row = one(master(stated(segment="Agro"), stated(segment="Agro", subsegment="Usinas")))
    assert (row["segment"], row["subsegment"], row["contradictions"]) == ("Agro", "Usinas", 0)
    row = one(master(stated(subsegment="Bancos"), stated(segment="Varejo")))
    assert (row["segment"], row["subsegment"]) == ("Varejo", None)


def test_columns_that_belong_together_come_of_one_statement(one):
    rows = [stated(country="076", state=state, city=city) for state, city in [("RS", "A"), ("SC", "B"), ("SC", "C")]]
    row = one(master(*rows))
    assert (row["state"], row["city"], row["region"]) == ("RS", "A", "Sul")
    assert row["contradictions"] == 2  # state and city; the country is the same


def test_the_earliest_day_is_taken_and_one_that_another_source_states_is_a_contradiction(one):
    """The rows of one source may be of several subscriptions, of which each begins when it does."""
    rows = [stated(since="2020-01-02"), stated(since="2019-01-02"), stated(since="2019-01-02")]
    row = one(master(*rows))
    assert (row["since"], row["contradictions"], row["statements"]) == (date(2019, 1, 2), 0, 3)
    row = one(of_two(rows[:2], rows[2:]))
    assert (row["since"], row["contradictions"], row["statements"]) == (date(2019, 1, 2), 0, 3)
    row = one(of_two(rows[1:], rows[:1]))
    assert (row["since"], row["contradictions"], row["statements"]) == (date(2019, 1, 2), 1, 3)


def test_a_row_that_states_nothing_but_the_key_lists_the_customer(one):
    row = one(master(stated("bob")))
    assert (row["customer_id"], row["statements"], row["contradictions"]) == ("bob", 1, 0)
    assert {name for name, value in row.items() if value is not None} == {
        "customer_id",
        "month",
        "statements",
        "contradictions",
    }


@pytest.mark.parametrize(
    ("state", "region"), [("AM", "Norte"), ("SC", "Sul"), ("EX", None), (None, None), ("am", None)]
)
def test_a_state_of_no_region_has_none(one, state, region):
    assert one(master(stated(state=state, city="X")))["region"] == region


def test_without_regions_nobody_has_one(one):
    assert one(master(stated(state="RS"), regions={}))["region"] is None


def test_each_month_is_of_its_own_snapshot(rows_of):
    rows = [*read_in([MAY], stated(segment="Agro")), *read_in([JUN], stated(segment="Varejo"), stated("bob"))]
    found = [(row["month"], row["customer_id"], row["segment"]) for row in rows_of(customers(statements(*rows), {}))]
    assert found == [(MAY, "ana", "Agro"), (JUN, "ana", "Varejo"), (JUN, "bob", None)]


def test_the_order_of_rows_says_nothing(rows_of):
    pick = random.Random(5)
    rows = [
        stated(
            pick.choice(["ana", "bob"]),
            segment=pick.choice(["Agro", "Varejo", None]),
            subsegment=pick.choice(["X", None]),
            state=pick.choice(["RS", "AM", None]),
            city=pick.choice(["A", "B", None]),
            activity=pick.choice(["1", "2"]),
        )
        for _ in range(30)
    ]
    assert rows_of(master(*rows)) == rows_of(master(*pick.sample(rows, len(rows))))


MONTHS = table([{"month": MAY}, {"month": JUN}], pa.schema([("month", pa.date32())]))


def test_coverage_counts_rows_and_customers_that_the_master_does_not_list(rows_of):
    listed = master(stated("ana"), stated("bob"), stated("cy"), stated("dan"), months=[MAY, JUN])
    rows = [
        {"customer_id": who, "ticket_id": str(n), "opened_at": "2024-06-01"}
        for n, who in enumerate(["ana", "ana", "bob", "x", "x", "x"])
    ]
    may, june = rows_of(coverage("tickets", "support", silver("tickets", *rows), listed, MONTHS).order_by("month"))
    assert june == {
        "month": JUN,
        "source": "tickets",
        "entity": "support",
        "rows": 6,
        "customers": 3,
        "orphan_rows": 3,
        "orphan_customers": 1,
        "master_customers": 4,
        "covered_share": 0.5,
    }
    assert {name: may[name] for name in ("rows", "customers", "orphan_rows", "orphan_customers", "covered_share")} == {
        "rows": 0,
        "customers": 0,
        "orphan_rows": 0,
        "orphan_customers": 0,
        "covered_share": 0,
    }


def test_coverage_of_a_master_that_lists_nobody_is_no_share(rows_of):
    rows = silver("tickets", {"customer_id": "x", "ticket_id": "1", "opened_at": "2024-06-01"})
    found = rows_of(coverage("tickets", "tickets", rows, master(), MONTHS).order_by("month"))
    assert [(row["master_customers"], row["orphan_customers"], row["covered_share"]) for row in found] == [
        (0, 0, None),
        (0, 1, None),
    ]


def test_rows_of_nobody_are_rows_without_a_customer(rows_of):
    rows = [{"customer_id": who, "ordered_at": "2024-06-01"} for who in ("ana", None, None)]
    (june,) = rows_of(
        coverage("sales", "transactions", silver("transactions", *rows), master(stated()), MONTHS).filter(
            ibis._.month == JUN
        )
    )
    assert (june["rows"], june["customers"], june["orphan_rows"], june["orphan_customers"]) == (
        3,
        1,
        0,
        0,
    )  # nobody knows whose they are: they are no stranger's


def test_who_is_only_in_a_source_that_does_not_list_is_no_customer(rows_of):
    listing = silver("customers", *read_in([JUN], stated("ana")), *read_in([MAY], stated("eva")))
    others = silver("customers", *read_in([JUN], stated("ana", segment="Agro"), stated("zoe"), stated("eva")))
    assert [row["customer_id"] for row in rows_of(of_listed(others, listing))] == ["ana"]


def test_rows_of_strangers_are_added_up_by_source_over_the_months():
    counts = {"source": ["b", "a", "a"], "orphan_rows": [0, 1, 2], "rows": [5, 10, 20]}
    assert orphans(pa.table(counts)) == {"a": (3, 30), "b": (0, 5)}


@pytest.mark.parametrize(("since", "listed"), [("2024-05-31", True), ("2024-06-01", False), (None, True)])
def test_who_is_registered_after_the_month_is_no_customer_of_it(rows_of, since, listed):
    rows = [*read_in([MAY, JUN], stated("ana", since=since)), *read_in([MAY], stated("ana", segment="Agro"))]
    found = [row["month"] for row in rows_of(begun(silver("customers", *rows), periods(MAY, JUN)))]
    assert sorted(found) == ([MAY, JUN] if listed else [JUN])
