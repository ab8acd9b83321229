"""SQLite: a file a domain, in write-ahead mode: a month is removed and written anew in one transaction.

Belongs here: statements of SQLite. Does not belong here: what is written (`month`), where the file is (`warehouse`).

SQLite has no decimals and no dates: money is REAL, exact to 15 digits, days and instants (UTC) are ISO texts.
"""

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.warehouse.columns import counted_in, differences
from arcana_assets.warehouse.errors import DatabaseFailed, StillThere, TypeChanged, said_by
from arcana_assets.warehouse.month import (
    DICTIONARY,
    GIVEN_MONTH,
    Erased,
    MonthOfTable,
    NotEveryRow,
    Taken,
    Told,
    unlisted,
)
from arcana_assets.warehouse.views import LEDGER, views_of

BUSY_SECONDS = 60.0  # that are waited for another publisher
ROWS_PER_BATCH = 16_384

_TABLES = (
    f"CREATE TABLE IF NOT EXISTS {LEDGER} (tabela TEXT NOT NULL, mes TEXT NOT NULL, linhas INTEGER NOT NULL, "
    "versao_delta INTEGER NOT NULL, feita_de TEXT NOT NULL, colunas TEXT NOT NULL, run_id TEXT NOT NULL, "
    "publicado_em TEXT NOT NULL, PRIMARY KEY (tabela, mes)) WITHOUT ROWID",
    f"CREATE TABLE IF NOT EXISTS {DICTIONARY} (tabela TEXT NOT NULL, coluna TEXT NOT NULL, tipo TEXT NOT NULL, "
    "descricao TEXT NOT NULL, PRIMARY KEY (tabela, coluna)) WITHOUT ROWID",
)


