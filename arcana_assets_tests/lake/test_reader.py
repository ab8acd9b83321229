"""Who only looks at the lake sees what is there now, months asked for alone, and cannot do anything else."""

import threading
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from arcana_assets.engine.duckdb.read_only import BadQuery, NotReadOnly, only_question
from arcana_assets.engine.errors import CorruptFile
from arcana_assets.lake import reader as module
from arcana_assets.lake.errors import LakeError, MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reader import Part, Reader
from arcana_assets_tests.lake.lake_rows import APRIL, JUNE, KEY, MAY, commented, rows

ALL = {"t": Part(KEY)}


@pytest.fixture
def reader(lake, monkeypatch):
    monkeypatch.setattr(module, "LOOKS_EVERY", 0)
    reader = Reader(lake.root, threads=2)
    yield reader
    reader.close()


def test_a_query_reads_the_months_it_names_and_no_other(write, reader):
    write(rows((APRIL, 1), (MAY, 2), (MAY, 3), (JUNE, 4)), [APRIL, MAY, JUNE])
    query = "SELECT n FROM t WHERE n >= $least ORDER BY n DESC"
    asked = {months: reader.rows(query, {"t": Part(KEY, months)}, least=2) for months in [(MAY,), (MAY, JUNE), None]}
    assert [each["n"].to_pylist() for each in asked.values()] == [[3, 2], [4, 3, 2], [4, 3, 2]]
    assert reader.rows("SELECT count(*) AS n FROM t", {"t": Part(KEY, ())})["n"].to_pylist() == [0]
    assert reader.months(KEY) == (APRIL, MAY, JUNE)
    assert reader.rows_by_month(KEY) == {APRIL: 1, MAY: 2, JUNE: 1}


def test_files_of_other_months_are_not_even_opened(write, reader, lake):
    write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    (broken,) = Path(lake.uri(KEY)).glob(f"month={APRIL}/*.parquet")
    broken.write_bytes(b"not parquet")
    assert reader.rows("SELECT n FROM t", {"t": Part(KEY, (MAY,))})["n"].to_pylist() == [2]
    with pytest.raises(CorruptFile, match="partition 2011-04-01"):
        reader.rows("SELECT n FROM t", {"t": Part(KEY, (APRIL,))})


def test_a_name_of_the_query_goes_beside_the_tables(write, reader):
    write(rows((MAY, 2)), [MAY])
    write(rows((MAY, 5)), [MAY], key=("retail", "gold", "other"))
    parts = ALL | {"o": Part(("retail", "gold", "other"))}
    found = reader.rows("with joined AS (FROM t UNION ALL FROM o) SELECT sum(n) AS n FROM joined", parts)
    assert found["n"].to_pylist() == [7]
    assert reader.rows("SELECT 1 AS one", {})["one"].to_pylist() == [1]


def test_what_was_written_since_is_seen_and_what_was_not_is_answered_from_memory(write, reader, monkeypatch):
    write(rows((MAY, 2)), [MAY])
    first = reader.rows("SELECT n FROM t", ALL)
    assert reader.rows("SELECT n FROM t", ALL) is first
    write(rows((MAY, 3)), [MAY])
    assert reader.rows("SELECT n FROM t", ALL)["n"].to_pylist() == [3]
    # A table of the same name that was made anew begins at the same version.
    version = reader.version(KEY)
    write_deltalake(reader._tables[KEY]._uri, rows((MAY, 9)), mode="overwrite", partition_by=["month"])
    assert reader.version(KEY) == version + 1
    assert reader.rows("SELECT n FROM t", ALL)["n"].to_pylist() == [9]


def test_a_table_that_is_named_twice_is_read_twice_and_not_held(write, reader, monkeypatch):
    write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    texts = []
    usual = Reader._text
    monkeypatch.setattr(Reader, "_text", lambda *asked: texts.append(usual(*asked)) or texts[-1])
    query = "SELECT a.n FROM t a JOIN t b ON b.n = a.n + 1 WHERE a.month < b.month"
    assert reader.rows(query, ALL)["n"].to_pylist() == [1]
    ((_, plan),) = reader._connection.execute(f"EXPLAIN {texts[0]}").fetchall()
    assert plan.count("READ_PARQUET") == 2
    assert "CTE" not in plan


