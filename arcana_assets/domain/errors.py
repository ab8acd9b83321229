"""The errors a data engineer reads in a run log at 3 a.m.

Belongs here: the root of our own errors and the help they share. Does not belong here: an error of one stage;
it is defined beside that stage.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ArcanaError(Exception):
    """Says what was expected, what was found, where, and what to do.

    `retriable` tells the orchestrator whether the same call can succeed without anybody changing anything.
    """

    retriable = False


def nearest(name: str, known: Iterable[str], *, listed: bool = True) -> str:
    """`; did you mean 'x'?` for the known name nearest to `name`, or, if `listed`, all of them where none is near."""
    names = sorted(map(str, known))
    longer = sorted((known for known in names if len(name) > 2 and known.startswith(name)), key=len)[:1]
    near = (
        longer
        or get_close_matches(name, names, n=1, cutoff=0.6)
        or get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    )
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(names)}" if names and listed else ""


def first_line(cause: object) -> str:
    """What an error says, without the stack of foreign code that delta-rs appends."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()] or [type(cause).__name__]
    return lines[0].rstrip(".")
