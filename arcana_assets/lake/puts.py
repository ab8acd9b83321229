"""Puts: the rows of an expression as files in the folder of their table, put there by the engine that has them.

Belongs here: in which columns, and where. Does not belong here: what their footers say (`files`), the commit (`lake`).
"""

import uuid

import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.engine.events import PutsFiles
from arcana_assets.lake.errors import UnwritableColumn
from arcana_assets.lake.files import Staged, staged, staged_folder
from arcana_assets.lake.rows import Declaration, as_declared
from arcana_assets.lake.schema import MONTH


def put_files(
    uri: str, name: str, rows: ir.Table, engine: PutsFiles, monthly: bool, declared: Declaration | None
) -> Staged:
    """Has an engine put the rows into a folder of their own below the table's, which waits for its commit.

    Raises UnwritableColumn for rows of a monthly table that have no month, and what `declared` refuses.
    """
    columns = as_declared(name, pa.schema(rows.schema().to_pyarrow()), declared)
    if monthly and MONTH not in columns.names:
        raise UnwritableColumn(
            f"{name} is a monthly table, but the rows have no column `month` (the first day, a date)."
        )
    token = uuid.uuid4().hex
    engine.put(rows, staged_folder(uri, token), columns, MONTH if monthly else None)
    return staged(uri, token, columns, monthly)
