"""PostgreSQL: a schema a domain, tables of monthly partitions; a month is copied aside and takes the place of the old.

Belongs here: the transaction in which a month takes its place. Does not belong here: the statements that define tables
and views (`postgres_tables`), what is written (`month`).

All of a month is one transaction of SQLAlchemy's, COPY included, so a publisher that is killed leaves nothing behind,
and readers see the old month until the new one is whole, checked and committed. Tables are not renamed as a whole: a
view would go on reading the old one. A delete and an insert would take twice as long and leave the table bloated.
"""

import io
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.csv

from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.warehouse.columns import Totals, counted_in, differences
from arcana_assets.warehouse.errors import DatabaseFailed, Depended, Locked, NoDriver, TypeChanged, said_by
from arcana_assets.warehouse.month import GIVEN_MONTH, Erased, MonthOfTable, NotEveryRow, Taken, unlisted
from arcana_assets.warehouse.postgres_tables import Schema, partition
from arcana_assets.warehouse.views import LEDGER

try:
    import psycopg
    from psycopg.errors import DeadlockDetected, DependentObjectsStillExist, LockNotAvailable
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool
except ImportError as missing:
    raise NoDriver from missing

CONNECT_SECONDS = 10
PUBLISHER_SECONDS = 60.0  # that are waited for another publisher of the domain
LOCK_SECONDS = 5.0  # that one try waits for the table, and its readers behind it
SWAP_TRIES, PAUSE_SECONDS = 6, 10.0
ROWS_PER_BATCH = 32_768
_CSV = pyarrow.csv.WriteOptions(include_header=False)


