"""Sessions of Spark over Connect: one for this process, settled as the tables need it.

Belongs here: opening, settling and forgetting them. Does not belong here: where a server is started for us (`emr`),
what is run (`engine`).
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from arcana_assets.engine.spark.errors import SparkAway, asked

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # Its own default is a format that readers take for local times.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.caseSensitive": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # Where not all of a session is lost, as on a new executor, the same plan is cut into parts of the same rows.
    "spark.sql.adaptive.enabled": "true",
}
WAIT_SECONDS = 30.0  # for a server to answer at all
RETRIES = 4  # of a request, where the network breaks; a step is tried again besides
_SESSIONS: dict[tuple[int, str], Any] = {}
_GONE: list[Any] = []  # kept: the finalizer of a session ends the threads that those after it use
_LOCK = threading.Lock()


def session_of(place: str, builder: Callable[[], Any]) -> "SparkSession":
    """The session of this process at a place, opened where there is none that lives.

    `builder` makes the builder of a channel of Spark Connect. Raises SparkAway, SparkDenied.
    """
    key = (os.getpid(), place)
    with _LOCK:
        if key in _SESSIONS and _SESSIONS[key].is_stopped:
            _GONE.append(_SESSIONS.pop(key))
        if key not in _SESSIONS:
            _SESSIONS[key] = _opened(place, builder(), WAIT_SECONDS)
        found: SparkSession = _SESSIONS[key]
        return found


def lives(place: str, session: "SparkSession") -> bool:
    """Whether this is the session of this process at a place still; none is opened for the answer."""
    return _SESSIONS.get((os.getpid(), place)) is session and not session.is_stopped


def forget(place: str, session: "SparkSession") -> None:
    """Lets go of a session that is gone: the next who asks gets a new one. Another that came since stays."""
    key = (os.getpid(), place)
    with _LOCK:
        if _SESSIONS.get(key) is not session:
            return
        _GONE.append(_SESSIONS.pop(key))
    with suppress(Exception):  # there is nobody at the other end
        session.client.close()


def interrupt_sessions() -> None:
    """Ends what runs in the sessions of this process; it raises there."""
    for (process, _), session in list(_SESSIONS.items()):
        if process == os.getpid():
            with suppress(Exception):  # a server that is away runs nothing for us
                session.interruptAll()


def _opened(place: str, channel: Any, wait: float) -> "SparkSession":
    import grpc  # type: ignore[import-untyped]
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession

    # The client of Spark waits ten minutes for a server that is not there.
    # It logs what the server says of a statement, with values of rows.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    probe = channel.toChannel()
    try:
        grpc.channel_ready_future(probe).result(timeout=wait)
    except grpc.FutureTimeoutError:
        raise SparkAway(place, f"no answer within {wait:.0f} seconds") from None
    finally:
        probe.close()
    with asked(place):
        session: SparkSession = SparkSession.builder.channelBuilder(channel).create()
        session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
    return session


@atexit.register
def _close_all() -> None:
    for key in [key for key in _SESSIONS if key[0] == os.getpid()]:
        session = _SESSIONS.pop(key)
        with suppress(Exception):  # the process ends
            session.stop()
