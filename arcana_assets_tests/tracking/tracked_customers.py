"""A segmentation of thirty customers as a fit to track, and what MLflow says it has kept."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.segmentation.assets.tracking import SERVED_MODEL
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.tracking.fits import Tracked, TrackedFit
from arcana_assets.tracking.store import opened
from arcana_assets.tracking.tracking import Tracking

MAY, JUNE, JULY = date(2011, 5, 1), date(2011, 6, 1), date(2011, 7, 1)
PNG = b"\x89PNG\r\n\x1a\n a picture"


SEGMENTS = [3] * 10 + [2] * 10 + [1] * 10  # of the customers, in their order


def customers() -> pd.DataFrame:
    """Thirty customers in three groups that anybody would see."""
    near = np.tile([0.0, 1.0, 2.0, 3.0, 4.0], 2)
    spent = np.concatenate([start + near for start in (10.0, 500.0, 9000.0)])
    ids = [f"C{number:02d}" for number in range(30)]
    return pd.DataFrame({"customer_id": ids, "frequency": spent / 10, "monetary": spent})


def fitted(seed: int = 7) -> SegmentationModel:
    asked = Segmentation(name="value", features=["frequency", "monetary"], k=(3, 3), seed=seed)
    return fit_segmentation(customers(), asked)


def fit(model_json: str, month: date = JUNE, role: str = "champion", domain: str = "retail", **more) -> TrackedFit:
    return replace(
        TrackedFit(
            domain=domain,
            name="value",
            month=month,
            role=role,
            dagster_run_id="run-1",
            code_version="v1",
            dataset={"table": "retail/gold/feature_matrix", "version": 4, "rows": 30, "digest": "9f" * 32},
            parameters={"k": 3, "seed": 7, "features": "frequency, monetary"},
            metrics={"silhouette": 0.75, "stability": float("nan")},
            texts={"reason.txt": "k = 3: separação clara.\n", "centroids.csv": "segment_id,monetary\n1,9002\n"},
            model_json=model_json,
            model_code=SERVED_MODEL,
            draw=lambda: {"profile.png": PNG},
        ),
        **more,
    )


def record(tracking: Tracking, *fits: TrackedFit) -> Tracked:
    """Keeps the fits at once; where the last of them is kept."""
    return tracking.record(fits)[-1]


def runs_of(tracking: Tracking, domain: str = "retail"):
    with opened(tracking.uri, tracking.lake) as store:
        return store.client.search_runs([store.experiment(f"arcana/{domain}/value")])


def aliases_of(tracking: Tracking, domain: str = "retail") -> dict[str, str]:
    with opened(tracking.uri, tracking.lake) as store:
        aliases = store.client.get_registered_model(f"{domain}.value").aliases
    return {alias: str(version) for alias, version in aliases.items()}  # numbers or texts, by the kind of store


def score(store: str, model: str, monkeypatch) -> pd.DataFrame:
    """What somebody gets who knows nothing of this platform but a store and the name of a model."""
    import mlflow.pyfunc

    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    return mlflow.pyfunc.load_model(model).predict(customers())
