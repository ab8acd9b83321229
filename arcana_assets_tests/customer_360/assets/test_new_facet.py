"""A facet nobody has thought of: an entity, a facet and a computation are enough for it to reach customer 360."""

import re
from datetime import date
from pathlib import Path

import pytest

from arcana_assets.customer_360 import assets
from arcana_assets.customer_360.computation import AddsUp, Computation
from arcana_assets.customer_360.definitions import gold_assets
from arcana_assets.customer_360.gold import gold
from arcana_assets.customer_360.listed.registry import COMPUTATIONS
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.domain.column import CUSTOMER, MONTH, columns
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.entities.entity import Entity, EntityColumn
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.facets.facet import facet, integer
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.graph.spec import DomainSpec
from arcana_assets_tests.customer_360.listed.silver_rows import FEB, JAN, silver
from arcana_assets_tests.worlds.run import deployment_in, materialized, there

CALLS = Entity(
    name="calls",
    grain="a call",
    area="experience",
    dated_by="entered_at",
    columns=(
        EntityColumn("customer_id", "text", "Who came", required=True),
        EntityColumn("entered_at", "instant", "When", unit="UTC", required=True),
    ),
)
OF_CALLS = facet("calls", integer("calls", "calls").means("In the lookback"))
CALLS_MONTHLY = gold(
    "calls_monthly",
    "Calls of each customer in each month.",
    "a customer and month with a call",
    ("customer_id", "month"),
    columns(CUSTOMER, MONTH, ("calls", "integer", "Calls", "calls")),
    needs=("calls",),
)


def calls_monthly(silver):
    return silver.group_by("customer_id", "month").agg(calls=silver.count())


def calls(monthly, periods):
    known = in_lookback(monthly, periods)
    return known.group_by("customer_id", "month").agg(calls=known.calls.sum())


COMPUTATION = Computation(
    "calls",
    facet=lambda tables, periods, _: calls(tables["calls_monthly"], periods),
    rollups={CALLS_MONTHLY: lambda silver, _: calls_monthly(silver)},
    adds_up=AddsUp(CALLS_MONTHLY, "calls"),
)
CAME = [
    {"customer_id": "ana", "entered_at": "2024-01-05"},
    {"customer_id": "ana", "entered_at": "2024-02-05"},
    {"customer_id": "ana", "entered_at": "2024-02-06"},
    {"customer_id": "bob", "entered_at": "2024-01-07"},
]
LISTED = [{"customer_id": name, "month": month} for name in ("ana", "bob", "cid") for month in (JAN, FEB)]


def source(entity, **columns):
    given = {"entity": entity, "description": "x", "landing": {"pattern": "*"}, "format": {"kind": "csv"}}
    said = [
        {"from": "id", "to": "customer_id"},
        *({"from": name, "to": name, **more} for name, more in columns.items()),
    ]
    return Contract.model_validate(given | {"name": entity, "columns": said})


@pytest.fixture
def mall(monkeypatch, lake, engine, tmp_path):
    """A domain with calls; what it makes of a way to sum them up."""
    monkeypatch.setitem(ENTITIES, "calls", CALLS)
    monkeypatch.setitem(FACETS, "calls", OF_CALLS)
    domain = CustomerDomain(
        name="mall", title="Mall", description="x", currency="BRL", start="2024-01", lookback_months=2,
        customers_from="master",
    )  # fmt: skip
    came = source("calls", entered_at={"formats": ["%Y-%m-%d"]})
    domain.sources.update(customers=source("customers"), calls=came)
    for name, rows in (("customers", LISTED), ("calls", CAME)):
        lake.write(("mall", "silver", name), silver(name, *rows), [JAN, FEB], engine=engine, run_id="silver")

    def made_by(computation):
        monkeypatch.setitem(COMPUTATIONS, "calls", computation)
        spec = DomainSpec(domain, tmp_path)
        assets = [*gold_assets(spec), *there(spec, *domain.sources, layer="silver")]
        as_of = "2024-03-15T00:00:00+00:00"
        return materialized(assets, [JAN, FEB], deployment_in(tmp_path), as_of=as_of, engine=engine)

    return made_by


def rows(lake, engine, table, month: date):
    read = lake.read(("mall", "gold", table), [month], engine).order_by("customer_id")
    return engine.backend.to_pyarrow(read).to_pylist()


def test_an_entity_a_facet_and_a_computation_reach_customer_360_and_the_features(mall, lake, engine):
    done = mall(COMPUTATION)
    assert done.success
    known = [(row["customer_id"], row["has_calls"], row["calls"]) for row in rows(lake, engine, "customer_360", FEB)]
    assert known == [("ana", True, 3), ("bob", True, 1), ("cid", False, None)]
    features = [(row["calls"], row["calls_absent"]) for row in rows(lake, engine, "feature_matrix", JAN)]
    assert features == [(1, 0), (1, 0), (None, 1)]
    checked = {(each.asset_key.path[-1], each.check_name): each for each in done.get_asset_check_evaluations()}
    assert checked["calls_monthly", "rollups_add_up"].description == "4 calls in the rollup, 4 in silver"
    assert checked["customer_360", "one_row_a_customer"].metadata["rows"].value == 6


def test_a_rollup_that_loses_a_row_of_silver_stops_the_run(mall, lake, engine):
    lost = {CALLS_MONTHLY: lambda silver, _: calls_monthly(silver.filter(silver.customer_id != "bob"))}
    done = mall(Computation("calls", COMPUTATION.facet, lost, COMPUTATION.adds_up))
    assert not done.success
    checked = {each.check_name: each for each in done.get_asset_check_evaluations()}
    assert checked["rollups_add_up"].description == "3 calls in the rollup, 4 in silver"
    assert not done.asset_materializations_for_node("mall_customer_360")


def test_no_asset_knows_a_facet_by_name():
    named = re.compile(
        rf"\b({'|'.join(each for each in FACETS if each not in ('customers', 'consent', 'identities'))})(_|\b)"
    )
    for file in (Path(assets.__path__[0]) / name for name in ("listed_customers.py", "listed_rollups.py")):
        assert not named.findall(file.read_text(encoding="utf-8")), file.name


def test_every_facet_of_a_domain_is_computed_but_profile_and_consent_which_the_master_is():
    assert ["customers", "consent", *COMPUTATIONS] == list(FACETS)
