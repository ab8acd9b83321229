"""A guess: what it is, how sure it is, why, and what else it could be.

Belongs here: the words in which guesses are said. Does not belong here: any guess (the files beside it).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from arcana_assets.domain.errors import ArcanaError

Sureness = Literal["sure", "likely", "unsure"]


class DraftError(ArcanaError):
    """A domain cannot be drafted: nothing readable among the files, or a folder that is there already."""


@dataclass(frozen=True)
class Guess:
    """A value that was guessed. `others` are what it could be, too, the likeliest first."""

    value: Any
    sure: Sureness
    why: str = ""
    others: tuple[str, ...] = ()

    def words(self) -> str:
        """The comment beside it: `likely: 4,120 of 4,120 lines have 7 fields; or: tab`."""
        why = f": {self.why}" if self.why else ""
        return f"{self.sure}{why}" + (f"; or: {', '.join(self.others)}" if self.others else "")


@cache
def vocabulary() -> Mapping[str, Any]:
    """The words of headers, in every language there is: `words.yaml`."""
    return dict(yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")))
