"""Frames: pandas rows to tables of a declared schema and back, where a month may have none.

Belongs here: what an empty frame lacks, types above all. Does not belong here: what rows mean.
"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa


def nothing(schema: pa.Schema) -> pd.DataFrame:
    """No rows, in the columns and types of a schema: joined to others it changes none of theirs."""
    frame: pd.DataFrame = schema.empty_table().to_pandas()
    return frame


def as_table(frames: Sequence[pd.DataFrame], schema: pa.Schema) -> pa.Table:
    """The rows of all frames as a table; a column that a frame does not have is null there."""
    parts = [
        pa.Table.from_pandas(frame.reindex(columns=schema.names), schema=schema, preserve_index=False)
        for frame in frames
        if len(frame)
    ]
    return pa.concat_tables(parts) if parts else schema.empty_table()
