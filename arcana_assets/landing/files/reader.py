"""Reading landing files: every row of every format as text, and every line that is no row with the reason.

Belongs here: layouts, and the proof that the reader left nothing out. Does not belong here: the engine's own readers
(`scans`), types and months (`conform`), which files are read for a run (`landed`).
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.formats import CsvFormat, Format, XlsxFormat
from arcana_assets.domain.errors import first_line
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Connection, EngineError
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.engine.errors import CorruptFile
from arcana_assets.landing.files import encodings, headers, lines, scans
from arcana_assets.landing.files.copies import PlainCopies
from arcana_assets.landing.files.lines import Examined, Unaccounted
from arcana_assets.landing.files.scans import Layout
from arcana_assets.landing.files.unread import Unread
from arcana_assets.landing.workbooks.sheets import read_sheet
from arcana_assets.landing.zone import MALFORMED, Digest, LandingError, LandingFile, LandingZone

Count = Callable[[ir.Table], ir.Table]
AMISS = (EngineError, CorruptFile, Unaccounted)
"""What the engine says of a file that it cannot read as it is; of Parquet in words of its own."""

_views = itertools.count(1)


class LookedUp(Protocol):
    """The dates of rows whose files do not have them, as `landing.lookups` finds them."""

    @property
    def terms(self) -> str:
        """A hash of what the dates follow from."""

    @property
    def table(self) -> ir.Table:
        """The month of each key."""


class LandingReader:
    """Reads the files of one source.

    `rows(files)` has the raw columns as text plus `filename` (the file's uri), `_line` where the reader knows it,
    and, for a line that is no row, `_malformed` (why) and `_text` (the line as it came) with all raw columns null.
    """

    def __init__(self, zone: LandingZone, engine: Engine, contract: Contract, dates: LookedUp | None = None) -> None:
        self.zone, self.engine, self.contract, self.dates = zone, engine, contract, dates
        # That of the thread that made the reader: rows pass in another one, which must find the same views.
        self.backend = engine.backend
        if zone.remote:
            engine.reach_s3()
        self._copies = PlainCopies(zone)
        self._layouts: dict[LandingFile, Layout] = {}
        self._sheets: dict[LandingFile, tuple[tuple[str, ...], pa.Table]] = {}
        self._rejected: dict[LandingFile, pa.Table] = {}
        self._decodable: set[LandingFile] = set()

    @property
    def months(self) -> ir.Table | None:
        """The month of each key of another source that rows look up; None where the files have dates of their own."""
        return None if self.dates is None else self.dates.table

    def sound(self, files: Iterable[LandingFile], unread: Unread, *, known: bool = False) -> list[LandingFile]:
        """The files whose header, and encoding where they are not `known`, are as expected; `unread` has the others."""
        found = list[LandingFile]()
        for file in files:
            with unread.about(file):
                self.headers(file)
                if not known:
                    self.check_encodings([file])
                found.append(file)
        return found

    def headers(self, file: LandingFile) -> tuple[str, ...]:
        """The column names of a file as it has them, checked against the contract.

        Raises LandingError for an empty file, a wrong delimiter or encoding, missing, renamed and repeated columns.
        """
        return self._layout(file).names

    def unknown_columns(self, files: Iterable[LandingFile]) -> list[str]:
        """Headers that no contract speaks of; they are kept in bronze and go no further."""
        return sorted({name for file in files for name in self.headers(file)} - set(self.contract.raw_columns))

    def copied(self, file: LandingFile) -> bool:
        """Whether `inspect` found that the file can only be read from a plain copy."""
        return file in self._copies

    def rows(self, files: Sequence[LandingFile], rejects: str = "") -> ir.Table:
        """The rows of the files, lazily; lines that are no rows, and copies, are those of the last `inspect` of a file.

        Of files that nobody inspected, lines that are no rows are kept under the name `rejects`, for `account`.
        To be read with all raw columns: DuckDB does not see undecodable bytes in a column that nobody asks for, and
        such a line would then be there twice, as a row and as a malformed line.
        """
        tables = [self._read(files, rejects)]
        if rejected := [self._rejected[file] for file in files if file in self._rejected]:
            tables.append(with_columns(_together(rejected), _raw_columns(tables[0])))
        return ibis.union(*tables, distinct=False) if len(tables) > 1 else tables[0]

    def inspect(self, files: Sequence[LandingFile], digests: Mapping[LandingFile, Digest], count: Count) -> pa.Table:
        """Reads the files once in full, keeps the lines that are no rows, and proves that every line is accounted for.

        `count` groups rows by `filename` and whatever else it likes, with their number as `rows`; its result for all
        rows is returned. Raises LandingError where a line cannot be accounted for: nothing of the file is then read,
        and LandingChanged where that is because the file changed meanwhile.
        """
        try:
            return self._inspect(files, digests, count)
        except AMISS:
            self.zone.assert_unchanged(files)
        # Which file it is the engine does not say. Most of what it cannot read at all it can read from a plain copy.
        return pa.concat_tables([self._inspect_alone(file, digests, count) for file in files])

    def _inspect_alone(self, file: LandingFile, digests: Mapping[LandingFile, Digest], count: Count) -> pa.Table:
        form = self._form(file)
        try:
            return self._inspect([file], digests, count)
        except AMISS as bad:
            if form.kind not in ("csv", "jsonl"):
                raise self._unreadable(file, bad) from bad
        if isinstance(form, CsvFormat):
            self._copies.make_screened(file, form)
        else:
            self._copies.make(file, "utf-8", undecodable="backslashreplace")
        self._layouts.pop(file, None)
        try:
            return self._inspect([file], digests, count)
        except AMISS as bad:
            raise self._unreadable(file, bad) from bad

    def _unreadable(self, file: LandingFile, bad: Exception) -> LandingError:
        if isinstance(bad, LandingError):
            return bad
        found = first_line(bad.__cause__ if isinstance(bad, CorruptFile) else bad)
        return LandingError(f"{self.contract.name}: {file.path}: expected {self._form(file).kind}, found: {found}")

    def _inspect(self, files: Sequence[LandingFile], digests: Mapping[LandingFile, Digest], count: Count) -> pa.Table:
        for file in files:
            self._rejected.pop(file, None)
        rejects = f"rejected_{next(_views)}"
        table = self._read(files, rejects)
        self.check_encodings(files)
        try:
            counted = self.backend.to_pyarrow(count(table))
            rows: dict[str, int] = defaultdict(int)
            for group in counted.select(["filename", "rows"]).to_pylist():
                rows[group["filename"]] += group["rows"]
            refused = self._refused(files, digests, rows, rejects)
        finally:
            self.forget_refused(rejects)
        self._rejected |= refused
        if not refused:
            return counted
        also = with_columns(_together(refused.values()), _raw_columns(table))
        return pa.concat_tables([counted, self.backend.to_pyarrow(count(also))])

    def check_encodings(self, files: Iterable[LandingFile]) -> None:
        """Raises LandingError for a file that is in another encoding than its contract says."""
        for file in files:
            if isinstance(form := self._form(file), CsvFormat) and file not in self._decodable:
                encodings.check(self.zone, file, form, self.contract.name)
                self._decodable.add(file)

    def forget_refused(self, rejects: str) -> None:
        """Drops the lines that scans refused under this name, where `account` did not ask for them."""
        scans.forget_rejects(self._query, rejects)

    def account(
        self,
        files: Sequence[LandingFile],
        digests: Mapping[LandingFile, Digest],
        rows: Mapping[str, int],
        rejects: str,
        columns: Sequence[str],
    ) -> ir.Table | None:
        """What the scan refused, in the raw `columns`: lines that are no rows, and rows that stood behind a bad quote.

        To be asked for once all rows have been read, of which each file (by its uri) had so many. They are handed over,
        not kept: `rows` is without them. Raises Unaccounted where rows and refused lines are not the lines of a file.
        """
        refused = self._refused(files, digests, rows, rejects)
        return with_columns(_together(refused.values()), columns) if refused else None

    def _refused(
        self, files: Sequence[LandingFile], digests: Mapping[LandingFile, Digest], rows: Mapping[str, int], rejects: str
    ) -> dict[LandingFile, pa.Table]:
        refused: dict[LandingFile, pa.Table] = {}
        delimited = [(file, form) for file in files if isinstance(form := self._form(file), CsvFormat)]
        found = scans.rejects(self._query, rejects) if delimited else {}
        for file, form in delimited:
            here, plain = self._readable(file), self._plain(file, form)
            examined = lines.examine(
                self.zone, here, plain, self.headers(file), found.get(here.uri, []), self._copies.screened(file)
            )
            self._account_for_lines(file, plain, digests[file].lines, rows.get(file.uri, 0), examined)
            if examined.table.num_rows:
                uris = pa.array([file.uri] * examined.table.num_rows, pa.string())
                place = examined.table.column_names.index("filename")
                refused[file] = examined.table.set_column(place, "filename", uris)
        return refused

    def _account_for_lines(
        self, file: LandingFile, form: CsvFormat, expected: int, rows: int, examined: Examined
    ) -> None:
        here, accounted = self._readable(file), form.header_row + rows + len(examined.numbers)
        if here.copied:
            expected = self.zone.digests([here])[here].lines
        if accounted != expected:
            accounted += lines.blank_lines(self.zone, here, form, examined.numbers)
        if accounted != expected:
            # Quoted values span lines. Those of them that are blank were counted above, so breaks in a row count once;
            # a file without line feeds ends its lines in returns.
            breaks = "(\\r?\\n)+" if self.zone.digests([here])[here].feeds else "\\r+"
            found = (f"len(regexp_extract_all({quoted(name)}, '{breaks}'))" for name in self.headers(file))
            inside = f"list_sum([{', '.join(f'coalesce(sum({count}), 0)' for count in found)}])"
            scan = scans.csv(form, self.headers(file), [here], rejects := f"rejected_{next(_views)}")
            ((embedded,),) = self._query(f"SELECT {inside} FROM {scan}").fetchall()
            self.forget_refused(rejects)
            accounted += int(embedded)
        if accounted != expected:
            raise Unaccounted(
                f"{self.contract.name}: {file.path}: the reader accounts for {accounted} of {expected} lines. "
                "Nothing of it was written. Look for quotes that open and never close."
            )

    def _layout(self, file: LandingFile) -> Layout:
        if file not in self._layouts:
            names, kinds = self._columns(file)
            headers.check(names, self.contract, file)
            sheet = isinstance(self._form(file), XlsxFormat)
            self._layouts[file] = Layout(names, kinds, self._readable(file).copied, sheet)
        return self._layouts[file]

    def _form(self, file: LandingFile) -> Format:
        """The format of a file; files of a source may be of two, of which one is a workbook."""
        return headers.form_of(file, self.contract)

    def _columns(self, file: LandingFile) -> tuple[tuple[str, ...], tuple[str, ...]]:
        form, source = self._form(file), self.contract.name
        if file.size == 0:
            expected = f"expected a header of {len(self.contract.sought)} columns, found 0 bytes"
            raise LandingError(f"{source}: {file.path} is empty: {expected}")
        if isinstance(form, CsvFormat):
            return headers.header(self.zone, self._readable(file), self._plain(file, form), source), ()
        if isinstance(form, XlsxFormat):
            return self._sheet(file)[0], ()
        if form.kind == "jsonl":
            return self._keys(file), ()
        try:
            columns = self._query(f"DESCRIBE SELECT * FROM {scans.parquet([file])}").fetchall()
        except EngineError as bad:
            raise self._unreadable(file, bad) from bad
        return tuple(name for name, *_ in columns), tuple(kind for _, kind, *_ in columns)

    def _keys(self, file: LandingFile) -> tuple[str, ...]:
        """The keys that the objects of a file have between them, those of the contract first.

        Where no line is an object, which the lines themselves will say, they are those of the contract.
        """
        try:
            found = [key for (key,) in self._query(scans.json_keys(self._readable(file))).fetchall()]
        except EngineError as bad:
            if file in self._copies:
                raise self._unreadable(file, bad) from bad
            self._copies.make(file, "utf-8", undecodable="backslashreplace")
            return self._keys(file)
        known = [key for key in self.contract.raw_columns if key in found]
        return (*known, *(key for key in found if key not in known)) or self.contract.raw_columns

    def _readable(self, file: LandingFile) -> LandingFile:
        """The file, or the plain copy that it is read from. UTF-16 is always copied: DuckDB reads only some of it."""
        form = self._form(file)
        if isinstance(form, CsvFormat) and form.encoding == "utf-16" and file not in self._copies:
            self._copies.make_screened(file, form)
        return self._copies.get(file, file)

    def _plain(self, file: LandingFile, form: CsvFormat) -> CsvFormat:
        return form.model_copy(update={"encoding": "utf-8"}) if self._readable(file).copied else form

    def _read(self, files: Sequence[LandingFile], rejects: str = "") -> ir.Table:
        """The rows that are rows, of all layouts among the files."""
        layouts: dict[Layout, list[LandingFile]] = defaultdict(list)
        for file in files:
            layouts[self._layout(file)].append(file)
        # Files may spell a column that no contract speaks of in several ways; engines take them for one.
        names = {name.lower(): name for layout in reversed(layouts) for name in map(raw_name, reversed(layout.names))}
        ordered = dict.fromkeys(names[raw_name(name).lower()] for layout in layouts for name in layout.names)
        headers.check_number(len(ordered), self.contract, f"{self.contract.name}: {len(files)} files read together")
        tables = [
            with_columns(table.rename({names[name.lower()]: name for name in _raw_columns(table)}), list(ordered))
            for layout, same in layouts.items()
            for table in self._read_layout(layout, same, rejects)
        ]
        return ibis.union(*tables, distinct=False) if len(tables) > 1 else tables[0]

    def _read_layout(self, layout: Layout, files: list[LandingFile], rejects: str) -> Iterator[ir.Table]:
        form = self._form(files[0])
        if layout.sheet:
            yield from (ibis.memtable(self._sheet(file)[1]) for file in files)
            return
        read = self._plain(files[0], form) if isinstance(form, CsvFormat) else form
        here = [(file, self._readable(file)) for file in files]
        name, rejects = f"landing@{next(_views)}", rejects or f"rejected_{next(_views)}"
        self._query(f"CREATE TEMP VIEW {quoted(name)} AS {scans.rows(read, layout, here, rejects)}")
        yield self.backend.table(name)

    def _sheet(self, file: LandingFile) -> tuple[tuple[str, ...], pa.Table]:
        form = self._form(file)
        assert isinstance(form, XlsxFormat)
        if file not in self._sheets:
            self._sheets[file] = read_sheet(self.zone, file, form, self.contract)
        return self._sheets[file]

    def _query(self, sql: str) -> Connection:
        return self.backend.run(sql)


def _together(tables: Iterable[pa.Table]) -> ir.Table:
    return ibis.memtable(pa.concat_tables(list(tables), promote_options="default"))


def _raw_columns(table: ir.Table) -> list[str]:
    return [name for name in table.columns if name not in MALFORMED.names]


def with_columns(table: ir.Table, names: Sequence[str]) -> ir.Table:
    """The table with the raw columns `names` and those the reader finds, absent ones as null."""
    types = dict.fromkeys((*names, *MALFORMED.names), "string") | {"_line": "int64"}
    return table.select(
        **{name: table[name].cast(kind) if name in table.columns else ibis.null(kind) for name, kind in types.items()}
    )
