"""Errors on their way to Dagster: what is tried again, what is not, and what a stopped run still does: nothing."""

import errno
import signal
from datetime import date

import dagster as dg
import duckdb
import pyarrow as pa
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.column import CUSTOMER, MONTH, columns
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph import spec as spec_module
from arcana_assets.graph.failures import failures
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.errors import LakeError, MissingMonth
from arcana_assets.tables.table import Table
from arcana_assets_tests.worlds.run import deployment_in, materialized

MAY = date(2011, 5, 1)
SPEC = DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")
CUSTOMERS = Table(
    "gold", "customers", "seen", "Who was seen.", "a customer", ("customer_id", "month"), columns(CUSTOMER, MONTH)
)
ROWS = pa.table({"customer_id": ["a"], "month": pa.array([MAY], pa.date32())})


class Passing(ArcanaError):
    retriable = True


@pytest.fixture
def at_once(monkeypatch):
    """Tries follow each other without a pause."""
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=2, delay=0))


@pytest.fixture
def run(tmp_path, engine):
    """Runs an asset of customers that this function makes; the instance says what became of the run."""

    def run(function):
        with dg.DagsterInstance.ephemeral() as instance:
            asset = table_asset(SPEC, "seen", {"seen": CUSTOMERS})(function)
            result = materialized([asset], [MAY], deployment_in(tmp_path), engine=engine, instance=instance)
            record = instance.get_run_by_id(result.run_id)
            return result, record.status

    return run


def test_an_error_that_passes_is_tried_again_after_pauses_that_grow_and_then_is_a_failure_that_says_it():
    pauses = []
    for attempt in range(2):
        with pytest.raises(dg.RetryRequested) as again, failures(attempt):
            raise Passing("wait for the other run")
        pauses.append(again.value.seconds_to_wait)
    assert 0 < pauses[0] < pauses[1]
    with pytest.raises(dg.Failure, match="wait for the other run") as last, failures(2):
        raise Passing("wait for the other run")
    assert isinstance(last.value.__cause__, Passing)


def test_an_error_that_stays_is_a_failure_at_once():
    with pytest.raises(dg.Failure) as raised, failures():
        raise MissingMonth("a/b/c", [date(2011, 4, 1)])
    assert not raised.value.allow_retries
    assert isinstance(raised.value.__cause__, MissingMonth)
    with pytest.raises(ValueError, match="of somebody else"), failures():
        raise ValueError("of somebody else")


@pytest.mark.parametrize(
    "passing",
    [
        ConnectionResetError("reset by peer"),
        OSError(errno.EBUSY, "Please reduce your request rate."),
        duckdb.IOException("IO Error: ServiceUnavailable (503)"),
        OSError("Kernel error -> Generic S3 error"),
    ],
    ids=["reset", "slow down", "503 in DuckDB", "cut in delta-rs"],
)
def test_an_error_of_the_network_is_tried_again_be_it_behind_one_of_ours(passing):
    with pytest.raises(dg.RetryRequested), failures():
        raise passing
    with pytest.raises(dg.RetryRequested), failures():
        raise LakeError("gold/seen cannot be opened") from passing


@pytest.mark.parametrize("staying", [OSError(errno.ENOSPC, "No space left on device"), FileNotFoundError("gone")])
def test_an_error_of_the_disk_is_not_tried_again(staying):
    with pytest.raises(OSError), failures():
        raise staying


def test_a_step_that_fails_after_its_last_try_says_the_sentence_of_the_error(run, at_once):
    tries = []

    def seen():
        tries.append(1)
        raise Passing("a rival writes gold/seen; let it finish")

    result, status = run(seen)
    assert (len(tries), status) == (3, dg.DagsterRunStatus.FAILURE)
    [failure] = result.get_step_failure_events()
    assert failure.step_failure_data.user_failure_data.description == "a rival writes gold/seen; let it finish"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_no_reason_to_try_again(run, at_once, number):
    tries = []

    def seen():
        tries.append(1)
        if len(tries) == 1:
            signal.raise_signal(number)
        return ROWS

    _, status = run(seen)
    assert (len(tries), status) == (1, dg.DagsterRunStatus.FAILURE)


def test_a_run_that_was_canceled_while_its_rows_passed_commits_none_of_them(run, lake):
    def seen(context: dg.AssetExecutionContext):
        def rows():
            context.instance.report_run_canceled(context.run)
            return pa.RecordBatchReader.from_batches(ROWS.schema, iter(ROWS.to_batches()))

        return rows

    _, status = run(seen)
    assert status == dg.DagsterRunStatus.CANCELED
    assert lake.materialized_months(SPEC.key_of(CUSTOMERS).path, [MAY]) == []


def test_a_step_of_a_run_that_was_canceled_does_not_begin(tmp_path, engine):
    begun = []

    def first(context: dg.AssetExecutionContext):
        yield dg.Output(ROWS, "seen")
        context.instance.report_run_canceled(context.run)

    other = Table("gold", "customers", "after", "After.", "a customer", ("customer_id", "month"), CUSTOMERS.columns)

    def second():
        begun.append(1)
        return ROWS

    with dg.DagsterInstance.ephemeral() as instance:
        assets = [
            table_asset(SPEC, "seen", {"seen": CUSTOMERS})(first),
            table_asset(SPEC, "after", {"after": other}, deps=[SPEC.key_of(CUSTOMERS)])(second),
        ]
        result = materialized(assets, [MAY], deployment_in(tmp_path), engine=engine, instance=instance)
        assert instance.get_run_by_id(result.run_id).status == dg.DagsterRunStatus.CANCELED
    assert begun == []
