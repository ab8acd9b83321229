"""Archives: whether a file is a workbook that can be opened, found out before it is parsed.

Belongs here: locks, old kinds, damage, and how far the parts of a workbook inflate. Does not belong here: what is in
its sheets (`cells`, `sheets`).
"""

import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from arcana_assets.engine.scratch import scratch
from arcana_assets.landing.zone import LandingError, LandingFile, LandingZone

MAXIMUM_INFLATED = 1_073_741_824  # bytes of all parts of a workbook; a million rows of ten columns have half of it
MAXIMUM_RATIO = 250  # of inflated to packed bytes; cells written one by one come to 10 or 30, deflate ends at 1032
SMALL = 16_777_216  # bytes that a part may inflate to at any ratio, and the most that a list of parts may have
CHUNK = 1_048_576

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a compound file, see [MS-CFB]; locked workbooks are in one too
LOCKED = "EncryptedPackage".encode("utf-16-le")
ZIP = b"PK\x03\x04"
WORKBOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# Whoever parses the copy finds its workbook where it was checked, whatever the archive says.
ROOT = "_rels/.rels"
ROOT_LINKS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    f'Target="{WORKBOOK}"/></Relationships>'
)
DTD = b"<!DOCTYPE"
DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^<>]*?\sencoding\s*=\s*["']([^"'<>]*)""")
ENCODINGS = ("", "utf-8", "utf8", "us-ascii", "ascii")
WIDE = (b"\xfe\xff", b"\xff\xfe")  # the marks of UTF-16 and UTF-32
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError)
OTHERS = {"xl/workbook.bin": "(XLSB)", "content.xml": "(ODS)", "word/document.xml": "(a text document)"}


@contextmanager
def opened(zone: LandingZone, file: LandingFile, source: str) -> Iterator[IO[bytes]]:
    """The workbook as an archive that is not compressed, so that whoever parses it inflates nothing more.

    Raises LandingError for a file that is none, is damaged, locked or of an old kind, or that inflates too far.
    """
    with scratch("workbook") as folder, (folder / "plain.xlsx").open("w+b") as plain:
        where = f"{source}: {file.path}"
        try:
            with zone.open(file) as content, tempfile.TemporaryFile() as whole:
                _take(content, whole, where)
                _refuse_others(whole, where)
                _unpack(whole, plain, where)
        except OSError as bad:
            raise LandingError(f"{where}: expected a readable file of {file.size} bytes, found: {bad}") from bad
        except DAMAGED as bad:
            raise LandingError(
                f"{where}: expected an XLSX workbook, found a damaged or incomplete one ({bad}); deliver it again"
            ) from bad
        plain.flush()
        yield plain


def part_name(name: str) -> str:
    """The name of a part as a parser compares it."""
    return name.lower().replace("\\", "/")


def _take(content: IO[bytes], whole: IO[bytes], where: str) -> None:
    """Copies the file; one that is compressed once more can be a bomb, too."""
    taken = 0
    while chunk := content.read(CHUNK):
        taken += len(chunk)
        if taken > MAXIMUM_INFLATED:
            raise _too_large(where, "the file", taken)
        whole.write(chunk)


def _too_large(where: str, what: str, size: int) -> LandingError:
    return LandingError(
        f"{where}: expected a workbook of {MAXIMUM_INFLATED:,} bytes or fewer once unpacked, found {what} with "
        f"{size:,} or more; deliver it in several files, or as CSV"
    )


def _refuse_others(whole: IO[bytes], where: str) -> None:
    """Raises LandingError for a file that is no zip archive."""
    whole.seek(0)
    start = whole.read(CHUNK)
    expected = f"{where}: expected an XLSX workbook, found"
    if start.startswith(OLD_EXCEL):
        if _contains(whole, LOCKED):
            raise LandingError(f"{where}: is protected by a password; save it without one")
        raise LandingError(f"{expected} the format of Excel up to 2003 (.xls); save it as .xlsx")
    if not start.startswith(ZIP):
        raise LandingError(f"{expected} {start[:20]!r} at its beginning, which is none; is it a text file?")
    whole.seek(0)
    if not zipfile.is_zipfile(whole):
        raise LandingError(f"{expected} one that is cut off, without the directory at its end; deliver it again")


