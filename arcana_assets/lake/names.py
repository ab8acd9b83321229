"""The names of the lake: three words for a table, first days for months.

Belongs here: what a table and a stretch of months may be called, and where that is. Does not belong here: whether it
exists (`lake`).
"""

import os
import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import dagster as dg

from arcana_assets.deployment import is_s3
from arcana_assets.domain.months import shifted
from arcana_assets.lake.errors import BadMonths, BadRoot, BadTableName

TableKey = Sequence[str] | dg.AssetKey

SNAPSHOT = "snapshot"
"""The application transaction that counts the writings of a table without months."""

ERASED = "erased:"
"""Begins the application transactions that say of a month how many rows of erased customers it does not have."""

_PART = re.compile(r"\w[\w.\-]*", re.ASCII)
# delta-rs panics at some of these in a folder and takes the others for something else. In a bucket it looks for
# its checkpoints under a twice encoded name as soon as there is anything to encode.
_NOT_IN_FOLDER = re.compile(r"[\[\]^|\\]|%[0-9A-Fa-f]{2}")
_NOT_IN_BUCKET = re.compile(r"[^A-Za-z0-9_./=:\-]")


def table_uri(root: str, key: TableKey) -> str:
    """Where the table is below the root of the lake, an `s3://` prefix or a folder. Raises BadTableName, BadRoot."""
    return f"{_place(root)}/{table_name(key)}"


def domain_uri(root: str, domain: str) -> str:
    """Where the tables of the domain are. Raises BadTableName for anything but a plain word, BadRoot."""
    if not _PART.fullmatch(domain):
        raise BadTableName(f"{domain!r} names no domain: a word of letters, digits, `_`, `-` and `.`.")
    return f"{_place(root)}/{domain}"


def _place(root: str) -> str:
    place = root.rstrip("/") if is_s3(root) else os.path.abspath(root)
    if (_NOT_IN_BUCKET if is_s3(root) else _NOT_IN_FOLDER).search(place):
        raise BadRoot(place)
    return place


def table_name(key: TableKey) -> str:
    """`domain/layer/table`. Raises BadTableName for parts that are not plain words, such as those that climb out."""
    parts = list(key.path) if isinstance(key, dg.AssetKey) else list(key)
    if isinstance(key, str) or len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        raise BadTableName(
            f"{key!r} names no table. A table is named by domain, layer and table: three words of letters, digits, "
            "`_`, `-` and `.`, none of which starts with a dot."
        )
    return "/".join(parts)


def entry(month: date) -> str:
    """The application transaction that counts the writings of a month."""
    return f"month:{month:%Y-%m-%d}"


def erased_entry(month: date) -> str:
    """The application transaction that says how many rows of erased customers a month does not have."""
    return f"{ERASED}{month:%Y-%m-%d}"


def consecutive(table: str, months: Sequence[date]) -> list[date]:
    """The months in order. Raises BadMonths unless they are first days of months that follow each other."""
    ordered = sorted(set(months))
    if not ordered:
        raise BadMonths(f"{table}: no month to write. Pass the months of the run, or None for a snapshot.")
    for month in ordered:
        if month.day != 1:
            raise BadMonths(f"{table}: {month} is not the first day of a month.")
    for month, following in pairwise(ordered):
        if following != shifted(month, 1):
            raise BadMonths(
                f"{table}: months to write follow each other, but after {month:%Y-%m} comes {following:%Y-%m}. "
                "Write each stretch of months on its own."
            )
    return ordered
