"""The event engine: what an engine has to do for whoever computes tables of events, whichever engine it is.

Belongs here: the protocol, and the files that a table, or text, is read from. Does not belong here: the engines
(`duckdb`, `spark`), which one a deployment has (`spark.choice`), what is computed (the slices).
"""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.errors import ArcanaError

AT_MOST = 1_000_000  # rows that `small` hands to this process


class TooManyRows(ArcanaError):
    """Raised where rows were asked into this process that belong into a table."""

    def __init__(self, at_most: int):
        super().__init__(
            f"expected at most {at_most:,} rows to come into this process; there are more. Aggregate before asking, or "
            "write them as a table."
        )


@dataclass(frozen=True)
class Files:
    """The Parquet files that are the rows of a table, or of some months of it, at one version.

    `name` is that of the table (domain/layer/table), `snapshot` tells these rows from all others. `partition` is a
    column that is in the folder names and not in the files. `columns` are all columns of the table; one that a file
    does not have is null there. Where rows or names are not what is in the files, `stream` reads them.
    """

    name: str
    snapshot: Hashable
    root: str
    paths: tuple[str, ...]
    columns: pa.Schema
    partition: str | None = None
    stream: Callable[[], pa.RecordBatchReader] | None = None


FILENAME = "filename"
UNSURE, BREAKS, BLANK = "record\nunsure", "record\nbreaks", "record\nblank"
"""Columns beside those of `Delimited`; no header, which is one line, has their names."""


@dataclass(frozen=True)
class Delimited:
    """Files of delimited text, plain or gzip, whose first line is a header of at least two columns, the same in all.

    `columns` are the names that its fields are to go by, `longest` is how many bytes of text a record has at most.
    Unless quoted values may span lines (`spans`), a file can be read in pieces at the same time.
    """

    uris: tuple[str, ...]
    columns: tuple[str, ...]
    delimiter: str
    quote: str
    encoding: Literal["utf-8", "latin-1"]
    longest: int
    spans: bool


class EventEngine(Protocol):
    """Runs expressions over tables that may be larger than this machine.

    A table that one engine shows is of that engine: an expression is run by the engine that its tables are of.
    """

    def table(self, files: Files) -> ir.Table:
        """The rows of the files as an Ibis table, lazily. Raises CorruptFile for a file that cannot be read."""

    def cache(self, expr: ir.Table) -> AbstractContextManager[ir.Table]:
        """Computes an expression once, for uses that would compute it again; dropped at the end of the `with`."""

    def small(self, expr: ir.Expr, at_most: int = AT_MOST) -> pa.Table:
        """The rows of an expression, in this process and in the types that it promises. Raises TooManyRows."""

    def value(self, expr: ir.Scalar) -> Any:
        """What a scalar comes to."""


@runtime_checkable
class PutsFiles(EventEngine, Protocol):
    """An engine whose rows do not come through this process: it puts them where the lake commits them."""

    def put(self, expr: ir.Table, folder: str, columns: pa.Schema, by: str | None) -> None:
        """Writes the rows as Parquet files below a folder, in these columns and types; by the values of `by`."""

    def stages(self, source: ir.Table, *stages: Callable[[ir.Table], ir.Table]) -> AbstractContextManager[ir.Table]:
        """A chain of expressions in which each column is computed once, for the `with`."""

    def texts(self, files: Delimited) -> AbstractContextManager[ir.Table]:
        """The records of the files, read once, for the `with`: every column as text, null where there is none.

        Beside them FILENAME, the uri as it was given, and of each record whether it is UNSURE that it is a row, and
        this one: what breaks the rules of quoting, has other signs than its encoding, or too many or too few fields.
        BREAKS are the line breaks in it, BLANK how many of its lines hold nothing. Lines outside of records that hold
        nothing are left out. A table of it raises UnreadFile where a file is gone, or can not be read.
        """
