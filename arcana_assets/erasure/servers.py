"""Servers: what the tables of a PostgreSQL database hold, value by value.

Belongs here: reading every row of every table. Does not belong here: how ids are matched (`wanted`), what else a server
keeps, such as its write-ahead log and its backups: those are its owner's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from arcana_assets.erasure.decoding import Undecoded

CONNECT_SECONDS = 10
ROWS_AT_ONCE = 1_000  # that come over the network together
# Of these no value is a text: numbers, times, truth. Whoever is a number is looked for in texts, as everywhere.
_NO_TEXTS = (
    *("bool", "int2", "int4", "int8", "float4", "float8", "numeric", "oid"),
    *("date", "time", "timetz", "timestamp", "timestamptz", "interval"),
)
_COLUMNS = text(
    """
    SELECT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), a.attname,
      coalesce(base.typname, t.typname) IN ('bytea', '_bytea')
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type base ON base.oid = t.typbasetype AND t.typtype = 'd'
    WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname !~ '^(pg_|information_schema$)'
      AND (:schema = '' OR n.nspname = :schema) AND t.typname <> ALL (:no_texts)
    ORDER BY 1, a.attnum
    """
)


@dataclass(frozen=True)
class ServedTable:
    """A table of a server: its name with that of its schema, its columns that may hold texts, and their values."""

    name: str
    columns: Sequence[str]
    values: Iterator[tuple[str, str, bytes]]


def tables_of_server(uri: str, schema: str = "") -> Iterator[ServedTable]:
    """Every table of a database, or of one schema of it; values are table, column and bytes.

    Raises Undecoded where the server is away; the values of a table do where it may not be read whole. The message has
    no word of a row, of an address or of a secret.
    """
    with _told():
        engine = create_engine(
            uri, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": CONNECT_SECONDS}
        )
        connection = engine.connect()
    with connection:
        with _told():
            # A policy that hides rows is an error instead of a table that looks clean.
            connection.execute(text("SET row_security = off"))
            columns = dict[str, list[tuple[str, str, bool]]]()
            for table, place, name, binary in connection.execute(
                _COLUMNS, {"schema": schema, "no_texts": [*_NO_TEXTS]}
            ):
                columns.setdefault(table, []).append((place, name, binary))
            connection.commit()
        for table, those in columns.items():
            yield ServedTable(table, [name for _, name, _ in those], _values(connection, table, those))
            connection.rollback()


def _values(
    connection: Connection, table: str, columns: list[tuple[str, str, bool]]
) -> Iterator[tuple[str, str, bytes]]:
    listed = ", ".join(place if binary else f"{place}::text" for place, _, binary in columns)
    # Names come from the catalogue of the database, quoted by it; a colon in one is no parameter.
    statement = text(f"SELECT {listed} FROM ONLY {table}".replace(":", "\\:"))
    options = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
    with _told(), connection.execute(statement, execution_options=options) as rows:
        for row in rows:
            for (_, name, _), value in zip(columns, row, strict=True):
                for each in value if isinstance(value, list) else (value,):
                    if each is not None:
                        yield table, name, each.encode() if isinstance(each, str) else bytes(each)


@contextmanager
def _told() -> Iterator[None]:
    """Whatever a driver raises is a server that cannot be read, by the name of the error: its message may tell more."""
    try:
        yield
    except Exception as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        raise Undecoded(f"PostgreSQL cannot be read: {kind}") from None