class Postgres:
    """The tables of a domain in a schema of a PostgreSQL database."""

    def __init__(self, uri: str, schema: str):
        self._uri, self._schema = uri, schema
        self.place = f"{uri}, schema {schema}"
        # Statements are logged without parameters: they are rows of customers.
        self._engine = create_engine(
            uri,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "arcana_assets"},
        )

    def take(self, month: MonthOfTable, permitted: Callable[[], None]) -> Taken:
        """As `Database.take`."""
        name = month.told.table.name
        with self._failures(name), self._engine.connect() as connection, connection.begin():
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor:
                return self._take(cursor, month, permitted)

    def erase(self, told: Erased, ids: Collection[str]) -> int:
        """As `Database.erase`."""
        with self._failures(told.table), self._engine.connect() as connection, connection.begin():
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor:
                schema = Schema(cursor, self._schema)
                there, gone, place, known = schema.columns(told.table), 0, schema.place(told.table), sorted(ids)
                for column in (each for each in told.columns if each in there):
                    cursor.execute(f"DELETE FROM {place} WHERE {quoted(column)} = ANY(%s)", (known,))
                    gone += cursor.rowcount
                for column in (each for each in told.lists if each in there):
                    cursor.execute(f"SELECT DISTINCT {quoted(column)} FROM {place}")
                    for (value,) in cursor.fetchall():
                        if value and (left := unlisted(value, ids)) != value:
                            update = f"UPDATE {place} SET {quoted(column)} = %s WHERE {quoted(column)} = %s"
                            cursor.execute(update, (left, value))
                if gone:
                    ledger = schema.place(LEDGER)
                    counted = f"SELECT count(*) FROM {place} WHERE {quoted(told.month)} = {ledger}.mes"
                    cursor.execute(f"UPDATE {ledger} SET linhas = ({counted}) WHERE tabela = %s", (told.table,))
                return gone

    def tidy(self) -> None:
        """As `Database.tidy`: vacuum takes a connection without a transaction."""
        with self._failures("all tables"), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.autocommit = True
            with driver.cursor() as cursor:
                cursor.execute(
                    "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname = %s",
                    (self._schema,),
                )
                for (name,) in cursor.fetchall():
                    cursor.execute(f"VACUUM (ANALYZE) {name}")  # statistics keep values, too

    def close(self) -> None:
        """Closes what is open."""
        self._engine.dispose()

    def _take(self, cursor: Any, month: MonthOfTable, permitted: Callable[[], None]) -> Taken:
        told, schema = month.told, Schema(cursor, self._schema)
        name = told.table.name
        self._wait_for_publishers(cursor, name)
        if month.made_of and (rows := schema.taken(name, month.month, month.made_of, told.digest)) is not None:
            return Taken(rows, kept=True)
        there = schema.columns(name)
        types = {column.name: column.type_in("postgres") for column in told.columns}
        if changes := [(each, there[each], kind) for each, kind in types.items() if there.get(each, kind) != kind]:
            # Its views go with it and are made again with the table.
            raise TypeChanged(name, changes, f"DROP TABLE {schema.place(name)} CASCADE")
        aside = schema.aside(told.table, month.month, {**there, **types})
        totals = self._copy(cursor, month, schema.place(aside))
        permitted()
        self._swap(cursor, month, schema, aside, permitted)
        schema.record(name, month, totals.rows)
        return Taken(totals.rows)

    def _wait_for_publishers(self, cursor: Any, name: str) -> None:
        """One publisher of a domain at a time: the lock goes with the transaction."""
        cursor.execute(f"SET LOCAL lock_timeout = '{int(PUBLISHER_SECONDS * 1000)}ms'")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (self._schema,))
        except LockNotAvailable:
            raise Locked(name, self.place, 1, PUBLISHER_SECONDS) from None

    def _copy(self, cursor: Any, month: MonthOfTable, place: str) -> Totals:
        """Copies the rows, then counts and sums what is there. Raises NotEveryRow.

        Frozen: nobody sees the table before the commit, and who began to read before it sees the new month, not none.
        """
        told, totals = month.told, month.totals()
        names = ", ".join(quoted(column.name) for column in told.columns)
        with (
            month.rows("postgres").batches(ROWS_PER_BATCH, **{GIVEN_MONTH: month.month}) as batches,
            cursor.copy(f"COPY {place} ({names}) FROM STDIN (FORMAT csv, FREEZE)") as copy,
        ):
            for batch in batches:
                copy.write(_csv(batch))
        cursor.execute(counted_in(place, told.columns, "postgres"))
        if wrong := differences(totals, cursor.fetchone(), told.columns):
            raise NotEveryRow(told.table.name, month.month, wrong)
        return totals

    def _swap(
        self, cursor: Any, month: MonthOfTable, schema: Schema, aside: str, permitted: Callable[[], None]
    ) -> None:
        """Lets the new month take its place. What was copied stays, whatever is waited for: only this is tried again.

        Each try waits a little only, for readers that come meanwhile wait behind it.
        """
        schema.finish(aside, month.told.table)
        cursor.execute(f"SET LOCAL lock_timeout = '{int(LOCK_SECONDS * 1000)}ms'")
        for attempt in range(1, SWAP_TRIES + 1):
            cursor.execute("SAVEPOINT before_swap")
            try:
                schema.define(month.told)
                schema.swap(month.told.table, month.month, aside)
                cursor.execute("RELEASE SAVEPOINT before_swap")
                return
            except DependentObjectsStillExist as error:
                told = month.told.table.name
                detail = error.diag.message_detail or ""  # names of objects, never values
                raise Depended(told, self.place, partition(told, month.month), detail) from None
            except (LockNotAvailable, DeadlockDetected):
                cursor.execute("ROLLBACK TO SAVEPOINT before_swap")
                if attempt < SWAP_TRIES:
                    time.sleep(PAUSE_SECONDS)
                    permitted()
        raise Locked(month.told.table.name, self.place, SWAP_TRIES, LOCK_SECONDS)

    @contextmanager
    def _failures(self, name: str) -> Iterator[None]:
        """Errors of the database in our words: psycopg and SQLAlchemy repeat rows in theirs."""
        try:
            yield
        except (psycopg.Error, DBAPIError) as error:
            said, passes = said_by(error)
            raise DatabaseFailed(name, self.place, said, passes) from None


def _csv(batch: pa.RecordBatch) -> bytes:
    """Rows as COPY takes them: every text in quotes, so that an empty one is told from none at all."""
    out = io.BytesIO()
    pyarrow.csv.write_csv(batch, out, _CSV)
    return out.getvalue()
