"""Warehouse: a month of 500,000 rows into PostgreSQL over a bare COPY of them, and publishers that are killed.

The floor is the least that brings the rows there: read from the lake as they are, one COPY of CSV blocks into a table
without a key. It replaces nothing, checks nothing and tells the planner nothing. CPU is that of both processes, the
publisher and the server. A publisher is killed at a random moment while it replaces a month again and again, and others
read; wrong is a month that is mixed, a ledger that says something else, or anything that is left behind.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from arcana_assets.warehouse.month import Database
from arcana_assets_tests.worlds import postgres
from arcana_assets_tests.worlds.postgres import Server
from benchmarks.measure import REPOSITORY, Clock, Limit, Options, Outcome, Ratio, Side, Skipped, peak_mb, turn_by_turn

MONTH = date(2011, 5, 1)
KEY = ("shop", "gold", "sales")
ROWS, KILLS, KILLED_ROWS = 500_000, 20, 15_000
OURS, BARE = "ours", "bare COPY"
KILLED = {dialect: f"killed publishers, {dialect}" for dialect in ("postgres", "sqlite")}

Ask = Callable[[str], list[tuple]]


def measure(options: Options) -> Outcome:
    """Both sides in turn, into one server; then the kills. A quick run takes few rows and two kills."""
    if reason := postgres.missing():
        raise Skipped(reason)
    rows, kills = (5_000, 2) if options.quick else (ROWS, KILLS)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-warehouse-") as made, postgres.server() as server:
        lake = f"{made}/lake"
        _write(lake, rows)
        given = {"lake": lake, "uri": server.uri, "server": str(server.folder)}
        sides = [Side(OURS, f"{__name__}:ours", given), Side(BARE, f"{__name__}:bare", given)]
        figures = turn_by_turn(sides, options.times(3))
        figures[KILLED["postgres"]] = [_killed_in_postgres(server, kills)]
        figures[KILLED["sqlite"]] = [_killed_in_sqlite(Path(made) / "arcana.db", kills)]
    for side in (OURS, BARE):
        assert {turn["rows"] for turn in figures[side]} == {rows}, f"{side} has other rows than {rows}"
    ratios = [Ratio(f"{rows:,} rows into PostgreSQL, replaced and checked / bare COPY", OURS, BARE, goal=1.5)]
    limits = [Limit(f"of {kills} kills, {dialect}: wrong", name, 0, "wrong") for dialect, name in KILLED.items()]
    return Outcome(figures, ratios, {"rows": rows, "kills": kills}, limits)


def ours(folder: Path, lake: str, uri: str, server: str) -> dict[str, Any]:
    """A month that is there already is replaced, as each night does."""
    from arcana_assets.warehouse.columns import columns_of
    from arcana_assets.warehouse.month import MonthOfTable, Rows, Told
    from arcana_assets.warehouse.postgres import Postgres
    from arcana_assets_tests.warehouse.conftest import SALES, VENDAS

    engine, table = _rows_of(lake)
    query = engine.query(table)
    told = Told(VENDAS, SALES.about, columns_of(VENDAS, SALES, query.schema), {})
    database = Postgres(uri, "arcana_bench")
    database.take(MonthOfTable(Rows(told, query), MONTH, "", 1, "first"), lambda: None)
    with _timed_with(Path(server)) as clock:
        taken = database.take(MonthOfTable(Rows(told, query), MONTH, "", 1, "second"), lambda: None)
    return {**vars(clock), "rows": taken.rows}


def bare(folder: Path, lake: str, uri: str, server: str) -> dict[str, Any]:
    """One COPY. Money has to be a text, for CSV of pyarrow does not know decimals."""
    import io

    import psycopg
    import pyarrow as pa
    from pyarrow import csv

    engine, table = _rows_of(lake)
    query = engine.query(table)
    money = [field.name for field in query.schema if pa.types.is_decimal(field.type)]
    as_text = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in money)
    types = ", ".join(f"{field.name} {_type(field.type)}" for field in query.schema)
    with psycopg.connect(uri.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute(f"CREATE TABLE bare ({types})")
        connection.commit()
        with _timed_with(Path(server)) as clock:
            rows = engine.backend.con.sql(f"SELECT * REPLACE ({as_text}) FROM ({query.sql})").to_arrow_reader(32_768)
            with cursor.copy("COPY bare FROM STDIN (FORMAT csv)") as copy:
                for batch in rows:
                    out = io.BytesIO()
                    csv.write_csv(batch, out, csv.WriteOptions(include_header=False))
                    copy.write(out.getvalue())
            connection.commit()
        [(count,)] = cursor.execute("SELECT count(*) FROM bare").fetchall()
    return {**vars(clock), "rows": count}


def _write(lake: str, rows: int) -> None:
    """A gold table of one month with twenty columns of the types that gold has."""
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine = Engine()
    numbers = ", ".join(f"i * {n}.25 AS number_{n}" for n in range(1, 9))
    money = ", ".join(f"CAST(i % 9973 * {n} / 100 AS DECIMAL(18, 4)) AS money_{n}" for n in range(1, 4))
    made = engine.backend.con.sql(f"""
        SELECT
            DATE '{MONTH}' AS month, printf('%07d', i) AS customer_id, {numbers}, {money},
            i % 400 AS days, i % 7 AS orders, 'Persona ' || i % 6 AS persona, 'Município ' || i % 700 AS city,
            DATE '2010-01-01' + CAST(i % 500 AS INTEGER) AS since, i % 3 = 0 AS active,
            CASE WHEN i % 4 = 0 THEN 'Porque outros 12 clientes do segmento o têm.' END AS reason
        FROM range({rows}) AS made(i)
    """).to_arrow_table()
    Lake(root=lake).write(KEY, made, [MONTH], engine=engine, run_id="bench")


def _rows_of(lake: str) -> tuple[Any, Any]:
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine = Engine()
    return engine, Lake(root=lake).read(KEY, [MONTH], engine)


def _type(kind: Any) -> str:
    import pyarrow as pa

    known = {
        "int64": "bigint",
        "double": "double precision",
        "string": "text",
        "bool": "boolean",
        "date32[day]": "date",
    }
    return f"numeric({kind.precision},{kind.scale})" if pa.types.is_decimal(kind) else known[str(kind)]


@contextmanager
def _timed_with(server: Path) -> Iterator[Clock]:
    """As `timed`, and the CPU of the server's processes with it."""
    clock, begun = Clock(), time.perf_counter()
    spent = time.process_time() + _cpu_of(server)
    yield clock
    clock.seconds = time.perf_counter() - begun
    time.sleep(0.5)  # until the server has counted its process that has just ended
    clock.cpu_seconds = time.process_time() + _cpu_of(server) - spent


