"""A run holds its domain from its first step to its end, and publishes nothing that two runs have made."""

import threading
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from arcana_assets.automation.jobs import maintenance_job
from arcana_assets.definitions import DEFS
from arcana_assets.domain.column import CUSTOMER, MONEY, MONTH, columns
from arcana_assets.domain.folder import load_domain
from arcana_assets.exports.files import Exports
from arcana_assets.graph import leases as of_runs
from arcana_assets.graph import spec
from arcana_assets.graph.files_asset import OF_ONE_MAKING, files_asset
from arcana_assets.graph.process import DOMAIN_TAG, LEASE_TAG
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake import lease as leases
from arcana_assets.lake.errors import WriteFailed
from arcana_assets.lake.lease import Lease
from arcana_assets.lake.lease_place import place_of
from arcana_assets.tables.table import Table
from arcana_assets_tests.worlds.run import deployment_in, materialized
from arcana_assets_tests.worlds.shop import failure

MARCH = date(2011, 3, 1)
SPEC = DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")
SPENT = Table(
    *("gold", "customers", "spent", "What each customer spent.", "a customer and month", ("customer_id", "month")),
    columns(CUSTOMER, MONTH, ("spent", "decimal", "What was paid", MONEY)),
)
TOTAL = Table(
    *("gold", "customers", "total", "Its sum.", "a month", ("month",)),
    columns(MONTH, ("rows", "integer", "Rows")),
)
LIST = "lista_de_fidelidade"  # a publication that texts know


class World:
    """Two tables and a list of them; a test may have something happen within a step."""

    def __init__(self, root: Path):
        self.root, self.published = root, 0
        self.lake = str(root / "lake")
        self.within: dict[str, object] = {}

    @property
    def assets(self):
        @table_asset(SPEC, "spent", {"spent": SPENT})
        def spent():
            self._now("spent")
            kinds = {"customer_id": pa.string(), "month": pa.date32(), "spent": pa.decimal128(18, 4)}
            return pa.table({name: pa.array([value], kinds[name]) for name, value in ROW.items()})

        @table_asset(SPEC, "total", {"total": TOTAL}, ins={"spent": dg.AssetIn(SPEC.key_of(SPENT))})
        def total(spent: ir.Table):
            self._now("total")
            return spent.group_by("month").agg(rows=spent.count())

        @files_asset(SPEC, LIST, "A list.", {"csv"}, ins={"total": dg.AssetIn(SPEC.key_of(TOTAL))})
        def listed(context: dg.AssetExecutionContext, exports: Exports, total: ir.Table):
            self._now("list", context)
            key = SPEC.key("published", LIST)
            with exports.drafts(key) as folder:
                draft = folder / f"{MARCH:%Y-%m}.csv"
                draft.write_text(f"{total.count().execute()}")
                exports.publish([draft], key, MARCH)
            self.published += 1
            yield dg.MaterializeResult(asset_key=key)

        return {"spent": spent, "total": total, "list": listed}

    def run(self, *names, **options):
        assets = self.assets
        chosen = [assets[name] for name in names or assets]
        return materialized(
            assets.values(), [MARCH], deployment_in(self.root), dg.AssetSelection.assets(*chosen), **options
        )

    def _now(self, step, *given):
        if (happens := self.within.get(step)) is not None:
            happens(*given)

    def taken_over(self, *_):
        """Another machine holds the domain from now on."""
        place = place_of(self.lake, "retail")
        latest = place.latest()
        assert place.create(latest.number + 1, latest.text.replace('"process": "', '"process": "elsewhere/'))


ROW = {"customer_id": "a", "month": MARCH, "spent": Decimal(1)}


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(of_runs, "PATIENCE_SECONDS", 0.0)
    return World(tmp_path)


def test_a_domain_that_another_run_writes_is_refused_and_nothing_is_written(world):
    with Lease.take(world.lake, "retail", "run-of-tonight"):
        refused = world.run()
    assert "retail in " in failure(refused)
    assert "is being written by run run-of-tonight (process " in failure(refused)
    assert not (world.root / "lake" / "retail" / "gold").exists()
    assert world.run().success


def test_two_runs_at_once_one_is_refused_and_the_other_ends_as_if_alone(world):
    begun, done, outcomes = threading.Event(), threading.Event(), []

    def hold():
        begun.set()
        assert done.wait(30)

    world.within["total"] = hold
    slow = threading.Thread(target=lambda: outcomes.append(world.run()))
    slow.start()
    assert begun.wait(30)
    refused = World(world.root).run()
    done.set()
    slow.join()
    assert not refused.success
    assert "is being written by run " in failure(refused)
    assert outcomes[0].success
    assert world.published == 1


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_gives_its_domain_back_however_it_ends(world, fails):
    def break_off():
        raise ValueError("on the way")

    if fails:
        world.within["total"] = break_off
    result = world.run()
    assert result.success != fails
    with Lease.take(world.lake, "retail", "next") as lease:
        assert lease.taken_from is None


