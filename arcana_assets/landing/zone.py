"""The landing zone: which files a company delivered, and proof of what was in them.

Belongs here: finding files below the landing root, local or `s3://`, their stamps, hashes and line counts.
Does not belong here: what is in their columns (`files.reader`), what becomes of them (`assets.bronze`).
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, Any

import dagster as dg
import pyarrow as pa

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.errors import ArcanaError, nearest

CHUNK = 4 * 1024 * 1024
MALFORMED = pa.schema(
    [("filename", pa.string()), ("_line", pa.int64()), ("_malformed", pa.string()), ("_text", pa.string())]
)
"""What readers find beside the raw columns: the file, the line, and for a line that is no row, why and its text."""


class LandingError(ArcanaError):
    """A delivery cannot be read at all; the message names the file and what its contract expects of it."""


class LandingChanged(LandingError):
    """A file changed between being inspected and being read; the same run can succeed once it is delivered whole."""

    retriable = True


@dataclass(frozen=True)
class LandingFile:
    """A delivered file. `path` is relative to the domain's landing; `stamp` changes whenever the content may have."""

    path: str
    uri: str
    size: int
    stamp: str
    copied: bool = False
    """Whether this is the plain copy of a file: on this machine, decompressed, in UTF-8."""
    refused: str = ""
    """Why the file is not opened at all."""

    @property
    def compressed(self) -> bool:
        """Whether the file is gzip, told by its name."""
        return self.path.endswith(".gz") and not self.copied


About = Callable[[LandingFile], AbstractContextManager[None]]
"""What is done within it concerns one file, and what goes wrong is said of that."""


@dataclass(frozen=True)
class Digest:
    """Content hash and number of lines of a file. `lines` counts line ends, and a last line that has none.

    `feeds` counts line feeds: lines end in them, alone or after a return, where there are any. `longest` is the number
    of bytes of the longest line, where that is more than a CHUNK.
    """

    sha256: str
    lines: int
    feeds: int
    longest: int = 0


