"""A PostgreSQL server of the tests' own, in a temporary folder, on a free port of this machine.

Belongs here: starting and stopping it. Does not belong here: what is asked of it (`warehouse`).
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
SETTINGS = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=40")


@dataclass
class Server:
    """A server that runs, or one that was stopped; its superuser is `postgres`, without a password on loopback."""

    folder: Path
    binaries: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Of its database `postgres`."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def dsn(self) -> str:
        """The same for libpq."""
        return self.uri.replace("+psycopg", "")

    def start(self) -> None:
        settings = [word for each in SETTINGS for word in ("-c", each)]
        place = ["-D", self.folder / "data", "-k", self.folder, "-p", self.port]
        command = [self.binaries / "postgres", *place, *settings]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(_as_owner(map(str, command)), stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + 60
        while subprocess.run(
            [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        ).returncode:
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def run(self, statements: str) -> None:
        """Runs a script as psql does, as superuser."""
        command: list[str | Path] = [self.binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.dsn]
        subprocess.run(command, input=statements, text=True, check=True, capture_output=True)

    def stop(self) -> None:
        """Stops it at once, as a machine that goes down does: connections are cut. By the id of its process."""
        if self._process is not None and self._process.poll() is None:
            number = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
            os.kill(number, signal.SIGQUIT)
            self._process.wait(30)
        self._process = None


def missing() -> str | None:
    """Why no server can be started here; None where one can."""
    if _binaries() is None:
        return "PostgreSQL is not installed; on Debian: apt-get install postgresql"
    if os.getuid() == 0 and (shutil.which("runuser") is None or not _has_owner()):
        return "PostgreSQL refuses to run as root, and there is no user `postgres` to run it as"
    return None


@contextmanager
def server() -> Iterator[Server]:
    """A server, empty, for as long as the `with`."""
    binaries = _binaries()
    assert binaries is not None, "ask `missing` first"
    with tempfile.TemporaryDirectory(prefix="arcana-postgres-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        make = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(
            _as_owner(map(str, [*make, "--locale=C"])), check=True, capture_output=True, cwd=folder, timeout=120
        )
        started = Server(folder, binaries, _free_port())
        try:
            started.start()
            yield started
        finally:
            started.stop()


def _binaries() -> Path | None:
    found = [path.parent for place in PLACES for path in Path("/").glob(f"{place.lstrip('/')}/initdb")]
    whole = [folder for folder in found if all((folder / name).exists() for name in ("postgres", "pg_isready", "psql"))]
    return max(whole, default=None)


def _has_owner() -> bool:
    import pwd

    return any(each.pw_name == "postgres" for each in pwd.getpwall())


def _as_owner(command: Iterator[str]) -> list[str]:
    """initdb and postgres refuse to run as root."""
    return [*(["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []), *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
