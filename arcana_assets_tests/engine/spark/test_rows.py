"""Spark gives the rows that DuckDB gives: of texts that engines read differently, and of whole tables of two domains.

Slow: a server of Spark takes ten seconds to begin, and each of its statements one.
"""

import dataclasses
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import ibis
import pyarrow as pa
import pytest

from arcana_assets.automation.refresh import QUIET
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.domain.months import months_between
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.spark.engine import SparkEngine
from arcana_assets.graph.run import range_tags
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reading import arrow_schema
from arcana_assets.samples.b2b.folder import write_b2b_drop
from arcana_assets_tests.engine.spark import texts
from arcana_assets_tests.worlds.run import deployment_in
from arcana_assets_tests.worlds.spark import SparkServer

pytestmark = pytest.mark.slow

ON_EVENTS = "arcana/on_events"
THIN = 60  # every so many-th line of the real file


@pytest.mark.parametrize(
    ("given", "ask"),
    [(texts.TEXTS, texts.of_texts), (texts.dates(), texts.of_dates), (texts.hours(), texts.of_hours)],
    ids=["texts", "dates", "hours"],
)
def test_texts_are_read_as_duckdb_reads_them(given: list, ask: Callable, spark_engine: SparkEngine) -> None:
    engine = Engine()
    rows = ibis.memtable(pa.table({"at": range(len(given)), "text": pa.array(given, pa.string())}))
    asked = rows.select("at", **ask(rows.text)).order_by("at")
    expected, found = engine.small(asked), spark_engine.small(asked)
    differing = {
        name: [
            (given[at], one, other)
            for at, (one, other) in enumerate(zip(_comparable(expected[name]), _comparable(found[name]), strict=True))
            if one != other
        ]
        for name in asked.columns
    }
    assert {name: rows[:5] for name, rows in differing.items() if rows} == {}


def _comparable(column: pa.ChunkedArray) -> list:
    """Values as they are; times by their numbers, as Python has not all of them."""
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.int32() if pa.types.is_date(column.type) else pa.int64())
    return column.to_pylist()


@pytest.mark.shared_data
def test_tables_of_the_real_file_are_the_same(online_retail: Path, spark_server: SparkServer, tmp_path: Path) -> None:
    landing = tmp_path / "landing" / "retail" / "transactions"
    landing.mkdir(parents=True)
    with online_retail.open(encoding="latin-1", newline="") as whole:
        lines = [line for number, line in enumerate(whole) if number % THIN == 0]
    lines += ['1,x,"two\r\nlines",1,12/1/2010 8:26,1,7,Peru\r\n', lines[1], "2,y,none,a,12/1/2010 8:26,1,7,Peru\r\n"]
    (landing / "data.csv").write_text("".join(lines), encoding="latin-1", newline="")
    _same_tables("retail", months_between(date(2010, 12, 1), date(2011, 2, 1)), spark_server, tmp_path)


def test_tables_of_the_b2b_sample_are_the_same(spark_server: SparkServer, tmp_path: Path) -> None:
    write_b2b_drop(tmp_path / "landing" / "b2b", scale=0.01, seed=11)
    shutil.copytree(DEFS / "b2b", tmp_path / "defs" / "b2b")
    defs = tmp_path / "defs" / "b2b" / "defs.yaml"
    defs.write_text(re.sub(r"start: \S+", "start: 2025-06", defs.read_text(encoding="utf-8")), encoding="utf-8")
    # Of fifteen sources two that have nothing in common: a plan of Spark costs more than its rows.
    of_sources = {"telemetry", "nps_product", "usage_daily"}
    _same_tables("b2b", [date(2025, 6, 1)], spark_server, tmp_path, tmp_path / "defs", of_sources)


def _same_tables(
    domain: str, months: list[date], server: SparkServer, folder: Path, defs: Path = DEFS, only: set | None = None
) -> None:
    """Whatever is computed on the engine of events, and what that is made of, in a lake of each engine."""
    lakes = {}
    for name, uri in {"duckdb": "", "spark": server.uri}.items():
        root = folder / name
        shutil.copytree(folder / "landing", root / "landing")
        deployment = dataclasses.replace(deployment_in(root, "off"), event_engine=uri)
        definitions = build_definitions(defs, deployment)
        on_events = [
            key
            for asset in definitions.assets or ()
            if isinstance(asset, dg.AssetsDefinition) and ON_EVENTS in asset.op.tags
            for key in asset.keys
            if key.path[0] == domain and (only is None or key.path[-1] in only)
        ]
        assert len(on_events) > 5
        graph = definitions.resolve_asset_graph()
        wanted = dg.AssetSelection.assets(*on_events).upstream().required_multi_asset_neighbors().resolve(graph)
        with dg.DagsterInstance.ephemeral() as instance:
            done = definitions.resolve_job_def(f"refresh_{domain}").execute_in_process(
                run_config=QUIET,
                instance=instance,
                tags=range_tags(months),
                asset_selection=sorted(graph.executable_asset_keys & wanted),
            )
        assert done.success
        lakes[name] = Lake(root=deployment.lake)
    rows = {key: lakes["duckdb"].rows(key.path, None) for key in on_events if key.path[1] != "quarantine"}
    assert only is None or all(rows.values()), rows
    differing = {"/".join(key.path): _difference(key.path, *lakes.values()) for key in sorted(on_events)}
    assert {table: found for table, found in differing.items() if found} == {}


def _difference(key: list[str], one: Lake, other: Lake) -> str:
    """How the rows of a table differ between two lakes; nothing where they do not."""
    tables = [lake.open(key) for lake in (one, other)]
    kinds = [arrow_schema(table) for table in tables]
    if kinds[0].names != kinds[1].names or kinds[0].types != kinds[1].types:
        return f"{kinds[0]} and {kinds[1]}"
    with duckdb.connect() as connection:
        for name, table in zip(("one", "other"), tables, strict=True):
            connection.register(name, table.to_pyarrow_table())
        [(more, less)] = connection.sql(
            "SELECT (SELECT count(*) FROM (FROM one EXCEPT ALL FROM other)),"
            " (SELECT count(*) FROM (FROM other EXCEPT ALL FROM one))"
        ).fetchall()
    return f"{more} rows of DuckDB are not there, {less} are there that DuckDB has not" if more or less else ""
