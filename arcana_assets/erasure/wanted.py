"""Wanted ids: where they stand in bytes and texts as whole words, in any encoding, and how to speak of them unsaid.

Belongs here: matching and masking. Does not belong here: what bytes are (`decoding`), where they lie (`places`).

A whole word has no letter, digit or `_` at its sides. Digits of a decimal number, or of a UUID, are no id.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import IO

CHUNK = 32 * 2**20
AROUND = 40  # signs of context on each side
MANY = 24  # ids, from which on the words of a text are looked up first
_ENCODINGS = (("utf-8", 1), ("latin-1", 1), ("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4))
_RUNS = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Found:
    """An id in a stream of bytes: which of those wanted, at which line and place, and what stands around it, masked."""

    number: int
    line: int
    at: int
    context: str


class Wanted:
    """Ids that are looked for; in whatever is said of them they are `[n]`, by their place in the list."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = tuple(dict.fromkeys(ids))
        self._needles = [
            (number, encoded, width, encoding)
            for number, each in enumerate(self.ids, 1)
            for encoding, width in _ENCODINGS
            if (encoded := _encoded(each, encoding)) is not None
        ]
        self._runs = [max(_RUNS.findall(each.encode()), key=len, default=b"") for each in self.ids]
        self._longest = max((len(needle) for _, needle, _, _ in self._needles), default=1)

    def __repr__(self) -> str:
        return f"Wanted({len(self.ids)} ids)"

    @cached_property
    def exact(self) -> frozenset[str]:
        """The ids, to be looked up."""
        return frozenset(self.ids)

    def number(self, value: str) -> int:
        """The place of an id."""
        return self.ids.index(value) + 1

    def masked(self, text: str) -> str:
        """The text without the ids."""
        for number, each in sorted(enumerate(self.ids, 1), key=lambda pair: -len(pair[1])):
            text = text.replace(each, f"[{number}]")
        return text

    def in_text(self, text: str) -> list[Found]:
        """Where ids stand in a text."""
        return list(self.in_bytes(text.encode("utf-8", "surrogatepass")))

    def in_bytes(self, data: bytes, first_line: int = 1, offset: int = 0) -> Iterator[Found]:
        """Where ids stand in bytes, in order; at most one at each place."""
        seen, line, counted = set[int](), first_line, 0
        hits = []
        for number, needle, width, encoding in self._there(data):
            at = data.find(needle)
            while at >= 0:
                if at not in seen and _whole(data, at, len(needle), width, needle):
                    seen.add(at)
                    hits.append((at, number, len(needle), encoding))
                at = data.find(needle, at + 1)
        for at, number, length, encoding in sorted(hits):
            line, counted = line + data.count(b"\n", counted, at), at
            reach = AROUND * (4 if encoding == "utf-32-le" else 2 if encoding.startswith("utf-16") else 1)
            start = at - min(reach, at) // 4 * 4 if reach > AROUND else max(at - reach, 0)
            around = data[start : at + length + reach]
            text = around.decode(encoding if encoding != "latin-1" else "utf-8", "replace")
            context = " ".join(
                "".join(sign if sign.isprintable() and sign != "\ufffd" else " " for sign in text).split()
            )
            yield Found(number, line, offset + at, self.masked(context))

    def in_stream(self, stream: IO[bytes]) -> Iterator[Found]:
        """Where ids stand in a stream, which is read in pieces that overlap."""
        overlap, kept, offset, line, told = self._longest + 4 * AROUND, b"", 0, 1, -1
        while True:
            piece = stream.read(CHUNK)
            data = kept + piece
            for found in self.in_bytes(data, line, offset):
                # What is cut off at the end is seen whole in the next piece.
                if found.at > told and (not piece or found.at < offset + len(data) - overlap // 2):
                    told = found.at
                    yield found
            if not piece:
                return
            cut = max(len(data) - overlap, 0)
            line += data.count(b"\n", 0, cut)
            kept, offset = data[cut:], offset + cut

    def loose(self, stream: IO[bytes]) -> Counter[int]:
        """How often each id stands in a stream whatever is beside it, but for a digit beside one of its own.

        For what writes value after value with nothing between, such as the pages of a database.
        """
        found, kept = Counter[int](), b""
        while piece := stream.read(CHUNK):
            data = kept + piece
            for number, each in enumerate(self.ids, 1):
                needle = each.encode()
                # Those that end in the part kept from before were counted with it.
                at = data.find(needle, max(len(kept) - len(needle) + 1, 0))
                while at >= 0:
                    sides = data[at - 1 : at] if at and needle[:1].isdigit() else b""
                    sides += data[at + len(needle) : at + len(needle) + 1] if needle[-1:].isdigit() else b""
                    found[number] += not any(48 <= sign <= 57 for sign in sides)
                    at = data.find(needle, at + 1)
            kept = data[-self._longest :]
        return +found

    def _there(self, data: bytes) -> list[tuple[int, bytes, int, str]]:
        """The needles that may be in the data: all of few, of many those one of whose words is in it."""
        if len(self.ids) <= MANY:
            return self._needles
        words = {*_RUNS.findall(data)}
        if b"\0" in data:
            words |= {*_RUNS.findall(data.replace(b"\0", b""))}
        may = {number for number, run in enumerate(self._runs, 1) if run in words or not run}
        return [needle for needle in self._needles if needle[0] in may]


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        encoded = text.encode(encoding)
    except UnicodeEncodeError:
        return None
    return None if encoding == "latin-1" and text.isascii() else encoded


def _whole(data: bytes, at: int, length: int, width: int, needle: bytes) -> bool:
    """Whether what stands at a place is a word of its own."""
    before, two_before = _sign(data, at - width, width), _sign(data, at - 2 * width, width)
    after, two_after = _sign(data, at + length, width), _sign(data, at + length + width, width)
    if _is_word(before) or _is_word(after):
        return False
    if needle.replace(b"\0", b"").isdigit():
        if (before == "." and two_before.isdigit()) or (after == "." and two_after.isdigit()):
            return False
        if "-" in (before, after) and width == 1:
            around = data[max(at - 40, 0) : at + length + 40]
            return not any(match.start() <= min(at, 40) < match.end() for match in _UUID.finditer(around))
    return True


def _sign(data: bytes, at: int, width: int) -> str:
    if at < 0 or at + width > len(data):
        return ""
    raw = data[at : at + width]
    if width == 1:
        return chr(raw[0])
    value = int.from_bytes(raw, "little")
    return chr(value) if value < 0x250 else chr(value >> 8) if value & 0xFF == 0 and value >> 8 < 0x250 else "\ufffd"


def _is_word(sign: str) -> bool:
    return bool(sign) and (sign.isalnum() or sign == "_" or "\x80" <= sign != "\ufffd")
