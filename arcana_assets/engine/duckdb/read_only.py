"""A DuckDB that reads and does nothing else: for queries of people, and for pages that many look at.

Belongs here: the locked connection, and which statements only read. Does not belong here: which files there are
(`lake.reader`), the connections of computations (`duckdb`).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import duckdb

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.duckdb.sql import literal
from arcana_assets.engine.scratch import scratch_folder

MEMORY_LIMIT = "1GB"
_MAY_READ = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)  # which is PIVOT, alone or within anything else
_READS = ("SELECT", "SET_OPERATION", "RECURSIVE_CTE", "CTE")  # nodes of the tree of a statement
_WORD = re.compile(rb"[A-Za-z_]+")
_WRITING = ("COPY", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "EXPLAIN")


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


@lru_cache(maxsize=256)
def only_question(text: str) -> str:
    """The one statement of a text, where it only reads.

    `COPY ... TO` writes into every folder that may be read, however locked the connection is, so nothing but SELECT
    passes, and only where no part of it writes: WITH may name a COPY, too. WITH, FROM, VALUES, PIVOT, DESCRIBE,
    SUMMARIZE and SHOW are SELECT. EXPLAIN is not: EXPLAIN ANALYZE runs what it explains. Raises NotReadOnly, and
    BadQuery for what is no SQL.
    """
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise BadQuery(error) from None
    if len(statements) != 1:
        raise NotReadOnly(f"expected one query; found {len(statements) or 'none'}.")
    (statement,) = statements
    query = str(statement.query).strip().removesuffix(";")
    found = statement.type.name
    if statement.type in _MAY_READ:
        found = _writes(query)
        if not found:
            return query
    raise NotReadOnly(
        "expected a query that reads (SELECT, WITH, FROM, PIVOT, DESCRIBE, SUMMARIZE, SHOW); found "
        f"{found}. Tables are written by their assets alone."
    )


def _writes(query: str) -> str:
    """What of a query that begins like a question writes; nothing where none of it does."""
    with _grammar().cursor() as cursor:
        [(tree,)] = cursor.execute("SELECT json_serialize_sql($query)", {"query": query}).fetchall()
    # Texts of the query have their quotes escaped in the tree, and are never taken for a node of it.
    if nodes := re.findall(r'"type":"(\w+)_NODE"', tree):
        return next((node.removesuffix("_QUERY") for node in nodes if node not in _READS), "")
    # DuckDB has no tree of PIVOT without IN, which finds out its columns first: no word of it may be one that writes.
    code = query.encode()
    found = (_WORD.match(code, at) for at, _ in duckdb.tokenize(query))
    words = [word[0].decode().upper() for word in found if word]
    if "PIVOT" not in words:
        return words[0]
    return next((word for word in words if word in _WRITING), "")


@lru_cache(maxsize=1)
def _grammar() -> duckdb.DuckDBPyConnection:
    """A DuckDB that is asked about statements and never runs one."""
    return duckdb.connect(":memory:", config={"threads": 1})