def _contains(whole: IO[bytes], mark: bytes) -> bool:
    whole.seek(0)
    rest = b""
    while chunk := whole.read(CHUNK):
        if mark in rest + chunk:
            return True
        rest = chunk[-len(mark) :]
    return False


def _unpack(whole: IO[bytes], plain: IO[bytes], where: str) -> None:
    """Writes the parts that a parser reads into an archive that is not compressed.

    The directory of an archive says how large its parts are, but may lie: `zipfile` reads no more of a part than that,
    and finds it damaged where there is more.
    """
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as copy:
        members = archive.infolist()
        _refuse_directory(members, where)
        copy.writestr(ROOT, ROOT_LINKS)
        taken = 0
        for member in members:
            if not _is_read(part_name(member.filename)):
                continue
            with archive.open(member) as content, copy.open(member.filename, "w", force_zip64=True) as part:
                chunk, rest = content.read(CHUNK), b""
                _refuse_encoding(chunk, member.filename, where)
                while chunk:
                    if DTD in rest + chunk:  # its entities could swell once more; the format allows none
                        raise LandingError(f"{where}: expected parts without a DTD, found one in {member.filename}")
                    taken += len(chunk)
                    if taken > MAXIMUM_INFLATED:
                        raise _too_large(where, f"its part {member.filename}", taken)
                    part.write(chunk)
                    rest, chunk = chunk[1 - len(DTD) :], content.read(CHUNK)


def _is_read(name: str) -> bool:
    """Whether a part is XML that belongs to the sheets; what people keep beside them has encodings of its own.

    A name with `&` is spelt in two ways, of which the parser reads one and the check another.
    """
    return name.endswith((".xml", ".rels")) and name != ROOT and not name.startswith("customxml/") and "&" not in name


def _refuse_encoding(start: bytes, name: str, where: str) -> None:
    """Raises LandingError for a part that is not in UTF-8, where `<` may be other bytes than the checks look for."""
    declared = match[1].decode("ascii", "replace") if (match := DECLARED.match(start)) else ""
    if start.startswith(WIDE) or b"\0" in start[:4]:
        declared = "UTF-16 or UTF-32"
    if declared.lower() not in ENCODINGS:
        raise LandingError(
            f"{where}: expected an XLSX workbook with its parts in UTF-8, found {name} in {declared}; save it again"
        )


def _refuse_directory(members: list[zipfile.ZipInfo], where: str) -> None:
    names = [part_name(member.filename) for member in members]
    expected = f"{where}: expected an XLSX workbook, found"
    if any(member.flag_bits & 1 for member in members):
        raise LandingError(f"{where}: is protected by a password; save it without one")
    if WORKBOOK not in names:
        other = next((f"{kind} " for name, kind in OTHERS.items() if name in names), "")
        raise LandingError(f"{expected} an archive {other}without {WORKBOOK}; save it as .xlsx")
    if len(set(names)) < len(names):
        raise LandingError(f"{expected} an archive with two parts of one name; save it again")
    for name, member in zip(names, members, strict=True):
        if name in (WORKBOOK, LINKS) and member.file_size > SMALL:
            raise LandingError(
                f"{where}: expected a list of sheets of {SMALL:,} bytes or fewer, found {member.filename} of "
                f"{member.file_size:,}; delete the names and sheets that nobody needs, or deliver it as CSV"
            )
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > SMALL and ratio > MAXIMUM_RATIO:
            raise LandingError(
                f"{where}: expected parts that unpack to {MAXIMUM_RATIO} times their size or less, found "
                f"{member.filename} of {member.compress_size:,} bytes, which says it unpacks to {member.file_size:,}; "
                "nothing of it was unpacked. If it is no attack, deliver it as CSV"
            )
    largest = max(members, key=lambda member: member.file_size)
    if (total := sum(member.file_size for member in members)) > MAXIMUM_INFLATED:
        raise _too_large(where, f"{len(members)} parts, the largest being {largest.filename},", total)
