"""A finding: one thing that is wrong, under a key that stays the same for as long as it is wrong.

Belongs here: what is known of it, whoever it is told to. Does not belong here: where it comes from (`runs`, `watch`),
since when it is open and who was told (`state`), its words in a language (`message`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["warning", "error"]
Kind = Literal["check", "run", "night", "fresh", "tick", "domain"]

SEVERITIES: tuple[Severity, ...] = ("warning", "error")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    `subject` are the names that its title is made of: the table and the check, the job, the schedule. `months` are the
    months of the run as `YYYY-MM`; `at` is when it was found, in seconds since 1970.
    """

    kind: Kind
    subject: tuple[str, ...]
    severity: Severity
    words: str
    domain: str
    at: float
    run_id: str = ""
    months: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`check:<table>:<check>`, `run:<job>:<months>`, `night:<domain>`, `fresh:<domain>`, `tick:<name>`,
        `domain:<name>`.
        """
        months = [span(self.months)] if self.kind == "run" else []
        return ":".join([self.kind, *self.subject, *months])

    def worse_than(self, severity: Severity) -> bool:
        """Whether it is an error where it was a warning."""
        return SEVERITIES.index(self.severity) > SEVERITIES.index(severity)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Finding":
        """From JSON. Raises TypeError for what another version kept."""
        return cls(**{**said, "subject": tuple(said["subject"]), "months": tuple(said["months"])})


def span(months: tuple[str, ...]) -> str:
    """`2011-04`, `2011-04..2011-06`; nothing of none."""
    return "" if not months else months[0] if len(months) == 1 else f"{months[0]}..{months[-1]}"
