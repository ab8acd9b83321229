"""What goes wrong between this process and Spark, in words that hold no secret and no value of a row.

Belongs here: the errors, and telling which one it is. Does not belong here: files that cannot be read
(`engine.errors`).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from arcana_assets.domain.errors import ArcanaError, first_line
from arcana_assets.engine.errors import UnreadFile, raise_unreadable

_AWAY = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "RESOURCE_EXHAUSTED")
_GONE = (
    *("SESSION_CLOSED", "SESSION_CHANGED", "SESSION_NOT_FOUND", "NO_ACTIVE_SESSION"),
    *("OPERATION_NOT_FOUND", "OPERATION_ABANDONED"),
)
_REFUSED = ("UNAUTHENTICATED", "PERMISSION_DENIED")
_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\]")
_UNREAD = ("FAILED_READ_FILE", "PATH_NOT_FOUND")
_FILE = re.compile(r"(?:reading file|does not exist:) (\S+?)\.?\s")
_LOST = re.compile(r"(ExecutorLost|Executor heartbeat|FetchFailed|Connection refused|Connection reset|lost worker)")


class SparkAway(ArcanaError):
    """The server does not answer, or not any more; the same step may succeed later."""

    retriable = True

    def __init__(self, place: str, why: str):
        super().__init__(
            f"the event engine at {place} does not answer ({why}). Nothing was committed. See that the server of "
            "ARCANA_EVENT_ENGINE runs and can be reached from here; the step is tried again."
        )


class SparkDenied(ArcanaError):
    """The server does not let this process in."""

    def __init__(self, place: str):
        super().__init__(
            f"the event engine at {place} refuses the credentials of ARCANA_EVENT_ENGINE, or there are none. Give a "
            "token that is valid, or a role that may open sessions."
        )


class SparkFailed(ArcanaError):
    """Spark cannot run a statement. Its words may quote values of rows, so only their kind is told."""

    def __init__(self, place: str, condition: str, told: str = ""):
        super().__init__(
            f"Spark at {place} could not run a statement: {condition}{f' ({told})' if told else ''}. Nothing was "
            "committed. The log of the server has the statement and its plan."
        )


@contextmanager
def asked(place: str) -> Iterator[None]:
    """Raises what Spark or the network says as one of our own errors, or CorruptFile where it blames a file."""
    try:
        yield
    except ArcanaError:
        raise
    except Exception as error:
        found = _ours(place, error)
        if found is None:
            raise
        raise found from None  # the words of Spark quote values


def as_given(file: str) -> str:
    """A file as Spark names it, by the uri that it was given: of a bucket, or of a local file a path."""
    return re.sub(r"^s3[an]?://", "s3://", re.sub(r"^file:/+", "/", unquote(file)))


def _ours(place: str, error: Exception) -> ArcanaError | None:
    import grpc  # type: ignore[import-untyped]
    from pyspark.errors import AnalysisException, ParseException, PySparkException

    if isinstance(error, grpc.RpcError):
        return _of_the_network(place, error)
    if not isinstance(error, PySparkException):
        return None
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, grpc.RpcError):
            return _of_the_network(place, cause)
        cause = cause.__cause__ or cause.__context__
    said = str(error)
    raise_unreadable(error)
    found = _CONDITION.search(said)
    condition = error.getCondition() or (found[1] if found else type(error).__name__)
    if any(word in condition for word in _GONE):
        return SparkAway(place, f"the session is gone: {condition}")
    if any(f"StatusCode.{word}" in said for word in _AWAY) or "RetriesExceeded" in type(error).__name__:
        return SparkAway(place, "the connection broke")
    if any(f"StatusCode.{word}" in said for word in _REFUSED):
        return SparkDenied(place)
    if lost := _LOST.search(said):
        return SparkAway(place, f"a worker was lost: {lost[1]}")
    if condition.startswith(_UNREAD):
        blamed = _FILE.search(said)
        return UnreadFile(place, as_given(blamed[1]) if blamed else "", condition)
    # Of names and plans, which are of the program.
    told = first_line(error) if isinstance(error, (AnalysisException, ParseException)) else ""
    return SparkFailed(place, condition, told)


def _of_the_network(place: str, error: Any) -> ArcanaError:
    code, details = getattr(error.code(), "name", "UNKNOWN"), str(error.details() or "")
    if code in _REFUSED:
        return SparkDenied(place)
    if code in _AWAY or any(word in details for word in _GONE):
        return SparkAway(place, code.lower().replace("_", " "))
    found = _CONDITION.search(details)
    return SparkFailed(place, found[1] if found else code)
