"""CSV files that a spreadsheet opens as a table: UTF-8 with a byte order mark, RFC 4180, and what stands between cells
as the language has it: `;` where a comma is in numbers.

Belongs here: writing one and reading it back. Does not belong here: the texts of its cells (`cells`).
"""

import csv
import glob
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import EngineError
from arcana_assets.exports.cells import BLANKS, FORMULA_MARKS, legal_text, safe_text
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.exports.errors import UnreadableExport
from arcana_assets.presentation.language import Language

LINE_END = "\r\n"
_LINE = 2**21  # bytes of a line that DuckDB reads without being told


class CsvFile:
    """A file being written; the header is there from the start."""

    def __init__(self, path: Path, columns: Sequence[PublishedColumn], language: Language) -> None:
        self.delimiter = str(language.texts["notation"]["delimiter"])
        self.longest = 0
        """Characters of the longest row, at least."""
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, delimiter=self.delimiter, lineterminator=LINE_END)
        self._writer.writerow([safe_text(legal_text(column.name)) for column in columns])

    def add(self, columns: Sequence[list[str]]) -> None:
        """Writes rows, given column by column."""
        rows = list(zip(*columns, strict=True))
        self.longest = max(self.longest, max((sum(map(len, row)) for row in rows), default=0))
        self._writer.writerows(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def read_back(
    path: Path, columns: Sequence[PublishedColumn], engine: Engine, longest: int = 0, delimiter: str = ";"
) -> tuple[int, int]:
    """How many rows a file has, and how many cells of its text columns a spreadsheet would run as a formula.

    Raises UnreadableExport where it has a row of other columns.
    """
    names = [f"c{place}" for place in range(len(columns))]
    texts = [name for name, column in zip(names, columns, strict=True) if column.kind == "text"]
    marks = ", ".join(f"chr({ord(mark)})" for mark in FORMULA_MARKS)
    blanks = " || ".join(f"chr({ord(blank)})" for blank in BLANKS)
    cells = " + ".join(f"count(*) FILTER (WHERE ltrim({name}, {blanks})[1] IN ({marks}))" for name in texts) or "0"
    # A character has up to four bytes, and a quoted mark of quotation twice as many.
    line = max(_LINE, 8 * longest + 4 * len(columns))
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    file = glob.escape(str(path)).replace("'", "''")
    query = (
        f"SELECT count(*), {cells} FROM read_csv('{file}', columns = {{{types}}}, auto_detect = false, header = true, "
        f"delim = '{delimiter}', quote = '\"', escape = '\"', new_line = '\\r\\n', parallel = false, "
        f"max_line_size = {line})"
    )
    try:
        [(rows, formulas)] = engine.sql(query).rows()
    except EngineError as error:
        raise UnreadableExport(path.name, error) from error
    return rows, formulas
