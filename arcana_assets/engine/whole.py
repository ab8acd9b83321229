"""Whole files: written aside and on the disk to their last byte before they take the place of what was there.

Belongs here: writing one file of this machine. Does not belong here: tables (`lake.files`), folders of several files
that are published together (`exports`), buckets, whose files are whole by themselves.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: Path, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """A file to write, which stands at `path` once the `with` ended without an error; else nothing of it is left.

    Until then it is readable by its owner only. The folder is there. Raises OSError where the disk refuses.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(mode)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
