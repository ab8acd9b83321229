"""The world of the faults: a small shop, its refresh as a process that can be ended, and what its lake holds.

Belongs here: starting and ending refreshes, and comparing lakes. Does not belong here: which faults there are
(`faults`), a bucket that fails (`faults_s3`).
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from arcana_assets.samples.retail.folder import write_retail_drop
from benchmarks.measure import REPOSITORY

MONTHS = "2010-12"
PATIENCE = 180  # seconds that a refresh of this shop may take
_OF_A_RUN = ("promoted_in_run", "found_in_run", "tracked")  # columns that name a run
_CLEAR = re.compile(r"^(failure|error): ", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    """How a refresh ended: its exit code (negative: the signal) and what it said."""

    code: int
    said: str

    @property
    def clear(self) -> bool:
        """Whether it succeeded, was ended by us, or said what is wrong in words of its own."""
        return self.code <= 0 or (
            bool(_CLEAR.search(self.said)) and "Traceback (most recent call last)" not in self.said
        )


@dataclass
class Shop:
    """A folder with a landing, a lake and an instance, and the environment that refreshes of it run in."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = PATIENCE

    @property
    def lake(self) -> Path:
        """Where lake and instance lie, unless the environment says otherwise."""
        return self.folder / "lake"

    @property
    def landing(self) -> Path:
        """Where the files lie."""
        return self.folder / "landing" / "retail"

    def begin(self) -> "subprocess.Popen[str]":
        """Starts `arcana refresh` of the shop."""
        code = "import sys; from arcana_assets.cli import main; sys.argv[0] = 'arcana'; main()"
        given = {name: value for name, value in os.environ.items() if not name.startswith(("ARCANA_", "DAGSTER_"))}
        given |= {
            "ARCANA_LAKE": str(self.lake),
            "ARCANA_LANDING": str(self.folder / "landing"),
            "ARCANA_HOME": str(self.folder / "home"),
            "ARCANA_TRACKING": "off",
            "PYTHONPATH": str(REPOSITORY),
            **self.environment,
        }
        return subprocess.Popen(
            [sys.executable, "-c", code, "refresh", "retail", "--months", MONTHS],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=given,
            cwd=self.folder,
        )

    def refresh(self) -> Ended:
        """A refresh to its end."""
        return ended(self.begin(), self.patience)

    def copied(self, folder: Path) -> "Shop":
        """The same landing elsewhere, with a lake and an instance of its own to be."""
        shutil.copytree(self.folder / "landing", folder / "landing", dirs_exist_ok=True)
        return Shop(folder, self.environment)


def small_shop(folder: Path) -> Shop:
    """A shop of forty customers and one month."""
    shop = Shop(folder)
    write_retail_drop(shop.landing, customers=40, months=1, seed=3)
    return shop


def ended(process: "subprocess.Popen[str]", patience: float = PATIENCE) -> Ended:
    """Waits for a refresh. One that takes longer than it may is ended, which its words tell."""
    try:
        said, _ = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
        return Ended(1, f"{said}\nhung for {patience} s")
    return Ended(process.returncode, said)


def appears(folder: Path, pattern: str, process: "subprocess.Popen[str]") -> bool:
    """Waits until a file of the pattern is there, looking a thousand times a second; false where the process ends."""
    while process.poll() is None:
        if next(folder.glob(pattern), None) is not None:
            return True
        time.sleep(0.001)
    return False


def holdings(lake: str, options: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a lake holds: a digest of the rows of each table, whatever their order, and of each published CSV.

    Of the tables of files that landed, which know when a file was written, only whether they can be read.
    Raises what delta-rs raises for a table that cannot be read.
    """
    found = dict[str, str]()
    for place in _tables(lake):
        table = DeltaTable(f"{lake}/{place}", storage_options=dict(options or {}) or None)
        digest = _digest(table.to_pyarrow_table())
        if not place.startswith("retail/landing/"):
            found[place] = digest
    if "://" not in lake:
        # By the names that people know: where these lead is called otherwise each time.
        for file in sorted(Path(lake).glob("retail/published/*/*.csv")):
            found[str(file.relative_to(lake))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def _tables(lake: str) -> list[str]:
    if "://" not in lake:
        return sorted(str(log.parent.relative_to(lake)) for log in Path(lake).glob("retail/*/*/_delta_log"))
    from arcana_assets.deployment import s3_filesystem

    bucket = lake.removeprefix("s3://")
    found = s3_filesystem().find(bucket)
    return sorted(
        {name.removeprefix(f"{bucket}/").split("/_delta_log/")[0] for name in found if "/_delta_log/" in name}
    )


def _digest(rows: pa.Table) -> str:
    kept = [name for name in sorted(rows.column_names) if name not in _OF_A_RUN]
    lines = sorted(map(repr, rows.select(kept).to_pylist()))
    return hashlib.sha256("\n".join([repr(kept), *lines]).encode()).hexdigest()
