"""A page that a real process serves, and a browser that tells of all that it was asked to load and complained of.

Belongs here: starting both, and what no visit may do. Does not belong here: what is visited.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from arcana_assets.dashboard.door import LOOPBACK

SECONDS = 40  # that a page may take on a busy machine
# Streamlit looks for itself below the path of each screen, too.
KNOWN = re.compile(r"/[a-z-]+/_stcore/(health|host-config)$")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        return int(there.getsockname()[1])


@contextmanager
def serving(lake: Path, home: Path, **environ: str) -> Iterator[str]:
    """The address of a page that a process of its own serves; what it printed is in `home/page.log`."""
    port, kept = free_port(), {key: value for key, value in os.environ.items() if not key.startswith("ARCANA_")}
    home.mkdir(parents=True, exist_ok=True)
    asked = {"ARCANA_LAKE": str(lake), "ARCANA_HOME": str(home), "ARCANA_THREADS": "1"} | environ
    command = [sys.executable, "-c", "from arcana_assets.cli import main; main()", "dashboard", "--port", str(port)]
    with (home / "page.log").open("wb") as log:
        process = subprocess.Popen(command, env=kept | asked, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process, home / "page.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no page at {url}: {log.read_text(encoding='utf-8')[-2000:]}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of the machine; the test is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--lang=en-US"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A visit of the page by somebody whose browser is English, and what it was up to."""

    page: Page
    base: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Opens a link, and waits for its title."""
        self.page.goto(f"{self.base}{path}")
        self.page.locator("h1").first.wait_for()

    def see(self, text: str) -> None:
        """Waits until a text is seen."""
        self.page.get_by_text(text, exact=False).first.wait_for()

    def words(self) -> str:
        """What is seen, once the page has come to rest."""
        self.page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
        return str(self.page.evaluate("document.body.innerText"))

    def tab_to(self, script: str) -> None:
        """Goes on by the key Tab until the element that has the focus is the one."""
        for _ in range(120):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(f"(e => Boolean(e && ({script})))(document.activeElement)"):
                return
        raise AssertionError(f"by keyboard nothing is reached of which {script}")

    def innocent(self) -> None:
        """Fails where anything foreign was asked for, or the browser complained."""
        foreign = [url for url in self.asked if urlsplit(url).scheme not in ("data", "blob") and not _ours(url)]
        assert foreign == []
        assert self.complaints == []


def _ours(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


@contextmanager
def visiting(browser: Browser, base: str) -> Iterator[Visit]:
    """A browser without any memory, whose requests and complaints are written down."""
    context = browser.new_context(locale="en-US", accept_downloads=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SECONDS * 1000)
    visit = Visit(context.new_page(), base)

    def complained(message: ConsoleMessage) -> None:
        if message.type == "error" and not KNOWN.search(str(message.location.get("url", ""))):
            visit.complaints.append(f"{message.text} ({message.location.get('url')})")

    context.on("request", lambda request: visit.asked.append(request.url))
    visit.page.on("websocket", lambda socket_: visit.asked.append(socket_.url))
    visit.page.on("console", complained)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    try:
        yield visit
    finally:
        context.close()
