"""Patterns: a regular expression as RE2 reads it, which is DuckDB's, in the words of Java, which are Spark's.

Belongs here: what the two read differently. Does not belong here: the patterns themselves (contracts, the slices).
"""

import re

_CLASSES = {"s": r"\t\n\f\r ", "S": r"\t\n\f\r "}
_EDGES = {
    "b": r"(?:(?<=\w)(?!\w)|(?<!\w)(?=\w))",
    "B": r"(?:(?<=\w)(?=\w)|(?<!\w)(?!\w))",
}
_OF_POSIX = {"alnum": "Alnum", "alpha": "Alpha", "ascii": "ASCII", "blank": "Blank", "cntrl": "Cntrl"}
_OF_POSIX |= {"digit": "Digit", "graph": "Graph", "lower": "Lower", "print": "Print", "punct": "Punct"}
_OF_POSIX |= {"space": "Space", "upper": "Upper", "xdigit": "XDigit"}
_POSIX = re.compile(rf"\[:(\^?)({'|'.join(_OF_POSIX)}|word):\]")
_OPENED = re.compile(r"\[(\^?)(\]?)")
_FLAGS = re.compile(r"\(\?([a-zA-Z]+)([:)])")
_GROUP = re.compile(r"\\(\d)|\\(.)|([$\\])", re.DOTALL)


def in_java(pattern: str) -> str:
    """The same pattern for Java.

    There `$` matches before a last line feed, too, `.` and `$` know more ends of lines than the line feed, `\\s` holds
    the vertical tab, letters without case are those of ASCII alone, and those of `\\b` are not; groups with names and
    classes of POSIX are written otherwise.
    """
    found, inside, at = ["(?d)"], False, 0
    while at < len(pattern):
        sign = pattern[at]
        flags = None if inside else _FLAGS.match(pattern, at)
        if sign == "\\" and at + 1 < len(pattern):
            found.append(_escaped(pattern[at + 1], inside))
            at += 2
            continue
        if not inside and pattern.startswith("(?P<", at):
            found.append("(")  # nothing asks for a group by its name
            at = pattern.index(">", at) + 1
            continue
        if inside and (posix := _POSIX.match(pattern, at)):
            found.append(_of_posix(*posix.groups()))
            at = posix.end()
            continue
        if flags is not None:
            found.append(f"(?{flags[1].replace('i', 'iu')}{flags[2]}")
            at = flags.end()
            continue
        if not inside and (opened := _OPENED.match(pattern, at)):
            inside = True
            found.append(f"[{opened[1]}" + (r"\]" if opened[2] else ""))  # the first `]` is one of the class
            at = opened.end()
            continue
        if sign == "]" and inside:
            inside = False
        elif sign in "[&" and inside:  # Java has classes in classes, and what both of two have
            sign = f"\\{sign}"
        found.append(r"\z" if sign == "$" and not inside else sign)
        at += 1
    return "".join(found)


def replacement_in_java(text: str) -> str:
    """What a match is replaced by: RE2 writes `\\1` for a group where Java writes `$1`."""
    return _GROUP.sub(lambda found: f"${found[1]}" if found[1] else f"\\{found[2] or found[3]}", text)


def _of_posix(negated: str, name: str) -> str:
    if name == "word":
        return r"\W" if negated else r"\w"
    return rf"\{'P' if negated else 'p'}{{{_OF_POSIX[name]}}}"


def _escaped(sign: str, inside: bool) -> str:
    if sign in _EDGES and not inside:
        return _EDGES[sign]
    if sign not in _CLASSES:
        return f"\\{sign}"
    if inside and sign == "S":
        return r"\S"
    return _CLASSES[sign] if inside else f"[{'^' if sign == 'S' else ''}{_CLASSES[sign]}]"
