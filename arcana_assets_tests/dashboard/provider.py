"""A provider of logins for the tests: OpenID Connect with an authorization code and PKCE, on loopback.

Whom it lets in is chosen by a link on its page, as a person would choose an account.
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from arcana_assets_tests.dashboard.browsing import free_port

SCOPES = {"openid", "email", "profile"}
CLIENT, SECRET = "arcana-page", "secret-of-the-client"


class Provider:
    """One provider with its people: their claims by name; `expires` is how many seconds a login holds.

    As most do, it gives groups for no scope, and refuses whoever asks for a scope that it does not know.
    """

    def __init__(self, people: Mapping[str, Mapping[str, Any]]) -> None:
        self.people, self.expires = people, 600
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.asked: list[dict[str, str]] = []
        self._key = RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"})
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/authorize", self._authorize),
                Route("/enter/{name}", self._enter),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._keys),
            ]
        )

    @property
    def metadata(self) -> str:
        """Where its metadata are."""
        return f"{self.issuer}/.well-known/openid-configuration"

    async def _metadata(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "scopes_supported": sorted(SCOPES),
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        if asked.get("client_id") != CLIENT or asked.get("code_challenge_method") != "S256":
            return Response("no such client, or no PKCE", 400)
        if unknown := set(asked.get("scope", "").split()) - SCOPES:
            return Response(f"invalid_scope: {' '.join(sorted(unknown))}", 400)
        links = (f'<a href="/enter/{quote(name)}?{urlencode(asked)}">{name}</a>' for name in self.people)
        return HTMLResponse(f"<h1>Provider</h1>{' '.join(links)}")

    async def _enter(self, request: Request) -> Response:
        asked, code = dict(request.query_params), secrets.token_urlsafe()
        self._codes[code] = asked | {"name": request.path_params["name"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(await request.form())
        asked = self._codes.pop(str(form.get("code")), None)
        given = f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        known = request.headers.get("authorization") == given or form.get("client_secret") == SECRET
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or not known or challenge != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + self.expires, "nonce": asked.get("nonce")}
        claims |= {"sub": asked["name"], "email": f"{asked['name']}@example.com", **self.people[asked["name"]]}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token})


@contextmanager
def providing(people: Mapping[str, Mapping[str, Any]]) -> Iterator[Provider]:
    """A provider that listens until it is left."""
    provider = Provider(people)
    server = uvicorn.Server(uvicorn.Config(provider.app, port=provider.port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.05)
        yield provider
    finally:
        server.should_exit = True
        thread.join()
