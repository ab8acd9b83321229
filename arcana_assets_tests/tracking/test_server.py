"""Fits kept by a server of MLflow, a real one with a database of its own, and what happens when it goes away.

Slow: the server is started twice, and a record that loses it tries again for seconds.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from arcana_assets.tracking.tracking import Tracking, TrackingUnavailable
from arcana_assets_tests.tracking.tracked_customers import SEGMENTS, aliases_of, fit, fitted, record, runs_of, score


@pytest.fixture(scope="module")
def model() -> str:
    return fitted().to_json()


@dataclass
class Server:
    """A server of MLflow on a port of this machine, with its database and artifacts in a folder."""

    folder: Path
    port: int
    process: subprocess.Popen | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        store = ["--backend-store-uri", f"sqlite:///{self.folder}/server.db", "--workers", "1"]
        artifacts = ["--serve-artifacts", "--artifacts-destination", str(self.folder / "kept")]
        place = ["--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *store, *artifacts, *place],
            cwd=self.folder,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(720):
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=2):
                    return
            except OSError:
                assert self.process.poll() is None, "the server ended at its start"
                time.sleep(0.25)
        self.kill()
        raise AssertionError("the server was not there after three minutes")

    def kill(self) -> None:
        """Ends the server and its workers at once, as a machine that loses its power does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(tmp_path_factory.mktemp("server"), port)
    server.start()
    yield server
    server.kill()


@pytest.mark.slow
def test_a_server_keeps_the_run_the_alias_and_a_model_that_scores(server, model, tmp_path, monkeypatch):
    tracking = Tracking(uri=server.uri, lake=str(tmp_path / "lake"))
    tracked = record(tracking, fit(model))
    assert record(tracking, fit(model)) == tracked
    (run,) = runs_of(tracking)
    assert tracked.url == f"{server.uri}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    assert aliases_of(tracking) == {"champion": "1"}
    assert not (tmp_path / "lake").exists()
    scored = score(server.uri, "models:/retail.value@champion", monkeypatch)
    assert scored["segment_id"].tolist() == SEGMENTS


@pytest.mark.slow
def test_a_server_lost_in_the_middle_of_a_run_costs_seconds_and_the_next_record_makes_one_finished_run(
    server, model, tmp_path
):
    tracking = Tracking(uri=server.uri, lake=str(tmp_path))
    record(tracking, fit(model, domain="before"))  # so that the imports are not in the time below
    many = {f"part_{number:04d}.csv": "segment_id\n1\n" for number in range(2000)}
    killer = threading.Thread(target=_kill_when_files_arrive, args=(server, "lost"))
    killer.start()
    with pytest.raises(TrackingUnavailable, match="could not keep the champion of lost/value 2011-06"):
        record(tracking, fit(model, domain="lost", texts=many))
    killer.join(timeout=30)
    assert server.process is None
    assert _statuses(server, "lost") == ["RUNNING"]  # half of it is there

    began = time.monotonic()
    with pytest.raises(TrackingUnavailable, match=server.uri):
        record(tracking, fit(model, domain="lost"))
    assert time.monotonic() - began < 15

    server.start()
    tracked = record(tracking, fit(model, domain="lost"))
    assert sorted(_statuses(server, "lost")) == ["FAILED", "FINISHED"]
    assert record(tracking, fit(model, domain="lost")) == tracked
    assert tracked.model_version == "1"


def _statuses(server: Server, domain: str) -> list[str]:
    query = (
        "SELECT r.status FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id "
        f"WHERE e.name = 'arcana/{domain}/value'"
    )
    with closing(sqlite3.connect(server.folder / "server.db", timeout=20)) as database:
        return [status for (status,) in database.execute(query)]


def _kill_when_files_arrive(server: Server, domain: str) -> None:
    for _ in range(3000):
        if any("part_" in path.name for path in (server.folder / "kept").rglob("*")) and _statuses(server, domain):
            server.kill()
            return
        time.sleep(0.01)
