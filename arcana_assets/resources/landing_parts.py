"""Parts of a delivery: whether there are as many files as the contract says, and which are missing.

Belongs here: running numbers in the names of files. Does not belong here: which files there are (`landing_inventory`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

NUMBER = re.compile(r"(\d+)((?:\.[^./]*)*)$")


class Parts(NamedTuple):
    """The account of a delivery in parts, in words and by name."""

    complete: bool
    words: str
    missing: list[str]


def account(expected: int, paths: Sequence[str], copies: Mapping[str, str]) -> Parts:
    """Whether the files `paths` are all parts; `copies` (path: the file it is a copy of) are left out of `paths`.

    Where names end in a running number (`telemetria_7.csv`) the missing ones are named, in the spelling of the others.
    """
    if len(paths) == expected:
        return Parts(True, f"{expected} files, as expected", [])
    missing = _missing(expected, [*paths, *copies])
    # A part that came with the content of another one was delivered, but counts as the copy that it is.
    hidden = [f"{path} is a copy of {original}" for path, original in sorted(copies.items())]
    words = [f"expected {expected} files, found {len(paths)}"]
    if missing:
        words.append(f"missing {', '.join(missing)}")
    if len(paths) < expected:
        words += hidden
    if beyond := _beyond(expected, paths):
        words.append(f"not expected {', '.join(beyond)}")
    words.append(
        "deliver what is missing and refresh again"
        if len(paths) < expected
        else "take away what belongs to another delivery, or mend 'files' in the contract"
    )
    return Parts(False, "; ".join(words), missing)


def _missing(expected: int, paths: Sequence[str]) -> list[str]:
    numbers = _numbers(paths)
    if not numbers or min(numbers) > expected:
        return []  # dates, or names of another kind
    like = numbers[min(numbers)]
    first = 0 if 0 in numbers else 1
    return [_spelt(like, number) for number in range(first, first + expected) if number not in numbers]


def _beyond(expected: int, paths: Sequence[str]) -> list[str]:
    numbers = _numbers(paths)
    if not numbers or min(numbers) > expected:
        return []
    last = expected - (0 in numbers)
    return [path for number, path in sorted(numbers.items()) if number > last]


def _numbers(paths: Sequence[str]) -> dict[int, str]:
    """The running number of each path that has one: the digits that its name ends in."""
    return {int(found[1]): path for path in sorted(paths, reverse=True) if (found := NUMBER.search(path))}


def _spelt(like: str, number: int) -> str:
    """The path with another running number, of as many digits where it has leading zeros."""
    width = len(found[1]) if (found := NUMBER.search(like)) and found[1].startswith("0") and found[1] != "0" else 0
    return NUMBER.sub(lambda match: f"{number:0{width}}{match[2]}", like)
