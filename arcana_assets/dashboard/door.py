"""The door of the page: whether a request is meant for this page, comes from it, and from whom.

Belongs here: what the headers of a request say of that. Does not belong here: what is answered (`server`), roles
(`access`).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from arcana_assets.dashboard.access import Role, viewer_of
from arcana_assets.deployment import GROUPS_CLAIM

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Headers = Iterable[tuple[bytes, bytes]]
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Door:
    """The door of a page that its readers open at `url`.

    Without a cookie secret no login is asked for; `roles` are those that each group of the claim gives.
    """

    url: str
    cookie_secret: str = field(default="", repr=False)
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    groups_claim: str = GROUPS_CLAIM

    def is_host(self, headers: Headers) -> bool:
        """Whether the request is for the host of the page, or for this machine by its own name.

        A page of another name that leads to this machine is a stranger's, though the browser takes it for the same.
        """
        found = _origin(f"//{_the(headers, b'host')}")
        return found is not None and found[1] in (self._place[1], *LOOPBACK)

    def is_own(self, headers: Headers) -> bool:
        """Whether a websocket is opened by the page itself: it says its origin, and that is the page's.

        On this machine the page may be opened at another port, such as that of a tunnel.
        """
        origin = _the(headers, b"origin")
        found = _origin(origin)
        if found is None or not self.is_host(headers):
            return False
        tunnel = found[0] == "http" and found[1] in LOOPBACK and found == _origin(f"http://{_the(headers, b'host')}")
        return found == self._place or tunnel

    def lets_in(self, headers: Headers) -> bool:
        """Whether the request has the cookie of a login that holds and gives a role, where a login is asked for."""
        if not self.cookie_secret:
            return True
        from starlette.requests import cookie_parser
        from streamlit.auth_util import get_cookie_with_chunks
        from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
        from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

        held = b"; ".join(value for name, value in headers if name.lower() == b"cookie")
        cookies = cookie_parser(held.decode("latin-1"))

        def signed(name: str) -> bytes | None:
            return decode_signed_value(self.cookie_secret, name, cookies.get(name, "").encode("latin-1"))

        # What we signed is what Streamlit wrote: JSON, an object.
        claims = json.loads(get_cookie_with_chunks(signed, USER_COOKIE_NAME) or "{}")
        if _origin(str(claims.get("origin"))) != self._place or claims.get("is_logged_in") is not True:
            return False
        viewer = viewer_of(claims, self.roles, groups_claim=self.groups_claim)
        return viewer is not None and bool(viewer.roles)

    @property
    def _place(self) -> tuple[str, str, int | None]:
        return _origin(self.url) or ("", "", None)


def as_own(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers of a websocket of the page itself, such that Streamlit finds its origin to be its host.

    Of any other it would ask a foreign server for the address of this machine, and wait for the answer.
    """
    place = urlsplit(_the(headers, b"origin")).netloc.encode("latin-1")
    return [(name, place if name.lower() == b"host" else value) for name, value in headers]


def _the(headers: Headers, name: bytes) -> str:
    """The header, empty where there is none or more than one."""
    found = [value for each, value in headers if each.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None of what has no host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or "@" in parts.netloc:
        return None
    return parts.scheme, host.rstrip("."), port or _PORTS.get(parts.scheme)
