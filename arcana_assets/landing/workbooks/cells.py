"""Cells of a sheet that have no value to be trusted, although the parser gives them as empty or as 0.

Belongs here: errors, formulas that nobody has calculated, areas too large to hold. Does not belong here: the values
themselves (`sheets`), whether the file can be opened (`archives`).
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
from arcana_assets.landing.workbooks.archives import CHUNK, LINKS, WORKBOOK, part_name
from arcana_assets.landing.zone import LandingError

# Of the area from A1 to the last cell, which the parser holds in memory whether used or not: a million rows of 16
# columns. Reading 1.6 million cells of numbers took 182 bytes a cell at its height, so that the limit comes to 3 GB.
MAXIMUM_CELLS = 12_582_912
MAXIMUM_TEXT = 32_767  # characters that a cell can hold

PREFIX = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]{0,256}>\s*)?<(?:(\w{1,32}):)?worksheet[\s>]")
# A cell as all known programs write it, with its place first. Cells written otherwise are left to the exact walk, and
# nothing repeats without a bound, so that no file makes the search slow.
PLACED = rb"""\s{1,32}r="%b"(?:\s{1,32}[\w:]{1,32}="[^"<>]{0,128}"){0,8}\s{0,32}"""
ANY, COLUMN, ROW = rb"[A-Za-z]{1,7}[0-9]{1,9}", rb"([A-Za-z]{1,7})[0-9]{1,9}", rb"[A-Za-z]{1,7}([0-9]{1,9})"
PLACE = re.compile(r"([A-Za-z]+)([0-9]+)")

Faults = Mapping[int, Mapping[int, tuple[str, str]]]
"""By row and column, both from 1: what the cell shows, and what is wrong with it."""


@dataclass
class _Part:
    """What was seen of a sheet while it was inflated."""

    exact: bool = False  # whether it has to be walked: for formulas, errors and cells of an unusual spelling
    width: int = 0
    height: int = 0


