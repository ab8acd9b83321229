"""The drop of the b2b benchmarks: the synthetic files of a software company, written here or lying ready.

Belongs here: which drop is measured and the landing around it. Does not belong here: what is in it
(`arcana_assets.samples.b2b`).
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.measure import Options, Skipped

READY = "ARCANA_B2B_DROP"  # a folder with the files of a drop, which is read and never changed
FULL, QUICK, SEED = 1.0, 0.01, 7
FIRST, LAST = date(2023, 7, 1), date(2025, 6, 1)
QUICK_FIRST = date(2025, 5, 1)  # the first month that a quick run knows


@contextmanager
def landing_of_drop(options: Options) -> Iterator[Path]:
    """A landing whose folder `b2b` holds the drop: the ready one, but in a quick run; otherwise one written for it.

    Raises Skipped where the folder of the ready one holds no drop.
    """
    with tempfile.TemporaryDirectory(prefix="arcana-bench-b2b-") as scratch:
        landing = Path(scratch)
        ready = "" if options.quick else os.environ.get(READY, "")
        if ready:
            folder = Path(ready).resolve()
            if not (folder / "tickets.csv").exists():
                raise Skipped(f"{READY} is {ready}, which holds no tickets.csv; name a folder of `arcana sample b2b`")
            (landing / "b2b").symlink_to(folder, target_is_directory=True)
        else:
            from arcana_assets.samples.b2b.folder import write_b2b_drop

            scale = QUICK if options.quick else FULL
            print(f"  writing a drop of scale {scale:g}; {READY} would name one that lies ready", flush=True)
            write_b2b_drop(landing / "b2b", scale, SEED)
        yield landing


def facts(landing: Path) -> dict[str, object]:
    """What was measured, for the file of results."""
    files = sorted(path for path in (landing / "b2b").iterdir() if path.suffix in (".csv", ".xlsx"))
    return {
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "ready": (landing / "b2b").is_symlink(),
    }
