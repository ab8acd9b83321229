"""Customer 360 of a company with a master: the customers it lists, no more, no less, whatever else is known.

Slow: each of these tests computes months of a domain.
"""

import random
from contextlib import ExitStack

import ibis
import pytest

from arcana_assets.customer_360.listed import surveys as survey_facet
from arcana_assets.customer_360.listed.contracts import contracts
from arcana_assets.customer_360.listed.customers import listed_customers
from arcana_assets.customer_360.listed.master import customers
from arcana_assets.customer_360.listed.proposals import proposals, proposals_monthly
from arcana_assets.customer_360.listed.purchases import purchases
from arcana_assets.customer_360.listed.subscriptions import subscriptions, subscriptions_monthly
from arcana_assets.customer_360.listed.tickets import tickets, tickets_monthly
from arcana_assets.customer_360.listed.usage import usage, usage_daily, usage_modules_monthly
from arcana_assets.domain.facets.facet import HAS
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.tables.types import TYPES
from arcana_assets_tests.customer_360.listed.silver_rows import FEB, JUN, MAY, periods, read_in, silver, statements

pytestmark = pytest.mark.slow

UNDER_CONTRACT = ("customers", "contracts", "subscriptions", "proposals", "purchases", "tickets", "surveys", "usage")

KNOWN = {name: FACETS[name] for name in UNDER_CONTRACT}


def facets_of(*months, **rows):
    """Every facet of rows by entity, as of months; an entity without rows is known of nobody."""
    of = {entity: silver(entity, *rows.get(entity, ())) for entity in UNDER_CONTRACT}
    when = periods(*months)
    answered = of["surveys"]
    return {
        "contracts": contracts(of["contracts"], when, "product_line", [" - (LICENCA|MANUTENCAO)$"]),
        "subscriptions": subscriptions(subscriptions_monthly(of["subscriptions"]), None, when),
        "proposals": proposals(proposals_monthly(of["proposals"]), when),
        "purchases": purchases(of["purchases"], when),
        "tickets": tickets(tickets_monthly(of["tickets"], "UTC", {"low": 1.0}), when, ["urgent"]),
        "surveys": survey_facet.surveys(
            survey_facet.surveys_monthly(answered), survey_facet.survey_aspects_monthly(answered), when
        ),
        "usage": usage(usage_daily(of["usage"], "UTC", 86400), usage_modules_monthly(of["usage"]), when, 3600),
    }


def known(*months, customers_=({"customer_id": "ana"},), facets=UNDER_CONTRACT, **rows):
    """Customer 360 of rows by entity; the master is read in each of the months. Facets are computed before, as the
    asset does: one query of all of them takes longer to plan than to run."""
    made = facets_of(*months, **rows)
    master = customers(statements(*read_in(list(months), *customers_)), {"Sul": ["RS"]})
    backend = Engine().backend
    computed = {name: ibis.memtable(backend.to_pyarrow(made[name])) for name in facets if name != "customers"}
    return listed_customers(master, computed)


def line(customer, product_line, signed="2024-03-01"):
    return {
        "customer_id": customer,
        "product_line": product_line,
        "is_active": True,
        "amount": 10,
        "signed_on": signed,
        "month": JUN,
    }


def ticket(customer, day):
    return {"customer_id": customer, "ticket_id": str(day), "opened_at": f"2024-06-{day:02}", "is_open": True}


def session(customer, day, module="m1"):
    return {"customer_id": customer, "started_at": f"2024-06-{day:02}", "duration": 3600, "module_id": module}


def answer(customer, score, day=1):
    return {"customer_id": customer, "answered_at": f"2024-06-{day:02}", "kind": "product", "score": score}


