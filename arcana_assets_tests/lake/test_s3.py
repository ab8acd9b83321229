import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pyarrow as pa
import pytest

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.errors import CorruptFile
from arcana_assets.lake.errors import MissingMonth, MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.maintenance import maintain
from benchmarks.faults_s3 import Misbehaviour, failing_bucket

KEY = ("retail", "silver", "transactions")
APRIL, MAY, JUNE = (date(2011, month, 1) for month in (4, 5, 6))


def rows(*pairs):
    return pa.table({"month": [month for month, _ in pairs], "n": [n for _, n in pairs]})


@pytest.fixture
def lake(s3):
    return Lake(root="s3://company/the-lake")


def content(lake, months, engine):
    return sorted((row["month"], row["n"]) for row in lake.read(KEY, months, engine).to_pyarrow().to_pylist())


def test_months_are_written_and_read_in_a_bucket_as_in_a_folder(lake, engine, s3):
    with pytest.raises(MissingTable):
        lake.read(KEY, [APRIL], engine)
    lake.write(KEY, rows((APRIL, 1), (MAY, 2)), [APRIL, MAY, JUNE], engine=engine, run_id="run")
    source = lake.read(KEY, [MAY], engine)
    lake.write(KEY, source.mutate(n=source.n * 10), [MAY], engine=engine, run_id="run", by_month=True)
    assert content(lake, [APRIL, MAY, JUNE], engine) == [(APRIL, 1), (MAY, 20)]
    with pytest.raises(MissingMonth):
        lake.read(KEY, [date(2011, 7, 1)], engine)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="company")["Contents"]]
    assert "the-lake/retail/silver/transactions/_delta_log/00000000000000000002.json" in keys


def test_a_connection_reads_from_the_server_that_the_environment_names_now(lake, engine, monkeypatch):
    lake.write(KEY, rows((APRIL, 1)), [APRIL], engine=engine, run_id="run")
    with monkeypatch.context() as before:
        before.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        engine.reach_s3()
    assert content(lake, [APRIL], engine) == [(APRIL, 1)]


def test_writers_of_different_months_at_once_all_commit(lake, engine):
    start = threading.Barrier(3)

    def write(month):
        start.wait()
        return lake.write(KEY, rows((month, month.month)), [month], engine=engine, run_id="run").rows

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(write, [APRIL, MAY, JUNE])) == [1, 1, 1]
    assert content(lake, None, engine) == [(APRIL, 4), (MAY, 5), (JUNE, 6)]


def test_a_commit_never_replaces_another_ones_log_entry(lake, engine, s3):
    lake.write(KEY, rows((APRIL, 1)), [APRIL], engine=engine, run_id="run")
    log = "the-lake/retail/silver/transactions/_delta_log/00000000000000000002.json"

    def overtake():
        lake.write(KEY, rows((JUNE, 3)), [JUNE], engine=engine, run_id="rival")

    def make():
        def batches():
            yield rows((MAY, 2)).to_batches()[0]
            if "Contents" not in s3.list_objects_v2(Bucket="company", Prefix=log):
                # delta-rs pulls this stream from its own runtime, where it cannot be called again.
                rival = threading.Thread(target=overtake)
                rival.start()
                rival.join()

        return pa.RecordBatchReader.from_batches(rows((MAY, 2)).schema, batches())

    lake.write(KEY, make, [MAY], engine=engine, run_id="run")
    assert b'"rival"' in s3.get_object(Bucket="company", Key=log)["Body"].read()
    assert content(lake, None, engine) == [(APRIL, 1), (MAY, 2), (JUNE, 3)]


def test_a_file_that_is_gone_from_the_bucket_is_named(lake, engine, s3):
    lake.write(KEY, rows((APRIL, 1)), [APRIL], engine=engine, run_id="run")
    for item in s3.list_objects_v2(Bucket="company")["Contents"]:
        if item["Key"].endswith(".parquet"):
            s3.delete_object(Bucket="company", Key=item["Key"])
    with pytest.raises(CorruptFile, match="Materialize partition 2011-04-01"):
        lake.read(KEY, [APRIL], engine)


def test_maintenance_works_in_a_bucket(lake, engine):
    for n in (1, 2):
        lake.write(KEY, rows((APRIL, n)), [APRIL], engine=engine, run_id="run")
    assert maintain(lake, KEY, 0, allow_short=True).vacuumed_files == 1
    assert content(lake, [APRIL], engine) == [(APRIL, 2)]


def tried_again(what, times=4):
    """As a step is, where what went wrong says that it may pass."""
    for attempt in range(times):
        try:
            return what()
        except ArcanaError as error:
            if not error.retriable or attempt == times - 1:
                raise
    raise AssertionError


def test_a_bucket_that_answers_503_and_resets_connections_loses_no_row_and_none_is_there_twice(engine, monkeypatch):
    how = Misbehaviour(busy=0.05, reset=0.03, reset_after=0.15)
    with failing_bucket(how) as environment, monkeypatch.context() as there:
        for name, value in environment.items():
            there.setenv(name, value)
        lake, months = Lake(root="s3://company/the-lake"), [APRIL, MAY]
        for number in range(6):
            now = rows((APRIL, number), (MAY, 10 * number))
            tried_again(lambda now=now: lake.write(KEY, now, months, engine=engine, run_id="run"))
            assert tried_again(lambda: content(lake, months, engine)) == [(APRIL, number), (MAY, 10 * number)]
    assert sum(how.done.values()) > 5
