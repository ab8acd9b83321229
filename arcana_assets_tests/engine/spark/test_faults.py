"""Faults of a server of Spark: what was committed stays, what was not is told, and no secret is in the words.

Slow: each of these tests has a server of its own to kill.
"""

import os
import signal
import socket
import threading
import time
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from arcana_assets.deployment import Deployment, DeploymentError
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.spark import session
from arcana_assets.engine.spark.choice import event_engine
from arcana_assets.engine.spark.engine import SparkEngine
from arcana_assets.engine.spark.errors import SparkAway, SparkFailed
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.maintenance import maintain
from arcana_assets_tests.worlds import spark

KEY = ("retail", "gold", "numbers")
MAY = date(2011, 5, 1)
SECRET = "dapi0123456789"
ROWS = ibis.memtable(pa.table({"month": pa.array([MAY] * 3, pa.date32()), "n": [1, 2, 3]}))


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("spark://host:7077", "begins with 'spark'"),
        ("databricks", "begins with 'databricks'"),
        (f"sc://user:{SECRET}@host:15002", "no place of a server"),
        (f"sc://host/token={SECRET}", "no place of a server"),
        (f"sc://host/;token=a={SECRET}", "no place of a server"),
        ("sc://", "no place of a server"),
        ("sc://host:port", "no place of a server"),
        ("emr-serverless://00abc", "no application of EMR Serverless"),
        (f"emr-serverless://00abc?role=arn:aws:iam::123456789012:role/x&token={SECRET}", "no application"),
        ("emr-serverless://00abc?role=me", "no application of EMR Serverless"),
    ],
)
def test_a_uri_that_names_no_engine_is_refused_without_repeating_it(uri: str, words: str) -> None:
    with pytest.raises(DeploymentError, match=words) as refused:
        event_engine(uri, Engine())
    assert SECRET not in str(refused.value)
    assert "sc://host:15002" in str(refused.value)


def test_the_deployment_takes_duckdb_where_nothing_is_named_and_shows_no_uri() -> None:
    local = Engine()
    assert event_engine("", local) is local
    named = Deployment.from_env({"ARCANA_EVENT_ENGINE": f"sc://host:443/;token={SECRET}"})
    assert SECRET not in repr(named)
    assert SECRET not in repr(event_engine(named.event_engine, local))


def test_a_user_may_have_an_address() -> None:
    assert isinstance(event_engine("sc://host:15002/;user_id=maria@example.com", Engine()), SparkEngine)


def test_a_server_that_is_away_is_told_within_seconds(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "WAIT_SECONDS", 1.0)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = event_engine(f"sc://127.0.0.1:{nobody.getsockname()[1]}/;token={SECRET}", Engine())
        begun = time.monotonic()
        with pytest.raises(SparkAway, match="no answer within 1 seconds") as told:
            lake.write(KEY, ROWS, [MAY], engine=away, run_id="run-1")
    assert time.monotonic() - begun < 20
    assert told.value.retriable
    assert SECRET not in str(told.value)
    assert lake.materialized_months(KEY, [MAY]) == []


@pytest.mark.slow
def test_a_server_that_goes_in_the_middle_leaves_nothing_committed_and_files_that_age_removes(
    lake: Lake, tmp_path: Path, engine: Engine
) -> None:
    if reason := spark.missing():
        pytest.skip(reason)
    lake.write(KEY, ROWS, [MAY], engine=engine, run_id="run-1")
    with spark.server(tmp_path, 0, "spark.sql.shuffle.partitions=1") as server:
        events = event_engine(server.uri, engine)
        asked = list[int]()

        def gone_before_the_commit() -> None:
            asked.append(len(asked))
            if len(asked) == 2:  # its files are there, and nothing else
                server.kill()
                raise ValueError("and this process, too")

        with pytest.raises(ValueError, match="this process"):
            lake.write(
                KEY, ROWS.mutate(n=ROWS.n * 10), [MAY], engine=events, run_id="2", permitted=gone_before_the_commit
            )
        with pytest.raises(SparkAway) as told:
            lake.write(KEY, ROWS, [MAY], engine=events, run_id="run-3")
    assert told.value.retriable
    assert engine.value(lake.read(KEY, [MAY], engine).n.sum()) == 6
    waiting = list(Path(lake.uri(KEY)).glob("staged-*/month=*/*.parquet"))
    assert waiting
    for file in (*waiting, *Path(lake.uri(KEY)).glob("staged-*/**/*")):
        os.utime(file, (time.time() - 30 * 86_400,) * 2)
    maintain(lake, KEY)
    assert not any(file.exists() for file in waiting)
    assert engine.value(lake.read(KEY, [MAY], engine).n.sum()) == 6