def _cpu_of(server: Path) -> float:
    """Seconds of CPU of a server, of its processes that are gone as well; 0 where there is no `/proc`."""
    number = (server / "data" / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if place.parent.name == number:
            ticks += sum(map(int, fields[11:15]))  # with those of its children that have ended
        elif fields[1] == number:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _killed_in_postgres(server: Server, kills: int) -> dict[str, Any]:
    import psycopg

    from arcana_assets.warehouse.postgres import Postgres

    def ask(query: str) -> list[tuple]:
        with psycopg.connect(server.dsn, options="-c search_path=arcana_killed") as connection:
            return connection.execute(query).fetchall()

    names = "SELECT relname FROM pg_class WHERE relnamespace = 'arcana_killed'::regnamespace ORDER BY 1"
    database = Postgres(server.uri, "arcana_killed")
    return _killed(database, ["postgres", server.uri, "arcana_killed"], ask, names, kills)


def _killed_in_sqlite(file: Path, kills: int) -> dict[str, Any]:
    from arcana_assets.warehouse.sqlite import Sqlite

    def ask(query: str) -> list[tuple]:
        with closing(sqlite3.connect(file, timeout=60)) as connection:
            return connection.execute(query).fetchall()

    names = "SELECT name FROM sqlite_master ORDER BY 1"
    return _killed(Sqlite(file), ["sqlite", str(file), "none"], ask, names, kills)


def _killed(database: Database, place: list[str], ask: Ask, names: str, kills: int) -> dict[str, Any]:
    """Publishers that are killed one after the other, with a reader beside them; what of it was wrong."""
    from arcana_assets_tests.warehouse.conftest import part, sales

    chance, begun, wrong, reads = random.Random(7), time.perf_counter(), list[str](), [0]
    done = threading.Event()

    def look() -> None:
        [(rows, values)] = ask("SELECT count(*), count(DISTINCT money) FROM vendas")
        reads[0] += 1
        if (rows, values) != (KILLED_ROWS, 1):
            wrong.append(f"{rows} rows with {values} values")

    def read() -> None:
        while not done.is_set():
            look()

    customers = [f"{each:06d}" for each in range(KILLED_ROWS)]
    database.take(part(sales(customers=customers, money=[0] * KILLED_ROWS)), lambda: None)
    database.close()
    there, reader = ask(names), threading.Thread(target=read)
    reader.start()
    for number in range(kills):
        command = [
            sys.executable,
            "-m",
            "arcana_assets_tests.warehouse.publisher",
            *place,
            str(number + 1),
            str(KILLED_ROWS),
        ]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0, 2))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        look()
        if ask("SELECT linhas FROM publicacoes") != [(KILLED_ROWS,)]:
            wrong.append("the ledger says something else")
        if (now := ask(names)) != there:
            wrong.append(f"left behind: {sorted({*now} ^ {*there})}")
    done.set()
    reader.join()
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "cpu_seconds": 0.0, "peak_mb": peak_mb(), "wrong": len(wrong), "reads": reads[0]} | {
        "said": wrong[:5]
    }
