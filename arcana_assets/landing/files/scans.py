"""Scans: the table functions by which the engine reads files of one layout, every column as text.

Belongs here: options of DuckDB's CSV, Parquet and JSON Lines readers, and what it refused. Does not belong here: which
files are read, and the proof that nothing was left out (`reader`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.formats import CsvFormat, Format
from arcana_assets.engine.duckdb.session import Connection
from arcana_assets.engine.duckdb.sql import listed, literal, quoted
from arcana_assets.landing.files.lines import Reject
from arcana_assets.landing.zone import LandingFile

FILENAME = "file of the\nscan"  # a header is one line, so that no CSV file has a column of this name
NESTED = re.compile(r"^(STRUCT|MAP|UNION|JSON|VARIANT)\b|\]$")
OBJECT = "json_valid(text) AND json_type(CASE WHEN json_valid(text) THEN text END) = 'OBJECT'"
MAXIMUM_OBJECT_BYTES = 67_108_864

Run = Callable[[str], Connection]


class Layout(NamedTuple):
    """What files must share to be read by one scan: columns and, where the format has them, their types."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    copied: bool
    sheet: bool


def rows(form: Format, layout: Layout, files: Sequence[tuple[LandingFile, LandingFile]], rejects: str) -> str:
    """A query for the rows of files of one layout, each with what it is read from, in columns of bronze, as text.

    `form` is that of what is read. Lines that a CSV scan refuses are kept under the name `rejects`.
    """
    here = [readable for _, readable in files]
    kinds = layout.kinds or ("VARCHAR",) * len(layout.names)
    raw = [quoted(raw_name(name)) for name in layout.names]
    if isinstance(form, CsvFormat):
        source, found, filename = csv(form, layout.names, here, rejects), map(quoted, layout.names), quoted(FILENAME)
        columns = _as_texts(found, kinds, raw)
    elif form.kind == "parquet":
        # Columns are told by their places: DuckDB's `filename` and `file_row_number` are then not hidden by theirs.
        places = [f'"{place}"' for place in range(len(raw))]
        source, filename = f"{parquet(here)} AS scan({', '.join(places)})", "filename"
        columns = [*_as_texts(places, kinds, raw), "file_row_number + 1 AS _line"]
    else:
        source, filename = _json_lines(here, layout.names), "filename"
        columns = [*raw, "_line", "_malformed", "_text"]
    columns.append(f"{_original_names(files, filename) if layout.copied else filename} AS filename")
    return f"SELECT {', '.join(columns)} FROM {source}"


def csv(form: CsvFormat, header: Sequence[str], files: Sequence[LandingFile], rejects: str) -> str:
    """CSV files of one layout, with FILENAME.

    Lines that are no rows are left out, by `store_rejects`: its sibling `ignore_errors` of DuckDB 2.0 drops whole
    parts of a file without a word when a quote does not close.
    """
    options = {
        "delim": literal(form.delimiter),
        "quote": literal(form.quote),
        "escape": literal(form.quote),
        "encoding": literal(form.encoding),
        "skip": str(form.header_row - 1),
        "columns": "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header) + "}",
        "max_line_size": str(form.maximum_line_bytes),
        "rejects_table": literal(f"{rejects}_errors"),
        "rejects_scan": literal(f"{rejects}_scans"),
    }
    flags = "header = true, auto_detect = false, strict_mode = true"
    named = f"filename = {literal(FILENAME)}"
    given = ", ".join(f"{key} = {value}" for key, value in options.items())
    return f"read_csv({_paths(files)}, {flags}, {named}, store_rejects = true, rejects_limit = 0, {given})"


