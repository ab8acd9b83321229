"""Tracked models: each fit of a month handed over to MLflow, and where it is kept said in the asset's metadata.

Belongs here: what of a fit is handed over. Does not belong here: how MLflow keeps it (`tracking`), which fit serves
a month (`models.champion`).
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from arcana_assets import __version__
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.labels import label_of
from arcana_assets.segmentation.models.champion import Decision
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.pictures.profile import profile_picture
from arcana_assets.segmentation.pictures.selection import selection_picture
from arcana_assets.segmentation.profiles.profile import profile
from arcana_assets.tracking.fits import TrackedFit
from arcana_assets.tracking.tracking import Tracking, TrackingUnavailable

SERVED_MODEL = Path(__file__).parents[1] / "served_model.py"
_MEASURES = (
    *("silhouette", "calinski_harabasz", "davies_bouldin", "smallest_share", "largest_share", "noise_share"),
    *("stability", "inertia"),
)


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
    """Record the fits of a month: the one that serves it, if it is new, the one that waits, and all others.

    Returns metadata that say where, and what MLflow refused, where it did: a fit is in the lake whatever happens here.
    """
    fits = [("champion", decision.model)] if decision.outcome not in ("scored", "kept") else []
    fits += [("challenger", decision.challenger)] if decision.challenger is not None else []
    fits += [("candidate", model) for model in decision.others]
    table = (key.path[0], "gold", "feature_matrix")
    dataset: dict[str, str | int] = {"rows": len(everyone), "digest": _digest(everyone)} if fits else {}
    dataset |= {"table": lake.uri(table), "version": lake.open(table).version()} if fits else {}
    metadata: dict[str, Any] = {}
    for role, model in fits:
        fit = TrackedFit(
            domain=key.path[0],
            segmentation=segmentation.name,
            month=month,
            role=role,
            dagster_run_id=run_id,
            code_version=__version__,
            dataset=dataset,
            parameters=_parameters(segmentation, model, decision),
            metrics=_metrics(role, model, decision),
            texts=_texts(role, model, decision),
            pictures=_pictures(segmentation, month, model, decision, everyone),
            model_json=model.to_json(),
            model_code=SERVED_MODEL,
        )
        try:
            kept = tracking.record(fit)
        except TrackingUnavailable as error:
            return metadata, str(error)
        if role != "candidate":
            metadata[f"mlflow_{role}_run"] = dg.MetadataValue.url(kept.url) if kept.url else kept.run_id
            metadata[f"mlflow_{role}_version"] = kept.model_version or ""
    return metadata, None


def _parameters(
    segmentation: Segmentation, model: SegmentationModel, decision: Decision
) -> dict[str, str | int | float]:
    return {
        "algorithm": model.clusterer.algorithm,
        **model.clusterer.settings,
        "segments": model.clusterer.k,
        "features": ", ".join(model.features),
        "axis": model.axis,
        "seed": model.seed,
        "outcome": decision.outcome,
        "settings": json.dumps(segmentation.model_dump(exclude={"personas"}), ensure_ascii=False, default=str),
    }


def _metrics(role: str, model: SegmentationModel, decision: Decision) -> dict[str, float]:
    """Measures of a fit; the share of customers that it moved, or would, is not known of candidates."""
    share = {"champion": decision.moved, "challenger": decision.challenger_moves}.get(role)
    return {
        **{name: float(model.measures[name]) for name in _MEASURES if model.measures.get(name) is not None},
        "customers": float(model.customers),
        **({} if share is None else {"moved_share": float(share)}),
    }


def _texts(role: str, model: SegmentationModel, decision: Decision) -> dict[str, str]:
    centres = [
        {"segment_id": segment, **dict(zip(model.features, centre.tolist(), strict=True))}
        for segment, centre in zip(model.segment_ids, model.centres, strict=True)
    ]
    return {
        "motivo.txt": (decision.reason if role == "champion" else model.reason) + "\n",
        "selecao.csv": _csv(list(decision.selection)),
        "centros.csv": _csv(centres),
        "personas.csv": _csv(list(model.personas)),
    }


def _pictures(
    segmentation: Segmentation, month: date, model: SegmentationModel, decision: Decision, everyone: pd.DataFrame
) -> dict[str, bytes]:
    columns = list(model.features)
    shapes = profile(everyone, model.assign(everyone), columns)
    pictures = {"perfil.png": profile_picture(shapes, {name: label_of(name) for name in columns})}
    if decision.selection:
        title = f"Escolha: {segmentation.name.replace('_', ' ')}, {month:%m/%Y}"
        pictures["selecao.png"] = selection_picture(pd.DataFrame(decision.selection), title)
    return pictures


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _digest(frame: pd.DataFrame) -> str:
    """Of the customers and their features, in order: the same for the same month."""
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(hashes.tobytes()).hexdigest()
