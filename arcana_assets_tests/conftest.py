"""What tests of several rooms share: an engine, a lake, an S3 server, small platforms, the real file.

Does not belong here: a fixture that one room alone uses; it lies in the `conftest` of that room.
"""

import os
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from threadpoolctl import threadpool_info, threadpool_limits
from xdist.scheduler import LoadFileScheduling

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph import spec
from arcana_assets.lake.lake import Lake
from arcana_assets_tests.landing.conform.bronze_rows import chain
from arcana_assets_tests.worlds.platform import Platform
from arcana_assets_tests.worlds.shop import Shop

SPARK, ERASURE = "engine/spark/", "/erasure/"  # whose tests share a server, and a shop that was refreshed
TOGETHER = (SPARK, ERASURE)  # one process runs all tests of each
LONGEST_FIRST = (
    *(f"{SPARK}test_{name}.py" for name in ("rows", "landing", "engine", "emr", "faults")),
    *(f"erasure/test_{name}.py" for name in ("job", "killed", "campaign", "servers", "buckets", "published_again")),
    *(f"end_to_end/test_{name}.py" for name in ("real_file", "b2b", "sample")),
    *("landing/assets/test_unread.py", "test_benchmarks.py", "landing/assets/test_bronze_silver.py"),
    *("dashboard/test_browser.py", "dashboard/test_login.py", "dashboard/test_screens.py"),
    *("end_to_end/test_faults.py", "test_cli.py", "loyalty/assets/test_ledger.py"),
    *("customer_360/assets/test_definitions.py", "landing/assets/test_snapshots_kept.py"),
    *(f"end_to_end/test_{name}.py" for name in ("tracked_models", "models", "feedback")),
    *("landing/conform/test_b2b_contracts.py", "customer_360/listed/test_customers.py", "lake/test_lease.py"),
    *("tracking/test_tracking.py", "lake/test_concurrency.py", "tracking/test_server.py"),
)

MOST_SECONDS = 60  # of its process' CPU that a test may take unmarked; ten are the rule


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that at the end no process waits for another that has only begun one of them."""
    places = {file: place for place, file in enumerate(LONGEST_FIRST)}

    def place(item: pytest.Item) -> int:
        return next((at for file, at in places.items() if item.nodeid.split("::")[0].endswith(file)), len(places))

    items.sort(key=place)


class FilesTogether(LoadFileScheduling):
    """A file is run by one process, and all files that share what is dear by the same."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((room for room in TOGETHER if room in file), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    return FilesTogether(config, log)


@sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
def _no_waiting_for_disks(connection: Any, record: Any) -> None:
    """No test pulls the plug: what SQLite was told to keep need not be on the disk before the next line."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA synchronous=OFF")


_engines = dict[str, sqlalchemy.Engine]()


def _engine_of(url: str, **options: Any) -> sqlalchemy.Engine:
    """The storage of Dagster makes an engine for each event, which knows no statement yet: here one a file."""
    if url not in _engines:
        _engines[url] = sqlalchemy.create_engine(url, **options)
    return _engines[url]


for _storage in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
    assert hasattr(_storage, "create_engine")
    setattr(_storage, "create_engine", _engine_of)  # noqa: B010  mypy knows no such name of a module


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked as slow says why, or fails."""
    said = "".join(getattr(node.obj, "__doc__", None) or "" for node in item.listchain() if hasattr(node, "obj"))
    if item.get_closest_marker("slow") and "Slow: " not in said:
        pytest.fail(
            "marked as slow: expected 'Slow: ' and why in the docstring of the test or of its file", pytrace=False
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that is not marked as slow is not, or fails; its fixtures do not count, nor does a busy machine."""
    began = time.process_time()
    done = yield
    if not item.get_closest_marker("slow"):
        hold_to_its_time(time.process_time() - began)
    return done


def hold_to_its_time(seconds: float) -> None:
    """Fails a test that took more than a minute of CPU, and says why."""
    if seconds > MOST_SECONDS:
        pytest.fail(
            f"took {seconds:.0f} s of CPU: expected at most {MOST_SECONDS} s of a test that is not marked as slow. "
            "Make it quicker. Where it cannot be, mark it as slow, and say why after 'Slow: ' in its docstring.",
            pytrace=False,
        )


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Platform(tmp_path, instance)


@pytest.fixture(scope="module")
def make_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Platform]]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield lambda: Platform(tmp_path_factory.mktemp("platform"), instance)


@pytest.fixture(scope="session")
def online_retail() -> Path:
    data = Path(os.environ.get("ARCANA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    file = data / "online_retail" / "data.csv"
    if not file.exists():
        pytest.skip(f"the real sales file is not at {file}; set ARCANA_SHARED_DATA")
    return file


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(root=str(tmp_path / "lake"))


@pytest.fixture(scope="session")
def server():
    """The address of an S3 API server of this process's own."""
    from moto.server import ThreadedMotoServer  # takes a second to import, and few tests need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(server, monkeypatch):
    """A client of the server, which the environment names, with an empty bucket `company`."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="company")
    yield client
    for item in client.list_objects_v2(Bucket="company").get("Contents", []):
        client.delete_object(Bucket="company", Key=item["Key"])
    client.delete_bucket(Bucket="company")


@pytest.fixture(scope="session")
def backend():
    yield Engine().backend
    chain.cache_clear()  # it holds the connection, which would outlive the interpreter


@pytest.fixture
def rows_of(backend):
    """The rows of an expression as dicts."""
    return lambda table: backend.to_pyarrow(table).to_pylist()


@pytest.fixture
def shop(tmp_path, monkeypatch):
    # Another try would come to the same, seconds later.
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Shop(Platform(tmp_path, instance))


@pytest.fixture
def threads_of(monkeypatch):
    """What a computation calls, by its place; returns how many threads its calls had of the two that are allowed.

    Of those that matrix products may have. A test of equal results would tell nothing: few products are split at all.
    """
    seen = list[int]()

    def threads() -> set[int]:
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    def of(place, name, compute):
        called = getattr(place, name)

        def telling(*arguments, **options):
            if len(seen) < 20:  # it takes a while to find out
                seen.extend(threads())
            return called(*arguments, **options)

        monkeypatch.setattr(place, name, telling)
        with threadpool_limits(limits=2):
            assert threads() == {2}
            compute()
            assert threads() == {2}  # and nothing is left of it afterwards
        return seen

    return of
