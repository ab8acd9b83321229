"""The server of the page: Streamlit as an ASGI application, its login, its headers, and the language of the document.

Belongs here: how the page is served, and to whom. Does not belong here: what it shows (`app`), roles (`access`).
"""

import base64
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from arcana_assets.dashboard.access import LOOPBACK as ALONE
from arcana_assets.dashboard.access import roles_of
from arcana_assets.dashboard.domains import spoken
from arcana_assets.dashboard.door import LOOPBACK, Door, as_own
from arcana_assets.deployment import Deployment, DeploymentError

HERE = Path(__file__).parent
HEALTH = "/_stcore/health"  # which whoever looks after the machine asks at any of its names
SECRET_LENGTH = 32  # characters of the secret that signs logins
MADE = "/media/"  # where Streamlit gives the files that the page makes, to whoever knows the name
UNKEPT = (b"cache-control", b"no-store")
_log = logging.getLogger(__name__)
_SCREEN = re.compile(r"/[^/._]+/?")  # the path of a screen: one word
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Guarded:
    """The application with what a browser is told of it: nothing foreign is loaded, nobody frames it, its language.

    Requests for another host, and websockets that a page of another origin or of none opens, end here, as do those for
    a file that the page has made by who has not logged in; no browser and no proxy is to keep such a file.
    `/_stcore/metrics`, which tells of sessions, is not there; a document that is none of the `screens` is the first.
    """

    def __init__(self, app: Asgi, language: str, door: Door, screens: Collection[str] = ()) -> None:
        self._app, self._language, self._door, self._screens = app, language.encode(), door, frozenset(screens)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] != HEALTH and not self._door.is_host(scope["headers"]):
            await _answer(send, 421, text=f"This page is opened at {self._door.url}")
            return
        made = MADE in scope["path"]
        if made and not self._door.lets_in(scope["headers"]):
            await _answer(send, 401, UNKEPT, text="Log in first.")
            return
        if scope["path"].endswith("/_stcore/metrics"):
            await _answer(send, 404)
            return
        # A document is read and changed on its way, so it is not to come packed.
        unpacked = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
        accepts = dict(scope["headers"]).get(b"accept", b"")
        asked = {**scope, "headers": unpacked} if b"text/html" in accepts else scope
        if b"text/html" in accepts and _SCREEN.fullmatch(scope["path"]) and not self._known(scope["path"]):
            place = b"/?" + scope.get("query_string", b"")
            await _answer(send, 302, (b"location", place))
            return
        document = list[Message]()

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = {name.lower(): value for name, value in message["headers"]}
                if headers.get(b"content-type", b"").startswith(b"text/html"):
                    document.append(message)
                    return
                kept = [each for each in message["headers"] if not made or each[0].lower() != UNKEPT[0]]
                await send({**message, "headers": [*kept, *_HEADERS, *([UNKEPT] if made else [])]})
            elif document:
                document.append(message)
                if not message.get("more_body"):
                    await self._whole(document, send)
            else:
                await send(message)

        await self._app(asked, receive, told)

    async def _connect(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Lets a websocket of the page itself through to the application; closes any other unheard."""
        if self._door.is_own(scope["headers"]):
            await self._app({**scope, "headers": as_own(scope["headers"])}, receive, send)
            return
        told = {name: value[:200] for name, value in scope["headers"] if name.lower() in (b"host", b"origin")}
        _log.warning("a websocket was refused: expected one of a page at %s, found %s", self._door.url, told)
        await receive()
        await send({"type": "websocket.close", "code": 1008})

    def _known(self, path: str) -> bool:
        return not self._screens or path.strip("/") in {*self._screens, "oauth2callback"}

    async def _whole(self, document: list[Message], send: Send) -> None:
        """Sends a document in the language of its readers, with a policy that lets only its own scripts run."""
        start, *parts = document
        body = b"".join(part.get("body", b"") for part in parts)
        body = body.replace(b'<html lang="en">', b'<html lang="' + self._language + b'">', 1)
        hashes = " ".join(
            f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in _INLINE.findall(body)
        )
        headers = [
            (name, value) for name, value in start["headers"] if name.lower() not in (b"content-length", b"etag")
        ]
        policy = POLICY.format(scripts=f"'self' {hashes}".strip())
        headers += [
            (b"content-length", str(len(body)).encode()),
            (b"content-security-policy", policy.encode()),
            *_HEADERS,
        ]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _answer(send: Send, status: int, *headers: tuple[bytes, bytes], text: str = "") -> None:
    """An answer of our own, which needs no application."""
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [*headers, kind, *_HEADERS]})
    await send({"type": "http.response.body", "body": text.encode()})


# What Streamlit needs beside its own: styles that its components set, workers and pictures that they make themselves.
POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-src 'none'; frame-ancestors 'none'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


def application(deployment: Deployment, url: str, alone: bool = False) -> Asgi:
    """The page as an ASGI application; `url` is where its readers open it, which the login comes back to.

    Without a login it shows something only where its server says that it listens on loopback `alone`.
    Raises DeploymentError for a login that is set by halves, ContractError for domains that cannot be read.
    """
    from streamlit import App
    from streamlit.config import set_option

    from arcana_assets.dashboard.app import SCREENS

    roles = roles_of(deployment.dashboard_roles)
    for option, value in _options(url).items():
        set_option(option, value)
    secrets = login_of(deployment, url) or (dict(ALONE) if alone else {})
    app = App(str(HERE / "run.py"), secrets=secrets)
    secret = secrets.get("auth", {}).get("cookie_secret", "")
    door = Door(url, secret, roles, deployment.dashboard_groups)
    return Guarded(app, spoken(), door, [each.name for each in SCREENS])


def login_of(deployment: Deployment, url: str) -> dict[str, Any]:
    """What Streamlit is to know of the OIDC provider; nothing where no login is set.

    Raises DeploymentError, which never repeats a secret.
    """
    oidc = deployment.dashboard_oidc
    if not any(oidc.values()):
        return {}
    if lacking := [f"ARCANA_DASHBOARD_OIDC_{name.upper()}" for name, value in oidc.items() if not value]:
        raise DeploymentError(f"a login for the page needs {', '.join(lacking)}, too")
    return {
        "auth": {
            "redirect_uri": f"{url.rstrip('/')}/oauth2callback",
            "cookie_secret": oidc["cookie_secret"],
            "client_id": oidc["client_id"],
            "client_secret": oidc["client_secret"],
            "server_metadata_url": oidc["metadata"],
            "client_kwargs": {"scope": deployment.dashboard_scope},
        }
    }


def serve(deployment: Deployment, host: str, port: int, url: str | None = None) -> None:
    """Serves the page until it is stopped.

    Raises DeploymentError for an address that others reach while no login is asked for, or one that can be stolen.
    """
    import uvicorn

    place = f"[{host}]" if ":" in host else host
    opened = url or f"http://{place}:{port}"
    alone = host in LOOPBACK and urlsplit(opened).hostname in LOOPBACK
    if not alone:
        _refuse_open(deployment, host if host not in LOOPBACK else opened, url)
    uvicorn.run(application(deployment, opened, alone), host=host, port=port, log_level="warning")


def _refuse_open(deployment: Deployment, reached: str, url: str | None) -> None:
    """Raises DeploymentError where a page that others reach has no login, or one that can be read or made by them."""
    if not login_of(deployment, ""):
        raise DeploymentError(
            f"the page would be open to whoever reaches {reached}. Without a login it listens on 127.0.0.1 alone; set "
            "ARCANA_DASHBOARD_OIDC_METADATA, _CLIENT_ID, _CLIENT_SECRET and _COOKIE_SECRET to ask for one."
        )
    if not url or urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
        raise DeploymentError(
            f"expected --url https://..., the address at which readers open the page, found {url or 'none'}. Without "
            "TLS whoever is on the way reads their logins: put a server with a certificate in front."
        )
    if len(deployment.dashboard_oidc["cookie_secret"]) < SECRET_LENGTH:
        raise DeploymentError(
            f"expected ARCANA_DASHBOARD_OIDC_COOKIE_SECRET of {SECRET_LENGTH} characters or more, found fewer: who "
            "guesses it makes logins. Set it to the output of `openssl rand -hex 32`."
        )


def _options(url: str) -> dict[str, Any]:
    """Settings of Streamlit. A picture or a font of another host would tell it who looks at what."""
    return {
        "browser.gatherUsageStats": False,
        "browser.serverAddress": urlsplit(url).hostname or "localhost",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "runner.magicEnabled": False,
        "runner.postScriptGC": False,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "theme.base": "light",
        "theme.backgroundColor": "#ffffff",
        "theme.font": "sans-serif",
        "theme.primaryColor": "#1f5a96",
        "theme.secondaryBackgroundColor": "#f5f7fa",
        "theme.textColor": "#1f2933",
    }
