"""Requests: who is to be erased, as files in the landing of a domain say, and ids that go by other names.

Belongs here: reading and writing these files, and what is pending of them. Does not belong here: the register, which
is what stays of a request (`register`); carrying it out (`automation.erasure`).

A request names a customer, so it never enters a table. It lies in `<landing>/<domain>/erasure_requests/`, a CSV file
with the columns of HEADER, put there by `arcana erase`, a form, or anybody. What is known of one while it is carried
out (other accounts, cards) lies beside it. Both go once nothing is left of the customer: what stays is the proof.
"""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.whole import whole_file

FOLDER, PENDING = "erasure_requests", ".pending.json"
HEADER = ("customer_id", "requested_on", "scope", "reference", "keep_until")
ERASE = "erase"
ROWS = "rows"  # that went, by table, beside what is known of requests
_REFERENCE = re.compile(r"[A-Za-z0-9][\w.\-]{0,63}", re.ASCII)


class BadRequest(ArcanaError):
    """A request cannot be carried out as it stands; the message names file and line, and no customer."""


@dataclass(frozen=True)
class Request:
    """A customer who asked to be erased; `keep_until` is the last day on which the law has the company keep the rows.

    `also` are other accounts of the same person, and spellings of them; `carries` are cards or devices that nobody else
    has. They are told apart: the number of a card may be the code of somebody else.
    """

    customer_id: str = field(repr=False)
    requested_on: date
    reference: str
    keep_until: date | None = None
    also: tuple[str, ...] = field(default=(), repr=False)
    carries: tuple[str, ...] = field(default=(), repr=False)

    @property
    def ids(self) -> set[str]:
        """The codes that the person goes by."""
        return {self.customer_id, *self.also}

    @property
    def words(self) -> set[str]:
        """All that would tell who it was."""
        return {*self.ids, *self.carries}

    def held(self, today: date) -> bool:
        """Whether the rows must be kept still."""
        return self.keep_until is not None and self.keep_until >= today


def checked_reference(reference: str) -> str:
    """A reference as it can name a file. Raises BadRequest."""
    if not _REFERENCE.fullmatch(reference):
        raise BadRequest(
            "the reference is none; expected up to 64 letters, digits, `_`, `-`, `.`, such as LGPD-2026-014"
        )
    return reference


