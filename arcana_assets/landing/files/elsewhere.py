"""Files that an engine of events reads, so that their rows do not pass through this process.

Belongs here: which files that may be, and the proof that it reads them as this process would. Does not belong here:
how an engine reads text (`engine`), files that are left to this process (`reader`), the rows of a run (`landed`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.formats import CsvFormat
from arcana_assets.engine.errors import UnreadFile
from arcana_assets.engine.events import BLANK, BREAKS, FILENAME, UNSURE, Delimited, PutsFiles
from arcana_assets.landing.conform.dating import rows_by_month
from arcana_assets.landing.files import headers, lines
from arcana_assets.landing.files.inventory import records_of
from arcana_assets.landing.files.listing import Listing
from arcana_assets.landing.files.reader import LandingReader, with_columns
from arcana_assets.landing.files.records import FileRecord
from arcana_assets.landing.zone import LandingFile

PIECE = 134_217_728
"""Bytes of a file that is worth reading in pieces; one with quoted values that span lines is then read twice."""
PATTERNS = frozenset("*?[]{}\\")
"""Signs of a path that an engine takes for a pattern."""
NAMED = 5  # files whose reasons are told
SUMS = {"unsure": UNSURE, "breaks": BREAKS, "blank": BLANK}


class Elsewhere:
    """The files of a source that an engine reads, as far as it was asked for them; `here` says why not of the others.

    A file is left to this process where it has one line that is no row, or its records are not its lines: `reader`
    knows how to tell of such a line, and how to save the rows behind it.
    """

    def __init__(self, events: PutsFiles, reader: LandingReader, timezone: str) -> None:
        self.here: dict[LandingFile, str] = {}
        self._events, self._reader, self._timezone = events, reader, timezone
        self._tables: list[ir.Table] = []
        self._table_of: dict[LandingFile, int] = {}
        self._groups: dict[LandingFile, list[dict[str, Any]]] = {}
        self._kept = ExitStack()

    def records(self, new: Sequence[LandingFile], listing: Listing) -> dict[LandingFile, FileRecord]:
        """What those of the new files hold that the engine reads; their headers are known to be sound.

        Raises LandingChanged for a file that changed meanwhile.
        """
        found = self._counted(new)
        for file in found:
            if self._lines(file, listing.digests[file].lines) != listing.digests[file].lines:
                self._leave(file, "its records are not its lines")
        found = [file for file in found if file in self._groups]
        groups = [group for file in found for group in self._groups[file]]
        return records_of(self._reader, found, listing, groups)

    def known(self, records: Mapping[LandingFile, FileRecord]) -> list[LandingFile]:
        """Those that the engine reads of the files that have a record, of whose lines nothing else is known."""
        for file, record in records.items():
            if not record.easy:
                self.here.setdefault(file, "it has lines that are no rows, or is read from a copy")
        found = self._counted([file for file, record in records.items() if record.easy])
        for file in found:
            if self._months(file) != {month: rows for month, rows in records[file].rows.items() if rows}:
                self._leave(file, "its rows are not those of its record")
        return [file for file in found if file in self._groups]

    def rows(self, files: Sequence[LandingFile], columns: Sequence[str]) -> ir.Table:
        """The rows of such files as `LandingReader.rows` gives them, in these raw columns, in their letter case."""
        spelt = {name.lower(): name for name in columns}
        uris = defaultdict[int, list[str]](list)
        for file in files:
            uris[self._table_of[file]].append(file.uri)
        tables = []
        for place, wanted in sorted(uris.items()):
            table = self._tables[place]
            table = table.filter(table[FILENAME].isin(wanted)).drop(UNSURE, BREAKS, BLANK)
            names = {spelt[name.lower()]: name for name in table.columns if name != FILENAME}
            tables.append(with_columns(table.rename(names), columns))
        return ibis.union(*tables, distinct=False) if tables[1:] else tables[0]

    def words(self) -> str:
        """Which files are read in this process, and why; empty where none is."""
        named = "; ".join(f"{file.path}: {why}" for file, why in list(self.here.items())[:NAMED])
        more = f"; and {len(self.here) - NAMED} more" if len(self.here) > NAMED else ""
        return f"read in this process, not by the event engine: {named}{more}" if self.here else ""

    def close(self) -> None:
        """Drops what the engine kept of the files."""
        self._kept.close()

    def _counted(self, files: Sequence[LandingFile]) -> list[LandingFile]:
        """Those that the engine reads without a doubt."""
        for file in files:
            if file not in self.here and (why := self._why_not(file)):
                self.here[file] = why
        asked = [file for file in files if file not in self.here and file not in self._groups]
        whole = [file for file in asked if not _in_pieces(file)]
        if pieces := [file for file in asked if _in_pieces(file)]:
            whole += self._ask(pieces, spans=False)
        for file in self._ask(whole, spans=True):
            self._leave(file, "it has lines that are no rows, or may not be")
        return [file for file in files if file in self._groups]

    def _why_not(self, file: LandingFile) -> str:
        form = headers.form_of(file, self._reader.contract)
        if not isinstance(form, CsvFormat):
            return f"it is {form.kind}"
        if form.encoding == "utf-16" or self._reader.copied(file):
            return "it is read from a copy"
        if form.header_row > 1:
            return "lines stand above its header"
        if not (form.delimiter + form.quote).isascii() or "\\" in form.delimiter + form.quote:
            return "its delimiter or its quote is no plain sign"
        if PATTERNS & set(file.uri):
            return "its name looks like a pattern"
        return "it has one column" if len(self._reader.headers(file)) == 1 else ""

    def _ask(self, files: Sequence[LandingFile], spans: bool) -> list[LandingFile]:
        """Has the engine count the files; those of which it is unsure are returned."""
        layouts = defaultdict[tuple[str, ...], list[LandingFile]](list)
        for file in files:
            layouts[self._reader.headers(file)].append(file)
        return [file for names, same in layouts.items() for file in self._ask_alike(names, same, spans)]

    def _ask_alike(self, names: Sequence[str], files: Sequence[LandingFile], spans: bool) -> list[LandingFile]:
        while files:
            try:
                return self._ask_together(names, files, spans)
            except UnreadFile as bad:
                self._reader.zone.assert_unchanged(files)
                blamed = [file for file in files if bad.file in ("", file.uri)] or files
                for file in blamed:
                    self._leave(file, str(bad))
                files = [file for file in files if file not in self.here]
        return []

    def _ask_together(self, names: Sequence[str], files: Sequence[LandingFile], spans: bool) -> list[LandingFile]:
        form, contract = headers.form_of(files[0], self._reader.contract), self._reader.contract
        assert isinstance(form, CsvFormat), "others are read here"
        assert form.encoding != "utf-16", "it is read from a copy"
        uris, columns = tuple(file.uri for file in files), tuple(map(raw_name, names))
        asked = Delimited(uris, columns, form.delimiter, form.quote, form.encoding, form.maximum_line_bytes, spans)
        table = self._kept.enter_context(self._events.texts(asked))
        rows = table.mutate(_malformed=ibis.null("string"))
        sums = {name: rows[column].cast("int64").sum() for name, column in SUMS.items()}
        groups = defaultdict[str, list[dict[str, Any]]](list)
        for group in self._events.small(rows_by_month(rows, contract, self._timezone, sums)).to_pylist():
            groups[group["filename"]].append(group)
        unsure = [file for file in files if any(group["unsure"] for group in groups[file.uri])]
        for file in files:
            if file not in unsure:
                self._groups[file], self._table_of[file] = groups[file.uri], len(self._tables)
        self._tables.append(table)
        return unsure

    def _lines(self, file: LandingFile, expected: int) -> int:
        """The lines of a file that its header, its records and lines that hold nothing are."""
        form = headers.form_of(file, self._reader.contract)
        assert isinstance(form, CsvFormat), "others are read here"
        rows, breaks, blank = (sum(group[each] for group in self._groups[file]) for each in ("rows", "breaks", "blank"))
        found = form.header_row + rows + breaks
        if found != expected:
            found += lines.blank_lines(self._reader.zone, file, form, frozenset()) - blank
        return int(found)

    def _months(self, file: LandingFile) -> dict[date | None, int]:
        months = Counter[date | None]()
        for group in self._groups[file]:
            months[group["event_month"]] += group["rows"]
        return dict(months)

    def _leave(self, file: LandingFile, why: str) -> None:
        self.here[file] = why
        self._groups.pop(file, None)


def _in_pieces(file: LandingFile) -> bool:
    return file.size > PIECE and not file.compressed