def test_whether_a_table_was_written_is_looked_at_once_a_second(write, reader, monkeypatch):
    write(rows((MAY, 2)), [MAY])
    clock = [100.0]
    monkeypatch.setattr(module, "LOOKS_EVERY", 1.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    assert reader.rows("SELECT n FROM t", ALL)["n"].to_pylist() == [2]
    write(rows((MAY, 3)), [MAY])
    clock[0] += 0.9
    assert reader.rows("SELECT n FROM t", ALL)["n"].to_pylist() == [2]
    clock[0] += 0.2
    assert reader.rows("SELECT n FROM t", ALL)["n"].to_pylist() == [3]


def test_one_query_sees_its_table_at_one_version_though_it_is_written_meanwhile(write, reader):
    write(rows(*((MAY, n) for n in range(300_000))), [MAY])
    with reader.batches("SELECT n FROM t", ALL, 1_000) as stream:
        first = stream.read_next_batch().num_rows
        write(rows((MAY, -1)), [MAY])
        assert first + sum(batch.num_rows for batch in stream) == 300_000
    assert reader.rows("SELECT n FROM t", ALL)["n"].to_pylist() == [-1]


def test_who_asks_what_is_being_computed_waits_for_it(write, reader, monkeypatch):
    write(rows((MAY, 2)), [MAY])
    computed, begun, go = [], threading.Event(), threading.Event()
    usual = Reader._asked

    def slow(self, *asked):
        computed.append(asked[0])
        begun.set()
        assert go.wait(20)
        return usual(self, *asked)

    monkeypatch.setattr(Reader, "_asked", slow)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(reader.rows("SELECT n FROM t", ALL))) for _ in range(20)]
    threads[0].start()
    assert begun.wait(20)
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(20)
    assert len(computed) == 1
    assert [answer["n"].to_pylist() for answer in answers] == [[2]] * 20


def test_who_waits_for_an_answer_that_fails_is_told_and_it_is_asked_again_afterwards(write, reader):
    write(rows((MAY, 2)), [MAY])
    for _ in range(2):
        with pytest.raises(BadQuery, match="no_such"):
            reader.rows("SELECT no_such FROM t", ALL)
    assert not reader._answers


def test_no_more_answers_are_kept_than_there_is_room_for(write, reader, monkeypatch):
    write(rows(*((MAY, n) for n in range(1_000))), [MAY])
    monkeypatch.setattr("arcana_assets.lake.reader.KEPT_BYTES", 20_000)
    for least in range(10):
        reader.rows("SELECT n FROM t WHERE n >= $least", ALL, least=least)
    assert len(reader._answers) == 2
    assert reader._kept <= 20_000


def test_an_answer_larger_than_all_that_may_be_kept_is_given_and_not_kept(write, reader, monkeypatch):
    write(rows(*((MAY, n) for n in range(1_000))), [MAY])
    monkeypatch.setattr("arcana_assets.lake.reader.KEPT_BYTES", 5_000)
    few = reader.rows("SELECT n FROM t LIMIT 10", ALL)
    assert reader.rows("SELECT n FROM t", ALL).num_rows == 1_000
    assert list(reader._answers) != []
    assert reader._kept == few.nbytes
    assert reader.rows("SELECT n FROM t LIMIT 10", ALL) is few


def test_an_answer_that_is_still_waited_for_keeps_no_older_ones(write, reader, monkeypatch):
    write(rows(*((MAY, n) for n in range(1_000))), [MAY])
    monkeypatch.setattr("arcana_assets.lake.reader.KEPT_BYTES", 20_000)
    begun, go, usual = threading.Event(), threading.Event(), Reader._asked

    def slow(self, query, *asked):
        if "slow" in query:
            begun.set()
            assert go.wait(20)
        return usual(self, query, *asked)

    monkeypatch.setattr(Reader, "_asked", slow)
    thread = threading.Thread(target=lambda: reader.rows("SELECT 1 AS slow", {}))
    thread.start()
    assert begun.wait(20)
    for least in range(10):
        reader.rows("SELECT n FROM t WHERE n >= $least", ALL, least=least)
    assert reader._kept <= 20_000
    go.set()
    thread.join(20)
    assert reader.rows("SELECT 1 AS slow", {})["slow"].to_pylist() == [1]


def test_values_are_values_whatever_they_hold(write, reader):
    texts = ["O'Neil; DROP", '"quoted"', "<script>", "**bold**", "😀", "$name", "%_"]
    write(rows(*((MAY, n) for n in range(len(texts))), code=texts), [MAY])
    for text in texts:
        found = reader.rows("SELECT code FROM t WHERE code = $code", ALL, code=text)
        assert found["code"].to_pylist() == [text]


def test_money_dates_and_lists_come_as_they_are(write, reader):
    write(rows((MAY, 1), money=[Decimal("1.10")], several=[["a", "b"]]), [MAY])
    assert reader.rows("FROM t", ALL).to_pylist() == [
        {"month": MAY, "n": 1, "money": Decimal("1.10"), "several": ["a", "b"]}
    ]


def test_a_table_that_is_not_there_yet_is_there_once_it_is_written(write, reader):
    assert not reader.exists(KEY)
    assert reader.months(KEY) == ()
    with pytest.raises(MissingTable, match="retail/silver/transactions does not exist yet"):
        reader.rows("FROM t", ALL)
    write(rows((MAY, 1)), [MAY])
    assert reader.exists(KEY)


