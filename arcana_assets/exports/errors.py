"""What can go wrong on the way from a gold table to a published file.

Belongs here: the errors of `Exports`. Does not belong here: when they are raised.
"""

from arcana_assets.domain.errors import ArcanaError, first_line


class ExportError(ArcanaError):
    """Any refusal to publish. The files of earlier runs are what they were."""


class OutsideRoot(ExportError):
    """Raised where a folder of the lake is a link that leads out of the lake."""

    def __init__(self, folder: str, target: str, root: str):
        super().__init__(
            f"{folder} leads to {target}, outside of the lake {root}. Published files stay inside it: replace the link "
            "by a folder, and link to that from elsewhere."
        )


class BadFileName(ExportError):
    """Raised for the name of a file that is no plain word."""

    def __init__(self, name: str):
        super().__init__(
            f"{name!r} names no file of a month. Expected letters, digits, `_`, `-` and `.`, the first of them no dot."
        )


class UnreadableExport(ExportError):
    """Raised where a file that was just written cannot be read back as the table it was made from."""

    def __init__(self, file: str, cause: object):
        super().__init__(
            f"{file} was written, but cannot be read back: {first_line(cause)}. It was not published. This is a "
            "defect: keep the gold tables of the month."
        )


class NotPublished(ExportError):
    """Raised where a file could not be written or put into its place."""

    def __init__(self, place: str, cause: object, retriable: bool):
        self.retriable = retriable
        super().__init__(
            f"{place} was not published: {first_line(cause)}. The files of an earlier run, if any, are unchanged. "
            "See that the place is writable and has room, then materialize the same month again."
        )
