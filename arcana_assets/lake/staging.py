"""Staging files: what a writer that was killed on a local disk leaves in a table's folder, and no vacuum sees.

Belongs here: finding and removing them by age. Does not belong here: files that a commit named (`maintenance`).
"""

import time
from pathlib import Path

DAY_HOURS = 24


def remove_staging(folder: Path, hours: float = DAY_HOURS) -> int:
    """Removes `*#<n>`, of tables and of their logs, that nobody wrote to for so many hours, and says how many."""
    before, removed = time.time() - hours * 3600, 0
    for path in folder.rglob("*#*"):
        try:
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()
                removed += 1
        except FileNotFoundError:  # its writer finished meanwhile
            continue
    return removed
