import contextlib
import gc
import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pytest

import arcana_assets
from arcana_assets.engine.duckdb.engine import Engine, default_memory_limit
from arcana_assets.engine.duckdb.sql import listed, literal, quoted
from arcana_assets.engine.duckdb.stages import Stages
from arcana_assets.engine.errors import CorruptFile
from arcana_assets.engine.primitives import given_day, local_date, parse_local, parse_zoned, to_instant

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1])}


def many_rows(engine: Engine, rows: int):
    return engine.backend.sql(f"SELECT range AS n FROM range({rows})", schema={"n": "int64"})


def test_all_inputs_of_one_thread_share_a_connection_even_through_other_engine_objects():
    assert Engine(threads=1).backend is Engine(threads=1).backend
    assert Engine(threads=1).backend is not Engine(threads=2).backend


def test_each_thread_has_a_connection_of_its_own(engine):
    found = []
    thread = threading.Thread(target=lambda: found.append(engine.backend))
    thread.start()
    thread.join()
    assert found[0] is not engine.backend


def test_limits_reach_duckdb(tmp_path):
    con = Engine(threads=1, memory_limit="123MB", temp_directory=str(tmp_path)).backend.con
    settings = "SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')"
    threads, memory, folder = con.sql(settings).fetchall()[0]
    assert (threads, memory, folder) == (1, "117.3 MiB", str(tmp_path))


def test_without_a_limit_a_connection_takes_two_gigabytes_and_not_most_of_the_machine():
    con = Engine(threads=1).backend.con
    assert con.sql("SELECT current_setting('memory_limit')").fetchall() == [("1.8 GiB",)]


@pytest.mark.parametrize(
    ("of_duckdb", "limit"),  # DuckDB takes 80 % of the machine
    [("18.8 GiB", "2GB"), ("1.2 TiB", "2GB"), ("3.0 GiB", "2GB"), ("1.6 GiB", "1074MB"), ("800.0 MiB", "524MB")],
)
def test_a_small_machine_gives_half_of_itself(of_duckdb, limit):
    assert default_memory_limit(of_duckdb) == limit


SPILLING = {
    "a sort": "SELECT md5(range::VARCHAR) AS text FROM range(3000000) ORDER BY text",
    "a join": "SELECT a.text FROM (SELECT md5(range::VARCHAR) AS text FROM range(3000000)) a "
    "JOIN (SELECT md5(range::VARCHAR) AS text FROM range(3000000)) b USING (text)",
}


@pytest.mark.parametrize("sql", SPILLING.values(), ids=SPILLING.keys())
def test_what_does_not_fit_the_limit_is_spilled_to_the_folder_and_computed_all_the_same(tmp_path, sql):
    engine = Engine(threads=1, memory_limit="100MB", temp_directory=str(tmp_path))
    with engine.batches(engine.backend.sql(sql, schema={"text": "string"})) as reader:
        total = reader.read_next_batch().num_rows
        assert list(tmp_path.glob("duckdb_temp*"))
        assert total + sum(batch.num_rows for batch in reader) == 3_000_000


