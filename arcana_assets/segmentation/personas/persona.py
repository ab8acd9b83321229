"""A persona: the name of a segment, where it comes from, and what the two ways of naming share.

Belongs here: the name, a renaming, the choice of a name, lifts in words. Does not belong here: which name fits a
segment (`by_rules`, `by_shares`), its number (`naming`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.presentation.language import DEFAULT, Language

Row = Mapping[str, Any]  # one of `positions.positions`
THIN = 0.1  # of the limit of a mean, a lift or a share: nearer to it than that is thin evidence


class UnusableSegments(ArcanaError):
    """Raised when segments, customers and what is asked of them do not go together."""


@dataclass(frozen=True)
class Persona:
    """The name of a segment, and where it comes from.

    `persona` is the whole name, number included. `rule` is the rule that gave it, or, of names by shares, the columns
    that did, joined with `&`. `confident` is False where the name rests on thin evidence.
    """

    segment_id: int
    persona: str
    rule: str | None
    level: str | None
    number: int | None
    confident: bool

    @property
    def name(self) -> str:
        """The name without its number."""
        return self.persona if self.number is None else self.persona.removeprefix(f"{self.number:02d}-")


@dataclass(frozen=True)
class Renaming:
    """A segment that is called otherwise than the month before; `why` is a sentence."""

    segment_id: int
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Choice:
    """The name of a segment, without number; `why` says why last month's is not kept, empty where it is."""

    name: str
    rule: str | None
    level: str | None
    confident: bool
    why: str


def times(lift: float, language: Language = DEFAULT) -> str:
    """A lift in words: `0.5 times`, `3 times`."""
    key = "segmentation.persona.times" if abs(lift) >= 2 else "segmentation.persona.once"
    return language.say(key, value=language.number(lift))