class Requests:
    """The requests in the landing of a domain."""

    def __init__(self, landing: str, domain: str) -> None:
        self.place = f"{landing.rstrip('/')}/{domain}/{FOLDER}"

    def add(self, requests: Iterable[Request]) -> None:
        """Adds requests of one reference to the file of its name, readable by its owner only; again is the same.

        Those that it has stay, and a day until which the law has rows kept is never made earlier by asking again.
        Raises BadRequest for a reference that is the code of a customer.
        """
        asked = list(requests)
        name = f"{checked_reference(asked[0].reference)}.csv"
        if any(each.reference in each.ids for each in asked):
            raise BadRequest("the reference is a customer's code, and names files; expected the number of the request")
        known = {each.customer_id: each for each in self._of(name)} if name in self._names() else {}
        for each in asked:
            before = known.get(each.customer_id)
            holds = [one.keep_until for one in (before, each) if one is not None and one.keep_until is not None]
            known[each.customer_id] = replace(each, keep_until=max(holds, default=None))
        requests = [known[customer] for customer in sorted(known)]
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(HEADER)
        for each in requests:
            rows.writerow((each.customer_id, each.requested_on, ERASE, each.reference, each.keep_until or ""))
        self._put(name, text.getvalue())

    def read(self) -> list[Request]:
        """All requests, each with what is known of it, in order of reference and id.

        Raises BadRequest, which names the file and the line of what is wrong, and no customer.
        """
        known = self._pending()
        found = dict[tuple[str, str], Request]()
        for name in self._names():
            for request in self._of(name):
                key = request.reference, request.customer_id
                if (before := found.get(key)) is not None and before.keep_until is not None:
                    request = replace(request, keep_until=max(before.keep_until, request.keep_until or date.min))
                also, carries = known.get("\0".join(key), ((), ()))
                found[key] = replace(request, also=tuple(also), carries=tuple(carries))
        return [found[key] for key in sorted(found)]

    def due(self, today: date) -> list[Request]:
        """Those to be carried out: not those whose rows the law has kept, under any reference and by any of their ids.

        Of ids that are known only once requests are carried out (`keep`) it knows what was kept.
        """
        requests = self.read()
        held = {one for each in requests if each.held(today) for one in each.ids}
        return [each for each in requests if not each.ids & held]

    def _of(self, name: str) -> list[Request]:
        rows = enumerate(csv.DictReader(io.StringIO(self._text(name))), 2)
        return [_request(f"{FOLDER}/{name}, line {number}", row) for number, row in rows]

    def keep(self, requests: Iterable[Request]) -> None:
        """Puts down what is known of requests, for a run that goes on where this one ended."""
        told = {f"{each.reference}\0{each.customer_id}": (sorted(each.also), sorted(each.carries)) for each in requests}
        self._put(PENDING, json.dumps({**self._pending(), **told}))

    def tell(self, table: str, rows: int) -> None:
        """Adds to the rows that went from a table, over all runs until requests are settled."""
        told = {**self._pending()}
        rows_of = {**dict(told.get(ROWS, {}))}
        rows_of[table] = rows_of.get(table, 0) + rows
        self._put(PENDING, json.dumps({**told, ROWS: rows_of}))

    def told(self) -> dict[str, int]:
        """The rows that went, by table."""
        return dict(self._pending().get(ROWS, {}))

    def settle(self, done: Iterable[Request]) -> None:
        """Takes requests out of their files, and files out of the folder that have no other; then what was known."""
        gone = {(each.reference, each.customer_id) for each in done}
        for name in self._names():
            rows = list(csv.DictReader(io.StringIO(self._text(name))))
            stay = [
                row
                for row in rows
                if ((row["reference"] or "").strip(), (row["customer_id"] or "").strip()) not in gone
            ]
            if stay and len(stay) < len(rows):
                text = io.StringIO()
                writer = csv.DictWriter(text, HEADER, lineterminator="\n", extrasaction="ignore")
                writer.writeheader()
                writer.writerows(stay)
                self._put(name, text.getvalue())
            elif not stay:
                self._remove(name)
        told = {key: ids for key, ids in self._pending().items() if tuple(key.split("\0")) not in gone}
        if told.keys() - {ROWS}:
            self._put(PENDING, json.dumps(told))
        else:
            self._remove(PENDING)

    def paths(self) -> set[str]:
        """Where requests and what is known of them lie: places that hold customers until they are settled."""
        return {f"{self.place}/{name}" for name in (*self._names(), PENDING)}

    def _pending(self) -> Mapping[str, Any]:
        try:
            return json.loads(self._text(PENDING))
        except FileNotFoundError:
            return {}

    def _names(self) -> list[str]:
        if is_s3(self.place):
            system = s3_filesystem()
            names = [path.rpartition("/")[2] for path in system.ls(self.place)] if system.exists(self.place) else []
        else:
            names = os.listdir(self.place) if os.path.isdir(self.place) else []
        return sorted(name for name in names if name.endswith(".csv") and not name.startswith("."))

    def _text(self, name: str) -> str:
        place = f"{self.place}/{name}"
        raw = s3_filesystem().cat_file(place) if is_s3(place) else Path(place).read_bytes()
        try:
            return bytes(raw).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadRequest(f"{FOLDER}/{name}: expected UTF-8; save it as such.") from None

    def _put(self, name: str, text: str) -> None:
        place = f"{self.place}/{name}"
        if is_s3(place):
            s3_filesystem().pipe_file(place, text.encode())
            return
        os.makedirs(self.place, mode=0o700, exist_ok=True)
        with whole_file(Path(place)) as file:
            file.write(text.encode())

    def _remove(self, name: str) -> None:
        place = f"{self.place}/{name}"
        if is_s3(place):
            system = s3_filesystem()
            if system.exists(place):
                system.rm(place)
        else:
            Path(place).unlink(missing_ok=True)


def _request(where: str, row: Mapping[str, str | None]) -> Request:
    told = {name: (row.get(name) or "").strip() for name in HEADER}
    if lacking := [name for name in HEADER[:4] if not told[name]]:
        raise BadRequest(f"{where}: expected {', '.join(HEADER)}, found no {', '.join(lacking)}. Nothing was erased.")
    if told["scope"] != ERASE:
        raise BadRequest(
            f"{where}: expected the scope `{ERASE}`, found another. Who objects to a profile or to marketing is "
            "told by the master (profiling_opt_in, marketing_opt_in). Nothing was erased."
        )
    try:
        days = [date.fromisoformat(told[name]) if told[name] else None for name in ("requested_on", "keep_until")]
    except ValueError:
        raise BadRequest(f"{where}: expected days as 2026-11-30 in requested_on and keep_until.") from None
    assert days[0] is not None
    if not _REFERENCE.fullmatch(told["reference"]) or told["reference"] == told["customer_id"]:
        raise BadRequest(
            f"{where}: expected a reference of up to 64 letters, digits, `_`, `-`, `.` that is no customer's code."
        )
    return Request(told["customer_id"], days[0], told["reference"], days[1])
