"""Files that cannot be read: put aside one by one, so that what is right beside them goes on.

Belongs here: whether an error is the fault of one file, and the files that have one. Does not belong here: the errors
(each lies beside what raises it), the rows that bronze holds of such files from before (`kept`).
"""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from arcana_assets.engine.duckdb.session import OF_THE_ENGINE, OF_THE_NETWORK
from arcana_assets.graph.failures import may_pass
from arcana_assets.lake.errors import DISK_FULL
from arcana_assets.landing.zone import LandingError, LandingFile, LandingZone

# What the system says of a file; full disks, too many open files and the like are said of whatever comes by.
OF_A_FILE = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ELOOP, errno.EIO}
# What a bucket says of one object. What it says of credentials, clocks and requests is said of whatever comes by.
OF_AN_OBJECT = {"AccessDenied", "NoSuchKey", "InvalidObjectState", "404"}


class Unread(dict[LandingFile, str]):
    """Files of a source that cannot be read, each with what is wrong with it."""

    def __init__(self, zone: LandingZone, known: Mapping[LandingFile, str] | None = None) -> None:
        super().__init__(known or {})
        self._zone = zone

    @contextmanager
    def about(self, file: LandingFile) -> Iterator[None]:
        """Takes a LandingError that is the fault of this file for the words on it; any other is raised.

        Raises LandingChanged where the file is not as it was listed, or is gone: the next listing says what it is.
        """
        try:
            yield
        except LandingError as bad:
            self._zone.assert_unchanged([file])
            if not is_of_a_file(bad, self._zone.remote):
                raise
            self[file] = str(bad)


def is_of_a_file(error: LandingError, remote: bool) -> bool:
    """Whether an error would be there with nothing but its file changed, as far as what it comes from tells."""
    if error.retriable or (remote and may_pass(error)):
        return False
    cause: BaseException | None = error
    while cause is not None:
        if remote and (isinstance(cause, OF_THE_NETWORK) or _of_the_bucket(cause)):
            return False
        if isinstance(cause, OF_THE_ENGINE) or (cause is not error and DISK_FULL.search(str(cause))):
            return False
        # A bucket says EIO of errors that it does not know; what has no number is said by a parser of its content.
        of_it = OF_A_FILE - {errno.EIO} if remote else OF_A_FILE
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno not in of_it:
            return False
        cause = cause.__cause__
    return True


def _of_the_bucket(error: BaseException) -> bool:
    """Whether a bucket refused the request, rather than the object: s3fs keeps what it said as the cause."""
    answer = getattr(error, "response", None)
    if isinstance(answer, Mapping):
        return str(answer.get("Error", {}).get("Code", "")) not in OF_AN_OBJECT
    return isinstance(error, PermissionError) and error.errno is None and not _said_why(error)


def _said_why(error: BaseException) -> bool:
    return isinstance(getattr(error.__cause__, "response", None), Mapping)
