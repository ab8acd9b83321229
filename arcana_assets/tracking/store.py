"""The store behind `Tracking`: a client of MLflow, embedded or of a server, that is quiet and gives up soon.

Belongs here: connecting, the settings of MLflow, one writer at a time for the embedded store. Does not belong here:
what is recorded (`tracking`).
"""

import fcntl
import importlib.util
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient


# Set where nobody set them. Left to itself MLflow tries a server that is gone for four minutes, and a night would wait.
SETTINGS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
}


_FOLDER, _FILE, _ARTIFACTS = ".mlflow", "mlflow.db", "artifacts"  # of the embedded store


@dataclass(frozen=True)
class Store:
    """A client of one MLflow. `server` and `artifacts` say where: one of them is set."""

    client: "MlflowClient"
    server: str | None = None
    artifacts: str | None = None

    def experiment(self, name: str) -> str:
        """The id of the experiment; made if there is none, restored if somebody deleted it."""
        from mlflow.exceptions import MlflowException

        found = self.client.get_experiment_by_name(name)
        if found is None:
            place = f"{self.artifacts}/{name}" if self.artifacts else None
            try:
                return str(self.client.create_experiment(name, artifact_location=place))
            except MlflowException as error:
                found = self.client.get_experiment_by_name(name)
                if error.error_code != "RESOURCE_ALREADY_EXISTS" or found is None:
                    raise
        if found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def page(self, experiment: str, run_id: str) -> str | None:
        """The page of a run; None without a server."""
        return f"{self.server}/#/experiments/{experiment}/runs/{run_id}" if self.server else None


def installed() -> bool:
    """Whether MLflow can be imported, without the seconds that importing it takes."""
    return importlib.util.find_spec("mlflow") is not None


def has_artifacts(lake: str, experiment: str) -> bool:
    """Whether the embedded store of a lake has files of an experiment."""
    return (Path(lake) / _FOLDER / _ARTIFACTS / experiment).exists()


@contextmanager
def opened(uri: str, lake: str) -> Iterator[Store]:
    """The store at a server's uri, or embedded at `<lake>/.mlflow` where the uri is empty.

    The embedded store has one writer at a time: SQLite has, and two that find it missing would both make its tables.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    folder = Path(lake) / _FOLDER
    with nullcontext() if uri else _alone(folder):
        from mlflow import MlflowClient

        logging.getLogger("alembic").setLevel(logging.WARNING)
        if uri:
            server = uri.rstrip("/")
            yield Store(MlflowClient(tracking_uri=server, registry_uri=server), server=server)
        else:
            place = f"sqlite:///{folder.absolute() / _FILE}"
            client = MlflowClient(tracking_uri=place, registry_uri=place)
            yield Store(client, artifacts=(folder.absolute() / _ARTIFACTS).as_uri())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
