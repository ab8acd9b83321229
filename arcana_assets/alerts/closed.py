"""Closed: findings that somebody closed by hand, with who and why.

It lies beside the memory of the alerts and not in it: that one is written by the sensor alone, which would undo what
anybody else wrote while it looked.

Belongs here: keeping and reading them. Does not belong here: what it means for a finding (`state`), the command
(`cli.alerts`).
"""

import json
from dataclasses import asdict, dataclass

import dagster as dg

from arcana_assets.alerts.finding import Severity
from arcana_assets.domain.errors import ArcanaError

KEY = "arcana/alerts_closed"
LETTERS = 300  # of a reason


class UnreadableClosed(ArcanaError):
    """What was closed by hand is of another version."""


@dataclass(frozen=True)
class Closed:
    """A finding that was closed: by whom and why, when, in seconds since 1970, and how severe it was then."""

    key: str
    by: str
    reason: str
    at: float
    severity: Severity


def load_closed(instance: dg.DagsterInstance) -> dict[str, Closed]:
    """All of them by key. Raises UnreadableClosed for what another version kept."""
    text = instance.daemon_cursor_storage.get_cursor_values({KEY}).get(KEY)
    if text is None:
        return {}
    try:
        return {each["key"]: Closed(**each) for each in json.loads(text)}
    except (KeyError, TypeError, ValueError) as wrong:
        raise UnreadableClosed(
            f"expected what was closed by hand in the instance (key '{KEY}' of its table kvs), found something else "
            f"({type(wrong).__name__}). Use the version of the platform that wrote it, or delete the row: what is "
            "still wrong is then told again."
        ) from None


def save_closed(instance: dg.DagsterInstance, closed: dict[str, Closed]) -> None:
    """Keeps them in the storage of the instance."""
    kept = [asdict(closed[key]) for key in sorted(closed)]
    instance.daemon_cursor_storage.set_cursor_values({KEY: json.dumps(kept, ensure_ascii=False)})
