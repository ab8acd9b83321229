"""The truth planted in a sample, as a file that anybody can hold segments against.

Belongs here: the file and where it may lie. Does not belong here: what was planted (`retail`, `b2b`).
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from arcana_assets.samples.files import replacing

HEADER = ("customer_id", "segmentation", "persona")
Personas = Mapping[str, Mapping[str, str]]
"""Segmentation -> customer_id -> the name that the segment of this customer should get."""


def refuse_truth_in(landings: Sequence[Path], truth: Path) -> None:
    """Raises ValueError for a file in a landing, where it would lie among the company's, and for a folder."""
    found = truth.resolve()
    for landing in landings:
        if found.is_relative_to(landing.resolve()):
            raise ValueError(
                f"truth: expected a file outside of the landing {landing}, whose files a run reads; found {truth}. "
                "Name one elsewhere."
            )
    if found.is_dir():
        raise ValueError(f"truth: expected a file, or a path where one can be made; found a folder at {truth}")


def write_truth(path: Path, personas: Personas) -> int:
    """Write `customer_id,segmentation,persona`, a row for each customer and segmentation; returns the rows.

    UTF-8 with line feeds, by segmentation and customer. The file is replaced as a whole.
    """
    rows = [(who, name, persona) for name, planted in personas.items() for who, persona in sorted(planted.items())]
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
    return len(rows)
