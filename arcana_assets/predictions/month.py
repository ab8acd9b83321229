"""A month of one prediction and horizon: what it decides, as a row of the models.

Belongs here: that row and reading it back, and what serves by it. Does not belong here: fitting (`model`), judging
(`evaluation`), reading the months (`assets.inputs`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.amounts import evaluated_amounts
from arcana_assets.predictions.champion import LAST, InUse
from arcana_assets.predictions.evaluation import HoldOut, evaluated
from arcana_assets.predictions.intervals import Band, bands_from
from arcana_assets.predictions.methods.amounts import Amount
from arcana_assets.predictions.methods.fitted import Fitted
from arcana_assets.predictions.model import DamagedModel, PredictionModel, unknown
from arcana_assets.predictions.rows import AsOf
from arcana_assets.presentation.language import Language


@dataclass(frozen=True)
class Decided:
    """What a month is predicted by: the model, who of its candidates serves, why, and how it was judged.

    `calibration` are rows of probabilities; of spend there are `bands` instead.
    """

    made_in: date
    horizon: int
    model: PredictionModel
    champion: str | None
    reason: str
    unknown: tuple[str, ...]
    board: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    bands: Sequence[Band] = ()

    @property
    def serves(self) -> Fitted | None:
        """The candidate that serves; None where nothing is said, or an amount is."""
        return self.model.candidates.get(self.champion) if self.champion else None

    @property
    def says(self) -> Amount | None:
        """The candidate of spend that serves; None where nothing is said, or a probability is."""
        return self.model.amounts.get(self.champion) if self.champion else None

    @property
    def last_period(self) -> Fitted | None:
        """The last period, that others are held against; None where nothing was learned."""
        return self.model.candidates.get(LAST)


def decided(
    now: AsOf,
    horizon: int,
    model: PredictionModel,
    hold_outs: Sequence[HoldOut],
    before: InUse | None,
    digest: str,
    prediction: Prediction,
    language: Language,
) -> dict[str, Any]:
    """The row of a month, of the month that it is made in; see `MODEL` for its columns, `month` apart.

    `now` is what is known at the end of that month, `before` what served the month before. Why who serves is said in
    the language.
    """
    if model.amounts:
        found = evaluated_amounts(language, hold_outs, model, before)
    else:
        found = evaluated(language, hold_outs, model, before, prediction.goals.slope[0])
    champion = found.choice.name or None
    lacks = unknown(now.numbers, model.amounts.get(champion) or model.candidates[champion]) if champion else []
    return {
        "horizon": horizon,
        "unit": prediction.unit,
        "made_in": now.month,
        "champion": champion,
        "reason": found.choice.why,
        "beyond": json.dumps(sorted(found.choice.beyond)),
        "train_from": model.months[0] if model.months else None,
        "train_to": model.months[-1] if model.months else None,
        "rows": model.rows,
        "events": model.events,
        "unknown_features": json.dumps(lacks),
        "model": model.to_json(),
        "evaluation": json.dumps([_plain(row) for row in found.board]),
        "calibration": json.dumps(found.calibration),
        "digest": digest,
    }


def in_use(row: Mapping[str, Any] | None) -> InUse | None:
    """What served by the row of a month; None where nothing was compared."""
    if row is None or not row["champion"] or row["evaluation"] == "[]":
        return None
    return InUse(row["champion"], frozenset(json.loads(row["beyond"])))


def read_back(row: Mapping[str, Any], where: str) -> Decided:
    """What a row decides. Raises DamagedModel, naming `where` it is kept, where its model is damaged."""
    model = PredictionModel.from_json(row["model"], where)
    champion, there = row["champion"], [*model.candidates, *model.amounts]
    again = "Materialize this asset and month again, which fits it anew from the same rows."
    if champion and champion not in there:
        raise DamagedModel(
            f"{where}: '{champion}' serves, and the model has {', '.join(there) or 'no candidate'}. {again}"
        )
    board = [
        {**each, "hold_out": date.fromisoformat(each["hold_out"])}
        | {name: float("nan") for name, value in each.items() if value is None}
        for each in json.loads(row["evaluation"])
    ]
    calibration, known = json.loads(row["calibration"]), list[Band]()
    if model.amounts:
        try:
            calibration, known = [], bands_from(calibration)
        except ValueError as error:
            raise DamagedModel(f"{where}: {error}. {again}") from None
    return Decided(
        row["made_in"],
        row["horizon"],
        model,
        champion,
        row["reason"],
        tuple(json.loads(row["unknown_features"])),
        board,
        calibration,
        known,
    )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: days as texts, no number that is none."""
    return {
        name: value.isoformat() if isinstance(value, date) else None if value != value else value
        for name, value in row.items()
    }
