"""Tracking: every fit of a segmentation as an MLflow run, its model as a version of a registered model.

Belongs here: that each fit is kept once, and where `champion` and `challenger` point. Does not belong here: which fit
serves a month (`segmentation.models`), what a run holds (`fits`), connecting to MLflow (`store`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from arcana_assets.deployment import TRACKING_OFF, tracking_uri
from arcana_assets.domain.errors import ArcanaError, first_line
from arcana_assets.tracking.fits import ALIASES, Tracked, TrackedFit, write_run
from arcana_assets.tracking.store import Store, installed, opened

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import RegisteredModel


class TrackingUnavailable(ArcanaError):
    """MLflow could not keep or find what was asked. The fit itself is in the lake, whatever happened here."""

    retriable = True


class Tracking(dg.ConfigurableResource):
    """MLflow: embedded below a local folder (SQLite and files, no server), a tracking server, or nothing.

    `uri` is `Deployment.tracking`: nothing for the embedded store, `off`, or http(s)://; `lake` is
    `Deployment.tracking_lake`, the folder of the embedded store. A server's credentials come from MLflow's own
    variables, MLFLOW_TRACKING_USERNAME and _PASSWORD or MLFLOW_TRACKING_TOKEN.

    Everything that MLflow refuses is raised as TrackingUnavailable within some seconds, so that a caller can warn and
    go on: a fit is never lost for want of its record. Only a `uri` that cannot be is a DeploymentError.
    """

    uri: str = ""
    lake: str
    _said_absent: bool = PrivateAttr(default=False)

    @property
    def enabled(self) -> bool:
        """Whether fits are recorded: not where tracking is off, nor where MLflow is not installed."""
        if self.uri == TRACKING_OFF:
            return False
        if not installed() and not self._said_absent:
            self._said_absent = True
            dg.get_dagster_logger().info(
                "MLflow is not installed, so no fit is tracked. Install arcana-assets[tracking], "
                "or set ARCANA_TRACKING=off to say that none shall be."
            )
        return installed()

    def record(self, fit: TrackedFit) -> Tracked:
        """Writes the run of a fit, its model as a version, and points the alias of its role at that version.

        Once for each segmentation, month, role and model: recorded again, the finished run is found and returned. A run
        that broke off does not count; it is marked FAILED and written anew. The alias moves to fits of the same or a
        later month only, so that an old month computed again changes nothing. Raises TrackingUnavailable.
        """
        with self._store(f"keep {fit.sentence}") as store:
            experiment = store.experiment(f"arcana/{fit.domain}/{fit.segmentation}")
            run = _finished_run(store.client, experiment, fit) or write_run(store.client, experiment, fit)
            version = _version(store.client, run, fit)
            name = _registered(fit.domain, fit.segmentation)
            if fit.role in ALIASES:
                _point(store.client, name, fit.role, version, f"{fit.month:%Y-%m}")
            return Tracked(run.info.run_id, store.page(experiment, run.info.run_id), version)

    @contextmanager
    def _store(self, what: str) -> Iterator[Store]:
        if not self.enabled:
            raise TrackingUnavailable(
                f"cannot {what}: tracking is off or MLflow is not installed. Ask `enabled` first, or set "
                "ARCANA_TRACKING and install arcana-assets[tracking]."
            )
        uri = tracking_uri(self.uri)  # before it may be repeated in an error
        try:
            with opened(uri, self.lake) as store:
                yield store
        except ArcanaError:
            raise
        except Exception as error:
            # MLflow lets errors of requests, SQLAlchemy, Alembic and the disk through as they are; none may end a fit.
            raise TrackingUnavailable(
                f"MLflow at {uri or f'{self.lake}/.mlflow'} could not {what}: {first_line(error)[:300]}. "
                "The fit itself is kept in the lake. See that MLflow can be reached and written to (ARCANA_TRACKING), "
                "then materialize the model of the month again to record it."
            ) from error


def _registered(domain: str, segmentation: str) -> str:
    return f"{domain}.{segmentation}"


def _finished_run(client: "MlflowClient", experiment: str, fit: TrackedFit) -> "Run | None":
    key = {"month": f"{fit.month:%Y-%m}", "role": fit.role, "model_digest": fit.model_digest}
    runs = client.search_runs([experiment], " and ".join(f"tags.{tag} = '{value}'" for tag, value in key.items()))
    for run in runs:
        if run.info.status == "RUNNING":
            client.set_terminated(run.info.run_id, "FAILED")
    return next((run for run in runs if run.info.status == "FINISHED"), None)


def _version(client: "MlflowClient", run: "Run", fit: TrackedFit) -> str:
    """The version of the fit's model, made if there is none."""
    from mlflow.exceptions import MlflowException

    name = _registered(fit.domain, fit.segmentation)
    known = _known_version(client, name, fit.model_digest)
    if known is not None:
        return known
    try:
        client.create_registered_model(name, tags={"domain": fit.domain, "segmentation": fit.segmentation})
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    tags = {"model_digest": fit.model_digest, "month": f"{fit.month:%Y-%m}"}
    source = f"{run.info.artifact_uri}/model"
    return str(client.create_model_version(name, source, run.info.run_id, tags=tags).version)


def _known_version(client: "MlflowClient", name: str, model_digest: str) -> str | None:
    found = client.search_model_versions(f"name = '{name}' and tags.model_digest = '{model_digest}'")
    return max((str(each.version) for each in found), key=int, default=None)


def _point(client: "MlflowClient", name: str, role: str, version: str, month: str) -> None:
    """Points an alias at a version, unless it points at one of a later month; a champion is no challenger."""
    model = client.get_registered_model(name)
    aliases = _aliases(model)
    since = model.tags.get(f"{role}_since", "")
    if month < since or (role == "challenger" and aliases.get("champion") == version):
        return
    client.set_registered_model_alias(name, role, version)
    client.set_registered_model_tag(name, f"{role}_since", month)
    if role == "champion" and aliases.get("challenger") == version:
        client.delete_registered_model_alias(name, "challenger")


def _aliases(model: "RegisteredModel") -> dict[str, str]:
    # The embedded store gives versions as numbers here, a server as texts.
    return {alias: str(version) for alias, version in model.aliases.items()}
