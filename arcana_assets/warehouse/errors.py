"""What can go wrong on the way from a gold table to a table of the database.

Belongs here: the errors of the warehouse, and the words of databases without the values that they repeat. Does not
belong here: when they are raised.
"""

import re
import sqlite3
from typing import Any

from arcana_assets.domain.errors import ArcanaError, first_line

# PostgreSQL repeats values in what it says of these: data exceptions, broken constraints, and what COPY cannot read.
_WITH_VALUES = re.compile(r"22|23|XX|P0")
_PASSES = re.compile(r"08|53|57|40|55P03")  # connections, resources, operators, conflicts, a lock that is not free


class WarehouseError(ArcanaError):
    """Any refusal of the database. The month that was there before is there still."""


class NoDriver(WarehouseError):
    """Raised where ARCANA_WAREHOUSE names PostgreSQL and its driver is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "ARCANA_WAREHOUSE names a PostgreSQL database, and SQLAlchemy or psycopg is not installed. Install "
            "arcana-assets[warehouse], or set ARCANA_WAREHOUSE to off."
        )


class DatabaseFailed(WarehouseError):
    """Raised where the database refuses, is not there, or is gone on the way."""

    def __init__(self, table: str, place: str, said: str, retriable: bool):
        self.retriable = retriable
        super().__init__(
            f"{table} was not published into {place}: {said}. The month that was there before is there still. "
            "See that the database can be reached and has room, then materialize the same month again."
        )


class StillThere(WarehouseError):
    """Raised where rows of customers who are to be erased, or what is left of such rows, may be in the database."""

    retriable = True

    def __init__(self, table: str, place: str, said: str):
        super().__init__(
            f"{table} in {place} may still hold who is to be erased: {said}. Expected nobody else to have the database "
            "open. Close what reads it, such as a BI tool, then run `arcana erase` again."
        )


class Locked(WarehouseError):
    """Raised where queries of others, or another publisher, kept the table all the time we tried."""

    retriable = True

    def __init__(self, table: str, place: str, tries: int, seconds: float):
        super().__init__(
            f"{table} was not published into {place}: somebody held the table each of the {tries} times that "
            f"{seconds:g} seconds were waited for it. The month that was there before is there still. Let the long "
            "query end (pg_stat_activity names it; a statement_timeout bounds it), then materialize the month again."
        )


class TypeChanged(WarehouseError):
    """Raised where a column of the database has another type than the rows that are to be published."""

    def __init__(self, table: str, changes: list[tuple[str, str, str]], drop: str):
        named = "; ".join(f"{column} is {there} there and {given} in the lake" for column, there, given in changes)
        super().__init__(
            f"{table} has columns of other types in the database: {named}. Columns are only ever added. Drop the table "
            f"there ({drop}) and publish all of its months again (arcana publish), or give the column of the lake "
            "another name."
        )


class Depended(WarehouseError):
    """Raised where something that somebody made reads a month itself, so that no other can take its place."""

    retriable = False

    def __init__(self, table: str, place: str, partition: str, detail: str):
        named = "; ".join(detail.splitlines())
        super().__init__(
            f"{table} was not published into {place}: something depends on the month {partition} alone, which is "
            f"replaced as a whole: {named}. The month that was there before is there still. Let it read {table} with a "
            "condition on the month, or drop it there, then publish the month again (arcana publish)."
        )


def said_by(error: BaseException) -> tuple[str, bool]:
    """What a database says without any value of a row, and whether the same may succeed later."""
    origin: Any = getattr(error, "orig", None) or error
    if isinstance(origin, sqlite3.Error):
        return first_line(origin), "locked" in str(origin) or "busy" in str(origin)
    state = getattr(origin, "sqlstate", None)
    if state is None:  # the connection: psycopg says the place and the user, never the password
        return first_line(origin), True
    if _WITH_VALUES.match(state):
        return f"SQLSTATE {state} ({type(origin).__name__})", False
    return f"{first_line(origin)} (SQLSTATE {state})", bool(_PASSES.match(state))
