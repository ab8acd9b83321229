"""Cells of a sheet that have no value to be trusted, although the parser gives them as empty or as 0.

Belongs here: errors, formulas that nobody has calculated, areas too large to hold. Does not belong here: the values
themselves (`landing_sheets`), whether the file can be opened (`landing_archives`).
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from arcana_assets.domain.errors import nearest
from arcana_assets.resources.landing_archives import CHUNK, WORKBOOK
from arcana_assets.resources.landing_zone import LandingError

MAXIMUM_CELLS = 67_108_864  # of the area from A1 to the last cell, which the parser holds in memory whether used or not

LINKS = "xl/_rels/workbook.xml.rels"
PREFIX = re.compile(rb"<(\w+:)?worksheet\b")
# Cells that hold something, and rows: the parser takes the row of a cell from the cell, where it says one.
CELL = rb"""<%bc\s[^<>]*?\br\s*=\s*["']%b["'][^<>]*(?<!/)>"""
WIDE, ANY = rb"([A-Za-z]{2,})\d+", rb"[A-Za-z]+(\d+)"  # columns up to Z are counted anyway
ROW = rb"""<%brow\s[^<>]*?\br\s*=\s*["'](\d+)["'][^<>]*(?<!/)>"""

Faults = Mapping[int, Mapping[int, tuple[str, str]]]
"""By row and column, both from 1: what the cell shows, and what is wrong with it."""


@dataclass
class _Part:
    """What was seen of a sheet while it was inflated."""

    suspicious: bool = False
    width: int = 26
    height: int = 0


@dataclass
class _Cells:
    """A walk over the cells of a sheet, for those without a value of their own."""

    calculated: bool
    found: dict[int, dict[int, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))
    row: int = 0
    column: int = 0
    kind: str = ""
    formula: bool = False
    value: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            case "c":
                letters = attributes.get("r", "").rstrip("0123456789")
                self.column = column_number(letters) if letters else self.column + 1
                self.kind, self.formula, self.value = attributes.get("t", "n"), False, None
            case "f":
                self.formula = True
            case "v":
                self.value = ""

    def text(self, data: str) -> None:
        if self.value is not None:
            self.value += data

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "c" and (problem := self._problem()):
            self.found[self.row][self.column] = (self.value or "", problem)

    def _problem(self) -> str:
        value = None if self.value is None else self.value.strip()
        if self.kind == "e":
            return f"the error {value}"
        if not self.formula:
            return ""
        if value is None or (not value and self.kind != "str"):
            return "a formula without a value; open the workbook and save it again"
        return "" if self.calculated or value != "0" else "a formula that was never calculated"


def faults(plain: IO[bytes], sheet: str, where: str) -> Faults:
    """The cells of a sheet that have no value: errors, and formulas that nobody has calculated yet.

    Raises LandingError where the sheet is not there, and where its area is too large to be held in memory.
    """
    plain.seek(0)
    with zipfile.ZipFile(plain) as archive:
        name, calculated = _part_of(archive, sheet, where)
        try:
            with archive.open(name) as content:
                part = _look(content)
            if part.width * part.height > MAXIMUM_CELLS:
                raise LandingError(
                    f"{where}: expected a sheet of {MAXIMUM_CELLS:,} cells or fewer, found '{sheet}' with "
                    f"{part.width:,} columns and {part.height:,} rows; delete what stands far away, or deliver CSV"
                )
            if not part.suspicious:
                return {}
            cells = _Cells(calculated)
            parser = expat.ParserCreate()
            parser.buffer_text = True
            parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
            parser.CharacterDataHandler = cells.text
            with archive.open(name) as content:
                parser.ParseFile(content)
        except (LookupError, ValueError, expat.ExpatError) as bad:
            raise LandingError(f"{where}: expected the sheet '{sheet}' as XML, found: {bad}; save it again") from bad
    return cells.found


def column_number(letters: str) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cell_name(row: int, column: int) -> str:
    """A cell as people name it: row 3, column 2 is B3."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _look(content: IO[bytes]) -> _Part:
    """Whether a sheet has formulas or errors, and how far its cells reach, without parsing it."""
    part, rest, rows = _Part(), b"", 0
    chunk = content.read(CHUNK)
    prefix = (found[1] or b"") if (found := PREFIX.search(chunk)) else b""
    # Plain searches for what formulas and errors begin with cost nothing beside a pattern; the walk is exact.
    marks = (*(b"<%bf%b" % (prefix, end) for end in (b">", b" ", b"/")), b'"e"', b"'e'")
    wide, any_ = (re.compile(CELL % (prefix, which)) for which in (WIDE, ANY))
    row, begins = re.compile(ROW % prefix), b"<%brow" % prefix
    while chunk:
        text = rest + chunk
        rows += chunk.count(begins)
        part.suspicious = part.suspicious or any(mark in text for mark in marks)
        part.width = max([part.width, *(column_number(letters.decode()) for letters in {*wide.findall(text)})])
        part.height = max([part.height, rows, *map(int, {*any_.findall(text), *row.findall(text)})])
        rest, chunk = text[text.rfind(b"<") :][-4096:], content.read(CHUNK)
    return part


def _part_of(archive: zipfile.ZipFile, sheet: str, where: str) -> tuple[str, bool]:
    """The part that holds a sheet, and whether the values of its formulas are ones that a spreadsheet calculated.

    A program that writes formulas without knowing what they come to puts 0 and asks to calculate them when opened.
    """
    names = {name.lower(): name for name in archive.namelist()}
    try:
        book = ElementTree.fromstring(archive.read(names[WORKBOOK]))  # noqa: S314 - of bounded size, without a DTD
        links = ElementTree.fromstring(archive.read(names[LINKS]))  # noqa: S314
    except (LookupError, ValueError, ElementTree.ParseError) as bad:
        raise LandingError(f"{where}: expected the list of sheets of a workbook, found: {bad}; save it again") from bad
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found: dict[str, str] = {}
    calculated = True
    for element in book.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "sheet":
            link = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
            target = targets.get(link, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found[element.get("name", "")] = names.get(part.lower(), part)
        elif tag == "calcPr":
            calculated = element.get("fullCalcOnLoad") not in ("1", "true")
    if sheet not in found:
        raise LandingError(f"{where}: expected the sheet '{sheet}'" + nearest(sheet, found))
    return found[sheet], calculated
