"""Tracked models: each fit of a month handed over to MLflow, and where it is kept said in the asset's metadata.

Belongs here: what of a fit is handed over. Does not belong here: how MLflow keeps it (`resources.tracking`), which fit
serves a month (`ml.champion`).
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
from arcana_assets.tracking.fits import TrackedFit
from arcana_assets.tracking.tracking import Tracking, TrackingUnavailable

SERVED_MODEL = Path(__file__).parents[1] / "served_model.py"
MEASURES = (
    *("silhouette", "calinski_harabasz", "davies_bouldin", "smallest_share", "largest_share", "noise_share"),
    *("stability", "explained", "inertia"),
)


def track(
    tracking: Tracking,
    key: dg.AssetKey,
    segmentation: Segmentation,
    month: date,
    decision: Any,
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
    metadata: dict[str, Any] = {}
    for role, model in fits:
        fit = tracked_fit(key, segmentation, month, role, model, decision, everyone, lake, run_id)
        try:
            kept = tracking.record(fit)
        except TrackingUnavailable as error:
            return metadata, str(error)
        if role == "candidate":
            continue
        metadata[f"mlflow_{role}_run"] = dg.MetadataValue.url(kept.url) if kept.url else kept.run_id
        metadata[f"mlflow_{role}_version"] = kept.model_version or ""
    return metadata, None


def tracked_fit(
    key: dg.AssetKey,
    segmentation: Segmentation,
    month: date,
    role: str,
    model: Any,
    decision: Any,
    everyone: pd.DataFrame,
    lake: Lake,
    run_id: str,
) -> TrackedFit:
    """A fit as MLflow is to keep it: parameters, measures, tables, pictures, the model and what it was fitted on."""
    from arcana_assets.segmentation.pictures.profile import profile_picture
    from arcana_assets.segmentation.pictures.selection import selection_picture
    from arcana_assets.segmentation.profiles.profile import profile

    domain = key.path[0]
    of = f"{segmentation.name.replace('_', ' ')}, {month:%m/%Y}"
    table = (domain, "gold", "feature_matrix")
    columns = list(model.features)
    shapes = profile(everyone, model.assign(everyone), columns)
    pictures = {"perfil.png": profile_picture(shapes, {name: label_of(name) for name in columns})}
    if decision.selection:
        pictures["selecao.png"] = selection_picture(pd.DataFrame(decision.selection), f"Escolha: {of}")
    return TrackedFit(
        domain=domain,
        segmentation=segmentation.name,
        month=month,
        role=role,
        dagster_run_id=run_id,
        code_version=__version__,
        dataset={
            "table": lake.uri(table),
            "version": lake.open(table).version(),
            "rows": len(everyone),
            "digest": _digest(everyone),
        },
        parameters={
            "algorithm": model.clusterer.algorithm,
            **{str(name): value for name, value in model.clusterer.settings.items()},
            "segments": model.clusterer.k,
            "features": ", ".join(columns),
            "axis": model.axis,
            "seed": model.seed,
            "outcome": decision.outcome,
            "settings": json.dumps(segmentation.model_dump(exclude={"personas"}), ensure_ascii=False, default=str),
        },
        metrics={
            **{name: float(model.measures[name]) for name in MEASURES if model.measures.get(name) is not None},
            "customers": float(model.customers),
            **_moved(role, decision),
        },
        texts={
            "motivo.txt": (decision.reason if role == "champion" else model.reason) + "\n",
            "selecao.csv": _csv(list(decision.selection)),
            "centros.csv": _csv(_centres(model)),
            "personas.csv": _csv(list(model.personas)),
        },
        pictures=pictures,
        model_json=model.to_json(),
        model_code=SERVED_MODEL,
    )


def _moved(role: str, decision: Any) -> dict[str, float]:
    """The share of customers that the fit moved, or would; of other candidates it is not known."""
    share = {"champion": decision.moved, "challenger": decision.challenger_moves}.get(role)
    return {} if share is None else {"moved_share": float(share)}


def _centres(model: Any) -> list[dict[str, Any]]:
    """The centre of each segment, in the model's space."""
    return [
        {"segment_id": segment, **dict(zip(model.features, centre.tolist(), strict=True))}
        for segment, centre in zip(model.segment_ids, model.centres, strict=True)
    ]


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
