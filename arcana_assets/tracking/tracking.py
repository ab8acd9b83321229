"""Tracking: every fit of a segmentation or a prediction as an MLflow run, its model as a version of a registered one.

Belongs here: that each fit is kept once, and what is asked of MLflow for a run of months. Does not belong here: which
fit serves a month (`segmentation.models`, `predictions`), what a run holds (`fits`), versions and aliases
(`registered`), connecting to MLflow (`store`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from arcana_assets.deployment import TRACKING_OFF, tracking_uri
from arcana_assets.domain.errors import ArcanaError, first_line
from arcana_assets.domain.months import spelled
from arcana_assets.tracking.fits import ALIASES, Tracked, TrackedFit, write_run
from arcana_assets.tracking.registered import Registered
from arcana_assets.tracking.store import Store, has_artifacts, installed, opened

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_PAGE = 1000  # runs of one answer


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

    def stands(self, domain: str, name: str) -> bool:
        """Whether what was recorded earlier can still be there: not where somebody deleted the embedded store."""
        return not self.enabled or bool(self.uri) or has_artifacts(self.lake, _experiment(domain, name))

    def record(self, fits: Sequence[TrackedFit]) -> list[Tracked]:
        """Keeps fits of one name, given in the order of their months: a run each, and of each that serves or
        waits its model as a version; then points the aliases where the last of their role are.

        Once for each month, role and model: recorded again, the finished run is found and returned. A run that broke
        off does not count; it is marked FAILED and written anew. An alias moves to fits of the same or a later month
        only, so that an old month computed again changes nothing. Raises TrackingUnavailable.
        """
        if not fits:
            return []
        domain, name = fits[0].domain, fits[0].name
        months = spelled(sorted({fit.month for fit in fits}))
        with self._store(f"keep the {_told(fits)} of {domain}/{name} {months}") as store:
            experiment = store.experiment(_experiment(domain, name))
            registered = Registered.of(store.client, fits[0])
            known = _finished_runs(store.client, experiment, fits)
            kept = []
            for fit in fits:
                run = known.get(fit.key) or write_run(store.client, experiment, fit)
                known[fit.key] = run
                version = registered.version(run, fit) if fit.role in ALIASES else None
                kept.append(Tracked(run.info.run_id, store.page(experiment, run.info.run_id), version))
            registered.point()
            return kept

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


def _experiment(domain: str, name: str) -> str:
    return f"arcana/{domain}/{name}"


def _told(fits: Sequence[TrackedFit]) -> str:
    """`champion` for one fit, `12 fits` for twelve, for errors."""
    return fits[0].role if len(fits) == 1 else f"{len(fits)} fits"


def _finished_runs(
    client: "MlflowClient", experiment: str, fits: Sequence[TrackedFit]
) -> dict[tuple[str, str, str], "Run"]:
    """The finished runs of the fits, by what they are tracked once by; those that broke off are marked FAILED."""
    wanted = {fit.key for fit in fits}
    # One search for all months: MLflow compares tags by how they begin, and by no range.
    months = [month for month, *_ in wanted]
    begun = next(part for part in (months[0], months[0][:4], "") if all(each.startswith(part) for each in months))
    like = f"tags.month LIKE '{begun}%'"
    found, token = dict[tuple[str, str, str], "Run"](), None
    while True:
        page = client.search_runs([experiment], like, max_results=_PAGE, page_token=token)
        for run in page:
            key = (run.data.tags["month"], run.data.tags.get("role", ""), run.data.tags.get("model_digest", ""))
            if key in wanted and run.info.status == "RUNNING":
                client.set_terminated(run.info.run_id, "FAILED")
            if key in wanted and run.info.status == "FINISHED":
                found.setdefault(key, run)
        if not (token := page.token):
            return found
