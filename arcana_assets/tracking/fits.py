"""Tracked fits: what is kept of one fit of a segmentation or a prediction, and its MLflow run.

Belongs here: the fit as it is handed over, and the parameters, metrics, data set and files of its run. Does not belong
here: the files of a model that can be loaded (`served`), whether there is such a run already and what the aliases say
(`tracking`).
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.engine.scratch import scratch
from arcana_assets.tracking.served import write_served_model

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run


ROLES = ("champion", "challenger", "candidate")
ALIASES = ROLES[:2]  # a candidate neither serves nor waits
_PARAMETER = 6000  # characters MLflow keeps of the value of a parameter
_BATCH = 100  # parameters it takes at once
_DIGEST = 36  # characters it keeps of the digest of a data set


class UnknownRole(ArcanaError):
    """A fit is tracked as something else than a champion, a challenger or a candidate."""


@dataclass(frozen=True)
class TrackedFit:
    """A fit to record: one model of one segmentation, or of one prediction and horizon, in one month.

    `name` is what the fit is of, and `kind` the tag that says so. `dataset` has table, version (of the Delta table),
    rows and digest; `texts` are by file name, and so are the pictures (PNG) that `draw` makes, which is asked only
    where the run is written; None draws nothing. `model_json` is what the model says of itself, `model_code` the file
    whose `PythonModel` scores with it.
    Raises UnknownRole for a role that is none of `ROLES`.
    """

    domain: str
    name: str
    month: date
    role: str
    dagster_run_id: str
    code_version: str
    dataset: Mapping[str, str | int]
    parameters: Mapping[str, str | int | float]
    metrics: Mapping[str, float]
    texts: Mapping[str, str]
    model_json: str
    model_code: Path
    draw: Callable[[], Mapping[str, bytes]] | None = None
    kind: Literal["segmentation", "prediction"] = "segmentation"

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            hint = nearest(self.role, ROLES, listed=False)
            raise UnknownRole(f"a fit is tracked as one of {', '.join(ROLES)}; found '{self.role}'{hint}")

    @property
    def model_digest(self) -> str:
        """What the model is known by in MLflow."""
        return model_digest(self.model_json)

    @property
    def key(self) -> tuple[str, str, str]:
        """Month, role and model: what is tracked once."""
        return f"{self.month:%Y-%m}", self.role, self.model_digest


@dataclass(frozen=True)
class Tracked:
    """Where a fit is kept: its run, its page where there is a server, and of what serves or waits its version."""

    run_id: str
    url: str | None
    model_version: str | None


def model_digest(model_json: str) -> str:
    """The SHA-256 of a model's JSON: the tag its runs and its version are found by."""
    return hashlib.sha256(model_json.encode()).hexdigest()


def write_run(client: "MlflowClient", experiment: str, fit: TrackedFit) -> "Run":
    """Writes the run of a fit, which is FINISHED only when all of it is there; whatever MLflow raises is let through.

    A measure that is no finite number is left out. What serves or waits has a model that can be loaded; of a candidate
    the JSON is kept, for nobody scores with it.
    """
    from mlflow.entities import Metric, Param

    tags = {
        "domain": fit.domain,
        fit.kind: fit.name,
        "month": f"{fit.month:%Y-%m}",
        "role": fit.role,
        "model_digest": fit.model_digest,
        "dagster_run_id": fit.dagster_run_id,
        "code_version": fit.code_version,
    }
    run = client.create_run(experiment, tags=tags, run_name=f"{fit.month:%Y-%m} {fit.role}")
    run_id, now = run.info.run_id, int(time.time() * 1000)
    params = [Param(name, str(value)[:_PARAMETER]) for name, value in fit.parameters.items()]
    # Of an infinite value MLflow keeps the largest number there is, which reads like a measure.
    metrics = [Metric(name, float(each), now, 0) for name, each in fit.metrics.items() if math.isfinite(each)]
    for start in range(0, max(len(params), 1), _BATCH):
        client.log_batch(run_id, metrics=metrics if start == 0 else (), params=params[start : start + _BATCH])
    client.log_inputs(run_id, datasets=[_dataset(fit.dataset)])
    with scratch("mlflow") as folder:
        _write_files(folder, fit)
        client.log_artifacts(run_id, str(folder))
    client.set_terminated(run_id)
    return run


def _dataset(dataset: Mapping[str, str | int]) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    about = {"path": dataset["table"], "delta_table_version": dataset["version"]}
    kept = Dataset(
        name=str(dataset["table"]),
        digest=str(dataset["digest"])[:_DIGEST],
        source_type="delta_table",
        source=json.dumps(about),
        profile=json.dumps({"num_rows": dataset["rows"]}),
    )
    return DatasetInput(kept, [InputTag(MLFLOW_DATASET_CONTEXT, "training")])


def _write_files(folder: Path, fit: TrackedFit) -> None:
    for name, text in fit.texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, picture in (fit.draw() if fit.draw else {}).items():
        (folder / name).write_bytes(picture)
    if fit.role in ALIASES:
        write_served_model(folder / "model", fit.model_json, fit.model_code)
    else:
        (folder / "model.json").write_text(fit.model_json, encoding="utf-8")
