"""Servers: what the tables of a PostgreSQL database hold, value by value.

Belongs here: reading every row of every table. Does not belong here: how ids are matched (`wanted`), what else a server
keeps, such as its write-ahead log and its backups: those are its owner's.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
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
    SELECT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), a.attname, t.typname = 'bytea'
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^(pg_|information_schema$)'
      AND (:schema = '' OR n.nspname = :schema) AND t.typname <> ALL (:no_texts)
    ORDER BY 1, a.attnum
    """
)


def rows_of_server(uri: str, schema: str = "") -> Iterator[tuple[str, str, bytes]]:
    """Every value of a database that is no number and no time: table, column, bytes. Of one schema where it is named.

    Raises Undecoded where the server is away, or does not let its tables be read; the message has no word of a row.
    """
    try:
        # Values of rows are no parameters of these statements; they would not be shown if they were.
        engine = create_engine(
            uri, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": CONNECT_SECONDS}
        )
        with engine.connect() as connection:
            columns = dict[str, list[tuple[str, str, bool]]]()
            for table, *column in connection.execute(_COLUMNS, {"schema": schema, "no_texts": list(_NO_TEXTS)}):
                columns.setdefault(table, []).append((column[0], column[1], column[2]))
            for table, those in columns.items():
                yield from _values(connection, table, those)
    except (SQLAlchemyError, ImportError) as error:
        raise Undecoded(f"PostgreSQL cannot be read: {_kind(error)}") from None


def _values(
    connection: Connection, table: str, columns: list[tuple[str, str, bool]]
) -> Iterator[tuple[str, str, bytes]]:
    listed = ", ".join(place if binary else f"{place}::text" for place, _, binary in columns)
    # Names come from the catalogue of the database, quoted by it; a colon in one is no parameter.
    statement = text(f"SELECT {listed} FROM {table}".replace(":", "\\:"))
    options = {"stream_results": True, "max_row_buffer": ROWS_AT_ONCE}
    with connection.execute(statement, execution_options=options) as rows:
        for row in rows:
            for (_, name, _), value in zip(columns, row, strict=True):
                if value is not None:
                    yield table, name, value.encode() if isinstance(value, str) else bytes(value)


def _kind(error: Exception) -> str:
    """What went wrong, by the name that the driver gives it: its message may tell of a place or of a row."""
    return type(getattr(error, "orig", None) or error).__name__
