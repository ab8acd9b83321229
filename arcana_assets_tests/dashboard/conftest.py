"""The lakes of the page, made once, and the places in them where people look."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from streamlit.config import set_option

from arcana_assets.dashboard import app, server
from arcana_assets.dashboard.place import Place
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.lake.reader import Reader
from arcana_assets_tests.dashboard.lakes import JUNE_2025, MAY, make_company, make_shop


@pytest.fixture(scope="session")
def both(tmp_path_factory) -> Path:
    """The root of a lake with the shop and the company; nobody writes into it."""
    root = tmp_path_factory.mktemp("page") / "lake"
    make_shop(root)
    make_company(root)
    return root


@pytest.fixture(scope="session")
def domains():
    return {name: load_domain(DEFS / name) for name in ("retail", "b2b")}


@pytest.fixture(scope="session")
def reader(both):
    reader = Reader(str(both), threads=1)
    yield reader
    reader.close()


@pytest.fixture
def shop_in(domains, reader) -> Callable[..., Place]:
    """The shop as of a month, in a segmentation and a language."""

    def of(month: date = MAY, segmentation: str = "value", language: str = "pt-BR", at: Reader = reader) -> Place:
        domain = domains["retail"].model_copy(update={"language": language})
        domain._sources.update(domains["retail"].sources)
        return Place(domain, at, month, segmentation)

    return of


@pytest.fixture
def place(shop_in) -> Place:
    return shop_in()


@pytest.fixture
def company(domains, reader) -> Place:
    return Place(domains["b2b"], reader, JUNE_2025, "valor")


@pytest.fixture(autouse=True)
def looked_at_each_time(monkeypatch):
    """What a test has just written is there for the page at once."""
    monkeypatch.setattr("arcana_assets.lake.reader.LOOKS_EVERY", 0.0, raising=False)


@pytest.fixture
def deployed(both, tmp_path, monkeypatch):
    """The environment of a page over the lake of both; the log of exports is the test's own."""

    def over(lake: Path = both, roles: str = "") -> Path:
        monkeypatch.setenv("ARCANA_DASHBOARD_ROLES", roles)
        monkeypatch.setenv("ARCANA_LAKE", str(lake))
        monkeypatch.setenv("ARCANA_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("ARCANA_THREADS", "1")
        return lake

    return over


@pytest.fixture(scope="session", autouse=True)
def as_served():
    """Streamlit with the options of the server, which keeps its readers as long as its process is there."""
    for option, value in server._options("http://127.0.0.1:8501").items():
        set_option(option, value)
    with pytest.MonkeyPatch.context() as patched:
        # For each session without a browser it reads what every installed package says of itself: most of the time.
        patched.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield
    app._reader.cache_clear()
