"""Drops: files of a small catalogue, delivered into a landing of their own and read the way an asset reads them."""

from dataclasses import dataclass
from pathlib import Path

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.landing.files.inventory import month_count
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.zone import LandingZone

HEADER = b"code,name,price\n"


def catalogue(pattern="products/*", **changes) -> Contract:
    """A snapshot of products: a code, a name and, where a file has it, a price."""
    given = {
        "name": "products",
        "entity": "products",
        "description": "The catalogue",
        "landing": {"pattern": pattern},
        "format": {"kind": "csv"},
        "columns": [
            {"from": "code", "to": "product_id"},
            {"from": "name", "to": "name"},
            {"from": "price", "to": "list_price", "optional": True},
        ],
    }
    return Contract.model_validate(given | changes)


def csv(**options) -> Contract:
    """The catalogue in delimited text of another format."""
    return catalogue(format={"kind": "csv", **options})


@dataclass
class Drop:
    """A landing and an engine; `contract` may be changed between two readings."""

    root: Path
    engine: Engine
    contract: Contract

    @property
    def zone(self) -> LandingZone:
        return LandingZone(root=str(self.root))

    @property
    def folder(self) -> Path:
        return self.root / "shop" / "products"

    def put(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def files(self):
        return self.zone.files("shop", self.contract)

    def count(self, rows):
        return month_count(self.reader(), "UTC")(rows)

    def reader(self) -> LandingReader:
        return LandingReader(self.zone, self.engine, self.contract)

    def inspect(self, reader):
        files = self.files()
        return reader.inspect(files, self.zone.digests(files), self.count).to_pylist()

    def read(self):
        """Rows as tuples of their raw columns, in order; and malformed lines as (line, reason, text)."""
        reader = self.reader()
        counted = self.inspect(reader)
        rows = self.rows_of(reader)
        good = [row for row in rows if row["_malformed"] is None]
        bad = [row for row in rows if row["_malformed"] is not None]
        # What was counted while inspecting is what a second reading gives, row for row.
        assert sum(group["rows"] for group in counted if not group["malformed"]) == len(good)
        assert sum(group["rows"] for group in counted if group["malformed"]) == len(bad)
        raw = [tuple(value for name, value in row.items() if name not in FOUND) for row in good]
        return sorted(raw, key=str), sorted((row["_line"], row["_malformed"], row["_text"]) for row in bad)

    def rows_of(self, reader):
        return self.engine.backend.to_pyarrow(reader.rows(self.files())).to_pylist()


FOUND = ("filename", "_line", "_malformed", "_text")
