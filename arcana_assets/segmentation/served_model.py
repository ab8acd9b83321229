"""The code of a tracked segmentation: what `mlflow.pyfunc.load_model` runs beside the JSON of the model.

Belongs here: reading the JSON and scoring a frame with it; MLflow copies this file beside each model, and nothing of
ours imports it. Does not belong here: keeping runs and models (`tracking`), the model itself (`models.model`).
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from arcana_assets.segmentation.models.model import SegmentationModel


class TrackedSegmentation(PythonModel):
    """Scores customers. It has no MLflow signature: the model says itself which column is missing, and takes the rest.

    `predict` takes one row a customer with the features of the model and returns what `SegmentationModel.assign` does.
    """

    def load_context(self, context: Any) -> None:
        self.model = SegmentationModel.from_json(Path(context.artifacts["model"]).read_text(encoding="utf-8"))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        return self.model.assign(model_input)


set_model(TrackedSegmentation())