@pytest.mark.slow
@pytest.mark.parametrize(
    "kept",
    [
        lambda events, rows: events.cache(rows),
        lambda events, rows: events.stages(rows, lambda now: now.mutate(m=now.n + 1), lambda now: now.mutate(o=now.m)),
    ],
    ids=["cache", "stages"],
)
def test_a_session_that_ends_in_the_middle_is_one_more_try_and_none_is_opened_to_clean_up(spark_engine, kept) -> None:
    lost = spark_engine.session
    with pytest.raises(SparkAway) as told, kept(spark_engine, ROWS) as rows:  # noqa: PT012
        lost.client.release_session()
        spark_engine.small(rows)
    assert told.value.retriable
    assert not any(place == spark_engine.place for _, place in session._SESSIONS)
    assert spark_engine.value(ROWS.n.sum()) == 6


@pytest.mark.slow
def test_rows_of_this_process_are_on_the_server_no_longer_than_they_are_asked_of(spark_engine, lake: Lake) -> None:
    def there() -> set[str]:
        return {each.name for each in spark_engine.session.catalog.listTables() if each.isTemporary}

    before = there()
    assert spark_engine.value(ROWS.n.sum()) == 6
    with spark_engine.cache(ROWS.mutate(m=ROWS.n)) as kept, spark_engine.stages(ROWS, lambda now: now) as staged:
        assert sorted(each.split("@")[0] for each in there() - before) == ["cache", "rows", "stage"]
        assert spark_engine.value(kept.m.sum()) == spark_engine.value(staged.n.sum()) == 6
    assert lake.write(KEY, ROWS, [MAY], engine=spark_engine, run_id="run-1").rows == 3
    worse = ROWS.mutate(n=(ROWS.n.cast("string") + "x").cast("int64"))
    with pytest.raises(SparkFailed, match="CAST_INVALID_INPUT"):
        lake.write(KEY, worse, [MAY], engine=spark_engine, run_id="run-2")
    assert {each for each in there() - before if not each.startswith(KEY[-1])} == set()


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_row(lake: Lake, tmp_path: Path, engine: Engine) -> None:
    if reason := spark.missing():
        pytest.skip(reason)
    with spark.server(tmp_path, 2) as server:
        events = event_engine(server.uri, engine)
        before = server.workers()
        assert len(before) == 2
        numbers = ibis.memtable(pa.table({"seed": pa.array(range(200), pa.int64())}))
        each = numbers.mutate(n=ibis.range(0, 20_000).unnest())
        many = each.select("seed", month=ibis.literal(MAY), n=each.n.cast("int64"))
        killed = list[float]()

        def kill() -> None:
            os.kill(before[0], signal.SIGKILL)
            killed.append(time.monotonic())

        killer = threading.Timer(1.0, kill)
        killer.start()
        done = lake.write(KEY, many.distinct(), [MAY], engine=events, run_id="run-1")
        written = time.monotonic()
        killer.join()
        assert killed[0] < written  # while it wrote
        assert before[0] not in server.workers()
    assert done.rows == 200 * 20_000
    assert engine.value(lake.read(KEY, [MAY], engine).n.sum()) == 200 * sum(range(20_000))


@pytest.mark.slow
def test_what_spark_says_of_a_statement_is_told_without_values_of_rows(
    lake: Lake, spark_engine, capfd: pytest.CaptureFixture[str]
) -> None:
    told = ibis.memtable(pa.table({"who": ["Maria da Silva"]}))
    with pytest.raises(SparkFailed, match="CAST_INVALID_INPUT") as failed:
        spark_engine.small(told.select(n=told.who.cast("int64")))
    assert not failed.value.retriable
    assert "Maria" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert "Maria" not in "".join(capfd.readouterr())
