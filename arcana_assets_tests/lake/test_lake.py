from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.duckdb import Session
from arcana_assets.lake import reading
from arcana_assets.lake.errors import ForeignMonth
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.maintenance import maintain
from arcana_assets_tests.lake.lake_rows import APRIL, JULY, JUNE, KEY, MAY, commented, rows


def test_months_written_are_read_and_only_those_asked_for(write, read):
    result = write(rows((APRIL, 1), (APRIL, 2), (MAY, 3)), [APRIL, MAY])
    assert (result.rows, result.rows_by_month, result.files) == (3, {APRIL: 2, MAY: 1}, 2)
    assert read([APRIL]) == [(APRIL, 1), (APRIL, 2)]
    assert read([MAY, APRIL, MAY]) == [(APRIL, 1), (APRIL, 2), (MAY, 3)]
    assert read(None) == read([APRIL, MAY])


def test_a_month_materialized_twice_is_the_same_table(write, read):
    for _ in range(2):
        write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    assert read(None) == [(APRIL, 1), (MAY, 2)]


def test_replacing_a_month_leaves_the_others_alone(write, read):
    write(rows((APRIL, 1), (MAY, 2), (JUNE, 3)), [APRIL, MAY, JUNE])
    write(rows((MAY, 20)), [MAY])
    assert read(None) == [(APRIL, 1), (MAY, 20), (JUNE, 3)]


def test_a_month_with_no_rows_is_materialized_and_reads_as_none(lake, write, read):
    write(rows((APRIL, 1)), [APRIL, MAY])
    assert read([MAY]) == []
    assert lake.materialized_months(KEY, [APRIL, MAY, JUNE]) == [APRIL, MAY]
    write(rows((APRIL, 1)).slice(0, 0), [APRIL])
    assert read([APRIL]) == []


def test_how_many_rows_there_are_is_known_without_reading_them(lake, write):
    write(rows((APRIL, 1), (APRIL, 2), (MAY, 3)), [APRIL, MAY])
    assert (lake.rows(KEY, [APRIL]), lake.rows(KEY, None), lake.rows(KEY, [JUNE])) == (2, 3, 0)
    assert lake.rows_by_month(KEY, [APRIL, MAY, JUNE]) == {APRIL: 2, MAY: 1}


def test_no_months_asked_for_is_an_empty_table_with_its_columns(lake, engine, write):
    write(rows((APRIL, 1)), [APRIL])
    table = lake.read(KEY, [], engine)
    assert dict(table.schema()) == {"month": ibis.dtype("date"), "n": ibis.dtype("int64")}
    assert table.count().execute() == 0


def test_which_months_exist_survives_checkpoints_and_maintenance(lake, write):
    write(rows((APRIL, 1)), [APRIL])
    table = DeltaTable(lake.uri(KEY))
    table.create_checkpoint()
    table.cleanup_metadata()
    maintain(lake, KEY)
    assert lake.materialized_months(KEY, [APRIL, MAY]) == [APRIL]


def test_the_run_and_its_months_are_in_the_commit(lake, write):
    write(rows((APRIL, 1)), [APRIL, MAY])
    commit = lake.open(KEY).history(1)[0]
    assert (commit["run_id"], commit["months"]) == ("run-1", "2011-04,2011-05")


def test_a_query_reads_the_version_it_was_bound_to_whatever_is_committed_later(lake, engine, write, read):
    write(rows((APRIL, 1)), [APRIL])
    before = lake.read(KEY, [APRIL], engine)
    write(rows((APRIL, 2)), [APRIL])
    assert before.n.to_pyarrow().to_pylist() == [1]
    assert read([APRIL]) == [(APRIL, 2)]


def test_reading_again_and_again_makes_one_view_a_snapshot(lake, engine, write):
    write(rows((APRIL, 1)), [APRIL])
    assert lake.read(KEY, [APRIL], engine).get_name() == lake.read(KEY, [APRIL], engine).get_name()


def test_a_table_removed_and_written_again_is_not_taken_for_the_old_one(lake, write, read, tmp_path):
    write(rows((APRIL, 1)), [APRIL])
    assert read([APRIL]) == [(APRIL, 1)]
    Path(lake.uri(KEY)).rename(tmp_path / "gone")
    write(rows((APRIL, 2)), [APRIL])
    assert read([APRIL]) == [(APRIL, 2)]


def test_a_lake_may_live_under_a_folder_with_spaces_accents_and_quotes(tmp_path, engine):
    lake = Lake(root=str(tmp_path / "données d'avril (100 %) = *"))
    lake.write(KEY, rows((APRIL, 1)), [APRIL], engine=engine, run_id="run")
    assert lake.read(KEY, [APRIL], engine).n.to_pyarrow().to_pylist() == [1]


