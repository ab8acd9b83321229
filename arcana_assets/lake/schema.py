"""The columns of a lake table: the few types it keeps, what may be added, and what is refused.

Belongs here: Arrow types and batches on their way into a table, and of which columns files and log say the least and
the greatest value. Does not belong here: which columns a table should have (each slice's `tables`) and the writing
itself (`lake`).

Texts have no least and no greatest value. An id of a customer would stand in the footer of every file and, long after
the file is gone, in the log; so would what a line that is no row, or a reason, quotes. Nobody reads less for them: no
table is sorted by a text.
"""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from deltalake import ColumnProperties, WriterProperties

from arcana_assets.engine.duckdb.session import ROWS_PER_BATCH
from arcana_assets.lake.errors import ColumnsAlike, LayoutChange, SchemaChange, UnwritableColumn

MONTH = "month"
INSTANT = pa.timestamp("us", tz="UTC")


def kept_type(table: str, column: str, kind: pa.DataType) -> pa.DataType:
    """The type a column is kept in: BIGINT, DOUBLE, DECIMAL, text, bytes, BOOLEAN, DATE, UTC instants, nests of these.

    Integers and floats are widened, since widening a column later means rewriting the table. Raises UnwritableColumn
    for types without a faithful place in a table that Athena, Spark and DuckDB all read.
    """

    def inner(each: pa.DataType) -> pa.DataType:
        return kept_type(table, column, each)

    if pat.is_dictionary(kind):
        return inner(kind.value_type)
    if pat.is_integer(kind):
        return pa.int64()
    if pat.is_floating(kind):
        return pa.float64()
    if pat.is_string(kind) or pat.is_large_string(kind) or pat.is_string_view(kind):
        return pa.string()
    if pat.is_binary(kind) or pat.is_large_binary(kind) or pat.is_fixed_size_binary(kind) or pat.is_binary_view(kind):
        return pa.binary()
    if pat.is_boolean(kind):
        return kind
    if pat.is_date(kind):
        return pa.date32()
    if pat.is_decimal(kind) and kind.precision <= 38:
        return pa.decimal128(kind.precision, kind.scale)
    if pat.is_timestamp(kind):
        if kind.tz is not None:
            return INSTANT
        if column == MONTH:
            return pa.date32()
        raise UnwritableColumn(
            f"{table}: column {column} is a timestamp without a time zone. Turn it into an instant first "
            "(`to_instant(column, zone)`), or cast it to a date."
        )
    if pat.is_list(kind) or pat.is_large_list(kind) or pat.is_fixed_size_list(kind) or pat.is_list_view(kind):
        return pa.list_(pa.field("element", inner(kind.value_type)))
    if pat.is_struct(kind):
        _check_names(f"{table}, inside column {column}", (), [each.name for each in kind])
        return pa.struct([pa.field(each.name, inner(each.type)) for each in kind])
    if pat.is_map(kind):
        return pa.map_(inner(kind.key_type), inner(kind.item_type))
    if pat.is_null(kind):
        raise UnwritableColumn(
            f"{table}: column {column} has only nulls and no type, and the table does not have it yet. "
            "Cast it to the type it is going to have."
        )
    raise UnwritableColumn(
        f"{table}: column {column} is {kind}, which the lake does not keep. Cast it to text, BIGINT, DOUBLE, DECIMAL, "
        "BOOLEAN, DATE or an instant with the time zone UTC."
    )


def evolved(table: str, existing: pa.Schema | None, given: pa.Schema) -> tuple[pa.Schema, bool]:
    """The columns the table is going to have, and whether that is more than it has.

    Columns of the table stay, in their order and type; new ones follow. Raises SchemaChange for another type,
    ColumnsAlike for a name that differs from another in letter case only.
    """
    _check_names(table, existing.names if existing else (), given.names)
    fields, changes = list(existing or []), []
    known = {field.name: field.type for field in fields}
    for field in given:
        if field.name in known and pat.is_null(field.type):
            continue
        kind = kept_type(table, field.name, field.type)
        if field.name not in known:
            comment = (field.metadata or {}).get(b"comment")
            fields.append(pa.field(field.name, kind, metadata={"comment": comment} if comment else None))
        elif not _same(known[field.name], kind):
            changes.append((field.name, known[field.name], kind))
    if changes:
        raise SchemaChange(table, changes)
    return pa.schema(fields), len(fields) > len(known)


