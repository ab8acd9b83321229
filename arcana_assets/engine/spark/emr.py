"""EMR Serverless: a session of Spark that AWS starts when it is asked for, and that ends with this process.

Belongs here: starting, waiting, the token of each request, the end. Does not belong here: what is run in it (`engine`).

Its endpoint is one of Spark Connect; who asks shows a token that lasts an hour in the header of AWS' proxy.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.spark.errors import SparkAway, SparkDenied

if TYPE_CHECKING:
    from pyspark.sql.connect.client import DefaultChannelBuilder

HEADER = "x-aws-proxy-auth"
WAIT_SECONDS = 600.0  # for drivers and workers to start
LOOK_SECONDS = 3.0
IDLE_MINUTES = 20  # after which AWS ends what a killed process left
EARLY = timedelta(minutes=5)  # a new token before the old one expires
READY = ("STARTED", "IDLE", "BUSY")
OVER = ("FAILED", "TERMINATING", "TERMINATED")
_DENIED = ("AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "InvalidClientTokenId")
_MAY_PASS = ("ThrottlingException", "InternalServerException", "ServiceQuotaExceededException", "ConflictException")


class SessionRefused(ArcanaError):
    """AWS starts no session of an application, for a reason that does not pass by itself."""


@dataclass(eq=False)
class EmrServerless:
    """Sessions of one application, one a process; `client` makes the client of AWS (`emr-serverless` of boto3)."""

    application: str
    role: str
    client: Callable[[], Any] = field(repr=False)
    wait_seconds: float = WAIT_SECONDS
    look_seconds: float = LOOK_SECONDS
    _session: tuple[int, str] | None = field(default=None, repr=False)
    _token: tuple[str, datetime] | None = field(default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def place(self) -> str:
        """The application, as errors name it."""
        return f"emr-serverless://{self.application}"

    def channel(self) -> "DefaultChannelBuilder":
        """The builder of a channel to a session, which is started where none runs.

        Raises SparkAway where it does not come up in time, SparkDenied without rights or credentials, SessionRefused.
        """
        with self._lock:
            return _channel(str(self._endpoint(self._running())["endpoint"]), self.token)

    def token(self) -> str:
        """The token of a request made now; a new one shortly before the old one expires. Raises as `channel` does."""
        with self._lock:
            if self._session is None:
                raise SparkAway(self.place, "the session is over")
            if self._token is None or datetime.now(UTC) >= self._token[1] - EARLY:
                try:
                    self._endpoint(self._session[1])
                except SessionRefused:  # it ended idle, or somebody ended it: the next who asks gets another one
                    self._session = self._token = None
                    raise SparkAway(self.place, "the session is over") from None
            assert self._token is not None
            return self._token[0]

    def end(self) -> None:
        """Ends the session of this process, where there is one."""
        with self._lock:
            if self._session is None or self._session[0] != os.getpid():
                return
            session, self._session, self._token = self._session[1], None, None
        with suppress(Exception):  # AWS ends it by itself once nobody asks
            self.client().terminate_session(applicationId=self.application, sessionId=session)

    def _running(self) -> str:
        """The session of this process; one that is over is replaced."""
        if self._session is not None and self._session[0] == os.getpid():
            session = self._session[1]
            if self._state(session)[0] not in OVER:
                return session
        started = self._asked(
            lambda aws: aws.start_session(
                applicationId=self.application,
                executionRoleArn=self.role,
                idleTimeoutMinutes=IDLE_MINUTES,
                name="arcana_assets",
            )
        )
        self._session, self._token = (os.getpid(), str(started["sessionId"])), None
        atexit.register(self.end)
        try:
            self._wait(self._session[1])
        except BaseException:
            self.end()
            raise
        return self._session[1]

    def _wait(self, session: str) -> None:
        until = time.monotonic() + self.wait_seconds
        while True:
            state, details = self._state(session)
            if state in READY:
                return
            if state in OVER:
                raise SessionRefused(
                    f"the session on {self.place} is {state} before it began: {details or 'AWS says no more'}. See the "
                    "limits, the network and the role of the application."
                )
            if time.monotonic() > until:
                raise SparkAway(self.place, f"the session is {state} after {self.wait_seconds:.0f} seconds")
            time.sleep(self.look_seconds)

    def _state(self, session: str) -> tuple[str, str]:
        found = self._asked(lambda aws: aws.get_session(applicationId=self.application, sessionId=session))["session"]
        return str(found["state"]), str(found.get("stateDetails", ""))

    def _endpoint(self, session: str) -> Any:
        """Where a session is reached; keeps its token."""
        found = self._asked(lambda aws: aws.get_session_endpoint(applicationId=self.application, sessionId=session))
        self._token = str(found["authToken"]), found["authTokenExpiresAt"]
        return found

    def _asked(self, ask: Callable[[Any], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

        try:
            return ask(self.client())
        except (NoCredentialsError, PartialCredentialsError):
            raise SparkDenied(self.place) from None
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _DENIED:
                raise SparkDenied(self.place) from None
            if code in _MAY_PASS or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
                raise SparkAway(self.place, code) from None
            raise SessionRefused(
                f"AWS refuses a session on {self.place}: {code}. See that the application exists in this region, has "
                "interactive sessions on (emr-7.13.0 or later), and that the role may be passed to it."
            ) from None
        except BotoCoreError as error:
            raise SparkAway(self.place, type(error).__name__) from None


@dataclass(frozen=True)
class _Metadata:
    """What goes with each request, with the token of now: a statement, and a session, outlive their tokens."""

    others: Iterable[tuple[str, str]]
    token: Callable[[], str]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([*self.others, (HEADER, self.token())])


def _channel(endpoint: str, token: Callable[[], str]) -> "DefaultChannelBuilder":
    from pyspark.sql.connect.client import DefaultChannelBuilder

    class Channel(DefaultChannelBuilder):
        """Its client takes the metadata once a statement: they are made anew at each request of it."""

        def metadata(self) -> Iterable[tuple[str, str]]:
            return _Metadata(super().metadata(), token)

    parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    secure = parts.scheme != "http"
    port = parts.port or (443 if secure else 80)
    return Channel(f"sc://{parts.hostname}:{port}/;use_ssl={'true' if secure else 'false'}")
