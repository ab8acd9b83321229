"""Tables in Markdown, as run metadata, reports and generated pages show them.

Belongs here: the one way rows become a table. Does not belong here: what the cells say.
"""

from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with its head; what is absent is an empty cell, and a bar in a text is kept out of the grid."""
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