@dataclass
class _Cells:
    """A walk over the cells of a sheet, for those without a value of their own, and for the area that all take."""

    calculated: bool
    found: dict[int, dict[int, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))
    width: int = 0
    height: int = 0
    row: int = 0
    column: int = 0
    line: int = 0  # the row of the cell, which may say another than the row it stands in
    holds: bool = False
    kind: str = ""
    formula: bool = False
    value: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.holds = True
        match name.rpartition(":")[2]:
            case "row":
                self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            case "c":
                if (place := attributes.get("r")) is None:
                    self.column, self.line = self.column + 1, self.row
                elif match := PLACE.fullmatch(place):
                    self.column, self.line = column_number(match[1]), int(match[2])
                else:
                    raise ValueError(f"a cell in {place!r}")
                self.holds, self.kind, self.formula, self.value = False, attributes.get("t", "n"), False, None
            case "f":
                self.formula = True
            case "v":
                self.value = ""

    def text(self, data: str) -> None:
        if self.value is not None and len(self.value) < MAXIMUM_TEXT:
            self.value += data

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] != "c":
            return
        if problem := self._problem():
            self.found[self.line][self.column] = (self.value or "", problem)
        if problem or self.holds:
            self.width, self.height = max(self.width, self.column), max(self.height, self.line)

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

    Raises LandingError where the sheet is not there or no XML, and where its area is too large to be held in memory.
    """
    expected = f"{where}: expected a sheet of {MAXIMUM_CELLS:,} cells or fewer, found '{sheet}' with"
    plain.seek(0)
    with zipfile.ZipFile(plain) as archive:
        name, calculated = _part_of(archive, sheet, where)
        try:
            with archive.open(name) as content:
                part = _look(content)
            _refuse_area(part, expected)
            if not part.exact:
                return {}
            cells = _Cells(calculated)
            parser = expat.ParserCreate()
            parser.buffer_text = True
            parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
            parser.CharacterDataHandler = cells.text
            with archive.open(name) as content:
                parser.ParseFile(content)
            _refuse_area(cells, expected)
        except (LookupError, ValueError, expat.ExpatError) as bad:
            raise LandingError(f"{where}: expected the sheet '{sheet}' as XML, found: {bad}; save it again") from bad
    return cells.found


def _refuse_area(seen: _Part | _Cells, expected: str) -> None:
    if seen.width * seen.height > MAXIMUM_CELLS:
        raise LandingError(
            f"{expected} {seen.width:,} columns and {seen.height:,} rows; delete what stands far away, or deliver CSV"
        )


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
    """How far the cells of a sheet reach, without parsing it, and whether it has to be parsed to know more.

    Raises ValueError for a tag, or a text behind it, that no cell could hold.
    """
    chunk, rest = content.read(CHUNK), b""
    root = PREFIX.match(chunk)
    part = _Part(exact=root is None)
    name = (root[1] or b"") if root else b""
    prefix = name and name + b":"
    column, row = (re.compile(b"<%bc%b>" % (prefix, PLACED % which)) for which in (COLUMN, ROW))
    # Formulas, and cells that are not written as expected or have another prefix than the sheet.
    formula = re.compile(rb"<%bf[\s/>]" % prefix)
    unusual = re.compile(rb"<%bc(?!%b/?>)[\s/>]" % (prefix, PLACED % ANY))
    foreign = re.compile(rb"(?<!<%b):c[\s/>]|<c[\s/>]" % name if name else rb":c[\s/>]")
    while chunk or rest:
        text = rest + chunk
        end = text.rfind(b"<") if chunk else len(text)  # the last tag may go on in the next chunk
        text, rest = text[:end], text[end:]
        if len(rest) > CHUNK:
            raise ValueError(f"a tag or text of more than {CHUNK:,} bytes")
        part.exact = part.exact or b'"e"' in text or b"'e'" in text
        part.exact = part.exact or any(pattern.search(text) for pattern in (formula, unusual, foreign))
        part.width = max([part.width, *(column_number(letters.decode()) for letters in {*column.findall(text)})])
        part.height = max([part.height, *map(int, {*row.findall(text)})])
        chunk = content.read(CHUNK)
    return part


def _part_of(archive: zipfile.ZipFile, sheet: str, where: str) -> tuple[str, bool]:
    """The part that holds a sheet, and whether the values of its formulas are ones that a spreadsheet calculated.

    A program that writes formulas without knowing what they come to puts 0 and asks to calculate them when opened.
    """
    names = {part_name(name): name for name in archive.namelist()}
    try:
        book = ElementTree.fromstring(archive.read(names[WORKBOOK]))  # noqa: S314 - of bounded size, without a DTD
        links = ElementTree.fromstring(archive.read(names[LINKS]))  # noqa: S314
    except (LookupError, ValueError, ElementTree.ParseError) as bad:
        raise LandingError(f"{where}: expected the list of sheets of a workbook, found: {bad}; save it again") from bad
    targets: dict[str, str] = {}
    for link in links.iter():
        if link.tag.rpartition("}")[2] == "Relationship":
            _add(targets, link.get("Id", ""), link.get("Target", ""), where)
    found: dict[str, str] = {}
    calculated = True
    for element in book.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "sheet":
            marks = [value for key, value in element.attrib.items() if key.endswith("}id")]
            target = targets.get(marks[0], "") if len(marks) == 1 else ""
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            _add(found, element.get("name", ""), names.get(part_name(part), part), where)
        elif tag == "calcPr":
            calculated = element.get("fullCalcOnLoad") not in ("1", "true")
    if sheet not in found:
        raise LandingError(f"{where}: expected the sheet '{sheet}'" + nearest(sheet, found))
    return found[sheet], calculated


def _add(found: dict[str, str], name: str, value: str, where: str) -> None:
    """Adds a sheet or link; of two with one name, the parser could read the one that was not checked."""
    if name in found:
        raise LandingError(f"{where}: expected the list of sheets of a workbook, found '{name}' twice; save it again")
    found[name] = value