MANY = {
    "contracts": [line("ana", f"P{n % 5}{part}") for n in range(20) for part in (" - LICENCA", " - MANUTENCAO")],
    "tickets": [ticket("ana", day) for day in range(1, 31)],
    "usage": [session("ana", day, f"m{day % 3}") for day in range(1, 11) for _ in range(2)],
    "surveys": [answer("ana", 9, day) for day in range(1, 8)],
    "proposals": [
        {"customer_id": "ana", "proposal_id": f"p{n // 3}", "proposed_on": "2024-06-01", "amount": 1} for n in range(9)
    ],
    "subscriptions": [
        {"customer_id": "ana", "billed_on": "2024-06-01", "product": f"P{number}", "mrr": 2} for number in range(4)
    ],
    "purchases": [{"customer_id": "ana", "purchases_12m": 6, "purchases_value_12m": 7, "month": JUN}],
}


def test_many_rows_in_one_facet_multiply_nothing_in_another(one_row):
    row = one_row(known(JUN, **MANY))
    assert (row["contracts_total"], row["products_owned"], row["contract_value"]) == (40, 5, 400)
    assert (row["tickets_opened"], row["tickets_waiting"]) == (30, 30)
    assert (row["sessions"], row["usage_hours"], row["active_days"], row["modules_used"]) == (20, 20, 10, 3)
    assert (row["answers"], row["promoters"], row["nps_product_answers"]) == (7, 7, 7)
    assert (row["proposals"], row["proposal_items"], row["proposal_value"]) == (3, 9, 9)
    assert (row["mrr"], row["purchases_12m"], row["purchases_value_12m"]) == (8, 6, 7)


def test_each_facet_says_together_with_the_others_what_it_says_alone(rows_of, one_row):
    row = one_row(known(JUN, **MANY))
    for facet, table in facets_of(JUN, **MANY).items():
        (alone,) = rows_of(table)
        assert {name: row[name] for name in alone} == alone
        assert row[HAS + facet] is True


def test_no_column_is_lost_or_renamed_where_two_facets_meet():
    table = known(JUN, **MANY)
    expected = ["customer_id", "month"]
    for facet, said in KNOWN.items():
        expected += [HAS + facet] if facet != "customers" else []
        expected += [column.name for column in said.columns]
    assert list(table.columns) == expected
    assert len(set(expected)) == len(expected)
    assert not [name for name in table.columns if name.endswith(("_right", "_left", "_x", "_y"))]


def test_what_a_facet_always_says_is_never_null_where_it_is_known(one_row):
    bare = {
        "contracts": [{"customer_id": "ana", "month": JUN}],
        "subscriptions": [{"customer_id": "ana", "billed_on": "2024-06-01"}],
        "proposals": [{"customer_id": "ana", "proposed_on": "2024-06-01"}],
        "purchases": [{"customer_id": "ana", "purchases_12m": 0, "purchases_value_12m": 0, "month": JUN}],
        "tickets": [{"customer_id": "ana", "opened_at": "2024-06-01"}],
        "surveys": [{"customer_id": "ana", "answered_at": "2024-06-01"}],
        "usage": [{"customer_id": "ana", "started_at": "2024-06-01"}],
    }
    row = one_row(known(JUN, **bare))
    always = [column.name for facet in KNOWN.values() for column in facet.columns if column.feature == "with_facet"]
    assert not [name for name in always if row[name] is None]


def test_columns_are_of_the_types_described_although_the_facets_were_computed_before():
    engine = Engine()
    master = customers(statements({"customer_id": "ana", "month": JUN}), {})
    with ExitStack() as kept:
        cached = {name: kept.enter_context(engine.cache(table)) for name, table in facets_of(JUN, **MANY).items()}
        made = listed_customers(master, cached).schema()
    kinds = {column.name: TYPES[column.type] for facet in KNOWN.values() for column in facet.columns}
    assert {name: made[name].copy(nullable=True) for name in kinds} == kinds


def test_a_customer_of_whom_nothing_is_known_has_a_row_and_absence_is_not_a_number(by_name):
    listed = [{"customer_id": "ana"}, {"customer_id": "bob"}]
    bob = by_name(known(JUN, customers_=listed, **MANY))["bob"]
    assert {name: value for name, value in bob.items() if value is not None} == {
        "customer_id": "bob",
        "month": JUN,
        **{HAS + facet: False for facet in KNOWN if facet != "customers"},
    }


