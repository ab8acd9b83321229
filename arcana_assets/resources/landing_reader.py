"""Reading landing files: every row of every format as text, and every line that is no row with the reason.

Belongs here: headers, the CSV, JSON Lines, Parquet and XLSX readers, and the proof that they left nothing out.
Does not belong here: types and months (`transforms`); which files are read for a run (`assets.bronze`).
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract import Contract, raw_name
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.formats import CsvFormat, XlsxFormat
from arcana_assets.resources import landing_lines
from arcana_assets.resources.engine import Engine, quoted
from arcana_assets.resources.landing_lines import Examined, Reject
from arcana_assets.resources.landing_zone import MALFORMED, Digest, LandingError, LandingFile, LandingZone

FOUND_BY_READER = tuple(MALFORMED.names)

_views = itertools.count(1)


class LandingReader:
    """Reads the files of one source.

    `rows(files)` has the raw columns as text plus `filename` (the file's uri), `_line` where the reader knows it,
    and, for a line that is no row, `_malformed` (why) and `_text` (the line as it came) with all raw columns null.
    """

    def __init__(self, zone: LandingZone, engine: Engine, contract: Contract) -> None:
        self.zone, self.engine, self.contract = zone, engine, contract
        self._rejected: dict[LandingFile, pa.Table] = {}

    def headers(self, file: LandingFile) -> tuple[str, ...]:
        """The column names of a file as it has them, checked against the contract.

        Raises LandingError for an empty file, a wrong delimiter or encoding, missing, renamed and repeated columns.
        """
        names = self._column_names(file)
        where = f"{self.contract.name}: {file.path}"
        expected = [column.from_ for column in self.contract.columns if not column.optional]
        missing = [name for name in expected if name not in names]
        if missing and len(names) == 1 and isinstance(self.contract.format, CsvFormat):
            delimiter = self.contract.format.delimiter
            other = next((mark for mark in ";,\t|" if mark != delimiter and mark in names[0]), None)
            hint = f"; the line has {other!r}: is that the delimiter?" if other else ""
            raise LandingError(f"{where}: expected {len(expected)} columns with delimiter {delimiter!r}, found one: {names[0][:120]!r}{hint}")
        if missing:
            extra = [name for name in names if name not in self.contract.raw_columns]
            hint = nearest(missing[0], extra) if extra else ""
            raise LandingError(f"{where}: expected the column(s) {', '.join(map(repr, missing))}, found {', '.join(map(repr, names))}{hint}")
        folded = [name.lower() for name in names]
        repeated = sorted({name for name in names if folded.count(name.lower()) > 1})
        if repeated:
            raise LandingError(f"{where}: expected columns with names of their own, found {', '.join(map(repr, repeated))} more than once")
        return names

    def unknown_columns(self, files: Iterable[LandingFile]) -> list[str]:
        """Headers that no contract speaks of; they are kept in bronze and go no further."""
        return sorted({name for file in files for name in self.headers(file)} - set(self.contract.raw_columns))

    def rows(self, files: Sequence[LandingFile]) -> ir.Table:
        """The rows of the files, lazily; lines that are no rows are those that the last `inspect` of a file found."""
        tables = [self._read(files)]
        if rejected := [self._rejected[file] for file in files if file in self._rejected]:
            tables.append(_with_columns(ibis.memtable(pa.concat_tables(rejected, promote_options="default")), _raw_columns(tables[0])))
        return ibis.union(*tables, distinct=False) if len(tables) > 1 else tables[0]

    def inspect(
        self, files: Sequence[LandingFile], digests: dict[LandingFile, Digest], count: Callable[[ir.Table], ir.Table]
    ) -> pa.Table:
        """Reads the files once in full, keeps the lines that are no rows, and proves that every line is accounted for.

        `count` groups rows by `filename` and whatever else it likes, with their number as `rows`; its result for all rows
        is returned. Raises LandingError where the reader cannot account for a line: the file is then not read at all.
        """
        rejects, form = f"rejected_{next(_views)}", self.contract.format
        for file in files:
            self._rejected.pop(file, None)
        try:
            counted = self.engine.backend.to_pyarrow(count(self._read(files, rejects)))
        except duckdb.Error as bad:
            names = ", ".join(file.path for file in files)
            raise LandingError(f"{self.contract.name}: {names}: expected {form.kind}, found: {str(bad).splitlines()[0]}") from bad
        if not isinstance(form, CsvFormat):
            return counted
        found = self._rejects(rejects)
        rows: dict[str, int] = defaultdict(int)
        for group in counted.select(["filename", "rows"]).to_pylist():
            rows[group["filename"]] += group["rows"]
        for file in files:
            examined = landing_lines.examine(self.zone, file, form, self.headers(file), found.get(file.uri, []))
            self._account_for_lines(file, form, digests[file].lines, rows[file.uri], examined)
            if examined.table.num_rows:
                self._rejected[file] = examined.table
        if found:
            kept = ibis.memtable(pa.concat_tables([self._rejected[file] for file in files if file in self._rejected], promote_options="default"))
            more = self.engine.backend.to_pyarrow(count(_with_columns(kept, _raw_columns(self._read(files)))))
            counted = pa.concat_tables([counted, more])
        return counted

    def _account_for_lines(self, file: LandingFile, form: CsvFormat, expected: int, rows: int, examined: Examined) -> None:
        lines = form.header_row + rows + len(examined.numbers)
        if lines != expected:
            lines += landing_lines.blank_lines(self.zone, file, form, examined.numbers)
        if lines != expected:
            inside = " + ".join(f"sum(length({quoted(name)}) - length(replace({quoted(name)}, chr(10), '')))" for name in self.headers(file))
            ((embedded,),) = self._query(f"SELECT {inside} FROM {self._csv(self.headers(file), [file])}").fetchall()
            lines += int(embedded or 0)
        if lines != expected and form.encoding != "utf-16":
            raise LandingError(
                f"{self.contract.name}: {file.path}: the reader accounts for {lines} of {expected} lines. Nothing of it was "
                "written. Look for quotes that open and never close, or for line ends of several kinds in one file."
            )

    def _column_names(self, file: LandingFile) -> tuple[str, ...]:
        form = self.contract.format
        if file.size == 0:
            raise LandingError(f"{self.contract.name}: {file.path} is empty: expected a header of {len(self.contract.columns)} columns, found 0 bytes")
        if isinstance(form, CsvFormat):
            return landing_lines.header(self.zone, file, form, self.contract.name)
        if isinstance(form, XlsxFormat):
            return self._sheet(file)[0]
        try:
            columns = self._query(f"DESCRIBE SELECT * FROM {self._source(form.kind, [file])}").fetchall()
        except duckdb.Error as bad:
            raise LandingError(f"{self.contract.name}: {file.path}: expected a {form.kind} file, found: {bad}") from bad
        return tuple(name for name, *_ in columns if name not in FOUND_BY_READER)

    def _read(self, files: Sequence[LandingFile], rejects: str = "") -> ir.Table:
        """The rows that are rows, of all layouts among the files."""
        layouts: dict[tuple[str, ...], list[LandingFile]] = defaultdict(list)
        for file in files:
            layouts[self.headers(file)].append(file)
        names = list(dict.fromkeys(raw_name(name) for header in layouts for name in header))
        tables = [_with_columns(table, names) for header, same in layouts.items() for table in self._read_layout(header, same, rejects)]
        return ibis.union(*tables, distinct=False) if len(tables) > 1 else tables[0]

    def _read_layout(self, header: tuple[str, ...], files: list[LandingFile], rejects: str) -> Iterator[ir.Table]:
        form = self.contract.format
        if isinstance(form, XlsxFormat):
            yield from (ibis.memtable(self._sheet(file)[1]) for file in files)
            return
        raw = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(raw_name(name))}" for name in header)
        if isinstance(form, CsvFormat):
            source = f"SELECT {raw}, filename FROM {self._csv(header, files, rejects)}"
        else:
            source = f"SELECT {raw}, COLUMNS('^(filename|_line|_malformed|_text)$') FROM {self._source(form.kind, files)}"
        name = f"landing@{next(_views)}"
        self._query(f"CREATE TEMP VIEW {quoted(name)} AS {source}")
        yield self.engine.backend.table(name)

    def _csv(self, header: tuple[str, ...], files: Sequence[LandingFile], rejects: str = "") -> str:
        """The table function that reads CSV files of one layout.

        Lines that are no rows are left out, by `store_rejects`: its sibling `ignore_errors` of DuckDB 2.0 drops whole
        parts of a file without a word when a quote does not close.
        """
        form = self.contract.format
        assert isinstance(form, CsvFormat)
        rejects = rejects or f"rejected_{next(_views)}"
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
        flags = "header = true, auto_detect = false, strict_mode = true, filename = true, store_rejects = true, rejects_limit = 0"
        return f"read_csv({_list(files)}, {flags}, {', '.join(f'{key} = {value}' for key, value in options.items())})"

    def _rejects(self, name: str) -> dict[str, list[Reject]]:
        """The records that a scan refused, by uri of their file; DuckDB makes the tables with the first of them."""
        if not self._query("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [f"{name}_errors"]).fetchall():
            return {}
        errors, scans = quoted(f"{name}_errors"), quoted(f"{name}_scans")
        refused = self._query(
            "SELECT file_path, line_byte_position, list(DISTINCT error_type::VARCHAR ORDER BY error_type::VARCHAR), any_value(csv_line) "
            f"FROM {errors} JOIN {scans} USING (scan_id, file_id) GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()
        self._query(f"DROP TABLE {errors}")
        self._query(f"DROP TABLE {scans}")
        found: dict[str, list[Reject]] = defaultdict(list)
        for uri, *reject in refused:
            found[uri].append(Reject(*reject))
        return found

    def _source(self, kind: str, files: Sequence[LandingFile]) -> str:
        if kind == "parquet":
            return f"(SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS _line FROM read_parquet({_list(files)}, filename = true, file_row_number = true, union_by_name = true))"
        keys = [column.from_ for column in self.contract.columns] + list(self.contract.ignored)
        values = ", ".join(f"json_extract_string(o, {literal(chr(36) + '.' + chr(34) + key + chr(34))}) AS {quoted(key)}" for key in keys)
        lines = (
            f"read_csv({_list(files)}, auto_detect = false, header = false, delim = '', quote = '', escape = '', "
            f"columns = {{'text': 'VARCHAR'}}, filename = true, max_line_size = 67108864, encoding = 'utf-8', strict_mode = false)"
        )
        numbered = f"SELECT text, filename, row_number() OVER (PARTITION BY filename) AS _line FROM {lines}"
        checked = f"SELECT *, json_valid(text) AND json_type(CASE WHEN json_valid(text) THEN text END) = 'OBJECT' AS good FROM ({numbered}) WHERE trim(text) <> ''"
        return (
            f"(SELECT {values}, filename, _line, CASE WHEN NOT good THEN 'not a JSON object' END AS _malformed, CASE WHEN NOT good THEN text END AS _text "
            f"FROM (SELECT *, CASE WHEN good THEN text END AS o FROM ({checked})))"
        )

    def _sheet(self, file: LandingFile) -> tuple[tuple[str, ...], pa.Table]:
        from arcana_assets.resources.landing_sheets import read_sheet

        assert isinstance(self.contract.format, XlsxFormat)
        return read_sheet(self.zone, file, self.contract.format, self.contract.name)

    def _query(self, sql: str, values: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
        if self.zone.remote:
            self.engine.reach_s3()
        return self.engine.backend.con.execute(sql, list(values))


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _list(files: Sequence[LandingFile]) -> str:
    return "[" + ", ".join(literal(file.uri) for file in files) + "]"


def _raw_columns(table: ir.Table) -> list[str]:
    return [name for name in table.columns if name not in FOUND_BY_READER]


def _with_columns(table: ir.Table, names: list[str]) -> ir.Table:
    """The table with the raw columns `names` and those the reader finds, absent ones as null."""
    types = {name: "string" for name in (*names, *FOUND_BY_READER)} | {"_line": "int64"}
    return table.select(**{name: table[name].cast(type_) if name in table.columns else ibis.null(type_) for name, type_ in types.items()})
