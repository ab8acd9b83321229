"""Scans: the table functions by which the engine reads files of one layout, every column as text.

Belongs here: options of DuckDB's CSV, Parquet and JSON Lines readers, and what it refused. Does not belong here: which
files are read, and the proof that nothing was left out (`landing_reader`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from arcana_assets.domain.contract import Contract
from arcana_assets.domain.formats import CsvFormat
from arcana_assets.resources.engine import quoted
from arcana_assets.resources.landing_lines import Reject
from arcana_assets.resources.landing_zone import LandingFile

NESTED = re.compile(r"^(STRUCT|MAP|UNION|JSON|VARIANT)\b|\]$")
MAXIMUM_OBJECT_BYTES = 67_108_864

Run = Callable[[str], Any]


def csv(form: CsvFormat, header: Sequence[str], files: Sequence[LandingFile], rejects: str, encoding: str) -> str:
    """CSV files of one layout, with `filename`.

    Lines that are no rows are left out, by `store_rejects`: its sibling `ignore_errors` of DuckDB 2.0 drops whole
    parts of a file without a word when a quote does not close.
    """
    options = {
        "delim": literal(form.delimiter),
        "quote": literal(form.quote),
        "escape": literal(form.quote),
        "encoding": literal(encoding),
        "skip": str(form.header_row - 1),
        "columns": "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header) + "}",
        "max_line_size": str(form.maximum_line_bytes),
        "rejects_table": literal(f"{rejects}_errors"),
        "rejects_scan": literal(f"{rejects}_scans"),
    }
    flags = "header = true, auto_detect = false, strict_mode = true, filename = true, store_rejects = true"
    given = ", ".join(f"{key} = {value}" for key, value in options.items())
    return f"read_csv({paths(files)}, {flags}, rejects_limit = 0, {given})"


def rejects(run: Run, name: str) -> dict[str, list[Reject]]:
    """The records that a CSV scan refused, by uri of their file; the tables they were kept in are dropped."""
    errors, scans = quoted(f"{name}_errors"), quoted(f"{name}_scans")
    # DuckDB makes the tables with the first record it refuses.
    if not run(f"SELECT 1 FROM duckdb_tables() WHERE table_name = {literal(f'{name}_errors')}").fetchall():
        return {}
    kinds = "list(DISTINCT error_type::VARCHAR ORDER BY error_type::VARCHAR)"
    refused = run(
        f"SELECT file_path, line_byte_position, {kinds}, any_value(csv_line) "
        f"FROM {errors} JOIN {scans} USING (scan_id, file_id) GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    run(f"DROP TABLE {errors}")
    run(f"DROP TABLE {scans}")
    found: dict[str, list[Reject]] = defaultdict(list)
    for uri, *reject in refused:
        found[uri].append(Reject(*reject))
    return found


def parquet(files: Sequence[LandingFile]) -> str:
    """Parquet files of one layout, with `filename` and `_line`."""
    scan = f"read_parquet({paths(files)}, filename = true, file_row_number = true)"
    return f"(SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS _line FROM {scan})"


def json_lines(files: Sequence[LandingFile], contract: Contract) -> str:
    """JSON Lines files, with `filename`, `_line`, and `_malformed` and `_text` of lines that are no object.

    Values are the strings of the contract's keys, nested ones as JSON text.
    """
    keys = ", ".join(f"json_extract_string(o, {literal(_path(key))}) AS {quoted(key)}" for key in contract.raw_columns)
    lines = (
        f"read_csv({paths(files)}, auto_detect = false, header = false, delim = '', quote = '', escape = '', "
        "columns = {'text': 'VARCHAR'}, filename = true, encoding = 'utf-8', strict_mode = false, "
        f"max_line_size = {MAXIMUM_OBJECT_BYTES})"
    )
    # Numbers over all rows are given in their order; partitioned ones in the order in which threads come by.
    counted = f"SELECT text, filename, row_number() OVER () AS place FROM {lines}"
    numbered = f"SELECT text, filename, place - min(place) OVER (PARTITION BY filename) + 1 AS _line FROM ({counted})"
    good = "json_valid(text) AND json_type(CASE WHEN json_valid(text) THEN text END) = 'OBJECT'"
    checked = f"SELECT *, {good} AS good FROM ({numbered}) WHERE trim(text) <> ''"
    return (
        f"(SELECT {keys}, filename, _line, CASE WHEN NOT good THEN 'not a JSON object' END AS _malformed, "
        "CASE WHEN NOT good THEN text END AS _text "
        f"FROM (SELECT *, CASE WHEN good THEN text END AS o FROM ({checked})))"
    )


def as_text(name: str, kind: str) -> str:
    """A column as text; nested values as JSON."""
    return f"CAST({f'to_json({quoted(name)})' if NESTED.search(kind) else quoted(name)} AS VARCHAR)"


def original_names(files: Iterable[tuple[LandingFile, LandingFile]]) -> str:
    """The `filename` of files that are read from copies, as (file, copy)."""
    names = ", ".join(f"{literal(copy.uri)}: {literal(file.uri)}" for file, copy in files)
    return f"(MAP {{{names}}})[filename]"


def _path(key: str) -> str:
    return f'$."{key}"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def paths(files: Iterable[LandingFile]) -> str:
    """Files as an SQL list. DuckDB takes `*`, `?` and `[` in a path for a pattern; here they mean themselves."""
    return "[" + ", ".join(literal(re.sub(r"([*?\[])", r"[\1]", file.uri)) for file in files) + "]"
