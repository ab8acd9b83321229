"""Words of Spark's SQL: names and texts as it quotes them.

Belongs here: quoting. Does not belong here: expressions (`compiler`).
"""

import sqlglot.expressions as sge


def quoted(name: str) -> str:
    """The name of a column or view."""
    return "`" + name.replace("`", "``") + "`"


def literal(text: str) -> str:
    """A text."""
    return sge.convert(text).sql(dialect="spark")
