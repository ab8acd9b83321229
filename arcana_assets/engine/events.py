"""The event engine: what an engine has to do for whoever computes tables of events, whichever engine it is.

Belongs here: the protocol, and the files that a table is read from. Does not belong here: the engines (`duckdb`,
`spark`), which one a deployment has (`spark.choice`), what is computed (the slices).
"""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

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


class EventEngine(Protocol):
    """Runs expressions over tables that may be larger than this machine.

    A table that one engine shows is of that engine: an expression is run by the engine that its tables are of.
    """

    @property
    def puts_files(self) -> bool:
        """Whether rows reach the lake as files that the engine puts there, and not through this process."""

    def table(self, files: Files) -> ir.Table:
        """The rows of the files as an Ibis table, lazily. Raises CorruptFile for a file that cannot be read."""

    def cache(self, expr: ir.Table) -> AbstractContextManager[ir.Table]:
        """Computes an expression once, for uses that would compute it again; dropped at the end of the `with`."""

    def small(self, expr: ir.Expr, at_most: int = AT_MOST) -> pa.Table:
        """The rows of an expression, in this process and in the types that it promises. Raises TooManyRows."""

    def value(self, expr: ir.Scalar) -> Any:
        """What a scalar comes to."""
