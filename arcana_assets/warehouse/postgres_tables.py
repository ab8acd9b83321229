"""Tables of a PostgreSQL schema: the partitioned table, its partitions, words and views, and the ledger.

Belongs here: statements. Does not belong here: when they are sent, and what is tried again (`postgres`).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.warehouse.month import DICTIONARY, MonthOfTable, Told
from arcana_assets.warehouse.tables import WarehouseTable
from arcana_assets.warehouse.views import LEDGER, views_of

_ASIDE = "novo"  # ends the name of a month that is on its way
_LEDGER_COLUMNS = (
    "tabela text NOT NULL, mes date NOT NULL, linhas bigint NOT NULL, versao_delta bigint NOT NULL, "
    "feita_de text NOT NULL, colunas text NOT NULL, run_id text NOT NULL, publicado_em timestamptz NOT NULL, "
    "PRIMARY KEY (tabela, mes)"
)
_DICTIONARY_COLUMNS = (
    "tabela text NOT NULL, coluna text NOT NULL, tipo text NOT NULL, descricao text NOT NULL, "
    "PRIMARY KEY (tabela, coluna)"
)


class Schema:
    """A schema, by the cursor of a transaction."""

    def __init__(self, cursor: Any, name: str):
        self._cursor, self._name = cursor, name

    def place(self, name: str) -> str:
        """A table of it, as statements name it."""
        return f"{quoted(self._name)}.{quoted(name)}"

    def taken(self, name: str, month: date, made_of: str, digest: str) -> int | None:
        """The rows of a month that is there, made of this and told in these words; None where it is not."""
        if not self.columns(LEDGER):
            return None
        self._cursor.execute(
            f"SELECT linhas FROM {self.place(LEDGER)} WHERE tabela = %s AND mes = %s AND feita_de = %s "
            "AND colunas = %s",
            (name, month, made_of, digest),
        )
        found = self._cursor.fetchone()
        return int(found[0]) if found is not None and self._attached(name, month) else None

    def columns(self, name: str) -> dict[str, str]:
        """The columns of a table or view with their types, in order; none where it is not there."""
        self._cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) "
            "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            (self.place(name),),
        )
        return dict(self._cursor.fetchall())

    def aside(self, table: WarehouseTable, month: date, columns: Mapping[str, str]) -> str:
        """Makes an empty table beside the others for the rows of a month; returns its name."""
        self._cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self._name,))
        if self._cursor.fetchone() is None:  # whose owner somebody else made may not make one
            self._run(f"CREATE SCHEMA {quoted(self._name)}")
        name = f"{partition(table.name, month)}_{_ASIDE}"
        lines = [f"{quoted(each)} {kind}{' NOT NULL' * (each in table.key)}" for each, kind in columns.items()]
        # The condition says what the partition is of, so that attaching it reads no row.
        of = f"CONSTRAINT {quoted(f'{name}_mes')} CHECK ({quoted(table.month)} = {_day(month)})"
        self._run(f"CREATE TABLE {self.place(name)} ({', '.join(lines)}, {of})")
        self._keep_to_owner(name)
        return name

    def _keep_to_owner(self, name: str) -> None:
        """Takes back what default privileges grant of a month: people read the table, which needs no right to it.

        A view that reads a month alone would keep another one from taking its place.
        """
        self._cursor.execute(
            "SELECT DISTINCT a.grantee, r.rolname FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a "
            "LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE c.oid = to_regclass(%s) AND a.grantee <> c.relowner",
            (self.place(name),),
        )
        for _, role in self._cursor.fetchall():
            self._run(f"REVOKE ALL ON TABLE {self.place(name)} FROM {'PUBLIC' if role is None else quoted(role)}")

    def finish(self, aside: str, table: WarehouseTable) -> None:
        """Gives the rows of a month their key, and the planner what it wants to know of them."""
        place, key = self.place(aside), ", ".join(map(quoted, table.key))
        self._run(f"ALTER TABLE {place} ADD CONSTRAINT {quoted(f'{aside}_pk')} PRIMARY KEY ({key})")
        self._run(f"ANALYZE {place}")

    def define(self, told: Told) -> None:
        """The table, its words and views, and the ledger, where they are not there as they are told."""
        name = told.table.name
        if not self.columns(LEDGER):
            self._run(f"CREATE TABLE {self.place(LEDGER)} ({_LEDGER_COLUMNS})")
            self._run(f"CREATE TABLE {self.place(DICTIONARY)} ({_DICTIONARY_COLUMNS})")
        there = self.columns(name)
        if not there:  # never made, or dropped since: what the ledger says of it is not so
            self._cursor.execute(f"DELETE FROM {self.place(LEDGER)} WHERE tabela = %s", (name,))
        known = f"SELECT 1 FROM {self.place(LEDGER)} WHERE tabela = %s AND colunas = %s LIMIT 1"
        self._cursor.execute(known, (name, told.digest))
        if self._cursor.fetchone() is not None:
            return
        types = {column.name: column.type_in("postgres") for column in told.columns}
        if not there:
            lines = [f"{quoted(c.name)} {types[c.name]}{' NOT NULL' * c.in_key}" for c in told.columns]
            key = ", ".join(map(quoted, told.table.key))
            self._run(
                f"CREATE TABLE {self.place(name)} ({', '.join(lines)}, PRIMARY KEY ({key})) "
                f"PARTITION BY LIST ({quoted(told.table.month)})"
            )
        for column in types if there else ():
            if column not in there:
                self._run(f"ALTER TABLE {self.place(name)} ADD COLUMN {quoted(column)} {types[column]}")
        self._tell(told, types)
        columns = list(self.columns(name))
        for view in views_of(told.table, columns, told.clusters, "postgres", self.place, told.language):
            query = view.query(self.columns(view.name))
            self._run(f"CREATE OR REPLACE VIEW {self.place(view.name)} AS {query}")
            self._run(f"COMMENT ON VIEW {self.place(view.name)} IS {literal(view.about)}")

    def swap(self, table: WarehouseTable, month: date, aside: str) -> None:
        """Puts the month that is aside into the place of the one that is there."""
        parent, name = self.place(table.name), partition(table.name, month)
        if self.columns(name):
            if self._attached(table.name, month):
                self._run(f"ALTER TABLE {parent} DETACH PARTITION {self.place(name)}")
            self._run(f"DROP TABLE {self.place(name)}")
        self._run(f"ALTER TABLE {self.place(aside)} RENAME TO {quoted(name)}")
        self._run(f"ALTER INDEX {self.place(f'{aside}_pk')} RENAME TO {quoted(f'{name}_pk')}")
        self._run(f"ALTER TABLE {parent} ATTACH PARTITION {self.place(name)} FOR VALUES IN ({_day(month)})")
        self._run(f"ALTER TABLE {self.place(name)} DROP CONSTRAINT {quoted(f'{aside}_mes')}")

    def record(self, name: str, month: MonthOfTable, rows: int) -> None:
        """Writes the month into the ledger."""
        self._cursor.execute(
            f"INSERT INTO {self.place(LEDGER)} VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tabela, mes) "
            "DO UPDATE SET linhas = excluded.linhas, versao_delta = excluded.versao_delta, "
            "feita_de = excluded.feita_de, colunas = excluded.colunas, run_id = excluded.run_id, "
            "publicado_em = excluded.publicado_em",
            (name, month.month, rows, month.version, month.made_of, month.told.digest, month.run_id, datetime.now(UTC)),
        )

    def _attached(self, name: str, month: date) -> bool:
        """Whether the month is a partition of the table; one that somebody dropped or detached is none."""
        self._cursor.execute(
            "SELECT 1 FROM pg_inherits WHERE inhparent = to_regclass(%s) AND inhrelid = to_regclass(%s)",
            (self.place(name), self.place(partition(name, month))),
        )
        return self._cursor.fetchone() is not None

    def _tell(self, told: Told, types: Mapping[str, str]) -> None:
        """What the table and its columns mean, as comments and in the dictionary."""
        name = told.table.name
        self._run(f"COMMENT ON TABLE {self.place(name)} IS {literal(told.about)}")
        for column in told.columns:
            self._run(f"COMMENT ON COLUMN {self.place(name)}.{quoted(column.name)} IS {literal(column.comment)}")
        self._cursor.execute(f"DELETE FROM {self.place(DICTIONARY)} WHERE tabela = %s", (name,))
        words = [("", "", told.about), *((c.name, types[c.name], c.comment) for c in told.columns)]
        insert = f"INSERT INTO {self.place(DICTIONARY)} VALUES (%s, %s, %s, %s)"
        self._cursor.executemany(insert, [(name, *said) for said in words])

    def _run(self, statement: str) -> None:
        self._cursor.execute(statement)


def partition(name: str, month: date) -> str:
    """The name of a month of a table."""
    return f"{name}_{month:%Y%m}"


def _day(month: date) -> str:
    return f"DATE '{month.isoformat()}'"
