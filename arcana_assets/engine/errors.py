"""What the engine's messages say of files that it cannot read.

Belongs here: finding the file that a message blames. Does not belong here: what else can go wrong with a table
(`lake.errors`).
"""

import re

from arcana_assets.domain.errors import ArcanaError

_PARQUET_FILE = re.compile(r"""["']([^"'\n]+\.parquet)["']""")


class CorruptFile(ArcanaError):
    """Raised when a file that the table counts on is gone or cannot be read."""

    def __init__(self, file: str, cause: object):
        month = re.search(r"month=(\d{4}-\d{2}-\d{2})", file)
        todo = f"partition {month[1]} of that asset" if month else "that asset"
        super().__init__(
            f"{file} cannot be read ({str(cause).strip()}). The table counts on it; the file was damaged, or removed, "
            f"after it was written. Materialize {todo} again: it is rewritten whole."
        )


class UnreadFile(ArcanaError):
    """Raised when an engine of events cannot read a file of text; `file` is its uri, empty where it does not say."""

    def __init__(self, place: str, file: str, condition: str):
        self.file = file
        super().__init__(f"{place} cannot read {file or 'a file'}: {condition}.")


def raise_unreadable(error: BaseException) -> None:
    """Raises CorruptFile where the message of an engine blames a Parquet file; otherwise does nothing."""
    if isinstance(error, ArcanaError):
        return
    blamed = _PARQUET_FILE.search(str(error))
    if blamed:
        raise CorruptFile(blamed[1], error) from error