def test_a_snapshot_is_replaced_whole(write, read):
    write(pa.table({"n": [1, 2]}), None)
    write(pa.table({"n": [3]}), None)
    assert read(None, "n") == [(3,)]


def test_frames_tables_readers_makers_and_expressions_write_the_same_rows(write, read):
    table = rows((APRIL, 1), (APRIL, 2))
    for data in (table, table.to_pandas(), table.to_reader(), table.to_reader, ibis.memtable(table)):
        write(data, [APRIL])
        assert read([APRIL]) == [(APRIL, 1), (APRIL, 2)]
        write(table.slice(0, 0), [APRIL])


def test_an_expression_over_the_lake_can_replace_the_table_it_reads(lake, engine, write, read):
    write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    table = lake.read(KEY, [APRIL, MAY], engine)
    write(table.mutate(n=table.n * 10), [APRIL, MAY], by_month=True)
    assert read(None) == [(APRIL, 10), (MAY, 20)]


def test_month_by_month_is_one_commit_and_the_same_rows(lake, engine, write, read):
    write(rows((APRIL, 1), (APRIL, 2), (MAY, 3)), [APRIL, MAY])
    source = lake.read(KEY, [APRIL, MAY], engine)
    rollup = source.group_by("month").agg(n=source.n.sum())
    gold = ("retail", "gold", "monthly")
    result = write(rollup, [APRIL, MAY, JUNE], key=gold, by_month=True)
    assert (result.version, result.rows_by_month) == (1, {APRIL: 1, MAY: 1, JUNE: 0})
    assert read(None, key=gold) == [(APRIL, 3), (MAY, 3)]


def test_month_by_month_does_not_lose_rows_of_other_months_silently(write):
    source = ibis.memtable(rows((APRIL, 1), (JULY, 2)))
    with pytest.raises(ForeignMonth, match="rows of month 2011-07-01"):
        write(source, [APRIL, MAY], by_month=True)
    with pytest.raises(ForeignMonth, match=r"rows of no month \(null\)"):
        write(ibis.memtable(rows((APRIL, 1), (None, 2))), [APRIL], by_month=True)


def test_types_are_widened_once_and_kept(lake, write, read):
    instant = datetime(2011, 4, 2, 8, 0, tzinfo=UTC)
    result = write(
        rows(
            (APRIL, 1),
            small=pa.array([1], pa.int8()),
            real=pa.array([0.5], pa.float32()),
            text=pa.array(["a"], pa.large_string()),
            category=pa.array(["c"]).dictionary_encode(),
            money=pa.array([Decimal("1.50")], pa.decimal128(18, 2)),
            at=pa.array([instant], pa.timestamp("ms", "Europe/Paris")),
            reasons=pa.array([["x", "y"]], pa.large_list(pa.large_string())),
            flag=[True],
        ),
        [APRIL],
    )
    assert {name: str(kind) for name, kind in zip(result.schema.names, result.schema.types, strict=True)} == {
        "month": "date32[day]",
        "n": "int64",
        "small": "int64",
        "real": "double",
        "text": "string",
        "category": "string",
        "money": "decimal128(18, 2)",
        "at": "timestamp[us, tz=UTC]",
        "reasons": "list<element: string>",
        "flag": "bool",
    }
    columns = ("small", "real", "text", "category", "money", "at", "reasons", "flag")
    assert read([APRIL], *columns) == [(1, 0.5, "a", "c", Decimal("1.50"), instant, ["x", "y"], True)]
    assert lake.open(KEY).protocol().min_reader_version == 1


def test_a_sum_of_integers_is_a_bigint_though_duckdb_makes_it_a_hugeint(lake, engine, write):
    write(rows((APRIL, 1), (APRIL, 2)), [APRIL])
    source = lake.read(KEY, [APRIL], engine)
    result = write(source.group_by("month").agg(n=source.n.sum()), [APRIL], key=("retail", "gold", "sums"))
    assert result.schema.field("n").type == pa.int64()


def test_a_month_column_of_pandas_timestamps_is_taken_as_dates(write, read):
    write(pd.DataFrame({"month": pd.to_datetime(["2011-04-01"]), "n": [1]}), [APRIL])
    assert read([APRIL]) == [(APRIL, 1)]


class NotDeclared(ArcanaError):
    """Of a table that declares what it holds."""


