"""Plain copies: files that the engine cannot read as they are, rewritten as UTF-8 with one kind of line end.

Belongs here: UTF-16, Windows characters in latin-1, line ends of several kinds. Does not belong here: when a copy is
needed (`reader`). A copy has the lines of its file, one for one, so line numbers hold for both.
"""

import codecs
import io
import itertools
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from arcana_assets.domain.contract.formats import CsvFormat
from arcana_assets.engine.scratch import remove, scratch_folder
from arcana_assets.landing.screen import Screen
from arcana_assets.landing.zone import CHUNK, LandingError, LandingFile, LandingZone

UNDECODABLE = "\udcff"  # becomes the byte 0xff, which is no UTF-8: the reader then refuses the line and says why
HANDLER = "arcana-undecodable"
codecs.register_error(HANDLER, lambda error: (UNDECODABLE, error.end))  # type: ignore[attr-defined]

# What latin-1 leaves to control codes, files use for quotation marks, dashes and the euro sign of Windows-1252, as
# every browser reads them (WHATWG Encoding Standard, label `latin1`).
WINDOWS = {code: character for code in range(0x80, 0xA0) if (character := bytes([code]).decode("cp1252", "ignore"))}


class PlainCopies:
    """Copies of files in a temporary folder, which is removed with the last reference to this object."""

    def __init__(self, zone: LandingZone) -> None:
        self._zone, self._numbers = zone, itertools.count(1)
        self._made: dict[LandingFile, LandingFile] = {}
        self._refused: dict[LandingFile, dict[int, tuple[str, str]]] = {}
        self._folder: Path | None = None

    def __contains__(self, file: LandingFile) -> bool:
        return file in self._made

    def get(self, file: LandingFile, default: LandingFile) -> LandingFile:
        """The copy of a file, under the same `path`."""
        return self._made.get(file, default)

    def make(self, file: LandingFile, encoding: str, undecodable: str = HANDLER) -> LandingFile:
        """Writes the copy of a file. `undecodable` is how bytes that are no text are taken (an error handler's name).

        Raises LandingError for UTF-16 that is none.
        """
        return self._write(file, lambda content: _text_of(file, content, encoding, undecodable))

    def make_screened(self, file: LandingFile, form: CsvFormat) -> LandingFile:
        """Writes the copy of a CSV file without the lines in which the engine loses its way; `screened` has them."""
        screen = Screen(form)
        # What stands above the header is left blank: a quote in it means nothing, but not to the engine.
        self._refused[file] = screen.refused

        def text_of(content: IO[bytes]) -> Iterator[str]:
            lines = _lines_of(_text_of(file, content, form.encoding, HANDLER))
            titled = ("" if number < form.header_row else line for number, line in enumerate(lines, 1))
            return (line + "\n" for line in screen.lines(titled))

        return self._write(file, text_of)

    def screened(self, file: LandingFile) -> Mapping[int, tuple[str, str]]:
        """Lines that are blank in the copy and not in the file: their number, why, and their text."""
        return self._refused.get(file, {})

    def _write(self, file: LandingFile, text_of: Callable[[IO[bytes]], Iterable[str]]) -> LandingFile:
        if self._folder is None:
            self._folder = scratch_folder("landing")
            weakref.finalize(self, remove, self._folder)
        target = self._folder / f"{next(self._numbers)}.txt"
        with self._zone.open(file) as content, target.open("wb") as copy:
            copy.writelines(text.encode("utf-8", "surrogateescape") for text in text_of(content))
        self._made[file] = replace(file, uri=str(target), size=target.stat().st_size, copied=True)
        return self._made[file]


def _text_of(file: LandingFile, content: IO[bytes], encoding: str, undecodable: str) -> Iterator[str]:
    """The text of a file in pieces, with all line ends as line feeds."""
    decode = codecs.getincrementaldecoder(_utf_16(file, content) if encoding == "utf-16" else encoding)
    plain = io.IncrementalNewlineDecoder(decode(errors=undecodable), translate=True)
    last = False
    while not last:
        chunk = content.read(CHUNK)
        last = not chunk
        text = plain.decode(chunk, final=last)
        yield text.translate(WINDOWS) if encoding == "latin-1" else text


def _lines_of(pieces: Iterable[str]) -> Iterator[str]:
    begun = list[str]()  # of a line that goes on in the next piece; joined once, however long it is
    for piece in pieces:
        first, *others = piece.split("\n")
        begun.append(first)
        if others:
            yield "".join(begun)
            yield from others[:-1]
            begun = [others[-1]]
    if last := "".join(begun):
        yield last


def _utf_16(file: LandingFile, content: IO[bytes]) -> str:
    """Which of the two UTF-16 the file is: by its mark, or by where the zero byte of its first character is."""
    first = content.read(2)
    content.seek(0)
    if first in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if b"\x00" not in first:
        raise LandingError(
            f"{file.path}: expected utf-16 text, found {first!r} at its beginning; is it utf-8 or latin-1?"
        )
    return "utf-16-be" if first.startswith(b"\x00") else "utf-16-le"
