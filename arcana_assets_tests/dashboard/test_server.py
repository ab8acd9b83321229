"""The server tells browsers to load nothing foreign, and in which language it is; it is open to nobody by mistake."""

import asyncio
import base64
import functools
import hashlib
import re
import time
from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.auth_util import set_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from arcana_assets.cli import app as command
from arcana_assets.dashboard import domains as of_the_page
from arcana_assets.dashboard import server
from arcana_assets.dashboard.access import roles_of
from arcana_assets.dashboard.door import Door, as_own
from arcana_assets.dashboard.server import Guarded, application, login_of, serve
from arcana_assets.deployment import OIDC, Deployment, DeploymentError
from arcana_assets.domain.words import DEFAULT_LANGUAGE
from arcana_assets.domain.yaml.file import ContractError
from arcana_assets_tests.worlds.folder import DEFS, SALES

SECRETS = {"client_secret": "s3cret-of-the-client", "cookie_secret": "s3cret-of-the-cookie-0123456789-abcd"}
HOME = "http://127.0.0.1:8501"
WHOLE = {"metadata": "https://id.example.com/.well-known/openid-configuration", "client_id": "arcana"} | SECRETS


def deployment(tmp_path, roles="", **oidc) -> Deployment:
    places = (str(tmp_path / name) for name in ("lake", "landing", "home"))
    return Deployment(*places, dashboard_oidc=dict.fromkeys(OIDC, "") | oidc, dashboard_roles=roles)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The page behind its guard; Streamlit is there once in a process."""
    app = application(deployment(tmp_path_factory.mktemp("served")), HOME)
    with TestClient(app, base_url=HOME) as client:
        yield client


@pytest.fixture
def alone(monkeypatch):
    """Fails where anybody outside is asked for the address of this machine."""
    for name in ("get_external_ip", "get_internal_ip"):
        monkeypatch.setattr(f"streamlit.net_util.{name}", lambda: pytest.fail("somebody outside is asked"))


@pytest.mark.parametrize("path", ["/", "/clientes"])
def test_a_document_says_its_language_and_what_a_browser_may_load(served, path):
    answer = served.get(path, headers={"accept": "text/html", "accept-encoding": "gzip, br"})
    assert answer.status_code == 200
    assert '<html lang="pt-BR">' in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    said = dict(each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";"))
    assert said["default-src"] == "'self'"
    assert said["connect-src"] == "'self'"
    assert said["frame-ancestors"] == "'none'"
    assert "unsafe" not in said["script-src"]
    inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    allowed = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in inline]
    assert said["script-src"] == " ".join(["'self'", *(f"'sha256-{each}'" for each in allowed)])
    assert (answer.headers["x-content-type-options"], answer.headers["referrer-policy"]) == ("nosniff", "same-origin")


def test_what_is_no_document_comes_as_it_is_with_the_same_care(served):
    path = re.search(r'src="\.?(/static/js/[^"]+)"', served.get("/", headers={"accept": "text/html"}).text)[1]
    answer = served.get(path, headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in answer.headers


def told_by(guarded, scope) -> list:
    """What an application answers."""
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(guarded(scope, None, send))
    return sent


async def a_file(scope, receive, send):
    """An application that has made a file, and would let it be kept."""
    kind = [(b"content-type", b"text/csv"), (b"Cache-Control", b"max-age=60")]
    await send({"type": "http.response.start", "status": 200, "headers": kind})
    await send({"type": "http.response.body", "body": b"customers"})


def cookies(secret=SECRETS["cookie_secret"], name="_streamlit_user", **claims) -> list[tuple[bytes, bytes]]:
    """The headers of a browser with the cookie of a login, in pieces where it is long."""
    said = {"origin": HOME, "is_logged_in": True, "exp": time.time() + 60, "groups": ["vendas"]} | claims
    pieces = {}
    # As Streamlit does, whose browsers keep no long cookie.
    signed = functools.partial(create_signed_value, secret)
    set_cookie_with_chunks(pieces.__setitem__, signed, name, said, cookie_attr_size=80)
    held = "; ".join(f"{each}={signed(each, value).decode()}" for each, value in pieces.items())
    return [(b"host", b"127.0.0.1:8501"), (b"cookie", held.encode())]


LOGINS = Door(HOME, SECRETS["cookie_secret"], roles_of("vendas=clientes"))


@pytest.mark.parametrize("path", ["/media/x.csv", "//media/x.csv"])
@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"127.0.0.1:8501")],
        cookies("another-secret"),
        cookies(name="_streamlit_user_tokens"),
        cookies(exp=1_000),
        cookies(exp=None),
        cookies(groups=["outros"]),
        cookies(origin="http://evil.example"),
        cookies(is_logged_in=False),
        [(b"host", b"127.0.0.1:8501"), (b"cookie", b'_streamlit_user={"is_logged_in": true, "groups": ["vendas"]}')],
    ],
)
def test_a_file_that_the_page_made_is_for_nobody_without_a_login(headers, path):
    start, body = told_by(Guarded(a_file, "pt-BR", LOGINS), {"type": "http", "path": path, "headers": headers})
    assert (start["status"], body["body"]) == (401, b"Log in first.")
    assert dict(start["headers"])[b"cache-control"] == b"no-store"


@pytest.mark.parametrize("groups", [["vendas"], ["vendas", *(f"group-{at}" for at in range(900))]])
def test_a_file_that_the_page_made_is_for_who_has_logged_in_and_nobody_keeps_it(groups):
    scope = {"type": "http", "path": "/media/x.csv", "headers": cookies(groups=groups)}
    start, body = told_by(Guarded(a_file, "pt-BR", LOGINS), scope)
    assert (start["status"], body["body"]) == (200, b"customers")
    assert [value for name, value in start["headers"] if name.lower() == b"cache-control"] == [b"no-store"]


def test_where_no_login_is_asked_for_a_file_is_not_kept_either_and_what_is_no_file_may_be():
    guarded = Guarded(a_file, "pt-BR", Door(HOME))
    headers = [(b"host", b"127.0.0.1:8501")]
    for path, kept in (("/media/x.csv", b"no-store"), ("/static/js/x.js", b"max-age=60")):
        start, _ = told_by(guarded, {"type": "http", "path": path, "headers": headers})
        found = [value for name, value in start["headers"] if name.lower() == b"cache-control"]
        assert (start["status"], found) == (200, [kept])


def test_the_page_knows_the_logins_that_the_deployment_sets(tmp_path):
    guarded = application(deployment(tmp_path, "vendas=clientes", **WHOLE), HOME)
    assert guarded._door == LOGINS
    named = replace(deployment(tmp_path, "vendas=clientes", **WHOLE), dashboard_groups="roles")
    assert application(named, HOME)._door == replace(LOGINS, groups_claim="roles")
    assert replace(LOGINS, groups_claim="roles").lets_in(cookies(groups=[], roles=["vendas"]))
    assert not replace(LOGINS, groups_claim="roles").lets_in(cookies())
    assert SECRETS["cookie_secret"] not in repr(guarded._door)


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/clientes/_stcore/metrics", "/_stcore/metrics/"])
def test_what_tells_of_sessions_is_not_there(served, path):
    assert served.get(path).status_code == 404
    assert served.get("/_stcore/health").status_code == 200


@pytest.mark.parametrize("path", ["/nada", "/nada/", "/<script>"])
def test_a_link_to_no_screen_comes_to_the_first_one_with_what_it_asks_for(served, path):
    answer = served.get(f"{path}?dominio=retail", headers={"accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/?dominio=retail")


@pytest.mark.parametrize("path", ["/", "/clientes/", "/oauth2callback", "/auth/login", "/_stcore/health"])
def test_what_is_a_screen_or_of_the_login_is_not_led_away(served, path):
    answer = served.get(path, headers={"accept": "text/html"}, follow_redirects=False)
    assert answer.headers.get("location") != "/?"


def test_a_document_in_pieces_is_one_and_other_kinds_of_messages_pass():
    async def app(scope, receive, send):
        if scope["type"] != "http":
            await send({"type": scope["type"]})
            return
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"Content-Type", b"text/html"), (b"ETag", b"x")],
            }
        )
        for part in (b"<html la", b'ng="en"><script>a=1</script>', b"</html>"):
            await send({"type": "http.response.body", "body": part, "more_body": part != b"</html>"})

    def told(scope) -> list:
        return told_by(Guarded(app, "en-GB", Door(HOME)), scope)

    start, body = told({"type": "http", "path": "/", "headers": [(b"accept", b"text/html"), (b"host", b"localhost")]})
    assert body["body"] == b'<html lang="en-GB"><script>a=1</script></html>'
    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert b"ETag" not in dict(start["headers"])
    assert told({"type": "lifespan"}) == [{"type": "lifespan"}]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("home", [HOME, "http://localhost:8501", "http://[::1]:8501", "http://127.0.0.1:9000"])
def test_the_page_itself_is_connected_without_asking_anybody_outside(served, home):
    host = home.removeprefix("http://")
    with served.websocket_connect("/_stcore/stream", headers={"origin": home, "host": host}):
        pass


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "http://evil.example", "host": "evil.example"},
        {"origin": HOME, "host": "evil.example"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "https://127.0.0.1:8501"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8501@evil.example"},
        {"origin": "http://[evil"},
        {"origin": "http://127.0.0.1.evil.example:8501"},
    ],
)
def test_a_websocket_of_another_page_is_closed_before_anybody_outside_is_asked(served, headers):
    with pytest.raises(WebSocketDisconnect) as closed, served.websocket_connect("/_stcore/stream", headers=headers):
        pass
    assert closed.value.code == 1008


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8501", "127.0.0.1.evil.example", "[", "a@127.0.0.1"])
@pytest.mark.parametrize("path", ["/", "/clientes", "/_stcore/host-config", "/media/x.csv"])
def test_a_name_that_is_not_the_pages_gets_nothing(served, host, path):
    answer = served.get(path, headers={"accept": "text/html", "host": host})
    assert (answer.status_code, answer.text) == (421, f"This page is opened at {HOME}")
    assert served.get("/_stcore/health", headers={"host": host}).status_code == 200


def test_behind_a_proxy_the_page_is_that_of_its_address_whatever_host_is_passed_on():
    door = Door("https://clientes.example.com/")
    own = (b"origin", b"https://clientes.example.com")
    for host in (b"clientes.example.com", b"Clientes.Example.com:443", b"127.0.0.1:8501"):
        assert door.is_host([(b"host", host)])
        assert door.is_own([own, (b"host", host)])
        assert as_own([own, (b"Host", host)]) == [own, (b"Host", b"clientes.example.com")]
    for origin in (b"http://clientes.example.com", b"https://clientes.example.com:8443", b"https://example.com"):
        assert not door.is_own([(b"origin", origin), (b"host", b"clientes.example.com")])
    assert not door.is_own([own, own, (b"host", b"clientes.example.com")])
    assert not door.is_host([])


@pytest.fixture
def unserved(monkeypatch):
    """Fails where anything would be served."""
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: pytest.fail("it is served"))


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.com", "::"])
def test_no_other_host_than_loopback_is_served_without_a_login(tmp_path, host):
    with pytest.raises(DeploymentError, match=re.escape(f"open to whoever reaches {host}.")) as refused:
        serve(deployment(tmp_path), host, 8501)
    assert "ARCANA_DASHBOARD_OIDC_METADATA, _CLIENT_ID, _CLIENT_SECRET and _COOKIE_SECRET" in str(refused.value)


@pytest.mark.usefixtures("unserved")
def test_no_page_that_a_proxy_opens_to_others_is_served_without_a_login(tmp_path):
    with pytest.raises(DeploymentError, match="open to whoever reaches https://clientes"):
        serve(deployment(tmp_path), "127.0.0.1", 8501, "https://clientes.example.com")


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", None),
        ("0.0.0.0", ""),
        *(
            (host, url)
            for host in ("127.0.0.1", "0.0.0.0")
            for url in ("http://clientes.example.com", "example", "https:/x")
        ),
    ],
)
def test_no_login_goes_over_a_line_that_others_read(tmp_path, host, url):
    with pytest.raises(DeploymentError, match=r"expected --url https://\.\.\., .*, found") as refused:
        serve(deployment(tmp_path, **WHOLE), host, 8501, url)
    assert (url or "found none") in str(refused.value)


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize("secret", ["x", "0123456789abcdef0123456789abcde"])
def test_no_login_is_signed_by_a_secret_that_can_be_guessed(tmp_path, host, secret):
    short = deployment(tmp_path, **WHOLE | {"cookie_secret": secret})
    with pytest.raises(DeploymentError, match="COOKIE_SECRET of 32 characters or more, found fewer") as refused:
        serve(short, host, 8501, "https://clientes.example.com")
    assert secret not in str(refused.value).split()


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize("lacking", OIDC)
def test_a_login_that_is_set_by_halves_is_refused_and_names_no_secret(tmp_path, lacking):
    half = deployment(tmp_path, **{name: value for name, value in WHOLE.items() if name != lacking})
    for host in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(DeploymentError, match=f"needs ARCANA_DASHBOARD_OIDC_{lacking.upper()}") as refused:
            serve(half, host, 8501)
        assert not any(secret in str(refused.value) for secret in SECRETS.values())
    assert not any(secret in repr(half) for secret in SECRETS.values())


@pytest.mark.usefixtures("unserved")
def test_roles_that_mean_nothing_are_refused_before_anything_is_served(tmp_path):
    with pytest.raises(DeploymentError, match="the role 'cliente'; did you mean 'clientes'"):
        serve(deployment(tmp_path, "vendas=cliente"), "127.0.0.1", 8501)


@pytest.mark.parametrize("url", ["https://clientes.example.com", "https://clientes.example.com/"])
def test_a_login_comes_back_to_where_readers_open_the_page(tmp_path, url):
    told = login_of(deployment(tmp_path, **WHOLE), url)["auth"]
    assert told["redirect_uri"] == "https://clientes.example.com/oauth2callback"
    assert (told["server_metadata_url"], told["client_id"]) == (WHOLE["metadata"], "arcana")
    assert login_of(deployment(tmp_path), url) == {}
    assert told["client_kwargs"] == {"scope": "openid email profile"}
    asked = replace(deployment(tmp_path, **WHOLE), dashboard_scope="openid groups")
    assert login_of(asked, url)["auth"]["client_kwargs"] == {"scope": "openid groups"}


@pytest.mark.parametrize(
    ("host", "url", "opened"),
    [
        ("127.0.0.1", None, "http://127.0.0.1:8501"),
        ("::1", None, "http://[::1]:8501"),
        ("0.0.0.0", "https://clientes.example.com/", "https://clientes.example.com/"),
        ("127.0.0.1", "https://clientes.example.com", "https://clientes.example.com"),
    ],
)
def test_the_server_listens_where_it_is_told_and_knows_where_it_is_opened(tmp_path, monkeypatch, host, url, opened):
    import uvicorn

    told = []
    monkeypatch.setattr(server, "application", lambda deployment, url, alone: (url, alone))
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: told.append((app, options["host"], options["port"])))
    serve(deployment(tmp_path, **(WHOLE if url else {})), host, 8501, url)
    assert told == [((opened, not url), host, 8501)]


def test_only_a_server_on_loopback_tells_the_page_that_it_needs_no_login(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr("streamlit.App", lambda script, secrets: told.append(secrets))
    application(deployment(tmp_path), "http://127.0.0.1:8501")
    application(deployment(tmp_path), "http://127.0.0.1:8501", alone=True)
    application(deployment(tmp_path, **WHOLE), "http://127.0.0.1:8501", alone=True)
    assert [list(each) for each in told] == [[], ["arcana"], ["auth"]]


def test_streamlit_is_told_to_ask_nobody_and_to_show_no_cause(tmp_path):
    options = server._options("https://clientes.example.com:8443/page")
    assert options["browser.gatherUsageStats"] is False
    assert options["client.showErrorDetails"] == "none"
    assert options["browser.serverAddress"] == "clientes.example.com"


@pytest.mark.usefixtures("unserved")
def test_the_command_refuses_in_a_sentence(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path))
    result = CliRunner().invoke(command, ["dashboard", "--host", "0.0.0.0"])
    assert result.exit_code != 0
    assert "open to whoever reaches 0.0.0.0" in str(result.exception)


def test_the_page_greets_in_the_language_of_all_its_domains(monkeypatch, domains):
    said = {"retail": domains["retail"].model_copy(update={"language": "en"})}
    monkeypatch.setattr(of_the_page, "domains", lambda: said)
    assert of_the_page.spoken() == "en"
    said["b2b"] = domains["b2b"]
    assert of_the_page.spoken() == DEFAULT_LANGUAGE


def test_a_page_of_a_domain_in_a_language_without_texts_is_not_served(tmp_path, monkeypatch):
    (tmp_path / "shop" / "sources").mkdir(parents=True)
    (tmp_path / "shop" / "sources" / "sales.yaml").write_text(SALES, encoding="utf-8")
    said = DEFS.replace("  currency: BRL\n", "  currency: BRL\n  language: fr\n")
    (tmp_path / "shop" / "defs.yaml").write_text(said, encoding="utf-8")
    monkeypatch.setenv("ARCANA_DEFS", str(tmp_path))
    with pytest.raises(ContractError, match="there are no texts in 'fr'; known: en, pt-BR"):
        of_the_page.domains.__wrapped__()
