"""Decoding: from a file to the values that it holds, whatever it is packed in.

Belongs here: Parquet, archives, compressed files, SQLite, pictures, everything else as bytes; and what can not be read.
Does not belong here: which files there are (`places`), how ids are matched (`wanted`).
"""

import bz2
import gzip
import lzma
import shutil
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pat

from arcana_assets.domain.errors import first_line
from arcana_assets.erasure.wanted import CHUNK, Readable, Stretches, Wanted

TEXTS_AT_ONCE = 20_000  # of a column that are looked through together
DEEP = 4  # archives within archives that are opened
UNREADABLE = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "RAR", b"\x04\x22\x4d\x18": "LZ4"}
_DATABASE, _LOGS = (
    b"SQLite format 3\0",
    (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"),
)  # of SQLite, and what it writes ahead


class Undecoded(Exception):
    """What a file holds cannot be told; the message says why."""


@dataclass(frozen=True)
class Hit:
    """An id in a file: where in it, what stands around it, masked, and how often it is found there."""

    where: str
    context: str
    number: int
    times: int = 1


def hits_in(
    wanted: Wanted, stream: IO[bytes], *, path: str = "", numbers: bool = False, deep: int = 0
) -> Iterator[Hit]:
    """Where ids stand in a file. `path` is that of a local one; with `numbers` a number of Parquet may be an id.

    Raises Undecoded.
    """
    start = stream.read(16)
    stream.seek(0)
    packed = next((opened for magic, opened in _PACKED.items() if start.startswith(magic)), None)
    if name := next((name for magic, name in UNREADABLE.items() if start.startswith(magic)), None):
        raise Undecoded(f"a file of {name}, which nothing here opens")
    try:
        if start.startswith(b"PAR1"):
            yield from _in_parquet(wanted, stream, numbers)
        elif start.startswith(b"PK\x03\x04"):
            yield from _in_zip(wanted, stream, numbers, deep)
        elif packed is not None:
            if deep >= DEEP:
                raise Undecoded("packed too often")
            with closing(packed(stream)) as plain:
                yield from _in_packed(wanted, plain, numbers, deep + 1)
        elif start.startswith(b"\x89PNG\r\n\x1a\n"):
            yield from _in_picture(wanted, stream)
        elif start.startswith((_DATABASE, *_LOGS)):
            yield from _in_sqlite(wanted, stream, path if start.startswith(_DATABASE) else "")
        else:
            yield from _plain(wanted, stream)
    except (pa.ArrowException, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise Undecoded(wanted.masked(first_line(error))) from error
    except FileNotFoundError:
        raise
    except OSError as error:  # bz2 and zstd of what is no such file
        raise Undecoded(wanted.masked(first_line(error))) from error
    except (RuntimeError, NotImplementedError, sqlite3.Error) as error:  # zipfile of a password, or of a method
        raise Undecoded(wanted.masked(first_line(error))) from error


def hits_in_rows(wanted: Wanted, values: Iterable[tuple[str, str, bytes]]) -> Iterator[Hit]:
    """Where ids stand in values of a database, each with its table and its column."""
    shortest = min(map(len, wanted.ids), default=0)
    for table, name, value in values:
        if len(value) >= shortest:
            for each in wanted.in_bytes(_unpacked(value)):
                yield Hit(f"table {table}, column {name}", each.context, each.number)


def _plain(wanted: Wanted, stream: Readable, where: str = "") -> Iterator[Hit]:
    for found in wanted.in_stream(stream):
        yield Hit(f"{where}{f'line {found.line}'}", found.context, found.number)


def _in_packed(wanted: Wanted, plain: IO[bytes], numbers: bool, deep: int) -> Iterator[Hit]:
    """What was packed, piece by piece: it may be larger than memory.

    What has to be read from anywhere comes into a file without a name, which is gone with the process.
    """
    start = plain.read(16)
    if not start.startswith((b"PAR1", b"PK\x03\x04", b"\x89PNG", _DATABASE, *_LOGS, *_PACKED, *UNREADABLE)):
        yield from _plain(wanted, _After(start, plain))
        return
    with tempfile.TemporaryFile() as whole:
        shutil.copyfileobj(_After(start, plain), whole, CHUNK)
        whole.seek(0)
        yield from hits_in(wanted, whole, numbers=numbers, deep=deep)


class _After:
    """A stream whose beginning was read already."""

    def __init__(self, start: bytes, rest: IO[bytes]) -> None:
        self._start, self._rest = start, rest

    def read(self, size: int = -1) -> bytes:
        """The beginning, then the rest."""
        if self._start:
            start, self._start = self._start, b""
            return start
        return self._rest.read(size)


def _in_parquet(wanted: Wanted, stream: IO[bytes], numbers: bool) -> Iterator[Hit]:
    """Values of all columns, and all that is no value: footer, statistics, indexes, names."""
    for found in wanted.in_stream(stream):
        yield Hit("bytes", found.context, found.number)
    file, ids = pq.ParquetFile(stream), pa.array(wanted.ids, pa.string())
    for group in range(file.num_row_groups):
        for name in file.schema_arrow.names:
            table = file.read_row_group(group, columns=[name])
            for column in table.columns:
                for chunk in column.chunks:
                    for leaf in _leaves(chunk, numbers):
                        yield from _in_values(wanted, leaf, ids, name)


def _in_values(wanted: Wanted, values: pa.Array, ids: pa.Array, name: str) -> Iterator[Hit]:
    for found in pc.value_counts(values.filter(pc.is_in(values, ids))).to_pylist():
        yield Hit(f"column {name}", "", wanted.number(found["values"]), found["counts"])
    unique = pc.unique(values)
    worded = unique.filter(pc.fill_null(pc.match_substring_regex(unique, r"[^0-9A-Za-z_]"), False))
    for start in range(0, len(worded), TEXTS_AT_ONCE):
        texts = worded.slice(start, TEXTS_AT_ONCE).to_pylist()
        if not wanted.may_be_in("\n".join(texts)):
            continue
        for text in texts:
            if text not in wanted.exact and wanted.may_be_in(text):
                for found in wanted.in_text(text):
                    yield Hit(f"column {name}", found.context, found.number)


def _leaves(values: pa.Array, numbers: bool) -> Iterator[pa.Array]:
    """The texts in a column, whatever they are nested in."""
    kind = values.type
    if pat.is_dictionary(kind):
        yield from _leaves(values.dictionary, numbers)
    elif pat.is_string(kind) or pat.is_large_string(kind) or pat.is_string_view(kind):
        yield values.cast(pa.string())
    elif pat.is_binary(kind) or pat.is_large_binary(kind) or pat.is_fixed_size_binary(kind):
        yield pa.array([None if each is None else each.decode("utf-8", "replace") for each in values.to_pylist()])
    elif pat.is_map(kind):
        yield from _leaves(values.keys, numbers)
        yield from _leaves(values.items, numbers)
    elif pat.is_list(kind) or pat.is_large_list(kind) or pat.is_fixed_size_list(kind):
        yield from _leaves(values.flatten(), numbers)
    elif pat.is_struct(kind):
        for field in values.flatten():
            yield from _leaves(field, numbers)
    elif numbers and (pat.is_integer(kind) or pat.is_floating(kind)):
        whole = pc.cast(values, pa.int64(), safe=False) if pat.is_floating(kind) else values
        yield whole.cast(pa.string())


def _in_zip(wanted: Wanted, stream: IO[bytes], numbers: bool, deep: int) -> Iterator[Hit]:
    if deep >= DEEP:
        raise Undecoded("packed too often")
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            for found in wanted.in_text(member.filename):
                yield Hit("name of a member", found.context, found.number)
            with archive.open(member) as inner:
                for hit in _in_packed(wanted, inner, numbers, deep + 1):
                    yield Hit(f"{wanted.masked(member.filename)}, {hit.where}", hit.context, hit.number, hit.times)


def _in_picture(wanted: Wanted, stream: IO[bytes]) -> Iterator[Hit]:
    """What a picture says of itself; of its points no text can be read."""
    data, at = stream.read(), 8
    while at + 8 <= len(data):
        (length,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"zTXt"):
            if kind == b"zTXt":
                body = body.partition(b"\0")[0] + b"\0" + zlib.decompress(body.partition(b"\0")[2][1:])
            for found in wanted.in_bytes(body):
                yield Hit("words of the picture", found.context, found.number)
        at += 12 + length


def _in_sqlite(wanted: Wanted, stream: IO[bytes], path: str) -> Iterator[Hit]:
    """Values in rows, unpacked where they are packed; and bytes that are in no row, as deleted rows leave them."""
    found = set[int]()
    for hit in hits_in_rows(wanted, _values(path) if path else ()):
        found.add(hit.number)
        yield hit
    loose = {number: times for number, times in wanted.loose(stream).items() if number not in found}
    if loose and path:
        # A part of a longer word of a row, such as a digest, is no customer where the very same bytes stand around it.
        numbers, stretches = sorted(loose), Stretches()
        some = Wanted([wanted.ids[number - 1] for number in numbers])
        for _, _, value in _values(path):
            some.note_loose(value, stretches)
        stream.seek(0)
        loose = {numbers[at - 1]: times for at, times in some.loose(stream, stretches).items()}
    for number, times in loose.items():
        yield Hit("bytes of no row", "", number, times)


def _values(path: str) -> Iterator[tuple[str, str, bytes]]:
    """Every value of a database that is no number: table, column, bytes."""
    with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        # The rows of a virtual table are in others.
        real = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'"
        tables = [name.decode() for (name,) in database.execute(real)]
        for table in tables:
            columns = [row[1].decode() for row in database.execute(f'PRAGMA table_info("{table}")')]
            for row in database.execute(f'SELECT * FROM "{table}"'):
                for name, value in zip(columns, row, strict=True):
                    if isinstance(value, bytes):
                        yield table, name, value


def _unpacked(value: bytes) -> bytes:
    if value[:1] == b"\x78":
        with suppress(zlib.error):
            return zlib.decompress(value)
    return value


def _zstd(stream: IO[bytes]) -> Any:
    return pa.CompressedInputStream(stream, "zstd")


_PACKED: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _zstd,
}