def test_a_declaration_is_asked_for_the_columns_in_the_types_that_the_lake_keeps_and_says_what_they_are(write, read):
    asked = []

    def declared(given):
        asked.append(given)
        return pa.schema({"month": pa.date32(), "n": pa.int64(), "code": pa.string(), "later": pa.float64()})

    given = rows((APRIL, 1), code=pa.array(["a"], pa.large_string()), later=pa.nulls(1))
    result = write(given, [APRIL], declared=declared)
    assert asked == [pa.schema({"month": pa.date32(), "n": pa.int64(), "code": pa.string(), "later": pa.null()})]
    assert result.schema.field("later").type == pa.float64()  # which nothing but nulls would not have said
    assert read([APRIL], "n", "code", "later") == [(1, "a", None)]


def test_rows_that_a_declaration_refuses_are_not_written(lake, write, read):
    def refuses(given):
        raise NotDeclared(f"nobody knows {given.names[-1]}")

    write(rows((APRIL, 1)), [APRIL])
    with pytest.raises(NotDeclared, match="nobody knows typo"):
        write(rows((APRIL, 2), typo=[1]), [APRIL], declared=refuses)
    assert (read([APRIL]), lake.open(KEY).version()) == ([(APRIL, 1)], 1)


def test_values_in_more_than_one_row_are_counted_in_the_months_that_were_written(write):
    april, may = ((APRIL, 1), (APRIL, 1), (APRIL, 2)), ((MAY, 1), (MAY, 3), (MAY, 3), (MAY, 3))
    assert write(rows(*may), [MAY], unique=["n"]).doubled == 1
    assert write(rows(*april), [APRIL], unique=["n"]).doubled == 1
    assert write(rows(*april, *may), [APRIL, MAY], unique=["n"]).doubled == 2
    assert write(rows(*april, *may), [APRIL, MAY], unique=["month", "n"]).doubled == 2
    assert write(rows((APRIL, 1), (MAY, 1)), [APRIL, MAY], unique=["month", "n"]).doubled == 0
    assert write(rows(), [JUNE], unique=["n"]).doubled == 0


def test_of_many_rows_keys_are_compared_in_parts_and_none_is_missed(write, monkeypatch):
    monkeypatch.setattr(reading, "COMPARED", 200)
    many = [(month, number) for month in (APRIL, MAY) for number in range(300)]
    assert write(rows(*many, *many[:20]), [APRIL, MAY], unique=["month", "n"]).doubled == 20
    assert write(rows(*many), [APRIL, MAY], unique=["month", "n"]).doubled == 0
    assert write(rows(*many), [APRIL, MAY], unique=["n"]).doubled == 300
    assert write(rows((APRIL, 1), (APRIL, 1), (MAY, 1)), [APRIL, MAY], unique=["month", "n"]).doubled == 1


def test_the_comment_of_a_field_becomes_that_of_a_new_column(lake, write):
    write(commented(rows((APRIL, 1)), n="How many."), [APRIL])
    write(commented(rows((APRIL, 1), extra=["x"]), n="Other words.", extra="More."), [APRIL])
    comments = {field.name: field.metadata.get("comment") for field in lake.open(KEY).schema().fields}
    assert comments == {"month": None, "n": "How many.", "extra": "More."}


def test_an_expression_that_is_computed_month_by_month_is_compiled_once(lake, engine, write, read, monkeypatch):
    write(rows((APRIL, 1), (MAY, 2), (JUNE, 3)), [APRIL, MAY, JUNE])
    source = lake.read(KEY, [APRIL, MAY, JUNE], engine)
    compiled, compile_ = [], Session.compile

    def watched(session, expr, *arguments, **options):
        compiled.append(expr)
        return compile_(session, expr, *arguments, **options)

    monkeypatch.setattr(Session, "compile", watched)
    write(source.mutate(n=source.n * 10), [APRIL, MAY, JUNE], by_month=True)
    assert len(compiled) == 1
    assert read([APRIL, MAY, JUNE]) == [(APRIL, 10), (MAY, 20), (JUNE, 30)]


def test_the_greatest_value_of_each_month_is_known_without_reading_rows(lake, write):
    write(rows((APRIL, 1), (APRIL, 7), (MAY, 3)), [APRIL, MAY, JUNE])
    write(rows((APRIL, 4)), [APRIL])  # what was replaced does not count
    column = DeltaTable(lake.uri(KEY)).schema().fields[1].name
    assert lake.greatest(KEY, column, [APRIL, MAY, JUNE, JULY]) == {APRIL: 4, MAY: 3, JUNE: None}
    assert lake.greatest(KEY, "no_column", [APRIL, JUNE]) == {JUNE: None}
    assert lake.greatest(("shop", "gold", "nothing"), column, [APRIL]) == {}