def test_the_folder_for_spilling_goes_away_with_the_process():
    code = (
        "from arcana_assets.engine.duckdb.engine import Engine;"
        "print(Engine().backend.con.sql(\"SELECT current_setting('temp_directory')\").fetchall()[0][0])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    folder = Path(ran.stdout.strip())
    assert folder.name.startswith("arcana-duckdb-")
    assert not folder.exists()


NAMES = ["plain", "it's", 'say "so"', "[*?]", ""]


@pytest.mark.parametrize("name", NAMES)
def test_names_and_texts_mean_themselves_in_sql(engine, name):
    [row] = (
        engine.backend.con.sql(f"SELECT {literal(name)} AS {quoted(name or 'nothing')}").to_arrow_table().to_pylist()
    )
    assert row == {name or "nothing": name}


def test_files_that_are_listed_are_no_patterns(engine, tmp_path):
    for name in ("a'[1].csv", "a'1.csv", "b*.csv", "b2.csv"):
        (tmp_path / name).write_text(f"n\n{name}\n")
    files = listed(str(tmp_path / name) for name in ("a'[1].csv", "b*.csv"))
    found = engine.backend.con.sql(
        f"SELECT n FROM read_csv({files}, header = true, delim = '|', quote = '')"
    ).fetchall()
    assert sorted(found) == [("a'[1].csv",), ("b*.csv",)]


def test_local_times_become_instants_in_summer_and_winter_and_days_of_the_zone(engine):
    texts = ibis.memtable(pa.table({"text": ["01/06/2011 12:00", "01/12/2011 12:00", "30/06/2011 23:30", "no date"]}))
    moment = to_instant(parse_local(texts.text, "%d/%m/%Y %H:%M"), "Europe/London")
    result = engine.backend.to_pyarrow(texts.select(instant=moment, day=local_date(moment, "Asia/Tokyo")))
    assert result["instant"].to_pylist() == [
        datetime(2011, 6, 1, 11, 0, tzinfo=UTC),
        datetime(2011, 12, 1, 12, 0, tzinfo=UTC),
        datetime(2011, 6, 30, 22, 30, tzinfo=UTC),
        None,
    ]
    assert result["day"].to_pylist() == [date(2011, 6, 1), date(2011, 12, 1), date(2011, 7, 1), None]


def test_texts_with_an_offset_of_their_own_become_instants(engine):
    texts = ibis.memtable(pa.table({"text": ["2011-06-01 12:00:00 +0200", "2011-06-01 12:00:00", "x"]}))
    result = engine.backend.to_pyarrow(texts.select(instant=parse_zoned(texts.text, "%Y-%m-%d %H:%M:%S %z")))
    assert result["instant"].to_pylist() == [datetime(2011, 6, 1, 10, 0, tzinfo=UTC), None, None]


def test_batches_stream_in_the_size_asked_for_and_in_order(engine):
    with engine.batches(many_rows(engine, 300_000), rows=100_000) as reader:
        sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == 300_000
    assert max(sizes) <= 122_880
    with engine.batches(many_rows(engine, 300_000)) as reader:
        assert reader.read_all()["n"].to_pylist() == list(range(300_000))


def test_a_stream_left_half_read_does_not_block_the_next_query(engine):
    with engine.batches(many_rows(engine, 3_000_000), rows=1000) as reader:
        reader.read_next_batch()
    assert engine.backend.con.sql("SELECT 1").fetchall() == [(1,)]
    with pytest.raises(ZeroDivisionError), engine.batches(many_rows(engine, 3_000_000), rows=1000) as reader:
        reader.read_next_batch().num_rows / 0
    assert engine.backend.con.sql("SELECT 1").fetchall() == [(1,)]


def test_a_query_can_be_run_from_another_thread_on_the_connection_it_was_made_for(engine):
    query, found = engine.query(many_rows(engine, 1000)), []

    def drain():
        with query.batches() as reader:
            found.append(reader.read_all().num_rows)

    thread = threading.Thread(target=drain)
    thread.start()
    thread.join()
    assert found == [1000]


def test_in_memory_tables_can_be_streamed(engine):
    with engine.batches(ibis.memtable(pa.table({"a": [1, 2]}))) as reader:
        assert reader.read_all()["a"].to_pylist() == [1, 2]


def test_a_cached_table_answers_like_its_expression_and_is_dropped(engine):
    with engine.cache(many_rows(engine, 10)) as cached:
        name = cached.get_name()
        assert cached.n.sum().execute() == 45
    with pytest.raises(duckdb.Error):
        engine.backend.con.sql(f'SELECT * FROM "{name}"')


def test_results_come_as_pandas_and_scalars_without_warnings(engine):
    table = ibis.memtable(pa.table({"a": [1, None], "b": ["x", "y"]}))
    assert engine.backend.execute(table).b.tolist() == ["x", "y"]
    assert engine.backend.execute(table.a.sum()) == 1
    assert engine.backend.to_pyarrow_batches(table).read_all().num_rows == 2


def test_an_error_of_the_query_itself_stays_what_it_is(engine):
    failing = engine.backend.sql("SELECT CAST(range || 'x' AS INT) AS n FROM range(3)", schema={"n": "int32"})
    with pytest.raises(duckdb.ConversionException), engine.batches(failing) as reader:
        reader.read_all()
    gc.collect()
    assert engine.backend.con.sql("SELECT 1").fetchall() == [(1,)]


def test_a_file_with_damaged_pages_is_named_where_the_damage_is_met(engine, tmp_path):
    file = tmp_path / "damaged.parquet"
    con = engine.backend.con
    con.execute(f"COPY (SELECT range AS n, md5(range::VARCHAR) AS text FROM range(100000)) TO '{file}'")
    content = bytearray(file.read_bytes())
    for at in range(len(content) // 3, len(content) // 3 + 20_000):
        content[at] ^= 0x5A
    file.write_bytes(content)
    table = engine.backend.sql(f"SELECT * FROM read_parquet('{file}')", schema={"n": "int64", "text": "string"})
    with pytest.raises(CorruptFile, match=r"damaged\.parquet cannot be read"), engine.batches(table) as reader:
        reader.read_all()


def test_a_query_has_the_days_of_each_reading_and_forgets_them_after_it():
    rows = ibis.memtable({"day": [date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)]})
    query = Engine().query(rows.filter(rows.day >= given_day("first"), rows.day < given_day("end")).order_by("day"))
    january, march, april = date(2011, 1, 1), date(2011, 3, 1), date(2011, 4, 1)
    assert query.table(first=january, end=march)["day"].to_pylist() == [january, date(2011, 2, 1)]
    assert query.table(first=march, end=april)["day"].to_pylist() == [march]
    assert query.table(first=march).num_rows == 0  # no end: that of the reading before does not count


def rows_of_this_process(number):
    return ibis.memtable(pa.table({"number": [number] * 3}))


def held_in(backend):
    return {name for (name,) in backend.con.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}


def test_rows_of_this_process_are_let_go_with_the_expression_that_they_are_of(tmp_path):
    backend = Engine(threads=1, temp_directory=str(tmp_path)).backend
    kept, before = rows_of_this_process(0), held_in(backend)
    for number in range(1, 20):
        assert backend.execute(rows_of_this_process(number).number.sum()) == 3 * number
    assert backend.execute(kept.count()) == 3
    gc.collect()
    backend.execute(rows_of_this_process(20).count())
    assert len(held_in(backend) - before) == 2  # what is kept, and what was asked for last
    assert backend.execute(kept.number.sum()) == 0


def test_a_query_and_what_is_asked_of_it_keep_the_rows_that_they_are_of(tmp_path):
    engine = Engine(threads=1, temp_directory=str(tmp_path))
    more = engine.query(rows_of_this_process(7)).where("number = 7")
    with contextlib.closing(
        Stages(engine, rows_of_this_process(8), lambda rows: rows.mutate(more=rows.number + 1))
    ) as of:
        for number in range(5):
            gc.collect()
            engine.backend.execute(rows_of_this_process(number).count())
        assert more.table().column("number").to_pylist() == [7, 7, 7]
        assert engine.backend.execute(of.result.more.sum()) == 27


def test_rows_that_cannot_be_let_go_while_a_stream_is_open_are_let_go_after_it(tmp_path):
    engine = Engine(threads=1, temp_directory=str(tmp_path))
    backend, before = engine.backend, held_in(engine.backend)
    backend.execute(rows_of_this_process(1).count())
    gc.collect()
    with engine.batches(many_rows(engine, 300_000), 10) as stream:
        stream.read_next_batch()
        with pytest.raises(duckdb.Error):
            backend.execute(rows_of_this_process(2).count())
    gc.collect()
    backend.execute(rows_of_this_process(3).count())
    assert len(held_in(backend) - before) == 1
