"""Rows of frames and records as those of a declared table, where a month may have none.

Belongs here: what an empty frame lacks, types above all. Does not belong here: what rows mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from arcana_assets.tables.table import Table


def nothing(table: Table) -> pd.DataFrame:
    """No rows, in the columns and types of a table: joined to others it changes none of theirs."""
    frame: pd.DataFrame = table.arrow.empty_table().to_pandas()
    return frame


def as_table(frames: Sequence[pd.DataFrame], table: Table) -> pa.Table:
    """The rows of all frames in the columns of the table; a column that a frame does not have is null there.

    Columns that a pattern of the table stands for follow, in the order in which frames have them; others are left out.
    """
    parts = [frame for frame in frames if len(frame)]
    declared = table.arrow
    found = dict.fromkeys(name for part in parts for name in part.columns if name not in declared.names)
    more = [name for name in found if table.column(name)]
    schema = table.schema_of(pa.schema([*declared, *(pa.field(name, pa.null()) for name in more)]))
    return pa.concat_tables(
        [schema.empty_table(), *(_columns_there(part, schema) for part in parts)], promote_options="default"
    )


def _columns_there(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    there = pa.schema([field for field in schema if field.name in frame.columns])
    return pa.Table.from_pandas(frame[there.names], schema=there, preserve_index=False)


def from_rows(rows: Iterable[Mapping[str, Any]], table: Table) -> pa.Table:
    """Records as rows of the table; a column that a record does not have is null there."""
    return pa.Table.from_pylist(list(rows), schema=table.arrow)
