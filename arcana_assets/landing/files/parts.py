"""Parts of a delivery: whether there are as many files as the contract says, and which are missing.

Belongs here: running numbers in the names of files. Does not belong here: which files there are (`inventory`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SAVED_AGAIN = re.compile(r" \(\d+\)(?=\.|$)")
NUMBER = re.compile(r"(\d+)((?:\.[^./]*)*)$")


class Parts(NamedTuple):
    """The account of a delivery in parts, in words and by name."""

    complete: bool
    words: str
    missing: list[str]


def account(expected: int, paths: Sequence[str], copies: Mapping[str, str], required: bool = True) -> Parts:
    """Whether each delivery has all parts; `copies` (path: the file it is a copy of) are left out of `paths`.

    Files are of one delivery where their names differ by a running number at the end only: `telemetria_7.csv`, or
    `2025-06/telemetria_7.csv`. So the missing ones can be named, in the spelling of the others. Of a source that is not
    `required` nothing at all may be delivered.
    """
    if not (required or paths or copies):
        return Parts(True, "nothing was delivered, which the contract allows", [])
    deliveries: dict[str, list[str]] = {"": []} if not paths else {}
    for path in sorted(paths):
        deliveries.setdefault(_delivery(path), []).append(path)
    told = [
        _account(expected, files, {path: of for path, of in copies.items() if _delivery(path) == name or not paths})
        for name, files in sorted(deliveries.items())
    ]
    wrong = [each for each in told if not each.complete]
    if not wrong:
        several = f" in each of {len(told)} deliveries" if len(told) > 1 else ""
        return Parts(True, f"{expected} files{several}, as expected", [])
    return Parts(False, ". ".join(each.words for each in wrong), [name for each in wrong for name in each.missing])


def _delivery(path: str) -> str:
    """What the paths of one delivery share: all but the running number, and what a browser adds to a second copy."""
    return NUMBER.sub(lambda match: match[2], SAVED_AGAIN.sub("", path))


def _account(expected: int, paths: Sequence[str], copies: Mapping[str, str]) -> Parts:
    if len(paths) == expected:
        return Parts(True, "", [])
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
