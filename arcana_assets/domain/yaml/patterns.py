"""Regular expressions of contracts and settings, as every engine understands them.

Belongs here: which expressions are allowed. Does not belong here: matching (`landing.conform`).
"""

import re
from typing import Annotated

from pydantic import AfterValidator

# RE2, which DuckDB and others use, leaves these out, because they cannot be matched in linear time.
_UNKNOWN_TO_ENGINES = re.compile(r"\(\?(?:<?[=!]|>|P=)|\\[1-9]")


def checked_pattern(pattern: str) -> str:
    """The pattern itself. Raises ValueError for what is no regular expression, or one that engines do not know."""
    try:
        re.compile(pattern)
    except re.error as bad:
        raise ValueError(f"'{pattern}' is not a regular expression: {bad}") from None
    if found := _UNKNOWN_TO_ENGINES.search(pattern):
        raise ValueError(
            f"'{pattern}' has '{found[0]}', which engines do not know: look-arounds and references to groups are left "
            "out; match the text itself"
        )
    return pattern


RegularExpression = Annotated[str, AfterValidator(checked_pattern)]
