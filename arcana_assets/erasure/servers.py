"""Servers: what the tables of a PostgreSQL database hold, value by value.

Belongs here: reading every row of every table, or of those that are ours where other programs have some beside them.
Does not belong here: how ids are matched (`wanted`), what else a server keeps, such as its write-ahead log and its
backups: those are its owner's.
"""

from collections.abc import Collection, Iterator, Sequence
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
      AND (:ours = ARRAY[]::text[] OR (n.nspname = ANY (current_schemas(false)) AND c.relname = ANY (:ours)))
    ORDER BY 1, a.attnum
    """
)
_OF_OTHERS = text(
    """
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^(pg_|information_schema$)' AND n.nspname <> ALL (:schemas)
      AND NOT (n.nspname = ANY (current_schemas(false)) AND c.relname = ANY (:ours))
    ORDER BY 1
    """
)
# No two servers started at the same microsecond; any role may ask.
_IDENTITY = text("SELECT pg_postmaster_start_time(), oid FROM pg_database WHERE datname = current_database()")


@dataclass(frozen=True)
class ServedTable:
    """A table of a server: its name with that of its schema, its columns that may hold texts, and their values."""

    name: str
    columns: Sequence[str]
    values: Iterator[tuple[str, str, bytes]]


def tables_of_server(uri: str, schema: str = "", ours: Collection[str] = ()) -> Iterator[ServedTable]:
    """Every table of a database, or of one schema of it, or those of these names; values are table, column and bytes.

    `ours` are names of tables of the schemas that a connection looks them up in. All of these are read: a schema that
    was made later, such as one named as the role, may stand before that of the tables.

    Raises Undecoded where the server is away, and where none of `ours` is there; the values of a table do where it may
    not be read whole. The message has no word of a row, of an address or of a secret.
    """
    with _connected(uri) as connection:
        with _told():
            # A policy that hides rows is an error instead of a table that looks clean.
            connection.execute(text("SET row_security = off"))
            columns = dict[str, list[tuple[str, str, bool]]]()
            for table, place, name, binary in connection.execute(
                _COLUMNS, {"schema": schema, "no_texts": [*_NO_TEXTS], "ours": [*ours]}
            ):
                columns.setdefault(table, []).append((place, name, binary))
            connection.commit()
        if ours and not columns:
            raise Undecoded(
                "none of its tables is in a schema of the search path; let the address and its role find them, as "
                "the program does that writes them"
            )
        for table, those in columns.items():
            yield ServedTable(table, [name for _, name, _ in those], _values(connection, table, those))
            connection.rollback()


def tables_of_others(uri: str, ours: Collection[str], schemas: Collection[str]) -> list[str]:
    """The tables of a database that are neither ours by name nor in a schema that is ours; their rows are not read.

    Raises Undecoded where the server is away.
    """
    with _connected(uri) as connection, _told():
        found = connection.execute(_OF_OTHERS, {"ours": [*ours], "schemas": [*schemas]})
        return [name for (name,) in found]


def same_database(one: str, another: str) -> bool:
    """Whether two addresses lead to the same database, whatever host and role they say. Raises Undecoded."""
    return _identity(one) == _identity(another)


def _identity(uri: str) -> tuple[object, ...]:
    with _connected(uri) as connection, _told():
        return tuple(connection.execute(_IDENTITY).one())


@contextmanager
def _connected(uri: str) -> Iterator[Connection]:
    with _told():
        engine = create_engine(
            uri, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": CONNECT_SECONDS}
        )
        connection = engine.connect()
    with connection:
        yield connection


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
