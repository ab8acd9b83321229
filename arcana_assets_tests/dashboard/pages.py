"""A screen as Streamlit runs it, without a browser: what is written on it, and how it is opened."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import arcana_assets.dashboard
from arcana_assets.dashboard import app
from arcana_assets.dashboard.access import LOOPBACK
from arcana_assets.dashboard.domains import domains

SCRIPT = Path(arcana_assets.dashboard.__file__).parent / "run.py"


@contextmanager
def another_deployment() -> Iterator[None]:
    """A page over other domains: a process that serves it knows those of one deployment, a process of tests many."""
    for known in (domains, app._reader):
        known.cache_clear()
    try:
        yield
    finally:
        for known in (domains, app._reader):
            known.cache_clear()


def opened(
    screen: str = "", user: dict[str, Any] | None = None, told: Mapping[str, Any] = LOOPBACK, **asked: str
) -> AppTest:
    """A session that opens a link: the screen, and what its URL says; `told` is what the server told the page."""
    page = AppTest.from_file(str(SCRIPT), default_timeout=300)
    page.secrets = dict(told)
    if user is not None:
        page.user = user
    for name, value in asked.items():
        page.query_params[name] = value
    # What `switch_page` does for pages that are files.
    page._page_hash = calc_hash(screen) if screen else ""
    return page.run()


def markup(page: AppTest) -> str:
    """The HTML of the screen."""
    assert not page.exception, [each.message for each in page.exception]
    return "\n".join(each.proto.body for each in page.main.get("html"))


def said(page: AppTest) -> str:
    """The words of the screen, without marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup(page))).split())


def heading(page: AppTest) -> str:
    """The title of the screen."""
    (found,) = re.findall(r"<h1>(.*?)</h1>", markup(page))
    return unescape(found)


def screens(page: AppTest) -> list[str]:
    """The screens that the navigation shows."""
    return list(page.session_state["pages"])


def downloads(page: AppTest) -> list[str]:
    """The labels of the buttons that give files."""
    return [each.proto.label for each in page.main.get("download_button")]