def _check_names(table: str, existing: Sequence[str], given: Sequence[str]) -> None:
    # By `lower`, as delta-rs compares them; `casefold` would take ß for ss.
    known, seen = {name.lower(): name for name in existing}, dict[str, str]()
    respelled, twice = [], []
    for name in given:
        folded = name.lower()
        if folded in seen:
            twice.append((seen[folded], name))
        elif known.get(folded, name) != name:
            respelled.append((known[folded], name))
        seen.setdefault(folded, name)
    if respelled or twice:
        raise ColumnsAlike(table, respelled, twice)


def check_layout(table: str, partitions: list[str], monthly: bool) -> None:
    """Refuses to replace a whole history by a snapshot, or a month in a table that has no months."""
    if monthly and partitions != [MONTH]:
        raise LayoutChange(f"{table} is a snapshot without months in the lake; it cannot be written by month.")
    if not monthly and partitions:
        raise LayoutChange(
            f"{table} is kept by {', '.join(partitions)}; a write without months would replace its whole history. "
            "Give the asset the monthly partitions of its domain."
        )


def conform(table: str, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in the columns of the table, nulls where it lacks one. Raises UnwritableColumn for values too large."""
    columns, names = [], set(batch.schema.names)
    for field in schema:
        if field.name not in names:
            columns.append(pa.nulls(batch.num_rows, field.type))
            continue
        column = batch.column(field.name)
        try:
            # Nanoseconds are cut, as DuckDB cuts them; anything else that would lose a value is an error.
            options = pc.CastOptions(field.type, allow_time_truncate=field.name != MONTH)
            columns.append(column if column.type == field.type else pc.cast(column, options=options))
        except pa.ArrowInvalid as error:
            raise UnwritableColumn(
                f"{table}: column {field.name} has a value that does not fit {field.type}: {error}. "
                "Nothing was written. Correct or quarantine the row, or cast the column."
            ) from error
        except pa.ArrowNotImplementedError as error:
            raise SchemaChange(table, [(field.name, field.type, column.type)]) from error
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def told(columns: Iterable[pa.Field]) -> list[str]:
    """The names of the columns that have statistics: those of numbers, days, instants and truths."""
    return [each.name for each in columns if is_told(each.type)]


def is_told(kind: pa.DataType) -> bool:
    """Whether a column of this type has statistics."""
    return bool(
        pat.is_integer(kind)
        or pat.is_floating(kind)
        or pat.is_decimal(kind)
        or pat.is_temporal(kind)
        or pat.is_boolean(kind)
    )


def writer_of(columns: pa.Schema) -> WriterProperties:
    """How delta-rs writes files of these columns."""
    return WriterProperties(
        compression="ZSTD",
        compression_level=3,
        max_row_group_size=ROWS_PER_BATCH,
        # The default is that of texts, for what is inside a list cannot be named.
        default_column_properties=ColumnProperties(statistics_enabled="NONE"),
        column_properties={name: ColumnProperties(statistics_enabled="PAGE") for name in told(columns)},
    )


def _same(old: pa.DataType, new: pa.DataType) -> bool:
    """Whether types agree but for the names that formats give to the elements of lists and maps."""
    if pat.is_list(old) and pat.is_list(new):
        return _same(old.value_type, new.value_type)
    if pat.is_map(old) and pat.is_map(new):
        return _same(old.key_type, new.key_type) and _same(old.item_type, new.item_type)
    if pat.is_struct(old) and pat.is_struct(new):
        return [f.name for f in old] == [f.name for f in new] and all(
            _same(o.type, n.type) for o, n in zip(old, new, strict=True)
        )
    return old == new
