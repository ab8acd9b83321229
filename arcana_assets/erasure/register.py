"""The register of a domain: who was erased, by keyed hashes of their ids, so that nobody comes back.

Belongs here: hashing, the table `<domain>/register/erasures`, and whether a value is of somebody in it. Does not belong
here: the key (`deployment.pseudonym_key`), which columns hold customers (`holders`).

A keyed hash is personal data still, as long as the key exists: who has the key can tell whether an id is in the
register. So the key lies outside of the lake, and the register holds nothing else of a person.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

import pyarrow as pa

from arcana_assets.deployment import pseudonym_key
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.pseudonyms.key import AnotherKey, NoKey, key_id

LAYER, NAME = "register", "erasures"

SCHEMA = pa.schema(
    [
        pa.field("id_hmac", pa.string(), metadata={"comment": "HMAC-SHA256 of domain and id under the key"}),
        pa.field("key_id", pa.string(), metadata={"comment": "which key, without telling it"}),
        pa.field("reference", pa.string(), metadata={"comment": "the company's number of the request"}),
        pa.field("requested_on", pa.date32()),
        pa.field("done_at", pa.timestamp("us", "UTC"), metadata={"comment": "of the scan that found nothing left"}),
        pa.field("run", pa.string()),
    ]
)


@dataclass(frozen=True)
class Entry:
    """An id in the register."""

    id_hmac: str
    key_id: str
    reference: str
    requested_on: date
    done_at: datetime | None
    run: str


@dataclass(frozen=True, eq=False)
class Register:
    """The register of a domain as it was read, and the key that tells whose an id is."""

    domain: str
    key: bytes
    entries: tuple[Entry, ...]

    def __repr__(self) -> str:
        return f"Register({self.domain}, {len(self.entries)} entries)"

    def hmac_of(self, value: str, carried: bool = False) -> str:
        """The hash of an id, as silver spells it. The number of a card may be the code of another customer."""
        of = f"{self.domain}\0{'carried' if carried else ''}\0{value}"
        return hmac.new(self.key, of.encode(), hashlib.sha256).hexdigest()

    def of(self, values: Iterable[str], carried: bool = False) -> set[str]:
        """Those of the values that are ids in the register: of customers, or of what they carry."""
        known = {entry.id_hmac for entry in self.entries}
        return {value for value in values if self.hmac_of(value, carried) in known} if known else set()

    def with_ids(
        self, ids: Iterable[str], reference: str, requested_on: date, run: str, carried: Iterable[str] = ()
    ) -> "Register":
        """The register with ids that it does not have yet, those of customers and of what they carry."""
        known = {entry.id_hmac for entry in self.entries}
        hashes = sorted({*map(self.hmac_of, ids), *(self.hmac_of(each, True) for each in carried)} - known)
        new = (Entry(each, key_id(self.key), reference, requested_on, None, run) for each in hashes)
        return Register(self.domain, self.key, (*self.entries, *new))

    def write(self, lake: Lake, engine: Engine, run_id: str) -> None:
        """Replaces the register in the lake, in one commit."""
        rows = sorted((asdict(entry) for entry in self.entries), key=lambda row: (row["requested_on"], row["id_hmac"]))
        table = pa.Table.from_pylist(rows, schema=SCHEMA)
        lake.write((self.domain, LAYER, NAME), table, None, engine=engine, run_id=run_id)


def read_register(domain: str, lake: Lake, engine: Engine) -> Register | None:
    """The register of a domain; None where nobody was ever erased, which needs no key.

    Raises NoKey, AnotherKey, DeploymentError.
    """
    entries = _entries(domain, lake, engine)
    return _checked(domain, entries, lake) if entries else None


def open_register(domain: str, lake: Lake, engine: Engine) -> Register:
    """As `read_register`, for who is about to write it: it may be empty, and needs the key all the same."""
    return _checked(domain, _entries(domain, lake, engine), lake)


def _checked(domain: str, entries: Sequence[Entry], lake: Lake) -> Register:
    key = pseudonym_key(lake.root)
    if key is None:
        raise NoKey(domain, "customers were erased" if entries else "a customer is to be erased")
    if others := {entry.key_id for entry in entries} - {key_id(key)}:
        what = "the register of the erased was written: they would come back unseen"
        raise AnotherKey(domain, key_id(key), others, what)
    return Register(domain, key, tuple(entries))


def _entries(domain: str, lake: Lake, engine: Engine) -> list[Entry]:
    try:
        table = lake.read((domain, LAYER, NAME), None, engine)
    except MissingTable:
        return []
    names = [each.name for each in fields(Entry)]
    return [Entry(**{name: row[name] for name in names}) for row in engine.backend.to_pyarrow(table).to_pylist()]
