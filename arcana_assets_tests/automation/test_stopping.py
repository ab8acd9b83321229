"""A run of this process is stopped by a signal, whatever it is busy with."""

import os
import signal
import threading
import time
import uuid
from datetime import date

import dagster as dg
import pytest

from arcana_assets.automation import stopping
from arcana_assets.automation.refresh import refresh
from arcana_assets.automation.stopping import Stopped, stoppable
from arcana_assets.engine.duckdb.engine import Engine

MONTHS = dg.MonthlyPartitionsDefinition("2011-01-01", end_date="2011-03-01")


@pytest.fixture
def instance():
    with dg.instance_for_test() as instance:
        yield instance


def stopped(instance, busy, number=signal.SIGTERM, **options):
    """Runs an asset that is busy, and one after it; sends the signal once it is. Says how long the end took, the
    status of the run, and which assets began."""
    begun, now, run_id = [], threading.Event(), str(uuid.uuid4())

    @dg.asset(partitions_def=MONTHS, backfill_policy=dg.BackfillPolicy.single_run())
    def first() -> None:
        begun.append("first")
        now.set()
        busy()

    @dg.asset(partitions_def=MONTHS, backfill_policy=dg.BackfillPolicy.single_run(), deps=[first])
    def second() -> None:
        begun.append("second")

    job = dg.Definitions(assets=[first, second], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    sent: list[float] = []

    def send() -> None:
        assert now.wait(30)
        time.sleep(0.3)
        sent.append(time.monotonic())
        os.kill(os.getpid(), number)

    threading.Thread(target=send, daemon=True).start()
    with pytest.raises(Stopped):
        stoppable(
            lambda: refresh(job, [date(2011, 1, 1)], instance, lambda *_: None, run_id=run_id),
            run_id,
            instance,
            **options,
        )
    took = time.monotonic() - sent[0]
    return took, instance.get_run_by_id(run_id).status, begun


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_in_python_is_stopped_and_canceled_and_nothing_after_it_begins(instance, number):
    def busy() -> None:
        for _ in range(6_000):
            time.sleep(0.01)

    took, status, begun = stopped(instance, busy, number)
    assert took < 10
    assert (status, begun) == (dg.DagsterRunStatus.CANCELED, ["first"])


def test_a_run_whose_query_takes_minutes_is_stopped_as_soon(instance):
    def busy() -> None:
        Engine(threads=1).backend.con.execute(
            "SELECT count(*) FROM range(10_000_000) a, range(1_000_000) b WHERE hash(a.range + b.range) % 7 = 3"
        ).fetchall()

    took, status, begun = stopped(instance, busy)
    assert took < 10
    assert (status, begun) == (dg.DagsterRunStatus.CANCELED, ["first"])


def test_a_run_that_nothing_can_interrupt_ends_with_its_process_and_is_canceled(instance, monkeypatch):
    monkeypatch.setattr(stopping, "GRACE_SECONDS", 0.5)
    ended: list[int] = []
    release = threading.Event()

    def busy() -> None:
        release.wait(20)  # a lock, as a library in C holds the thread

    took, status, begun = stopped(instance, busy, end=ended.append)
    assert took < 10
    assert (ended, status, begun) == ([130], dg.DagsterRunStatus.CANCELED, ["first"])
    release.set()


def test_work_that_ends_or_fails_by_itself_is_as_it_was(instance):
    def fails() -> None:
        raise OSError("of the work")

    before = signal.getsignal(signal.SIGINT)
    assert stoppable(lambda: 7, "run", instance) == 7
    with pytest.raises(OSError, match="of the work"):
        stoppable(fails, "run", instance)
    assert signal.getsignal(signal.SIGINT) is before
