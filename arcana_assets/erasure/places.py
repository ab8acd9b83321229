"""Places: every file and server that may hold a customer of a domain, what was found there, what a person accepted.

Belongs here: walking lake, published files, databases, tracking, instance and landing; the sum of it. Does not belong
here: reading a file (`decoding`) or a server (`servers`), what becomes of the sum (`proof`).
"""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.erasure.decoding import Undecoded, hits_in, hits_in_rows
from arcana_assets.erasure.servers import ServedTable, same_database, tables_of_others, tables_of_server
from arcana_assets.erasure.wanted import Wanted

Kind = Literal["tables", "published", "database", "tracking", "instance", "landing", "other"]
AT_MOST = 50  # places within a file that are told one by one
_NUMBER = re.compile(r"\[\d+\]")
# What a number is called in JSON, and in JSON within it, as in the log of a table.
_KEY = re.compile(r'\{?\\*"[\w ./-]*\\*"\s*:\s*\\*"?\[\d+\]\\*"?\}?')
FOR_PEOPLE = "published"
PROOFS = "provas_de_eliminacao"


@dataclass(frozen=True)
class Roots:
    """Where a deployment keeps what it has, and the domains that it has beside the one of a scan."""

    lake: str
    landing: str
    home: str
    domain: str
    others: Collection[str] = ()


@dataclass(frozen=True)
class File:
    """A file, and what it is a part of. `place` is how it is told, below its root."""

    kind: Kind
    place: str
    uri: str
    bytes: int


@dataclass(frozen=True)
class Left:
    """An id in a place: the file, where in it, what stands around it, which id by its number and hash, how often."""

    kind: Kind
    place: str
    where: str
    context: str
    number: int
    times: int = 1
    who: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """By what a person accepts it, of one customer: what is around stays where the line of a file does not.

        Numbers are those of a scan, in which others may have been looked for.
        """
        return self.place, _NUMBER.sub("[]", self.context or self.where), self.who


