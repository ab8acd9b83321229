"""Tracked models: each fit of a month handed over to MLflow, and where it is kept said in the asset's metadata.

Belongs here: the data set and the run that a fit is of. Does not belong here: which fits there are and what is told of
them (`segmentation.tracked`), how MLflow keeps them (`tracking`).
"""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from arcana_assets import __version__
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.lake.lake import Lake
from arcana_assets.segmentation.models.champion import Decision
from arcana_assets.segmentation.tracked import digest, fits_of_month
from arcana_assets.tracking.fits import TrackedFit
from arcana_assets.tracking.tracking import Tracking, TrackingUnavailable

SERVED_MODEL = Path(__file__).parents[1] / "served_model.py"


def track(
    tracking: Tracking,
    key: dg.AssetKey,
    segmentation: Segmentation,
    month: date,
    decision: Decision,
    everyone: pd.DataFrame,
    lake: Lake,
    run_id: str,
) -> tuple[dict[str, Any], str | None]:
    """Record the fits of a month.

    Returns metadata that say where, and what MLflow refused, where it did: a fit is in the lake whatever happens here.
    """
    domain = key.path[0]
    table, dataset = (domain, "gold", "feature_matrix"), dict[str, str | int]()
    metadata: dict[str, Any] = {}
    for found in fits_of_month(segmentation, month, decision, everyone):
        dataset = dataset or {
            "rows": len(everyone),
            "digest": digest(everyone),
            "table": lake.uri(table),
            "version": lake.open(table).version(),
        }
        fit = TrackedFit(
            domain=domain,
            segmentation=segmentation.name,
            month=month,
            dagster_run_id=run_id,
            code_version=__version__,
            dataset=dataset,
            model_code=SERVED_MODEL,
            **vars(found),
        )
        try:
            kept = tracking.record(fit)
        except TrackingUnavailable as error:
            return metadata, str(error)
        if fit.role != "candidate":
            metadata[f"mlflow_{fit.role}_run"] = dg.MetadataValue.url(kept.url) if kept.url else kept.run_id
            metadata[f"mlflow_{fit.role}_version"] = kept.model_version or ""
    return metadata, None
