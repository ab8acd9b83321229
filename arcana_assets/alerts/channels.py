"""Channels: a message on its way, by SMTP or as a POST, with ten seconds for each and all of them at once.

Addresses and passwords come from the environment and go nowhere else: no error repeats one, nor what a server answered.

Belongs here: connections, and what came of them. Does not belong here: what is said (`message`, `bodies`).
"""

import ipaddress
import smtplib
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from http.client import HTTPException
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from arcana_assets.alerts import bodies
from arcana_assets.alerts.message import Message
from arcana_assets.alerts.settings import Channel
from arcana_assets.domain.errors import ArcanaError

SECONDS = 10.0  # for a channel, from the first sign to the last
SMTP_HOST, SMTP_PORT, SMTP_USER, SMTP_PASSWORD, SMTP_FROM = (
    f"ARCANA_ALERT_SMTP_{name}" for name in ("HOST", "PORT", "USER", "PASSWORD", "FROM")
)
_PORT, _PORT_OF_TLS = 587, 465
_BODIES: Mapping[str, Callable[[Message], bytes]] = {
    "slack": bodies.slack,
    "teams": bodies.teams,
    "webhook": bodies.webhook,
}


class NotTold(ArcanaError):
    """A channel did not take a message."""

    retriable = True


class Outcome(NamedTuple):
    """Whether a channel took a message, and what is to be said of that; nothing where all went well."""

    told: bool
    said: str = ""


def tell_all(
    messages: Sequence[tuple[Channel, Message]], secrets: Mapping[str, str], seconds: float = SECONDS
) -> dict[str, Outcome]:
    """Sends each message by its channel, all at once; returns what came of each, by the name of the channel.

    Takes no longer than `seconds`, however slowly a server answers: one that takes a message later gets it once more.
    """
    sent = {channel.name: _begun(channel, message, secrets, seconds) for channel, message in messages}
    wait(sent.values(), timeout=seconds)
    return {name: _outcome(future, seconds) for name, future in sent.items()}


def _begun(channel: Channel, message: Message, secrets: Mapping[str, str], seconds: float) -> "Future[str]":
    future: Future[str] = Future()

    def send() -> None:
        try:
            future.set_result(_send(channel, message, secrets, seconds))
        except BaseException as error:
            future.set_exception(error)

    # Not of a pool: those are waited for when the process ends.
    Thread(target=send, daemon=True, name=f"alerts {channel.kind}").start()
    return future


def _outcome(future: "Future[str]", seconds: float) -> Outcome:
    late = Outcome(False, f"expected an answer within {seconds:g} s, found none")
    if not future.done():
        return late
    error = future.exception()
    if error is None:
        return Outcome(True, future.result())
    if isinstance(error, NotTold):
        return Outcome(False, str(error))
    if isinstance(error, TimeoutError):
        return late
    if isinstance(error, OSError | HTTPException | ValueError):  # those of smtplib are OSErrors
        return Outcome(False, _said(error))
    if isinstance(error, Exception):  # others were told, and that is kept
        return Outcome(False, type(error).__name__)
    raise error


def _send(channel: Channel, message: Message, secrets: Mapping[str, str], seconds: float) -> str:
    """Sends it, and says what somebody should know of a message that was taken."""
    if channel.kind == "email":
        return _mail(channel, message, secrets, seconds)
    variable = channel.slack or channel.teams or channel.webhook or ""
    _post(variable, _secret(secrets, variable), _BODIES[channel.kind](message), seconds)
    return ""


def _secret(secrets: Mapping[str, str], name: str) -> str:
    if not secrets.get(name):
        raise NotTold(f"{name} is not set in the environment of the daemon")
    return secrets[name]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Elsewhere is another server, to which nobody meant to send this."""


def _post(variable: str, url: str, body: bytes, seconds: float) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not _is_here(host)):
        raise NotTold(f"{variable} is no address that it can have; expected one that begins with https://")
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "arcana_assets"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - checked above
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds) as answer:
            answer.read(1)
    except urllib.error.HTTPError as refused:
        refused.close()
        if 300 <= refused.code < 400:
            elsewhere = (
                f"HTTP {refused.code}: {variable} leads elsewhere, which is refused; name the last address itself"
            )
            raise NotTold(elsewhere) from None
        raise NotTold(f"HTTP {refused.code} of the server that {variable} names") from None
    except urllib.error.URLError as away:
        reason = away.reason
        raise (reason if isinstance(reason, OSError) else NotTold("the server cannot be reached")) from None


def _mail(channel: Channel, message: Message, secrets: Mapping[str, str], seconds: float) -> str:
    host, user, password = _secret(secrets, SMTP_HOST), secrets.get(SMTP_USER, ""), secrets.get(SMTP_PASSWORD, "")
    port = secrets.get(SMTP_PORT, str(_PORT))
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise NotTold(f"{SMTP_PORT} is no port; expected a number such as {_PORT}")
    sender = secrets.get(SMTP_FROM) or (user if "@" in user else "")
    if not sender:
        raise NotTold(f"{SMTP_FROM} is not set in the environment of the daemon: the address that messages come from")
    content = bodies.email(message, sender, channel.email, datetime.now(UTC))
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if int(port) == _PORT_OF_TLS:
        server = smtplib.SMTP_SSL(host, int(port), timeout=seconds, context=context)
    else:
        server = smtplib.SMTP(host, int(port), timeout=seconds)
    with server:
        server.ehlo()
        encrypted = int(port) == _PORT_OF_TLS
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            encrypted = True
        if user or password:
            if not encrypted:
                raise NotTold("the mail server offers no TLS, and a password is not sent without it")
            server.login(user, password)
        refused = server.sendmail(sender, channel.email, content)
    # Who took it is not sent it again because of the others.
    return f"the mail server refused {len(refused)} of {len(channel.email)} addresses" if refused else ""


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _said(error: Exception) -> str:
    """What went wrong, without what the server said or which one it was."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the mail server refused every address"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the certificate of the server cannot be verified"
    if isinstance(error, socket.gaierror):
        return "the name of the server is not known"
    if isinstance(error, OSError) and error.strerror and error.errno:
        return f"the server cannot be reached: {error.strerror}"
    return f"the server cannot be reached ({type(error).__name__})"
