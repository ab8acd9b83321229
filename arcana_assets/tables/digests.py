"""Digests: what two runs must have in common for the second to make the same rows.

Belongs here: the digest of frames, of settings and of the code that computes with them. Does not belong here: which of
these the rows of a table are made from (whoever computes the table).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import arcana_assets


def digest_of(parts: Mapping[str, Any]) -> str:
    """SHA-256 of settings, days and other digests, in their order; what JSON has no word for counts by its text.

    The order of a mapping counts: of patterns the first that covers a feature holds, of labels the first comes first.
    """
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def digest_of_frame(frame: pd.DataFrame) -> str:
    """SHA-256 of the rows, in order, with the names and types of the columns."""
    found = hashlib.sha256(repr([(name, str(kind)) for name, kind in frame.dtypes.items()]).encode())
    found.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return found.hexdigest()


@cache
def digest_of_code(rooms: Sequence[str], libraries: Sequence[str]) -> str:
    """SHA-256 of the source and the texts of all rooms that rows are computed in, and of the versions of the libraries.

    So that nobody has to raise a version by hand, which is forgotten. Takes folders of `arcana_assets` and names of
    distributions.
    """
    found = hashlib.sha256(repr([version(name) for name in libraries]).encode())
    for room in rooms:
        for file in sorted((Path(arcana_assets.__file__).parent / room).rglob("*.*")):
            if file.suffix in (".py", ".yaml"):
                found.update(file.read_bytes())
    return found.hexdigest()