def rejects(run: Run, name: str) -> dict[str, list[Reject]]:
    """The records that a CSV scan refused, by uri of their file; the tables they were kept in are dropped."""
    errors, scans = _kept_in(name)
    # DuckDB makes the tables with the first record it refuses.
    if not run(f"SELECT 1 FROM duckdb_tables() WHERE table_name = {literal(f'{name}_errors')}").fetchall():
        return {}
    kinds = "list(DISTINCT error_type::VARCHAR ORDER BY error_type::VARCHAR)"
    refused = run(
        f"SELECT file_path, line_byte_position, {kinds}, any_value(csv_line) "
        f"FROM {errors} JOIN {scans} USING (scan_id, file_id) GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    forget_rejects(run, name)
    found: dict[str, list[Reject]] = defaultdict(list)
    for uri, *reject in refused:
        found[uri].append(Reject(*reject))
    return found


def forget_rejects(run: Run, name: str) -> None:
    """Drops the records that a CSV scan refused, where there are any."""
    for table in _kept_in(name):
        run(f"DROP TABLE IF EXISTS {table}")


def _kept_in(name: str) -> tuple[str, str]:
    """The tables of what scans refused under a name: the records, and the scans."""
    return quoted(f"{name}_errors"), quoted(f"{name}_scans")


def parquet(files: Sequence[LandingFile]) -> str:
    """Parquet files of one layout."""
    return f"read_parquet({_paths(files)})"


def _json_lines(files: Sequence[LandingFile], keys: Sequence[str]) -> str:
    """JSON Lines files in columns of bronze, with `filename`, `_line`, and of lines that are no object why and text.

    Values are the strings of the keys, nested ones as JSON text.
    """
    values = "".join(f"json_extract_string(o, {literal(_pointer(key))}) AS {quoted(raw_name(key))}, " for key in keys)
    lines = _lines(files)
    # Numbers over all rows are given in their order; partitioned ones in the order in which threads come by.
    counted = f"SELECT text, filename, row_number() OVER () AS place FROM {lines}"
    numbered = f"SELECT text, filename, place - min(place) OVER (PARTITION BY filename) + 1 AS _line FROM ({counted})"
    checked = f"SELECT *, {OBJECT} AS good FROM ({numbered}) WHERE trim(text) <> ''"
    return (
        f"(SELECT {values}filename, _line, "
        "CASE WHEN NOT good THEN 'not a JSON object' END AS _malformed, CASE WHEN NOT good THEN text END AS _text "
        f"FROM (SELECT *, CASE WHEN good THEN text END AS o FROM ({checked})))"
    )


def json_keys(file: LandingFile) -> str:
    """A query for the keys that the objects of a JSON Lines file have, in order of name."""
    each = f"SELECT DISTINCT unnest(json_keys(CASE WHEN {OBJECT} THEN text END)) AS key FROM {_lines([file])}"
    return f"SELECT key FROM ({each}) ORDER BY key"


def _lines(files: Sequence[LandingFile]) -> str:
    return (
        f"read_csv({_paths(files)}, auto_detect = false, header = false, delim = '', quote = '', escape = '', "
        "columns = {'text': 'VARCHAR'}, filename = true, encoding = 'utf-8', strict_mode = false, "
        f"max_line_size = {MAXIMUM_OBJECT_BYTES})"
    )


def _as_texts(columns: Iterable[str], kinds: Iterable[str], names: Iterable[str]) -> list[str]:
    """Columns as text under other names; nested values as JSON."""
    return [
        f"CAST({f'to_json({column})' if NESTED.search(kind) else column} AS VARCHAR) AS {name}"
        for column, kind, name in zip(columns, kinds, names, strict=True)
    ]


def _original_names(files: Iterable[tuple[LandingFile, LandingFile]], filename: str) -> str:
    """The names of files that are read from copies, as (file, copy)."""
    names = ", ".join(f"{literal(copy.uri)}: {literal(file.uri)}" for file, copy in files)
    return f"(MAP {{{names}}})[{filename}]"


def _paths(files: Sequence[LandingFile]) -> str:
    return listed(file.uri for file in files)


def _pointer(key: str) -> str:
    """A key as a JSON pointer (RFC 6901), which, unlike a path, can spell any key."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
