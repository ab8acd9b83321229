"""Tracked models: the fits of a run of months handed over to MLflow, and where it is kept said in the asset's metadata.

Belongs here: the data set and the run that a fit is of. Does not belong here: which fits there are and what is told of
them (`segmentation.tracked`), how MLflow keeps them (`tracking`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from arcana_assets import __version__
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.lake.lake import Lake
from arcana_assets.segmentation.models.champion import Decision
from arcana_assets.segmentation.tracked import fits_of_month
from arcana_assets.tracking.fits import TrackedFit
from arcana_assets.tracking.tracking import Tracking, TrackingUnavailable

SERVED_MODEL = Path(__file__).parents[1] / "served_model.py"


def tracked_metadata(kept_at: Mapping[str, str]) -> dict[str, Any]:
    """Where the fits of a month are kept, as metadata: pages as links."""
    return {name: dg.MetadataValue.url(at) if "://" in at else at for name, at in kept_at.items()}


@dataclass
class FitsOfRun:
    """The fits of a segmentation in the months of a run, told month by month and handed over at once."""

    key: dg.AssetKey
    segmentation: Segmentation
    lake: Lake
    run_id: str
    fits: list[TrackedFit] = field(default_factory=list)

    def add(self, month: date, decision: Decision, everyone: pd.DataFrame, customers: int, digest: str) -> None:
        """The fits of a month, made from so many customers with that digest, or from some of them (`everyone`).

        Pictures are drawn of the run's last champion and last challenger. What they followed was replaced within the
        same run, and to draw it later the customers of all months would have to be held.
        """
        domain, table = self.key.path[0], (self.key.path[0], "gold", "feature_matrix")
        for found in fits_of_month(self.segmentation, month, decision, everyone):
            dataset: dict[str, str | int] = {
                "rows": customers,
                "digest": digest,
                "table": self.lake.uri(table),
                "version": self._version,
            }
            self.fits = [replace(each, draw=None) if each.role == found.role else each for each in self.fits]
            self.fits.append(
                TrackedFit(
                    domain=domain,
                    name=self.segmentation.name,
                    month=month,
                    dagster_run_id=self.run_id,
                    code_version=__version__,
                    dataset=dataset,
                    model_code=SERVED_MODEL,
                    **vars(found),
                )
            )

    def keep(self, tracking: Tracking) -> tuple[dict[date, dict[str, str]], str | None]:
        """Hands all fits to MLflow.

        Returns where each month's are, as `mlflow_<role>_run` (its page, or its id) and `mlflow_<role>_version`, and
        what MLflow refused, where it did: a fit is in the lake whatever happens here.
        """
        if not self.fits:
            return {}, None
        kept_at: dict[date, dict[str, str]] = {}
        try:
            kept = tracking.record(self.fits)
        except TrackingUnavailable as error:
            return {}, str(error)
        for fit, where in zip(self.fits, kept, strict=True):
            if fit.role != "candidate":
                kept_at.setdefault(fit.month, {}).update(
                    {
                        f"mlflow_{fit.role}_run": where.url or where.run_id,
                        f"mlflow_{fit.role}_version": where.model_version or "",
                    }
                )
        return kept_at, None

    @cached_property
    def _version(self) -> int:
        return self.lake.open((self.key.path[0], "gold", "feature_matrix")).version()
