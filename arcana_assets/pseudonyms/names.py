"""Names: the pseudonyms of a domain, computed under the key, never looked up.

Belongs here: from a code to its pseudonym, and the columns of a domain that are renamed. Does not belong here: tables
(`renamed`), whether the key is the right one (`kept`).

A pseudonym is base32 of the first 16 bytes of HMAC-SHA256: the same code has the same one in every run, and nobody
without the key can tell which codes they are of, however few codes there are. It is personal data still.
"""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

BETWEEN = ", "  # codes in a column that lists them
VALUE, NAME = "value_of_customer", "name_of_customer"
"""Columns of a table of names, which no table of the lake has: what stands in a column, and what is shown for it."""
CUSTOMERS = "arcana/customers"
"""Metadata of a table's asset in a domain with pseudonyms: its columns of customers, those that list them apart."""
PSEUDONYMS = "arcana/pseudonyms"
"""Tag of every step of such a domain: whom it shows customers to, and the columns of silver that have the codes."""
Shown = Literal["beyond", "people", "as_is"]
"""Customers by pseudonyms, as beyond silver; by codes, as what people read; or as tables have them."""
_OF = b"arcana_assets: pseudonym\0"  # no register hashes anything that begins so


@dataclass(frozen=True)
class Names:
    """The pseudonyms of a domain."""

    domain: str
    key: bytes = field(repr=False)

    def of(self, code: str) -> str:
        """The pseudonym of a code, as silver spells it: 26 lower-case letters and digits."""
        mac = hmac.digest(self.key, _OF + self.domain.encode() + b"\0" + code.encode(), "sha256")
        return base64.b32encode(mac[:16]).decode().rstrip("=").lower()

    def of_all(self, codes: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The pseudonyms of codes, none of which is null."""
        return pa.array([self.of(code) for code in codes.to_pylist()], pa.string())


@dataclass(frozen=True)
class Columns:
    """The columns of a table that hold customers: one in a value, or several with BETWEEN between."""

    plain: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    def told(self) -> dict[str, list[str]]:
        """As metadata."""
        return {"plain": [*self.plain], "lists": [*self.lists]}

    @classmethod
    def heard(cls, told: Mapping[str, Sequence[str]]) -> "Columns":
        """From metadata."""
        return cls(tuple(told["plain"]), tuple(told["lists"]))


@dataclass(frozen=True)
class Naming:
    """How a step is to see customers, as its tag says; `silver` are the columns with codes, by source."""

    shown: Shown
    silver: Mapping[str, tuple[str, ...]]

    def told(self) -> str:
        """As a tag."""
        return json.dumps({"shown": self.shown, "silver": {name: [*columns] for name, columns in self.silver.items()}})

    @classmethod
    def heard(cls, tag: str) -> "Naming":
        """From a tag."""
        told = json.loads(tag)
        return cls(told["shown"], {name: tuple(columns) for name, columns in told["silver"].items()})
