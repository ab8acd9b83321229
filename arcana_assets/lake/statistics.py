"""Statistics: of which columns a file, and the log of its table, say the least and the greatest value.

Belongs here: which columns they are, and the settings of the writers. Does not belong here: what the log is told of
files that another engine wrote (`files`).

Texts have none. The least and the greatest id of a customer would stand in the footer of every file and, long after the
file is gone, in the log; so would what a line that is no row, or a reason, quotes. Nobody reads less for them: no table
is sorted by a text.
"""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.types as pat
from deltalake import ColumnProperties, WriterProperties

from arcana_assets.engine.duckdb.session import ROWS_PER_BATCH


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
