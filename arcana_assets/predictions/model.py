"""A fitted prediction as data: its candidates, what they were learned from, as JSON and back.

Belongs here: the model, and refusing text that is none. Does not belong here: fitting (`month`), who serves
(`champion`), a candidate's arithmetic (`methods`).
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.settings.predictions import Prediction, Unit
from arcana_assets.predictions.methods.amounts import (
    KINDS,
    LAST_PAID,
    WINDOW_PAID,
    Amount,
    MeanAmount,
    amount_from_dict,
    paces,
)
from arcana_assets.predictions.methods.counted import base_rate
from arcana_assets.predictions.methods.every import fitted, from_dict
from arcana_assets.predictions.methods.fitted import Fitted
from arcana_assets.predictions.methods.ratio import has_pace, ratio
from arcana_assets.predictions.rows import DID, Learned
from arcana_assets.presentation.language import Language
from arcana_assets.tables.digests import digest_of, digest_of_code

BASE = "base_rate"
_ROOMS = ("domain", "predictions", "tables")
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")  # the last one solves the logistic regression
_FIELDS = ("candidates", "months", "rows", "events", "note")


class DamagedModel(ArcanaError):
    """Raised when the text of a model is not one that `PredictionModel.to_json` wrote."""


@dataclass(frozen=True, eq=False)
class PredictionModel:
    """All candidates of a prediction as of a month and for one horizon.

    `months` are those learned from, `rows` and `events` how many customers they have and of how many it came. Where
    there were too few to learn from, the only candidate is the base rate, and `note` says why, in words; with no
    month to learn from there is none.
    """

    candidates: Mapping[str, Fitted]
    months: tuple[date, ...]
    rows: int
    events: int
    note: str | None
    amounts: Mapping[str, Amount] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether nothing was learned: the base rate, nothing at all, or a pace is said of everybody."""
        return self.note is not None

    def to_json(self) -> str:
        """The model as JSON text; floats keep every bit."""
        data = {
            "candidates": {name: each.as_dict() for of in (self.candidates, self.amounts) for name, each in of.items()},
            "months": [month.isoformat() for month in self.months],
            "rows": self.rows,
            "events": self.events,
            "note": self.note,
        }
        return json.dumps(data, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, where: str) -> "PredictionModel":
        """The model `to_json` wrote. Raises DamagedModel naming `where` it was kept, and what is wrong."""
        again = "Materialize this asset and month again, which fits it anew from the same rows."
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise DamagedModel(f"{where}: expected a model as JSON; this is none ({error}). {again}") from None
        if not isinstance(data, dict) or sorted(data) != sorted(_FIELDS):
            found = ", ".join(sorted(map(str, data))) if isinstance(data, dict) else type(data).__name__
            raise DamagedModel(f"{where}: expected the fields {', '.join(_FIELDS)}, found {found}. {again}")
        if not isinstance(data["candidates"], dict):
            raise DamagedModel(f"{where}: 'candidates' is no mapping. {again}")
        made, amounts = dict[str, Fitted](), dict[str, Amount]()
        for name, each in data["candidates"].items():
            try:
                if isinstance(each, dict) and each.get("kind") in KINDS:
                    amounts[name] = amount_from_dict(each)
                else:
                    made[name] = from_dict(each)
            except ValueError as error:
                raise DamagedModel(f"{where}: the candidate '{name}' is damaged: {error}. {again}") from None
        try:
            months = tuple(date.fromisoformat(month) for month in data["months"])
        except (TypeError, ValueError):
            raise DamagedModel(f"{where}: 'months' are no days of months. {again}") from None
        if type(data["rows"]) is not int or type(data["events"]) is not int:
            raise DamagedModel(f"{where}: 'rows' and 'events' are whole numbers. {again}")
        return cls(made, months, data["rows"], data["events"], data["note"], amounts)


def digest_of_fit(prediction: Prediction, horizon: int, learned: Learned, language: Language) -> str:
    """SHA-256 of all that a fit depends on: the same digest, the same model to the last bit."""
    return digest_of(
        {
            "code": digest_of_code(_ROOMS, _LIBRARIES),
            "settings": prediction.model_dump(mode="json", exclude={"title", "goals", "hold_outs"}),
            "horizon": horizon,
            "rows": learned.digest(),
            "words": language.texts["predicted"]["note"],
        }
    )


def learn(
    prediction: Prediction, horizon: int, learned: Learned, rfm: Sequence[str], language: Language
) -> PredictionModel:
    """The candidates of a prediction, learned from rows; with too few of either kind the base rate, and why."""
    if prediction.of_money:
        return _learn_amounts(prediction, horizon, learned, language)
    rows, events = len(learned.came), learned.events
    if not rows:
        return PredictionModel({}, learned.months, 0, 0, _too_young(language, horizon, prediction.unit, "nothing_said"))
    least = prediction.minimum_events
    for few, count in (("few_with", events), ("few_without", rows - events)):
        if count < least:
            note = language.say(f"predicted.note.{few}", n=count, least=least)
            base: dict[str, Fitted] = {BASE: base_rate(learned.came)}
            return PredictionModel(base, learned.months, rows, events, note)
    with _one_thread():
        made = fitted(prediction.tried, learned.numbers, learned.came, DID, rfm)
    return PredictionModel(made, learned.months, rows, events, None)


def _learn_amounts(prediction: Prediction, horizon: int, learned: Learned, language: Language) -> PredictionModel:
    """The candidates of spend; paces alone, and why, where too few who had one paid."""
    made, rows = paces(prediction.tried), len(learned.came)
    if not rows:
        young = _too_young(language, horizon, prediction.unit, "at_its_pace")
        return PredictionModel({}, learned.months, 0, 0, young, made)
    numbers, least = learned.numbers, prediction.minimum_events
    events = int((has_pace(numbers) & (learned.came > 0)).sum())
    if events < least:
        note = language.say("predicted.note.few_paid", n=events, least=least)
        return PredictionModel({}, learned.months, rows, events, note, made)
    told = [name for name in numbers.columns if numbers[name].nunique(dropna=False) > 1]
    features = tuple(name for name in told if name not in (LAST_PAID, WINDOW_PAID))
    if "ratio" in prediction.tried:
        with _one_thread():
            made["ratio"] = ratio(numbers, learned.came, features, learned.sizes or (rows,))
    if "mean" in prediction.tried:
        made["mean"] = MeanAmount((made["ratio"], made["half_and_half"]))
    return PredictionModel({}, learned.months, rows, events, None, made)


def _one_thread() -> AbstractContextManager[Any]:
    """Sums split over threads round otherwise, and boosting waits for them: 5 to 13 s, not 1, on two busy cores."""
    import sklearn.ensemble  # noqa: F401 - its libraries are those that are to be limited
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def _too_young(language: Language, horizon: int, unit: Unit, so: str) -> str:
    """That no month's outcome is known, and what is said so: a sentence below `predicted.note`."""
    said = language.say(f"predicted.note.{so}")
    return language.say(f"predicted.note.too_young.{unit}", n=horizon, so=said)


def unknown(numbers: pd.DataFrame, model: Fitted | Amount) -> list[str]:
    """The features of a model of which the month knows nothing: their column lacks, or is empty."""
    return [name for name in model.features if name not in numbers.columns or numbers[name].isna().all()]
