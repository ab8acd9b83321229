"""Names and texts in DuckDB's SQL.

Belongs here: how they are quoted. Does not belong here: statements.
"""

import re
from collections.abc import Iterable


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(uris: Iterable[str]) -> str:
    """Files as an SQL list. DuckDB takes `*`, `?` and `[` in a path for a pattern; here they mean themselves."""
    return "[" + ", ".join(literal(re.sub(r"([*?\[])", r"[\1]", uri)) for uri in uris) + "]"
