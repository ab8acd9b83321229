"""Inputs of a month's model: a digest of all that its row in the table of models is made from.

Belongs here: what two runs must have in common for the second to give the same row. Does not belong here: making the
row (`month`), keeping it (`assets.models`).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import arcana_assets
from arcana_assets.domain.settings.segmentation import Segmentation

_ROOMS = (
    *("domain", "presentation"),
    *("segmentation/clustering", "segmentation/models", "segmentation/personas"),
)
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")
_CARRIED = ("model", "challenger", "challenger_moves")  # what a month takes over from the row of the month before


def digest_of_inputs(
    segmentation: Segmentation,
    customers: str,
    last: Mapping[str, Any] | None,
    month: date,
    **asked: date | str | bool | None,
) -> str:
    """SHA-256 of what the row of a month is made from: the same digest, the same row to the last bit.

    Takes the settings of the segmentation, the digest of all customers of the month (`digest_of_customers`), the row of
    the month before, and whatever else a run asks. The code that decides is among the inputs, by its source and by the
    versions of the libraries it computes with: a version of our own that somebody must raise by hand is forgotten.
    """
    parts = {
        "code": _code(),
        "settings": segmentation.model_dump(mode="json"),
        "customers": customers,
        "before": {name: last[name] for name in _CARRIED} if last is not None else None,
        "month": month,
        "asked": asked,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def digest_of_customers(frame: pd.DataFrame) -> str:
    """SHA-256 of the customers and their features, in order, with the names and types of the columns."""
    found = hashlib.sha256(repr([(name, str(kind)) for name, kind in frame.dtypes.items()]).encode())
    found.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return found.hexdigest()


@cache
def _code() -> str:
    """SHA-256 of the source of all rooms that a decision runs through, and of the versions of the libraries."""
    found = hashlib.sha256(repr([version(name) for name in _LIBRARIES]).encode())
    for room in _ROOMS:
        for file in sorted((Path(arcana_assets.__file__).parent / room).rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()
