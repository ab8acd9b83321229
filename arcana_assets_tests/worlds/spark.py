"""A server of Spark Connect of the tests' own, with workers in processes of their own, on loopback.

The server is no dependency of the package: `make spark-server` puts it beside the virtual environment, and it needs
Java. Where ARCANA_TEST_SPARK names a server that runs already, that one is taken.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
STARTED_SECONDS = 300.0  # a JVM that opens four hundred jars, on a machine that tests keep busy
# A driver keeps the plans of all tests of a session.
DRIVER_MEMORY, MEMORY = "3g", "1g"
# Compiled quickly rather than well: half the time of lives as short.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@dataclass(frozen=True)
class SparkServer:
    """Where it answers, and its process; None for one that was there before."""

    uri: str
    process: subprocess.Popen | None
    folder: Path | None = None

    def kill(self) -> None:
        """As if the machine were gone; its workers go with it."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def workers(self) -> list[int]:
        """The process ids of those that compute."""
        assert self.process is not None
        found = subprocess.run(
            ["pgrep", "-g", str(self.process.pid), "-f", "CoarseGrainedExecutorBackend"],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(number) for number in found.stdout.split()]


def home() -> Path | None:
    """Where the server is installed; None where it is not."""
    if given := os.environ.get("SPARK_HOME"):
        return Path(given)
    found = sorted(REPOSITORY.glob("build/spark/lib/python3*/site-packages/pyspark"))
    return found[0] if found else None


def missing() -> str:
    """Why there is no server to test with; nothing where there is one."""
    if os.environ.get("ARCANA_TEST_SPARK"):
        return ""
    if shutil.which("java") is None:
        return "no Java here, which a server of Spark needs; .ci/run installs it"
    if home() is None:
        return "no server of Spark here: make spark-server"
    return ""


@contextmanager
def server(folder: Path, workers: int = 2, *settings: str) -> Iterator[SparkServer]:
    """A server with so many workers, each a process; with none it computes itself. `settings` are `name=value`."""
    if (running := os.environ.get("ARCANA_TEST_SPARK")) and not settings:
        yield SparkServer(running, None)
        return
    installed, port = home(), _free()
    assert installed is not None
    told = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.executor.memory": MEMORY,
        "spark.driver.extraJavaOptions": JAVA,
        "spark.executor.extraJavaOptions": JAVA,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # A worker that other tests keep from speaking for a minute is not gone.
        "spark.worker.timeout": "900",
        "spark.network.timeout": "900s",
        "spark.executor.heartbeatInterval": "60s",
        "spark.storage.blockManagerHeartbeatTimeoutMs": "900000",
        **dict(each.split("=", 1) for each in settings),
    }
    command = [str(installed / "bin" / "spark-submit")]
    command += ["--master", f"local-cluster[{workers},1,1024]" if workers else "local[1]"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += [part for name, value in told.items() for part in ("--conf", f"{name}={value}")]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SPARK"))}
    env |= {"SPARK_HOME": str(installed), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(folder / "disk")}
    env |= {"SPARK_LOG_DIR": str(folder / "logs"), "SPARK_WORKER_DIR": str(folder / "work")}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "spark-internal"], cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True
        )
    started = SparkServer(f"sc://127.0.0.1:{port}", process, folder)
    try:
        _wait(started, port)
        yield started
    finally:
        ended = process.poll()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if ended not in (None, -signal.SIGKILL):
        raise RuntimeError(f"Spark ended by itself, with {ended}: {(folder / 'server.log').read_text()[-4000:]}")


def _wait(started: SparkServer, port: int) -> None:
    assert started.process is not None
    assert started.folder is not None
    until = time.monotonic() + STARTED_SECONDS
    while time.monotonic() < until:
        if started.process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise RuntimeError(f"Spark did not start: {(started.folder / 'server.log').read_text()[-2000:]}")


def _free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