def test_customers_that_the_master_does_not_list_add_no_row(by_name):
    orphans = {entity: [row | {"customer_id": "zed"} for row in rows] for entity, rows in MANY.items()}
    both = {entity: [*MANY[entity], *orphans[entity]] for entity in MANY}
    assert by_name(known(JUN, **both)) == by_name(known(JUN, **MANY))
    assert list(by_name(known(JUN, **orphans))) == ["ana"]
    assert by_name(known(JUN, customers_=[], **MANY)) == {}


def test_a_master_that_contradicts_itself_lists_the_customer_once(one_row):
    twice = [{"customer_id": "ana", "segment": segment} for segment in ("Varejo", "Agro", "Varejo")]
    row = one_row(known(JUN, customers_=twice, **MANY))
    assert (row["segment"], row["products_owned"]) == ("Varejo", 5)


def test_a_domain_without_an_entity_has_no_columns_of_it(one_row):
    row = one_row(known(JUN, facets=("customers", "tickets"), **MANY))
    assert row["tickets_opened"] == 30
    assert [name for name in row if name.startswith(HAS)] == [HAS + "tickets"]
    assert list(known(JUN, facets=("customers",)).columns) == [
        "customer_id",
        "month",
        *(column.name for column in FACETS["customers"].columns),
    ]


@pytest.mark.parametrize(
    ("since", "tenure"),
    [
        ("2024-06-30", 0),
        ("2024-06-01", 0),
        ("2024-05-31", 1),
        ("2014-06-15", 120),
        ("2024-07-01", None),
        (None, None),
    ],
)
def test_tenure_counts_months_and_is_absent_for_who_is_a_customer_only_later(one_row, since, tenure):
    assert one_row(known(JUN, customers_=[{"customer_id": "ana", "since": since}]))["tenure_months"] == tenure


def test_the_profile_is_that_of_the_month(by_name, rows_of):
    listed = [
        {"customer_id": "ana", "segment": "Agro", "month": MAY},
        {"customer_id": "ana", "segment": "Varejo", "state": "RS", "month": JUN},
        {"customer_id": "bob", "month": JUN},
    ]
    table = listed_customers(customers(statements(*listed), {"Sul": ["RS"]}), {})
    assert [(row["month"], row["customer_id"], row["segment"], row["region"]) for row in rows_of(table)] == [
        (MAY, "ana", "Agro", None),
        (JUN, "ana", "Varejo", "Sul"),
        (JUN, "bob", None, None),
    ]


def test_several_months_at_once_are_each_month_alone_in_any_order_of_rows(rows_of):
    months = [FEB, MAY, JUN]
    listed = [{"customer_id": who, "segment": segment} for who in ("ana", "bob", "cy") for segment in ("A", "B")]
    rows = {
        "contracts": read_in(months, *MANY["contracts"], line("bob", "P1"), line("cy", "P1", signed="2024-06-02")),
        "tickets": [row | {"opened_at": f"2024-0{1 + n % 6}-05"} for n, row in enumerate(MANY["tickets"])],
        "usage": [row | {"started_at": f"2024-0{1 + n % 6}-1{n % 4}"} for n, row in enumerate(MANY["usage"])],
    }
    pick = random.Random(3)
    shuffled = {entity: pick.sample(given, len(given)) for entity, given in rows.items()}
    together = rows_of(known(*months, customers_=listed, **rows))
    alone = [row for each in months for row in rows_of(known(each, customers_=pick.sample(listed, 6), **shuffled))]
    assert together == alone
    assert [(row["month"], row["customer_id"]) for row in together] == [
        (each, who) for each in months for who in ("ana", "bob", "cy")
    ]


@pytest.fixture
def one_row(rows_of):
    def found(table):
        (row,) = rows_of(table)
        return row

    return found


@pytest.fixture
def by_name(rows_of):
    return lambda table: {row["customer_id"]: row for row in rows_of(table)}