class LandingZone(dg.ConfigurableResource):
    """The folder (or `s3://` prefix) that the company's files are delivered to, one folder below it per domain."""

    root: str

    @property
    def remote(self) -> bool:
        """Whether the landing zone is on S3."""
        return is_s3(self.root)

    def folder(self, domain: str) -> str:
        """Where the files of a domain land."""
        return f"{self.root.rstrip('/')}/{domain}"

    def files(self, domain: str, contract: Contract) -> list[LandingFile]:
        """The files of a source in order of path. Names that begin with a dot or end in `.part` or `.tmp` do not count.

        One whose name is no UTF-8, or that is a link out of the root, is `refused`. Raises LandingError where a
        required source has none, naming files nearby.
        """
        pattern = contract.landing.pattern
        found = sorted(self._glob(domain, pattern), key=lambda file: file.path)
        if not found and contract.landing.required:
            others = sorted(set(self._names(domain)))
            beside = nearest(pattern, others) if others else "; the folder is empty or missing"
            raise LandingError(
                f"{domain}/landing/{contract.name}: expected files like {self.folder(domain)}/{pattern}, "
                f"found none{beside}"
            )
        return found

    def stamp(self, file: LandingFile) -> str:
        """The file's stamp now; empty where it is gone."""
        if self.remote:
            filesystem = s3_filesystem()
            return _remote_stamp(filesystem.info(file.uri)) if filesystem.exists(file.uri) else ""
        return _local_stamp(Path(file.uri))

    def assert_unchanged(self, files: Iterable[LandingFile]) -> None:
        """Raises LandingChanged for a file that is not as it was when it was listed."""
        for file in files:
            if self.stamp(file) != file.stamp:
                raise LandingChanged(
                    f"{file.path} changed while it was read: expected the {file.size} bytes that were listed. Nothing "
                    "of it was written; run again when the delivery is complete (deliver under a temporary name, "
                    "then rename)."
                )

    @contextmanager
    def open(self, file: LandingFile) -> Iterator[IO[bytes]]:
        """The file's bytes, decompressed. Raises LandingError for a file that is refused."""
        if file.refused:
            raise LandingError(file.refused)
        raw: Any = s3_filesystem().open(file.uri, "rb") if self.remote and not file.copied else open(file.uri, "rb")  # noqa: SIM115
        with raw:
            if file.compressed:
                with gzip.open(raw) as plain:
                    yield plain  # type: ignore[misc]
            else:
                yield raw

    def digests(self, files: list[LandingFile], about: About = lambda _: nullcontext()) -> dict[LandingFile, Digest]:
        """Hash and line count of each file, read in chunks, two files at a time.

        Raises LandingError for a file that cannot be read, within `about` that file; one that lets it pass has none.
        """
        found = dict[LandingFile, Digest]()
        with ThreadPoolExecutor(2) as pool:
            for file, digest in [(file, pool.submit(self._digest, file)) for file in files]:
                with about(file):
                    found[file] = digest.result()
        return found

    def _digest(self, file: LandingFile) -> Digest:
        sha, feeds, returns, last = hashlib.sha256(), 0, 0, b""
        begun = longest = 0
        try:
            with self.open(file) as content:
                while chunk := content.read(CHUNK):
                    sha.update(chunk)
                    feeds += chunk.count(b"\n")
                    returns += 0 if feeds else chunk.count(b"\r")  # they end lines where there are no feeds at all
                    last = chunk[-1:]
                    # Only lines that chunks begin or end in can be longer than one.
                    ends = [end for end in (chunk.find(b"\n"), chunk.find(b"\r")) if end >= 0]
                    begun += min(ends, default=len(chunk))
                    longest = max(longest, begun)
                    if ends:
                        begun = len(chunk) - 1 - max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        except (EOFError, OSError, zlib.error) as bad:
            raise LandingError(f"{file.path}: expected a readable file of {file.size} bytes, found: {bad}") from bad
        line_ends = feeds or returns
        lines = line_ends + (last not in (b"\n", b"\r", b""))
        return Digest(sha.hexdigest(), lines, feeds, longest if longest > CHUNK else 0)

    def _glob(self, domain: str, pattern: str) -> Iterator[LandingFile]:
        if self.remote:
            prefix = self.folder(domain).removeprefix("s3://")
            for name, info in s3_filesystem().glob(f"{prefix}/{pattern}", detail=True).items():
                if info["type"] == "file" and _delivered(name):
                    yield LandingFile(
                        name.removeprefix(f"{prefix}/"), f"s3://{name}", info["size"], _remote_stamp(info)
                    )
            return
        base = Path(self.folder(domain))
        inside = base.resolve()
        for path in base.glob(pattern):
            if not path.is_file() or not _delivered(path.name):
                continue
            refused = ""
            if printable(str(path)) != str(path):
                refused = (
                    f"{printable(str(path))}: expected a file name in UTF-8, found {os.fsencode(path.name)!r}; rename "
                    "the file"
                )
            elif not path.resolve().is_relative_to(inside):
                refused = f"{path}: expected a file below {base}, found a link to {path.resolve()}, outside of it"
            if stamp := _local_stamp(path):
                name, size = printable(path.relative_to(base).as_posix()), int(stamp.split("-")[0])
                yield LandingFile(name, str(path), size, stamp, refused=refused)

    def _names(self, domain: str) -> Iterator[str]:
        if self.remote:
            prefix = self.folder(domain).removeprefix("s3://")
            yield from (name.removeprefix(f"{prefix}/") for name in s3_filesystem().find(prefix))
            return
        base = Path(self.folder(domain))
        for index, path in enumerate(base.rglob("*")):
            if index > 1000:
                return
            if path.is_file():
                yield printable(path.relative_to(base).as_posix())


def printable(name: str) -> str:
    """The name of a file as it can be told and stored: bytes that are no UTF-8 as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _delivered(name: str) -> bool:
    name = name.rsplit("/", 1)[-1]
    return not name.startswith(".") and not any(fnmatch(name, end) for end in ("*.part", "*.tmp", "*.crdownload"))


def _local_stamp(path: Path) -> str:
    """Empty where the file is gone, be it since it was listed."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return ""
    # An edit can keep the size, and `rsync --times` sets the time of change back; neither keeps the other two.
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"


def _remote_stamp(info: dict[str, Any]) -> str:
    return f"{info['size']}-{str(info.get('ETag', '')).strip(chr(34))}"