@dataclass
class Scan:
    """What a scan read and found: files and bytes by kind, what could not be decoded, and the places left.

    `of_others` are tables beside ours in a database, of programs that the platform knows nothing of: they are not read.
    """

    files: Counter[Kind] = field(default_factory=Counter)
    bytes: Counter[Kind] = field(default_factory=Counter)
    undecoded: list[tuple[str, str]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    pictures: int = 0
    old_versions: int | None = 0
    of_others: list[str] = field(default_factory=list)

    def by_kind(self) -> dict[Kind, int]:
        """How many files of each kind hold an id."""
        return dict(Counter(kind for kind, _ in {(each.kind, each.place) for each in self.left}))


def files_of(roots: Roots, skipped: Collection[str] = ()) -> Iterator[File]:
    """Every file of a domain, and those that all domains share, in order; links are other names of files.

    `skipped` are uris that are left out: the requests themselves.
    """
    seen = set[str]()
    for kind, root, label in _places(roots):
        for uri, size in _walk(root):
            if uri in seen or uri in skipped:
                continue
            seen.add(uri)
            inner = uri.removeprefix(root.rstrip("/")).lstrip("/")
            if kind == "other" and _elsewhere(roots, inner.split("/")[0]):
                continue
            yield File(_kind(kind, inner), f"{label}/{inner}", uri, size)


def scan(files: Iterable[File], wanted: Wanted) -> Scan:
    """Reads every file to its end."""
    done = Scan()
    for file in files:
        done.files[file.kind] += 1
        done.bytes[file.kind] += file.bytes
        done.pictures += file.place.endswith(".png")
        found = Counter[Left]()
        for each in wanted.in_text(file.place):
            found[Left(file.kind, wanted.masked(file.place), "name", "", each.number)] += 1
        try:
            with _opened(file.uri) as stream:
                local = "" if is_s3(file.uri) else file.uri
                for hit in hits_in(wanted, stream, path=local, numbers=file.kind == "landing"):
                    # Around an id in a row of people stand others: only what a number is called is told.
                    named = _KEY.search(hit.context)
                    context = named[0] if named and file.kind not in ("landing", "published") else ""
                    found[Left(file.kind, wanted.masked(file.place), hit.where, context, hit.number)] += hit.times
        except Undecoded as why:
            done.undecoded.append((wanted.masked(file.place), str(why)))
        except FileNotFoundError:  # another process of the instance removed it meanwhile
            continue
        done.left += _told(found)
    return done


def old_versions(roots: Roots) -> int | None:
    """How many versions of objects of the domain buckets keep behind those of now, of lake and landing; 0 of folders.

    None where it may not be asked: that takes the right `s3:ListBucketVersions`.
    """
    found = 0
    for root in {each for each in (roots.lake, roots.landing) if is_s3(each)}:
        import boto3
        from botocore.exceptions import ClientError

        bucket, _, prefix = root.removeprefix("s3://").partition("/")
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        pages = boto3.client("s3", endpoint_url=endpoint).get_paginator("list_object_versions")
        of_domain = "/".join(part for part in (prefix, roots.domain) if part) + "/"
        try:
            for page in pages.paginate(Bucket=bucket, Prefix=of_domain):
                found += sum(not version["IsLatest"] for version in page.get("Versions", []))
        except ClientError:
            return None
    return found


def scan_server(done: Scan, kind: Kind, place: str, uri: str, wanted: Wanted, schema: str = "") -> None:
    """Reads every row of a PostgreSQL database, or of a schema of it, and adds what is found to a scan, by table."""
    _scan_tables(done, kind, place, tables_of_server(uri, schema), wanted)


def scan_instance(
    done: Scan,
    place: str,
    uri: str,
    wanted: Wanted,
    ours: Collection[str],
    schema: str,
    served: str = "",
    beside: Collection[str] = (),
) -> None:
    """Reads the tables of Dagster in a PostgreSQL database, by their names, and tells which others there are.

    `schema` is that of the domain. It is read here, too: the database for BI may have been this one once. Only where
    `served`, the address of that database, leads here still, it was read already. Schemas `beside` it are of other
    domains of the deployment: no other program's, and looked at when somebody is erased of those.
    """
    _scan_tables(done, "instance", place, tables_of_server(uri, ours=ours), wanted)
    with suppress(Undecoded):  # then none of ours could be read, which is told
        others = tables_of_others(uri, ours, {schema, *beside})
        done.of_others += [f"{place}, table {wanted.masked(name)}" for name in others]
    with suppress(Undecoded):  # one of the two is away, which is told; what can be read is read
        if served and same_database(uri, served):
            return
    scan_server(done, "database", place, uri, wanted, schema)


def _scan_tables(done: Scan, kind: Kind, place: str, tables: Iterator[ServedTable], wanted: Wanted) -> None:
    try:
        for table in tables:
            _scan_table(done, kind, f"{place}, table {wanted.masked(table.name)}", table, wanted)
    except Undecoded as why:
        done.undecoded.append((place, str(why)))


def _scan_table(done: Scan, kind: Kind, place: str, table: ServedTable, wanted: Wanted) -> None:
    done.files[kind] += 1
    found = Counter[Left]()
    for name in (table.name, *table.columns):
        for each in wanted.in_text(name):
            found[Left(kind, place, "name", "", each.number)] += 1

    def counted() -> Iterator[tuple[str, str, bytes]]:
        for value in table.values:
            done.bytes[kind] += len(value[-1])
            yield value

    try:
        for hit in hits_in_rows(wanted, counted()):
            named = _KEY.search(hit.context)
            where = wanted.masked(hit.where.removeprefix(f"table {table.name}, "))
            found[Left(kind, place, where, named[0] if named else "", hit.number)] += hit.times
    except Undecoded as why:
        done.undecoded.append((place, str(why)))
    done.left += _told(found)


def accepted(left: Sequence[Left], given: Iterable[Mapping[str, Any]]) -> list[Left]:
    """Those of the places that somebody accepted, each as it was told: `place`, and `context` or `where`."""
    keys = {
        (
            str(each.get("place", "")),
            _NUMBER.sub("[]", str(each.get("context") or each.get("where", ""))),
            str(each.get("customer", "")),
        )
        for each in given
    }
    return [each for each in left if each.key in keys]


def _told(found: Counter[Left]) -> list[Left]:
    told = [Left(each.kind, each.place, each.where, each.context, each.number, times) for each, times in found.items()]
    if len(told) <= AT_MOST:
        return told
    more = dict[int, list[Left]]()
    for each in told[AT_MOST:]:
        more.setdefault(each.number, []).append(each)
    folded = [
        Left(
            told[0].kind, told[0].place, f"{len(those)} more places in it", "", number, sum(one.times for one in those)
        )
        for number, those in more.items()
    ]
    return [*told[:AT_MOST], *folded]


def _places(roots: Roots) -> Iterator[tuple[Kind, str, str]]:
    """What is looked at, the narrowest first: a file belongs to the first place that has it."""
    yield "landing", f"{roots.landing.rstrip('/')}/{roots.domain}", "landing"
    yield "instance", roots.home, "instance"
    yield "tracking", f"{(roots.home if is_s3(roots.lake) else roots.lake).rstrip('/')}/.mlflow", "mlflow"
    yield "tables", f"{roots.lake.rstrip('/')}/{roots.domain}", roots.domain
    yield "other", roots.lake.rstrip("/"), "lake"


def _elsewhere(roots: Roots, first: str) -> bool:
    """Whether a file of the lake is another domain's, or of the landing of one."""
    landing = roots.landing.rstrip("/").removeprefix(roots.lake.rstrip("/")).lstrip("/")
    return first in roots.others or first == landing.split("/")[0]


def _kind(kind: Kind, inner: str) -> Kind:
    if kind != "tables" or not inner.startswith(f"{FOR_PEOPLE}/"):
        return kind
    return "database" if inner.startswith(f"{FOR_PEOPLE}/arcana.db") else "published"


def _walk(root: str) -> Iterator[tuple[str, int]]:
    if is_s3(root):
        system = s3_filesystem()
        for path, item in sorted(system.find(root, detail=True).items()):
            yield f"s3://{path}", int(item["size"])
        return
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            with suppress(FileNotFoundError):
                if not path.is_symlink() and path.is_file():
                    yield str(path), path.stat().st_size


def _opened(uri: str) -> IO[bytes]:
    stream: IO[bytes] = s3_filesystem().open(uri, "rb") if is_s3(uri) else open(uri, "rb")  # noqa: SIM115
    return stream
