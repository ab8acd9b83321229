"""Markdown, as run metadata, reports and generated pages show it.

Belongs here: the one way rows become a table, and names code. Does not belong here: what is said.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with its head; what is absent is an empty cell, and a bar in a text is kept out of the grid."""
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(*items: str) -> str:
    """A list, an item a line."""
    return "\n".join(f"- {item}" for item in items)


def image(words: str, png: bytes) -> str:
    """A picture within the text itself, for where no file is kept, such as a run log; its words are no Markdown."""
    plain = re.sub(r"([\\`*_\[\]<>&!])", r"\\\1", " ".join(words.split()))
    return f"![{plain}](data:image/png;base64,{b64encode(png).decode()})"


def codes(names: Iterable[str]) -> str:
    """Names as code, with commas between them."""
    return ", ".join(f"`{name}`" for name in names)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