class Sqlite:
    """The tables of a domain in an SQLite file."""

    def __init__(self, path: Path):
        self.place = str(path)
        self._connection: sqlite3.Connection | None = None

    def take(self, month: MonthOfTable, permitted: Callable[[], None]) -> Taken:
        """As `Database.take`."""
        name = month.told.table.name
        try:
            connection = self._connected()
            with closing(connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    taken = self._take(cursor, month, permitted)
                    cursor.execute("COMMIT")
                    return taken
                finally:
                    if connection.in_transaction:
                        cursor.execute("ROLLBACK")
        except sqlite3.Error as error:
            said, passes = said_by(error)
            raise DatabaseFailed(name, self.place, said, passes) from None

    def erase(self, told: Erased, ids: Collection[str]) -> int:
        """As `Database.erase`: what is deleted is overwritten, and the file is written anew."""
        try:
            connection, gone = self._connected(), 0
            there = _columns(connection.cursor(), told.table)
            connection.execute("PRAGMA secure_delete = ON")
            place, known = quoted(told.table), sorted(ids)
            with closing(connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                try:
                    for column in (each for each in told.columns if each in there):
                        for start in range(0, len(known), 500):
                            some = known[start : start + 500]
                            marks = ", ".join("?" * len(some))
                            cursor.execute(f"DELETE FROM {place} WHERE {quoted(column)} IN ({marks})", some)
                            gone += cursor.rowcount
                    for column in (each for each in told.lists if each in there):
                        said = cursor.execute(f"SELECT DISTINCT {quoted(column)} FROM {place}").fetchall()
                        for (value,) in said:
                            if (left := unlisted(value, ids)) != value and value:
                                update = f"UPDATE {place} SET {quoted(column)} = ? WHERE {quoted(column)} = ?"
                                cursor.execute(update, (left, value))
                    if gone:
                        counted = f"SELECT count(*) FROM {place} WHERE {quoted(told.month)} = {LEDGER}.mes"
                        cursor.execute(f"UPDATE {LEDGER} SET linhas = ({counted}) WHERE tabela = ?", (told.table,))
                    cursor.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        cursor.execute("ROLLBACK")
            return gone
        except sqlite3.Error as error:
            raise StillThere(told.table, self.place, said_by(error)[0]) from None

    def tidy(self) -> None:
        """Writes the file anew without what was deleted, and empties its write-ahead log."""
        try:
            connection = self._connected()
            connection.execute("VACUUM")
            # Somebody who reads what was there before keeps the pages of before; SQLite says so and raises nothing.
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise StillThere("a table", self.place, said_by(error)[0]) from None
        if busy:
            raise StillThere("a table", self.place, "another program reads it")

    def close(self) -> None:
        """Closes the file; its write-ahead log goes into it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            # Transactions are begun here, not by the driver. The thread that stops a run closes what this one opened.
            self._connection = sqlite3.connect(
                self.place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        return self._connection

    def _take(self, cursor: sqlite3.Cursor, month: MonthOfTable, permitted: Callable[[], None]) -> Taken:
        told, day = month.told, month.month.isoformat()
        name, columns = told.table.name, told.columns
        for statement in _TABLES:
            cursor.execute(statement)
        if not _columns(cursor, name):  # never made, or dropped since
            _forget(cursor, told)
        there = cursor.execute(
            f"SELECT linhas, feita_de, colunas FROM {LEDGER} WHERE tabela = ? AND mes = ?", (name, day)
        ).fetchone()
        if month.made_of and there is not None and there[1:] == (month.made_of, told.digest):
            return Taken(there[0], kept=True)
        _define(cursor, told)
        cursor.execute(f"DELETE FROM {quoted(name)} WHERE {quoted(told.table.month)} = ?", (day,))
        totals = month.totals()
        marks = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {quoted(name)} ({', '.join(quoted(each.name) for each in columns)}) VALUES ({marks})"
        with month.rows("sqlite").batches(ROWS_PER_BATCH, **{GIVEN_MONTH: month.month}) as batches:
            for batch in batches:
                cursor.executemany(insert, zip(*(column.to_pylist() for column in batch.columns), strict=True))
        mine = f"{quoted(name)} WHERE {quoted(told.table.month)} = {literal(day)}"
        found = cursor.execute(counted_in(mine, columns, "sqlite")).fetchone()
        if wrong := differences(totals, found, columns):
            raise NotEveryRow(name, month.month, wrong)
        permitted()
        cursor.execute(
            f"INSERT OR REPLACE INTO {LEDGER} VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (name, day, totals.rows, month.version, month.made_of, told.digest, month.run_id, _now()),
        )
        return Taken(totals.rows)


def _define(cursor: sqlite3.Cursor, told: Told) -> None:
    """The table with all columns, its words and its views, where the database does not have them as they are told."""
    name = told.table.name
    known = cursor.execute(f"SELECT 1 FROM {LEDGER} WHERE tabela = ? AND colunas = ?", (name, told.digest))
    if known.fetchone():
        return
    types = {column.name: column.type_in("sqlite") for column in told.columns}
    there = _columns(cursor, name)
    if not there:
        lines = [f"{quoted(c.name)} {types[c.name]}{' NOT NULL' if c.in_key else ''}" for c in told.columns]
        key = ", ".join(map(quoted, told.table.key))
        cursor.execute(f"CREATE TABLE {quoted(name)} ({', '.join(lines)}, PRIMARY KEY ({key})) WITHOUT ROWID")
        there = types
    if changes := [(each, there[each], kind) for each, kind in types.items() if there.get(each, kind) != kind]:
        raise TypeChanged(name, changes, f"DROP TABLE {quoted(name)}")
    for each in types.keys() - there.keys():
        cursor.execute(f"ALTER TABLE {quoted(name)} ADD COLUMN {quoted(each)} {types[each]}")
    cursor.execute(f"DELETE FROM {DICTIONARY} WHERE tabela = ?", (name,))
    words = [(name, "", "", told.about), *((name, c.name, types[c.name], c.comment) for c in told.columns)]
    cursor.executemany(f"INSERT INTO {DICTIONARY} VALUES (?, ?, ?, ?)", words)
    for view in views_of(told.table, list(_columns(cursor, name)), told.clusters, "sqlite", quoted, told.language):
        query = view.query(_columns(cursor, view.name))
        cursor.execute(f"DROP VIEW IF EXISTS {quoted(view.name)}")
        cursor.execute(f"CREATE VIEW {quoted(view.name)} AS {query}")


def _forget(cursor: sqlite3.Cursor, told: Told) -> None:
    """Takes a table that is not there out of the ledger, with views of it: they would be of columns that it had."""
    cursor.execute(f"DELETE FROM {LEDGER} WHERE tabela = ?", (told.table.name,))
    for view in views_of(told.table, [], told.clusters, "sqlite", quoted, told.language):
        cursor.execute(f"DROP VIEW IF EXISTS {quoted(view.name)}")


def _columns(cursor: sqlite3.Cursor, name: str) -> dict[str, str]:
    """The columns of a table or view with their types; none where it is not there."""
    found = cursor.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    return {column: kind or "TEXT" for _, column, kind, *_ in found}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
