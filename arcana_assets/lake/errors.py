"""What can go wrong between the lake and us, each error with what was expected, what was found and what to do.

Belongs here: the errors of `Lake` and `Engine`, and the reading of foreign messages into them.
Does not belong here: when they are raised, and how Dagster is told.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from deltalake.exceptions import DeltaError, DeltaProtocolError, SchemaMismatchError

from arcana_assets.domain.errors import ArcanaError, first_line
from arcana_assets.domain.months import spelled

DISK_FULL = re.compile(
    r"no space left|disk quota exceeded|file too large|Errno (28|122|27)\b|os error (28|122|27)\b", re.IGNORECASE
)
_NO_ACCESS = re.compile(
    r"permission denied|could not create local directory|read-only file system|not a directory"
    r"|operation not permitted|access ?denied"
    r"|os error (1|13|20|30)\b",
    re.IGNORECASE,
)


# delta-rs wraps some errors of the network in plain exceptions ("External error: Generic S3 error: ...").
_NETWORK = re.compile(
    r"Generic S3 error|error sending request|timed out|connection (reset|refused|closed)", re.IGNORECASE
)


class LakeError(ArcanaError):
    """Any refusal of the lake."""


class BadTableName(LakeError):
    """A table is named by three plain words: domain, layer, table."""


class BadRoot(LakeError):
    """The root of the lake has characters that Delta paths cannot have."""

    def __init__(self, root: str):
        super().__init__(
            f"{root} cannot hold a lake. A bucket prefix may have letters, digits and - _ . = only; the path of a "
            "folder may have none of [ ] ^ | \\ and no percent sign before two hexadecimal digits. "
            "Point ARCANA_LAKE elsewhere."
        )


class BadMonths(LakeError):
    """The months of a write are the first days of months that follow each other."""


class MissingTable(LakeError):
    """Raised when a table is read that nobody has written yet."""

    def __init__(self, table: str, root: str):
        super().__init__(f"{table} does not exist yet in {root}. Materialize it first.")


class MissingMonth(LakeError):
    """Raised when a table is asked for months that were never materialized."""

    def __init__(self, table: str, months: Sequence[date]):
        self.months = list(months)
        if len(months) == 1:
            todo = f"partition {months[0]:%Y-%m-%d} of the same asset"
        else:
            todo = f"partitions {spelled(months, '%Y-%m-%d')} of the same asset"
        super().__init__(f"{table} has no month {spelled(months)}. Materialize it first: {todo}.")


class NotWritable(LakeError):
    """Raised when the place of a table cannot be written to at all."""

    def __init__(self, table: str, place: str, cause: object):
        super().__init__(
            f"{table} cannot be written to {place}: {first_line(cause)}. "
            "Give the user of this process the right to create files there, or point ARCANA_LAKE elsewhere."
        )


class WriteFailed(LakeError):
    """Raised when a write broke off. The commit comes last, so the table is what it was before."""

    def __init__(self, table: str, cause: object, retriable: bool = False):
        self.retriable = retriable
        if DISK_FULL.search(str(cause)):
            self.retriable = False
            todo = "Free space there (`maintain` removes what no version needs), then materialize again."
        else:
            todo = "Materialize again when the cause is gone."
        super().__init__(f"{table} was not written: {first_line(cause)}. The table is unchanged. {todo}")


class ConcurrentWrite(LakeError):
    """Raised when other runs kept replacing the same months, or the same schema, all the time we tried."""

    retriable = True

    def __init__(self, table: str, months: Sequence[date] | None, attempts: int, cause: object):
        what = f"month {spelled(months)} of {table}" if months else table
        super().__init__(
            f"{what} was replaced by another run while this one wrote it; gave up after {attempts} "
            f"attempt{'s' * (attempts > 1)}. Nothing of this run was kept. Let the other run finish, then retry. "
            f"({first_line(cause)})"
        )


class ForeignMonth(LakeError):
    """Raised when rows to be written belong to months that the run does not replace."""

    def __init__(self, table: str, found: Iterable[date | None], months: Sequence[date]):
        several = sorted({each for each in found if each is not None})
        parts = [f"month {', '.join(f'{each:%Y-%m-%d}' for each in several)}"] if several else []
        parts += ["no month (null)"] * any(each is None for each in found)
        super().__init__(
            f"{table}: this run replaces month {spelled(months)}, but there are rows of {' and rows of '.join(parts)}. "
            "Nothing was written. Filter the rows to the months of the run, or materialize those months too; "
            "`month` holds the first day of the month."
        )


class SchemaChange(LakeError):
    """Raised when the columns to be written do not fit the columns the table has."""

    def __init__(self, table: str, changes: Sequence[tuple[str, object, object]]):
        said = "; ".join(f"column {name} is {old} in the table and {new} in the rows" for name, old, new in changes)
        super().__init__(
            f"{table}: {said}. Cast the column back to the type of the table, give the new type a new column name, "
            "or remove the table and materialize every month again."
        )


class ColumnsAlike(SchemaChange):
    """Raised when names of columns differ in letter case only, which Delta, Athena and DuckDB take for one name."""

    def __init__(self, table: str, in_table: Sequence[tuple[str, str]], in_rows: Sequence[tuple[str, str]]):
        said = [f"column {new} in the rows is spelled {old} in the table" for old, new in in_table]
        said += [
            f"columns {one} and {other} are both in the rows" if one != other else f"column {one} is twice in the rows"
            for one, other in in_rows
        ]
        todo = [f"rename {new} to {old}" for old, new in in_table]
        todo += [f"rename or drop one of {one} and {other}" for one, other in in_rows]
        super(SchemaChange, self).__init__(
            f"{table}: {'; '.join(said)}. Names of columns have to differ in more than upper and lower case. "
            f"Nothing was written. In the rows, {' and '.join(todo)}."
        )


class LayoutChange(LakeError):
    """Raised when a monthly table is written or read as a snapshot, or a snapshot by month."""


class UnwritableColumn(LakeError):
    """Raised when a column has a type or a value the table cannot keep."""


def write_error(table: str, place: str, cause: BaseException, over_network: bool) -> LakeError:
    """The error of ours behind a failed write: no right to write, or broken off; only a network may recover alone."""
    if _NO_ACCESS.search(str(cause)):
        return NotWritable(table, place, cause)
    return WriteFailed(table, cause, retriable=over_network and _may_pass(cause))


def _may_pass(cause: BaseException) -> bool:
    if isinstance(cause, SchemaMismatchError | DeltaProtocolError):
        return False
    return isinstance(cause, DeltaError | OSError) or bool(_NETWORK.search(str(cause)))
