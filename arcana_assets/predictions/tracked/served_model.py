"""The code of a tracked prediction: what `mlflow.pyfunc.load_model` runs beside the JSON of the model.

Belongs here: reading the JSON and scoring a frame with it; MLflow copies this file beside each model, and nothing of
ours imports it. Does not belong here: keeping runs and models (`tracking`), the model itself (`model`).
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from arcana_assets.predictions.methods.fitted import probability
from arcana_assets.predictions.model import PredictionModel


class TrackedPrediction(PythonModel):
    """Scores customers by the candidate that served. It has no MLflow signature: what a frame lacks is not known.

    `predict` takes one row a customer with the numbers that the candidate looks at, and returns the same rows with one
    column, `probability`, or, where money is predicted, `expected`.
    """

    def load_context(self, context: Any) -> None:
        path = Path(context.artifacts["model"])
        served = json.loads(path.read_text(encoding="utf-8"))
        model = PredictionModel.from_json(served["model"], str(path))
        self.candidate = model.candidates.get(served["champion"])
        self.amount = model.amounts.get(served["champion"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        if self.amount is not None:
            return pd.DataFrame({"expected": self.amount.amounts(model_input)}, index=model_input.index)
        assert self.candidate is not None, "a fit that is tracked has a champion"
        said = probability(self.candidate.logits(model_input))
        return pd.DataFrame({"probability": said}, index=model_input.index)


set_model(TrackedPrediction())