def test_a_run_that_lost_its_domain_commits_nothing_more(world, monkeypatch):
    monkeypatch.setattr(leases, "EXPIRES_SECONDS", 0.0)  # believed only when asked

    world.within["total"] = world.taken_over
    result = world.run()
    assert "retail was taken over by run " in failure(result)
    assert not (world.root / "lake" / "retail" / "gold" / "total").exists() or not _rows(world, "total")
    assert world.published == 0


def test_housekeeping_waits_for_nobody_and_is_refused_as_well(world, lake):
    assert world.run().success
    job = dg.Definitions(
        jobs=[maintenance_job(SPEC.domain, [SPEC.key_of(SPENT)], 90)], resources={"lake": lake}
    ).resolve_job_def("maintain_retail")
    assert job.execute_in_process().success
    with Lease.take(world.lake, "retail", "run-of-tonight"):
        refused = job.execute_in_process(raise_on_error=False)
    assert "is being written by run run-of-tonight" in failure(refused)


def test_a_table_made_again_without_those_after_it_is_not_published(world):
    assert world.run().success
    assert world.run("spent").success
    refused = world.run("list")
    words = (
        "retail/gold/total, 2011-03, was made of retail/gold/spent as it was written the 1st time, which by now was "
        "written 2 times. Refresh these months again, all tables of them in one run."
    )
    assert words in failure(refused)
    [check] = refused.get_asset_check_evaluations()
    assert (check.check_name, check.passed, check.blocking) == (OF_ONE_MAKING, False, True)
    assert world.published == 1
    assert world.run("total", "list").success
    assert world.published == 2


def test_an_input_that_a_rival_wrote_meanwhile_is_found_before_anything_is_published(world):
    """Without the lease: of somebody who writes with other tools than ours, or took it by mistake."""
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    def rival():
        rows = pa.table(
            {"customer_id": ["b"], "month": pa.array([MARCH]), "spent": pa.array([9], pa.decimal128(18, 4))}
        )
        Lake(root=world.lake).write(("retail", "gold", "spent"), rows, [MARCH], engine=Engine(), run_id="rival")

    world.within["total"] = rival
    result = world.run()
    assert "retail/gold/spent as it was written the 1st time" in failure(result)
    assert world.published == 0


def _rows(world, name):
    from arcana_assets.lake.lake import Lake

    return Lake(root=world.lake).rows(("retail", "gold", name), None)


def _published(world):
    return list((world.root / "lake" / "retail" / "published").rglob("*.csv"))


def test_a_run_that_loses_its_domain_while_it_publishes_publishes_nothing(world, monkeypatch):
    monkeypatch.setattr(leases, "EXPIRES_SECONDS", 0.0)
    world.within["list"] = world.taken_over
    assert "retail was taken over by run " in failure(world.run())
    assert (world.published, _published(world)) == (0, [])


def test_a_run_that_is_stopped_while_it_publishes_publishes_nothing(world):
    def stopped(context):
        context.instance.report_run_canceling(context.run)

    world.within["list"] = stopped
    with dg.DagsterInstance.ephemeral() as instance:
        assert "is CANCELING; nothing more of it is written or published" in failure(world.run(instance=instance))
    assert (world.published, _published(world)) == (0, [])


def test_a_run_that_nobody_waits_for_waits_for_the_one_before_it(world, monkeypatch):
    monkeypatch.setattr(of_runs, "PATIENCE_SECONDS", 30.0)
    monkeypatch.setattr(of_runs, "LOOK_SECONDS", 0.1)
    lease = Lease.take(world.lake, "retail", "run-of-tonight")
    ends = threading.Timer(1.0, lease.give_back)
    ends.start()
    assert world.run().success
    ends.join()


def test_a_command_does_not_wait(world, monkeypatch):
    monkeypatch.setattr(of_runs, "PATIENCE_SECONDS", 30.0)
    begun = time.monotonic()
    with Lease.take(world.lake, "retail", "run-of-tonight"):
        refused = world.run(tags={of_runs.REFUSED_AT_ONCE: "true"})
    assert "is being written by run run-of-tonight" in failure(refused)
    assert time.monotonic() - begun < 25


def test_a_run_says_which_domain_and_which_lease_it_holds(world):
    with dg.DagsterInstance.ephemeral() as instance:
        assert world.run(instance=instance).success
        [run] = instance.get_runs()
    assert (run.tags[DOMAIN_TAG], run.tags[LEASE_TAG]) == ("retail", "1")


def test_another_try_after_an_error_of_the_network_goes_on_with_the_lease_that_it_took(world, monkeypatch):
    place = type(place_of(world.lake, "retail"))
    remove, failed = place.remove_below, []

    def once(self, number):
        if not failed:
            failed.append(number)
            raise WriteFailed("retail", ConnectionResetError("reset"), retriable=True)
        remove(self, number)

    monkeypatch.setattr(place, "remove_below", once)
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=1, delay=0))
    assert world.run().success
    assert failed == [1]
