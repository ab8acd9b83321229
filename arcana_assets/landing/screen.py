"""Screening: lines over which the engine's CSV reader loses its way, taken out before it reads a copy.

Belongs here: quotes that never close, lines beyond the contract's limit. DuckDB 2.0 loses the rest of its buffer at
either, rows that are fine among it. Does not belong here: lines that it refuses by itself (`files.lines`).
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from arcana_assets.domain.contract.formats import CsvFormat

TOO_LONG = "line too long"
UNCLOSED = "bad quoting: the quote does not close"

Line = tuple[int, str]


class Screen:
    """Passes lines on, but for those in `refused` (number of the line: why, and its text), which are left blank."""

    def __init__(self, form: CsvFormat) -> None:
        self.refused: dict[int, tuple[str, str]] = {}
        self._quote, self._limit, self._exempt = form.quote, form.maximum_line_bytes, form.header_row
        if form.quote:
            quote, mark = re.escape(form.quote), re.escape(form.delimiter)
            inside = f"(?:[^{quote}]|{quote}{quote})*"
            self._whole = re.compile(f"(?:^|(?<={mark})){quote}{inside}{quote}(?={mark}|$)")
            self._opens = re.compile(f"(?:^|{mark}){quote}")
            self._goes_on = re.compile(f"{inside}$")
            self._closes = re.compile(f"{inside}{quote}(?={mark}|$)")

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines, which come and go without their ends."""
        numbered, again = enumerate(lines, 1), deque[Line]()
        while (line := again.popleft() if again else next(numbered, None)) is not None:
            number, text = line
            if number <= self._exempt:
                yield text
            elif len(text) > self._limit or len(text.encode("utf-8", "surrogateescape")) > self._limit:
                self.refused[number] = (TOO_LONG, text)
                yield ""
            elif not self._open(text):
                yield text
            else:
                held, closed = self._until_closed(again, numbered)
                if closed:
                    yield text
                    yield from (each for _, each in held)
                else:
                    self.refused[number] = (UNCLOSED, text)
                    again.extendleft(reversed(held))
                    yield ""

    def _until_closed(self, again: deque[Line], numbered: Iterator[Line]) -> tuple[list[Line], bool]:
        """The lines up to the one that closes a quote, and whether there is one within the limit."""
        held: list[Line] = []
        size = 0
        while size <= self._limit and (line := again.popleft() if again else next(numbered, None)) is not None:
            held.append(line)
            size += len(line[1]) + 1
            if self._goes_on.match(line[1]):
                continue
            closing = self._closes.match(line[1])
            if closing is None:
                return held, False
            if not self._open(line[1][closing.end() :]):
                return held, True
        return held, False

    def _open(self, text: str) -> bool:
        """Whether a quote opens that does not close in the line. Within a field that began without, it is a letter."""
        return bool(self._quote) and self._quote in text and bool(self._opens.search(self._whole.sub("", text)))
