"""What a table was made of: how often each of its months had been written, and each month of its inputs by then.

Belongs here: the record in the commits of a table, and looking for tables that were made of different writings of one
input. Does not belong here: writing it (`lake`), the check (`graph.files_asset`).
"""

import functools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.lake.names import ERASED, SNAPSHOT, table_uri

Written = Mapping[str, int]
"""From months (`2011-05`), or SNAPSHOT, to how often they had been written; VERSION is that of the Delta table."""
Inputs = Mapping[str, Written]
"""From the names of tables to what was read of them."""

VERSION = "version"
INPUTS = "inputs"  # in the metadata of a commit
FURTHEST_BACK = 100  # commits in which a month is looked for; Delta itself keeps them for a month
_COMMIT = re.compile(r"(\d{20})\.json")


@dataclass(frozen=True)
class Mixture:
    """A table that was made of another writing of an input than the one that is there now."""

    table: str
    month: str
    input: str
    made_of: int
    now: int

    def __str__(self) -> str:
        return (
            f"{self.table}, {self.month}, was made of {self.input} as it was written the {_nth(self.made_of)} time, "
            f"which by now was written {self.now} times"
        )


@dataclass(frozen=True)
class _Commit:
    written: Written
    inputs: Inputs


Known = dict[str, dict[str, "_Commit"]]
"""The last commits of tables, by table and month, as they were looked at."""


def mixtures(
    root: str, read: Inputs, months: Sequence[date], reader: str = "the reader", known: Known | None = None
) -> list[Mixture]:
    """The tables read, and those that they were made of, whose months are of another writing of an input than of now.

    Takes what was `read` of tables, and by whom, for a table may be written between its reading and the look. Tables
    behind them are looked at unless they are `known`, which is added to: one look a run is enough of those. Of months
    whose commit is not in the log any more, or does not say what it was made of, nothing is known. Raises
    OSError where a log cannot be read.
    """
    wanted = [f"{month:%Y-%m}" for month in months]
    found, known, waiting, seen = list[Mixture](), known if known is not None else {}, list(read), set[str]()
    while waiting:
        table = waiting.pop()
        if table in seen:
            continue
        seen.add(table)
        if table in read or table not in known:
            known[table] = _made(root, table, [*wanted, SNAPSHOT])
        waiting += [name for commit in known[table].values() for name in commit.inputs]
    of_reader = {
        month: _Commit({}, {name: _only(written, month) for name, written in read.items()}) for month in wanted
    }
    for table, commits in ((reader, of_reader), *((table, known[table]) for table in sorted(seen))):
        for month, commit in commits.items():
            for name, was in commit.inputs.items():
                for each in (month, SNAPSHOT):
                    now = known[name][each].written[each] if each in known[name] else None
                    if now is not None and each in was and was[each] != now:
                        found.append(Mixture(table, month, name, was[each], now))
    return found


def _only(written: Written, month: str) -> Written:
    return {each: times for each, times in written.items() if each in (month, SNAPSHOT)}


def _made(root: str, table: str, months: Sequence[str]) -> dict[str, _Commit]:
    """For each of the months the commit that wrote it last."""
    found = dict[str, _Commit]()
    for commit in _back(table_uri(root, table.split("/"))):
        found |= {month: commit for month in commit.written if month in months and month not in found}
        if len(found) >= len(months) - 1:  # a table has months or is a snapshot
            break
    return found


def _back(uri: str) -> Iterator[_Commit]:
    """The commits of a table, the last one first."""
    log = f"{uri}/_delta_log"
    with suppress(FileNotFoundError):  # no table; or its housekeeping was faster, and what is older went first
        for name, stamp in sorted(_listed(log), reverse=True)[:FURTHEST_BACK]:
            yield _read(f"{log}/{name}", stamp)


def _listed(folder: str) -> Iterator[tuple[str, str]]:
    """The commits in a log, and what differs where one of the same name is of another table."""
    if is_s3(folder):
        items = [(item["name"].rpartition("/")[2], item["ETag"]) for item in s3_filesystem().ls(folder, detail=True)]
    else:
        items = [(entry.name, str(entry.stat().st_mtime_ns)) for entry in os.scandir(folder)]
    return (item for item in items if _COMMIT.fullmatch(item[0]))


@functools.lru_cache(maxsize=4096)
def _read(path: str, stamp: str) -> _Commit:
    """A commit. It never changes, but a table may be removed and made anew."""
    text = s3_filesystem().cat_file(path).decode() if is_s3(path) else Path(path).read_text()
    written, inputs = dict[str, int](), dict[str, Written]()
    for line in text.splitlines():
        if line.startswith('{"txn"'):
            transaction = json.loads(line)["txn"]
            if not transaction["appId"].startswith(ERASED):
                written[_month(transaction["appId"])] = int(transaction["version"])
        elif line.startswith('{"commitInfo"'):
            inputs = json.loads(json.loads(line)["commitInfo"].get(INPUTS, "{}"))
    return _Commit(written, inputs)


def _month(app_id: str) -> str:
    return app_id.removeprefix("month:")[:7] if app_id != SNAPSHOT else SNAPSHOT


def _nth(number: int) -> str:
    return f"{number}{'th' if number % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
