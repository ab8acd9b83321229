"""Wanted ids: where they stand in bytes and texts as whole words, in any encoding, and how to speak of them unsaid.

Belongs here: matching and masking. Does not belong here: what bytes are (`decoding`), where they lie (`places`).

A whole word has no letter, digit or `_` at its sides. Digits of a decimal number, or of a UUID, are no id. An id that
has other signs is looked for as pages, workbooks, JSON, CSV and links spell it, too (`spellings`).
"""

import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from urllib.parse import quote, quote_plus

import numpy as np

CHUNK = 8 * 2**20  # of many ids the words of a piece are in memory, some ten times of it
AROUND = 40  # signs of context on each side
BESIDE, LEAST_BESIDE = 24, 4  # bytes on each side by which a stretch of a row is known again; fewer may be anywhere
MANY = 24  # ids, from which on the words of a text are looked up first
_ENCODINGS = (("utf-8", 1), ("latin-1", 1), ("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4))
_RUNS = re.compile(rb"[A-Za-z0-9_]+")
_IN_A_WORD = np.array([bool(_RUNS.match(bytes([sign]))) for sign in range(256)])
_BEGINNING = range(4)  # bytes by which many ids are looked for
_ESCAPED = re.compile(rb"\\u([0-9A-Fa-f]{4})|\\[nrtbf]|%([0-9A-Fa-f]{2})")  # a sign in JSON or in a link
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


_Needle = tuple[int, bytes, int, str]
"""The number of an id, its bytes, the bytes of a sign, and the encoding."""


@dataclass(frozen=True)
class Found:
    """An id in a stream of bytes: which of those wanted, at which line and place, and what stands around it, masked."""

    number: int
    line: int
    at: int
    context: str


def spellings(text: str) -> set[str]:
    """The text as files of several kinds have it: as it is, in pages and workbooks, JSON, CSV, links."""
    plain = {text, html.escape(text), html.escape(text, quote=False), text.replace('"', '""')}
    plain.add(html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"))
    plain |= {each.encode("ascii", "xmlcharrefreplace").decode() for each in plain}
    for each in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        plain |= {each, each.replace("/", "\\/"), html.escape(each)}
        # JSON within a page.
        plain.add(re.sub("[<>&']", lambda sign: f"\\u{ord(sign[0]):04x}", each))
    return plain | {quote(text), quote(text, safe=""), quote_plus(text)}


class Readable(Protocol):
    """What can be read to its end, once."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, no more than `size`; none at the end."""


class Wanted:
    """Ids that are looked for; in whatever is said of them they are `[n]`, by their place in the list."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = tuple(dict.fromkeys(ids))
        self._needles = [
            (number, encoded, width, encoding)
            for number, each in enumerate(self.ids, 1)
            for spelt in sorted(spellings(each), key=lambda spelt: (spelt != each, spelt))
            for encoding, width in _ENCODINGS
            if (encoded := _encoded(spelt, encoding)) is not None
        ]
        self._by_run = defaultdict[bytes, list[_Needle]](list)  # the longest word of each; none of what has no word
        for needle in self._needles:
            runs = _RUNS.findall(needle[1].replace(b"\0", b""))
            self._by_run[max(runs, key=len, default=b"")].append(needle)
        self._longest = max((len(needle) for _, needle, _, _ in self._needles), default=1)
        self._numbers = {each: number for number, each in enumerate(self.ids, 1)}
        self._masks = sorted(
            ((spelt, f"[{number}]") for each, number in self._numbers.items() for spelt in spellings(each)),
            key=lambda pair: (-len(pair[0]), pair),
        )

    def __repr__(self) -> str:
        return f"Wanted({len(self.ids)} ids)"

    @cached_property
    def exact(self) -> frozenset[str]:
        """The ids, to be looked up."""
        return frozenset(self.ids)

    def number(self, value: str) -> int:
        """The place of an id."""
        return self._numbers[value]

    def may_be_in(self, text: str) -> bool:
        """Whether an id may stand in a text."""
        return bool(self._there(text.encode("utf-8", "surrogatepass"), 1))

    def masked(self, text: str) -> str:
        """The text without the ids."""
        for spelt, mask in self._masks:
            if spelt in text:
                text = text.replace(spelt, mask)
        return text

    def in_text(self, text: str) -> list[Found]:
        """Where ids stand in a text."""
        return list(self.in_bytes(text.encode("utf-8", "surrogatepass")))

    def in_bytes(self, data: bytes, first_line: int = 1, offset: int = 0) -> Iterator[Found]:
        """Where ids stand in bytes, in order; at most one at each place."""
        seen, line, counted, ends = set[int](), first_line, 0, dict[int, int]()
        hits = []
        for number, needle, width, encoding in self._there(data):
            at = data.find(needle)
            while at >= 0:
                if at not in seen and _whole(data, at, len(needle), width, needle):
                    seen.add(at)
                    hits.append((at, number, len(needle), encoding))
                at = data.find(needle, at + 1)
        for at, number, length, encoding in sorted(hits):
            if at < ends.get(number, 0):  # the same, read from one byte before
                continue
            ends[number] = at + length
            line, counted = line + data.count(b"\n", counted, at), at
            reach = AROUND * (4 if encoding == "utf-32-le" else 2 if encoding.startswith("utf-16") else 1)
            start = at - min(reach, at) // 4 * 4 if reach > AROUND else max(at - reach, 0)
            left, right = (
                self._shown(part, "utf-8" if encoding == "latin-1" else encoding)
                for part in (data[start:at], data[at + length : at + length + reach])
            )
            # Others around it have no number: what a number is called must be what this one is called.
            yield Found(number, line, offset + at, f"{left.lstrip()}[{number}]{right.rstrip()}")

    def _shown(self, data: bytes, encoding: str) -> str:
        text = "".join(
            sign if sign.isprintable() and sign != "\ufffd" else " " for sign in data.decode(encoding, "replace")
        )
        for spelt, _ in self._masks:
            if spelt in text:
                text = text.replace(spelt, "[…]")
        return re.sub(" +", " ", text)

    def in_stream(self, stream: Readable) -> Iterator[Found]:
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

    def loose(self, stream: Readable, known: "Stretches | None" = None) -> Counter[int]:
        """How often each id stands in a stream whatever is beside it, but for a digit beside one of its own.

        For what writes value after value with nothing between, such as the pages of a database. What stands in one of
        the `known` stretches is left out.
        """
        found, kept, base, done = Counter[int](), b"", 0, 0
        reach = self._longest + BESIDE
        while True:
            piece = stream.read(CHUNK)
            data = kept + piece
            # What lies near the end is looked at with the piece that comes, which shows what is around it.
            until = len(data) - reach if piece else len(data)
            for at, needle, number in self._loose_in(data):
                if base + at < done or at >= until or _beside_a_digit(data, at, needle):
                    continue
                found[number] += known is None or not known.around(data, at, number)
            if not piece:
                break
            done = base + max(until, 0)
            cut = max(until - reach, 0)
            kept, base = data[cut:], base + cut
        return +found

    def note_loose(self, value: bytes, stretches: "Stretches") -> None:
        """Notes the stretches of a value in which ids stand as `loose` finds them, but for an id that is all of it."""
        for at, needle, number in self._loose_in(value):
            stretches.note(value, at, len(needle), number)

    def _loose_in(self, data: bytes) -> Iterator[tuple[int, bytes, int]]:
        """Place, bytes and number of all ids in the data; of many, places that begin like one are looked at alone."""
        needles = self._as_stored
        few = [each for each in needles if len(needles) <= MANY or len(each) < len(_BEGINNING)]
        for needle in few:
            at = data.find(needle)
            while at >= 0:
                yield at, needle, needles[needle]
                at = data.find(needle, at + 1)
        many = [each for each in needles if len(needles) > MANY and len(each) >= len(_BEGINNING)]
        if not many or len(data) < len(_BEGINNING):
            return
        signs = np.frombuffer(data, np.uint8).astype(np.uint16)
        pairs = signs[:-1] | signs[1:] << 8
        begins = np.ones(len(pairs) - 2, bool)
        for place in (0, 2):
            known = np.zeros(2**16, bool)
            known[[each[place] | each[place + 1] << 8 for each in many]] = True
            begins &= known[pairs[place : place + len(begins)]]
        lengths = sorted({len(each) for each in many})
        for at in np.flatnonzero(begins).tolist():
            for length in lengths:
                if (number := needles.get(data[at : at + length])) is not None:
                    yield at, data[at : at + length], number

    @cached_property
    def _as_stored(self) -> dict[bytes, int]:
        """The number of each id by its bytes in a database."""
        return {needle: number for number, needle, _, encoding in reversed(self._needles) if encoding == "utf-8"}

    def _there(self, data: bytes, widest: int = 4) -> list[_Needle]:
        """The needles that may be in the data: all of few, of many those one of whose words is in it."""
        if len(self.ids) <= MANY:
            return [each for each in self._needles if each[2] <= widest and each[1] in data]
        words = {b""} | self._words.known_in(data)
        if widest > 1 and b"\0" in data:
            data = data.replace(b"\0", b"")
            words |= self._words.known_in(data)
        for escaped in _ESCAPED.finditer(data) if b"\\" in data or b"%" in data else ():
            if after := _RUNS.match(data, escaped.end()):
                words.add(after[0])
        return sorted(
            needle for word in words & self._by_run.keys() for needle in self._by_run[word] if needle[2] <= widest
        )

    @cached_property
    def _words(self) -> "_Words":
        return _Words(self._by_run)


class Stretches:
    """Stretches of bytes that an id is a part of, by the id and its place in them."""

    def __init__(self) -> None:
        self._known = defaultdict[int, dict[tuple[int, int], set[bytes]]](dict)

    def note(self, value: bytes, at: int, length: int, number: int) -> None:
        """What stands around an id in a value: at most BESIDE bytes on each side, LEAST_BESIDE of both or nothing."""
        start, end = max(at - BESIDE, 0), min(at + length + BESIDE, len(value))
        if end - start >= length + LEAST_BESIDE:
            self._known[number].setdefault((at - start, end - start), set()).add(value[start:end])

    def around(self, data: bytes, at: int, number: int) -> bool:
        """Whether one of them stands around the id at a place in the data."""
        return any(
            at >= before and data[at - before : at - before + size] in known
            for (before, size), known in self._known[number].items()
        )


class _Words:
    """Words that are looked for among all words of some bytes; those of other lengths, or that begin or end otherwise,
    are passed over many at a time."""

    def __init__(self, words: Collection[bytes]) -> None:
        self._known = frozenset(words)
        self._lengths, self._ends = np.zeros(257, bool), np.zeros((2, 2**16), bool)
        for word in self._known - {b""}:
            self._lengths[min(len(word), 256)] = True
            self._ends[0, word[0] | word[min(1, len(word) - 1)] << 8] = True
            self._ends[1, word[-1] | word[max(-2, -len(word))] << 8] = True

    def known_in(self, data: bytes) -> set[bytes]:
        """Those of the words that stand in the data, with no letter, digit or `_` of ASCII beside them."""
        signs = np.frombuffer(data, np.uint8)
        inside = np.zeros(len(signs) + 2, bool)
        inside[1:-1] = _IN_A_WORD[signs]
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        starts, ends = edges[::2], edges[1::2]
        right = self._lengths[np.minimum(ends - starts, 256)]
        for side in (0, 1):
            starts, ends = starts[right], ends[right]
            outer = (ends - 1) if side else starts
            inner = np.clip(outer + (-1 if side else 1), starts, ends - 1)
            right = self._ends[side, signs[outer] | signs[inner].astype(np.uint16) << 8]
        found = zip(starts[right].tolist(), ends[right].tolist(), strict=True)
        return {data[start:end] for start, end in found} & self._known


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        encoded = text.encode(encoding)
    except UnicodeEncodeError:
        return None
    return None if encoding == "latin-1" and text.isascii() else encoded


def _beside_a_digit(data: bytes, at: int, needle: bytes) -> bool:
    """Whether digits go on at an end of the needle that is one: it is then a part of another number."""
    end = at + len(needle)
    sides = data[at - 1 : at] if at and needle[:1].isdigit() else b""
    sides += data[end : end + 1] if needle[-1:].isdigit() else b""
    return any(48 <= sign <= 57 for sign in sides)


def _whole(data: bytes, at: int, length: int, width: int, needle: bytes) -> bool:
    """Whether what stands at a place is a word of its own."""
    before, two_before = _sign(data, at - width, width), _sign(data, at - 2 * width, width)
    after, two_after = _sign(data, at + length, width), _sign(data, at + length + width, width)
    if _is_word(before):
        before = _unescaped(data[max(at - 6 * width, 0) : at].replace(b"\0", b""), before)
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
        return chr(raw[0]) if raw[0] < 0x80 else _sign_around(data, at)
    value = int.from_bytes(raw, "little")
    return chr(value) if value < 0x250 else chr(value >> 8) if value & 0xFF == 0 and value >> 8 < 0x250 else "\ufffd"


def _unescaped(before: bytes, sign: str) -> str:
    """The sign that the bytes before a place end with, where they spell it as JSON or a link does."""
    for width in (6, 3, 2):
        if escaped := _ESCAPED.fullmatch(before[-width:]):
            code = escaped[1] or escaped[2]
            return chr(int(code, 16)) if code else " "
    return sign


def _sign_around(data: bytes, at: int) -> str:
    """The sign of UTF-8 that a byte is a part of; where it is of none, that of Latin-1."""
    for start in range(at, max(at - 4, -1), -1):
        if data[start] >= 0xC0:
            length = 2 if data[start] < 0xE0 else 3 if data[start] < 0xF0 else 4
            try:
                return data[start : start + length].decode() if start + length > at else chr(data[at])
            except UnicodeDecodeError:
                return chr(data[at])
    return chr(data[at])


def _is_word(sign: str) -> bool:
    return bool(sign) and (sign.isalnum() or sign == "_")
