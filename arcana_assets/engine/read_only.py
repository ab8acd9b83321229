"""A DuckDB that reads and does nothing else: for queries of people, and for pages that many look at.

Belongs here: the locked connection, and which statements only read. Does not belong here: which files there are
(`lake.reader`), the connections of computations (`duckdb`).
"""

from collections.abc import Sequence

import duckdb

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.duckdb import literal
from arcana_assets.engine.scratch import scratch_folder

MEMORY_LIMIT = "1GB"


class NotReadOnly(ArcanaError):
    """A statement is something else than one question to the tables, or none at all."""


class BadQuery(ArcanaError):
    """DuckDB cannot answer a question of a person: a word that it does not know, a name that is not there."""

    def __init__(self, cause: object):
        super().__init__(f"the query cannot be answered: {str(cause).strip()}")


def read_only(
    folders: Sequence[str], threads: int | None = None, memory_limit: str | None = None
) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory for a whole process: `cursor()` of it is a session of its own, in any thread.

    It reaches the folders and buckets given and nothing else of this machine, installs nothing, and its settings can
    be changed no more. It spills into a scratch folder of its own.
    """
    spill = str(scratch_folder("duckdb"))
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": spill,
        "memory_limit": memory_limit or MEMORY_LIMIT,
    }
    if threads:
        config["threads"] = threads
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'")
    if any(is_s3(folder) for folder in folders):
        connection.register_filesystem(s3_filesystem())
    allowed = ", ".join(literal(folder.rstrip("/") + "/") for folder in (*folders, spill))
    connection.execute(f"SET allowed_directories = [{allowed}]")
    return connection


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on the connection and all its cursors reach nothing new, and no setting can be changed."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def only_question(text: str) -> str:
    """The one statement of a text, where it only reads.

    `COPY ... TO` writes into every folder that may be read, however locked the connection is, so nothing but SELECT
    passes; WITH, FROM, VALUES, DESCRIBE, SUMMARIZE and SHOW are SELECT. EXPLAIN is not: EXPLAIN ANALYZE runs what it
    explains. Raises NotReadOnly, and BadQuery for what is no SQL.
    """
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise BadQuery(error) from None
    if len(statements) != 1:
        raise NotReadOnly(f"expected one query; found {len(statements) or 'none'}.")
    (statement,) = statements
    if statement.type != duckdb.StatementType.SELECT:
        raise NotReadOnly(
            "expected a query that reads (SELECT, WITH, FROM, DESCRIBE, SUMMARIZE, SHOW); found "
            f"{statement.type.name}. Tables are written by their assets alone."
        )
    return str(statement.query).strip().removesuffix(";")
