"""Withdrawn rows: those of computed months that the files do not have any more, and how many may go unasked.

Belongs here: how many rows of each month would leave, with which files, and the error where they are too many. Does not
belong here: the rows that bronze holds (`assets.bronze`), what files hold (`inventory`), the share (the domain).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from arcana_assets.domain.months import Bounds, ranges, spelled
from arcana_assets.landing.files.records import Inventory
from arcana_assets.landing.zone import LandingError

NAMED = 5  # files that the error names

Held = Mapping[date, Mapping[tuple[str, str], int]]
"""The rows that bronze holds of each computed month, by the path and the content hash of the file they came from."""


class WithdrawnRows(LandingError):
    """More of the rows of a computed month would leave at once than may without somebody confirming it."""


@dataclass(frozen=True)
class Leaving:
    """Rows of a month that would leave, of how many; `files` are those that are gone or hold something else now."""

    rows: int
    of: int
    files: Sequence[str]

    @property
    def share(self) -> float:
        """Of the rows of the month."""
        return self.rows / self.of

    def words(self) -> str:
        """For people."""
        named = ", ".join(self.files[:NAMED])
        more = f" and {len(self.files) - NAMED} more" if len(self.files) > NAMED else ""
        return f"{self.rows} of {self.of} rows, which came from {named}{more}"


def leaving(held: Held, inventory: Inventory, bounds: Bounds, erased: Mapping[date, int]) -> dict[date, Leaving]:
    """The months that would have fewer rows than they have, because of files that are gone or hold something else.

    A content that lies there under another name is not gone, nor is a file that lies there and cannot be read. Rows
    that a mended contract moves to other months, with all files as they were, do not leave. Those of `erased` customers
    are in the files, and not among what is held.
    """
    contents = {record.sha256 for record in inventory.files.values()}
    found = dict[date, Leaving]()
    for month, files in sorted(held.items()):
        rows = sum(files.values())
        gone = sorted({path for path, content in files if content not in contents and path not in inventory.unread})
        left = rows - (inventory.due([month], bounds) - erased.get(month, 0))
        if gone and left > 0:
            found[month] = Leaving(left, rows, gone)
    return found


def refuse(found: Mapping[date, Leaving], share: float, domain: str, source: str) -> None:
    """Raises WithdrawnRows for months that more than this share of the rows would leave."""
    much = {month: each for month, each in found.items() if each.share > share}
    if not much:
        return
    said = "; ".join(f"{month:%Y-%m}: {each.words()}" for month, each in much.items())
    asked = (f"{span[0]:%Y-%m}:{span[-1]:%Y-%m}" if span[1:] else f"{span[0]:%Y-%m}" for span in ranges(much))
    todo = " and ".join(f"`arcana refresh {domain} --months {months} --confirm-withdrawn`" for months in asked)
    raise WithdrawnRows(
        f"{source}: the files lack rows that bronze has of {spelled([*much])}; expected at most {share:.0%} of a month"
        f" to leave at once (arrivals.withdrawn_share). Found {said}. Nothing was replaced. Deliver the files again; "
        f"or, if the rows are to go, confirm it once: {todo}, or in the UI the config `confirm_withdrawn: true` of "
        f"{domain}/bronze/{source} for these months."
    )