def test_a_column_that_came_later_is_null_in_the_months_before(write, reader):
    write(rows((MAY, 1)), [MAY])
    write(rows((JUNE, 2), name=["x"]), [JUNE])
    assert reader.rows("SELECT name FROM t ORDER BY n", ALL)["name"].to_pylist() == [None, "x"]
    assert sorted(reader.schema(KEY).names) == ["month", "n", "name"]


def test_rows_that_spark_marked_as_deleted_are_not_there(reader, lake):
    # delta-rs reads what other engines' features hide; DuckDB would show all that is in the files.
    table = lake.uri(KEY)
    write_deltalake(table, rows((MAY, 1), (JUNE, 2)), partition_by=["month"])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "needs_delta_reader", lambda _: True)
        assert sorted(reader.rows("SELECT n FROM t", ALL)["n"].to_pylist()) == [1, 2]
        assert reader.rows("SELECT n FROM t", {"t": Part(KEY, (JUNE,))})["n"].to_pylist() == [2]
        with reader.shell({KEY: [JUNE]}) as shell:
            assert shell.table("SELECT n FROM silver.transactions")["n"].to_pylist() == [2]


WRITES = [
    "COPY (SELECT 1) TO '{root}/evil.parquet'",
    "SELECT 1; COPY (SELECT 1) TO '{root}/evil.parquet'",
    "WITH x AS (COPY (SELECT 1) TO '{root}/evil.parquet') FROM x",
    "with\nx AS MATERIALIZED (copy (SELECT 1) TO '{root}/evil.parquet') FROM x",
    "COPY (PIVOT (SELECT 1 AS a) ON a USING count(*)) TO '{root}/evil.parquet'",
    "FROM (WITH x AS (COPY (SELECT 'ção') TO '{root}/evil.csv') FROM x), (PIVOT (SELECT 1 AS a) ON a USING count(*))",
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) FROM x",
    "ATTACH '{root}/evil.db' AS y",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/evil.parquet'",
    "EXPLAIN PIVOT (SELECT 1 AS a) ON a USING count(*)",
    "DELETE FROM t",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TABLE x AS PIVOT (SELECT 1 AS a) ON a USING count(*)",
    "SET threads = 1",
    "INSTALL httpfs",
    "PRAGMA version",
    "SELECT 1; SELECT 2",
    "",
]


def test_a_copy_of_a_version_is_there_as_long_as_somebody_reads_it(write, reader, monkeypatch):
    monkeypatch.setattr(module, "needs_delta_reader", lambda _: True)
    tables = "SELECT table_name FROM duckdb_tables()"
    query = "SELECT n FROM t"
    write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    with reader.shell({KEY: None}) as shell, reader.batches(query, ALL, 1) as stream:
        for number in (3, 4, 5):
            write(rows((MAY, number)), [MAY])
            assert reader.rows(query, {"t": Part(KEY, (MAY,))})["n"].to_pylist() == [number]
            assert sorted(reader.rows(query, ALL)["n"].to_pylist()) == [1, number]
        assert len(shell.table(tables)) == 2  # the one of now, and that of which two are still read
        assert sorted(shell.table("FROM silver.transactions")["n"].to_pylist()) == [1, 2]
        assert sorted(stream.read_all()["n"].to_pylist()) == [1, 2]
    with reader.shell({}) as shell:
        assert len(shell.table(tables)) == 1


@pytest.mark.parametrize("query", WRITES)
@pytest.mark.parametrize("over", [{}, ALL], ids=["no table", "a table"])
def test_what_is_more_than_a_question_is_refused_wherever_it_is_asked(query, over, write, reader, lake):
    write(rows((MAY, 1)), [MAY])
    before, text = sorted(Path(lake.root).rglob("*")), query.format(root=lake.root)
    with pytest.raises(NotReadOnly, match="expected"):
        reader.rows(text, over)
    with pytest.raises(NotReadOnly, match="expected"), reader.batches(text, over):
        pass
    with reader.shell({KEY: None}) as shell, pytest.raises(NotReadOnly, match="expected"):
        shell.table(text)
    assert sorted(Path(lake.root).rglob("*")) == before


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "with a as (select 1) from a;",
        "FROM t",
        "DESCRIBE t",
        "SUMMARIZE t",
        "SHOW TABLES",
        "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 3) FROM a UNION VALUES (9)",
        """SELECT '"type":"COPY_QUERY_NODE"' AS "COPY" -- ; COPY""",
        "PIVOT t ON n USING count(*)",
        "SELECT 'ção' AS é, * FROM (PIVOT t ON n IN (1) USING count(*)) JOIN (PIVOT t ON n USING count(*)) ON true",
    ],
)
def test_questions_pass(query):
    assert only_question(query) == query.removesuffix(";")


