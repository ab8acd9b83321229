"""Engines: the same silver on DuckDB in this process and on a server of Spark, with one worker and with two.

The sales file several times over, bronze once in a process of its own; then silver and quarantine, in a copy of that
lake. CPU is that of all processes which computed: of this one, and of the server with its workers, the start of the
server not counted. Needs `make spark-server` and Java.
"""

import dataclasses
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, Skipped, in_child, timed, turn_by_turn
from benchmarks.real_file import THIN, real_file, repeated

COPIES = 4  # of the real file: two million rows
DUCKDB, ONE, TWO = "DuckDB", "Spark, one worker", "Spark, two workers"
# As a cluster has it: the server of the tests compiles quickly rather than well.
JAVA = tuple(f"spark.{which}.extraJavaOptions=-XX:+UseParallelGC" for which in ("driver", "executor"))
TABLES = tuple(("retail", layer, "transactions") for layer in ("silver", "quarantine"))


def measure(options: Options) -> Outcome:
    """Each side on a copy of the same bronze. Raises Skipped where no server of Spark can be started."""
    from arcana_assets_tests.worlds import spark

    real_file()
    if reason := spark.missing():
        raise Skipped(reason)
    copies, every = (1, THIN) if options.quick else (COPIES, 1)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-engines-") as scratch:
        rows = repeated(Path(scratch) / "landing", copies, every)
        in_child(Side("bronze", f"{__name__}:bronze", {"world": scratch}))
        sides = [
            Side(name, f"{__name__}:silver", {"world": scratch, "workers": workers})
            for name, workers in ((DUCKDB, 0), (TWO, 2), (ONE, 1))
        ]
        figures = turn_by_turn(sides, options.times(1))
    differing = {name: [turn["rows"] for turn in turns] for name, turns in figures.items()}
    for turns in figures.values():
        for turn in turns:
            turn["lost"] = 0.0 if turn["rows"] == figures[DUCKDB][0]["rows"] else 100.0
    return Outcome(
        figures,
        [
            Ratio("silver, CPU, Spark with two workers / DuckDB", TWO, DUCKDB, unit="cpu_seconds"),
            Ratio("silver, time, Spark with two workers / DuckDB", TWO, DUCKDB),
            Ratio("silver, time, Spark with one worker / with two", ONE, TWO),
        ],
        {"rows": rows, "rows_by_side": differing},
        limits=[
            Limit(f"tables of {name} that do not have the rows of DuckDB's", name, 0, "lost") for name in (TWO, ONE)
        ],
    )


def bronze(folder: Path, world: str) -> dict[str, Any]:
    """Bronze of the landing, in the lake of the world."""
    with timed() as clock:
        _materialize(Path(world), "", [("retail", "bronze", "transactions")])
    return vars(clock)


def silver(folder: Path, world: str, workers: int) -> dict[str, Any]:
    """Silver and quarantine on an engine, in a lake of its own; without workers, on DuckDB."""
    from arcana_assets.lake.lake import Lake
    from arcana_assets_tests.worlds import spark

    for name in ("lake", "landing"):
        shutil.copytree(Path(world) / name, folder / name)
    if not workers:
        with timed() as clock:
            _materialize(folder, "", list(TABLES))
        spent = vars(clock)
    else:
        (folder / "spark").mkdir()
        os.environ.pop("ARCANA_TEST_SPARK", None)
        with spark.server(folder / "spark", workers, *JAVA) as server:
            assert server.process is not None
            before = _cpu_of_group(server.process.pid)
            with timed() as clock:
                _materialize(folder, server.uri, list(TABLES))
            beside = _cpu_of_group(server.process.pid) - before
        spent = {**vars(clock), "cpu_seconds": clock.cpu_seconds + beside}
    lake = Lake(root=str(folder / "lake"))
    return {**spent, "rows": [lake.rows(table, None) for table in TABLES]}


def _materialize(folder: Path, uri: str, tables: list[tuple[str, str, str]]) -> None:
    import logging

    import dagster as dg

    from arcana_assets.automation.refresh import QUIET
    from arcana_assets.definitions import build_definitions
    from arcana_assets.graph.run import range_tags
    from benchmarks.under_dagster import MONTHS, deployment_in

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    deployment = dataclasses.replace(deployment_in(folder, folder / "landing"), event_engine=uri)
    job = build_definitions(deployment=deployment).resolve_job_def("refresh_retail")
    keys = [dg.AssetKey(list(table)) for table in tables]
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(
            run_config=QUIET, instance=instance, tags=range_tags(list(MONTHS)), asset_selection=keys
        )
    assert done.success


def _cpu_of_group(group: int) -> float:
    """CPU seconds of the processes of a group, those that ended and were waited for among them."""
    time.sleep(0.1)
    spent, ticks = 0.0, os.sysconf("SC_CLK_TCK")
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group:
            spent += sum(map(int, fields[11:15])) / ticks
    return spent
