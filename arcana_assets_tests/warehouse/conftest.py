"""Databases to publish into, both kinds of them, and months of a small table to publish.

Does not belong here: the server itself (`worlds.postgres`), gold tables (`worlds.office`).
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from arcana_assets.domain.column import AS_OF, columns, text
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.tables.table import Table
from arcana_assets.warehouse.columns import columns_of
from arcana_assets.warehouse.month import Database, MonthOfTable, Rows, Taken, Told
from arcana_assets.warehouse.rows import as_they_are
from arcana_assets.warehouse.sqlite import Sqlite
from arcana_assets.warehouse.tables import WarehouseTable
from arcana_assets_tests.worlds import postgres
from arcana_assets_tests.worlds.postgres import Server

MAY, JUNE = date(2011, 5, 1), date(2011, 6, 1)
SALES = Table(
    "gold",
    "tests",
    "sales",
    "Sales of a customer.",
    "a customer",
    ("month", "customer_id"),
    columns(
        AS_OF,
        text("customer_id").means("The customer: 100 % of them"),
        ("<anything>", "text", "What a test wants"),
    ),
)
VENDAS = WarehouseTable("vendas", ("sales",), as_they_are, ("mes", "id_cliente"))

_schemas = itertools.count(1)
_views = itertools.count(1)


def sales(month: date = MAY, customers: Any = ("ana", "bob"), **more: Any) -> pa.Table:
    """Rows of customers of a month; `money` is what they paid, unless `more` says what they have."""
    ids = list(customers)
    others = more or {"money": pa.array([Decimal("1.5")] * len(ids), pa.decimal128(18, 4))}
    return pa.table({"month": pa.array([month] * len(ids), pa.date32()), "customer_id": pa.array(ids), **others})


def part(rows: pa.Table, made_of: str = "", month: date = MAY, run_id: str = "run", about: str = "") -> MonthOfTable:
    """Rows as a month on its way. Of writings that are not known it is never taken for one that is there."""
    connection, name = Engine().backend.con, f"sales {next(_views)}"
    connection.register(name, rows)
    query = Query(connection, f'SELECT * FROM "{name}"')
    told = Told(VENDAS, about or SALES.about, columns_of(VENDAS, SALES, query.schema), {})
    return MonthOfTable(Rows(told, query), month, made_of, 7, run_id)


@dataclass
class Place:
    """A database, its dialect, and what is in it."""

    dialect: str
    open: Callable[[], Database]
    ask: Callable[[str], list[tuple]]
    schema: str = ""

    def take(self, *parts: MonthOfTable, permitted: Callable[[], None] = lambda: None) -> list[Taken]:
        database = self.open()
        try:
            return [database.take(each, permitted) for each in parts]
        finally:
            database.close()

    def rows(self, what: str = "vendas", order: str = "1, 2") -> list[tuple]:
        return self.ask(f"SELECT * FROM {what} ORDER BY {order}")

    def names(self, what: str = "vendas") -> list[str]:
        """The columns of a table or view, in order."""
        if self.dialect == "sqlite":
            return [row[1] for row in self.ask(f"PRAGMA table_info({what})")]
        found = self.ask(
            "SELECT column_name FROM information_schema.columns "
            f"WHERE table_schema = '{self.schema}' AND table_name = '{what}' ORDER BY ordinal_position"
        )
        return [name for (name,) in found]

    def relations(self) -> set[str]:
        """Everything that has a name there."""
        if self.dialect == "sqlite":
            return {name for (name,) in self.ask("SELECT name FROM sqlite_master")}
        found = self.ask(f"SELECT relname FROM pg_class WHERE relnamespace = '{self.schema}'::regnamespace")
        return {name for (name,) in found}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as started:
        yield started


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop."""
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return sqlite_in(tmp_path / "arcana.db")
    return postgres_in(request.getfixturevalue("postgres_server"))


@pytest.fixture
def in_postgres(postgres_server: Server) -> Place:
    return postgres_in(postgres_server)


def sqlite_in(path: Path) -> Place:
    import sqlite3
    from contextlib import closing

    def ask(query: str) -> list[tuple]:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            return connection.execute(query).fetchall()

    return Place("sqlite", lambda: Sqlite(path), ask)


def postgres_in(server: Server) -> Place:
    import psycopg

    from arcana_assets.warehouse.postgres import Postgres

    schema = f"arcana_test{next(_schemas)}"

    def ask(query: str) -> list[tuple]:
        with psycopg.connect(server.dsn, options=f"-c search_path={schema}") as connection:
            found = connection.execute(query)
            return found.fetchall() if found.description else []

    return Place("postgres", lambda: Postgres(server.uri, schema), ask, schema)