def test_months_of_a_table_can_be_turned_into_columns(write, reader):
    write(rows((APRIL, 1), (MAY, 2), (MAY, 3)), [APRIL, MAY])
    assert reader.rows("PIVOT (SELECT month(month) AS m FROM t) ON m USING count(*)", ALL).to_pylist() == [
        {"4": 1, "5": 2}
    ]
    with reader.shell({KEY: None}) as shell:
        found = shell.table("PIVOT (SELECT n, month(month) AS m FROM silver.transactions) ON m USING sum(n)")
    assert found.to_pylist() == [{"4": 1, "5": 5}]


def test_what_is_no_sql_is_said_so():
    with pytest.raises(BadQuery, match="syntax error"):
        only_question("SELEKT 1")


@pytest.mark.parametrize("query", ["FROM read_text('/etc/hostname')", "FROM read_text('{root}/../outside.txt')"])
def test_nothing_outside_of_the_lake_can_be_read(query, write, reader, lake, tmp_path):
    write(rows((MAY, 1)), [MAY])
    (tmp_path / "outside.txt").write_text("secret")
    with reader.shell({KEY: None}) as shell, pytest.raises(BadQuery, match="Permission"):
        shell.table(query.format(root=lake.root))


def test_a_shell_shows_tables_by_layer_with_their_comments(write, reader):
    write(commented(rows((APRIL, 1), (MAY, 2)), n="Orders (count)"), [APRIL, MAY])

    def asked(months, query):
        with reader.shell({KEY: months}) as shell:
            return shell.table(query).to_pylist()

    assert asked(None, "SELECT sum(n) AS n FROM silver.transactions") == [{"n": 3}]
    assert asked([MAY], "SELECT sum(n) AS n FROM silver.transactions;") == [{"n": 2}]
    said = "SELECT comment FROM duckdb_columns() WHERE table_name = 'transactions' AND column_name = 'n'"
    assert asked(None, said) == [{"comment": "Orders (count)"}]
    with pytest.raises(BadQuery, match="no_such"):
        asked(None, "SELECT no_such FROM silver.transactions")


def test_a_shell_sees_its_own_months_though_another_is_opened_and_leaves_nothing_behind(write, reader):
    other = ("b2b", "silver", "transactions")
    write(rows((APRIL, 1), (MAY, 2), (MAY, 3)), [APRIL, MAY])
    write(rows((MAY, 9)), [MAY], key=other)
    count = "SELECT count(*) AS n FROM silver.transactions"
    there = "SELECT database_name FROM duckdb_databases() WHERE NOT internal"
    before = reader.rows(there, {}).to_pylist()
    with reader.shell({KEY: [APRIL]}) as first:
        with reader.shell({KEY: [MAY]}) as second, reader.shell({other: None}) as third:
            assert [shell.table(count)["n"].to_pylist() for shell in (first, second, third)] == [[1], [2], [1]]
        assert first.table(count)["n"].to_pylist() == [1]
    with reader.shell({}) as empty, pytest.raises(BadQuery, match="does not exist"):
        empty.table(count)
    assert reader.rows(f"{there} ORDER BY 1", {}).to_pylist() == before


def test_a_shell_that_fails_leaves_nothing_behind(write, reader):
    write(rows((MAY, 1)), [MAY])
    with pytest.raises(BadQuery, match="no_such"), reader.shell({KEY: None}) as shell:
        shell.table("SELECT no_such FROM silver.transactions")
    with reader.shell({}) as shell:
        found = shell.table("SELECT database_name FROM duckdb_databases() WHERE NOT internal")
    assert found.num_rows == 2  # that of the reader, and its own


def test_a_table_that_cannot_be_opened_is_told_with_its_name(write, reader, lake):
    write(rows((MAY, 1)), [MAY])
    for log in Path(lake.uri(KEY), "_delta_log").glob("*.json"):
        log.write_text("{")
    with pytest.raises(LakeError, match=r"retail/silver/transactions in .* cannot be opened"):
        reader.rows("FROM t", ALL)


def test_a_lake_in_a_bucket_is_read_alike(s3, engine):
    lake = Lake(root="s3://company/the-lake")
    lake.write(KEY, rows((APRIL, 1), (MAY, 2)), [APRIL, MAY], engine=engine, run_id="run-1")
    reader = Reader(lake.root)
    assert reader.rows("SELECT n FROM t", {"t": Part(KEY, (MAY,))})["n"].to_pylist() == [2]
    s3.put_object(Bucket="company", Key="elsewhere/x.csv", Body=b"a\n1\n")
    with reader.shell({KEY: None}) as shell, pytest.raises(BadQuery, match="Permission"):
        shell.table("FROM read_csv('s3://company/elsewhere/x.csv')")
    assert isinstance(reader.rows("FROM t", ALL), pa.Table)
    reader.close()
