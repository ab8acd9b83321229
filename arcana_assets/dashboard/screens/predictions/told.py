"""What a month says of each prediction and horizon: who predicts, what is expected, how it was judged.

Belongs here: reading it, and its words that more than one part of the screen says. Does not belong here: how it looks
(`predictions`, `proof`), customers (`likely`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from arcana_assets.dashboard.place import Place, Span, records_of
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.lake.reader import Key, Part
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.drift import skill_of
from arcana_assets.predictions.model import BASE
from arcana_assets.predictions.report.said import chance, within

Row = Mapping[str, Any]
VALUES = ("expected", "probability")
"""Columns of `gold/predictions` that say what is predicted of a customer, the first that has values by which lists are
ordered: an amount where the target is one, else the probability of an event. More of a value: `ENDS`."""
ENDS = ("low", "high")
RESULTS_SHOWN = 12  # months
_MINE = "prediction = $prediction AND horizon = $horizon"


@dataclass(frozen=True, eq=False)
class Told:
    """A prediction and horizon as of a month.

    `model` is its row of the models; `months` are customers and sums of what was said, and how many have an upper end
    (`bounded`), by month, the last one that of the place; `board` the rows of the leaderboard.
    """

    prediction: Prediction
    horizon: int
    model: Row
    months: Mapping[date, Row]
    board: Sequence[Row]

    @property
    def key(self) -> str:
        """What it is called in the URL."""
        return f"{self.prediction.name}-{self.horizon}"

    @property
    def champion(self) -> str:
        """Who predicts; nothing where nothing is said."""
        return self.model["champion"] or ""

    @property
    def informed(self) -> bool:
        """Whether something was learned that tells customers apart."""
        return self.champion not in ("", BASE)

    @property
    def of_money(self) -> bool:
        """Whether it says an amount of each customer; else a probability."""
        return self.prediction.of_money

    @cached_property
    def skill(self) -> float | None:
        """The part of the last period's error that is saved on the hold-outs; None where that is not known."""
        found = skill_of(self.board) if self.champion != LAST else float("nan")
        return found if found == found else None

    def now(self, month: date) -> Row | None:
        """Customers and sums of a month; None where nothing was said."""
        return self.months.get(month)


def models_of(place: Place) -> list[Key]:
    """The tables of the models: without rows of them nothing was ever tried to be predicted."""
    return [place.key(each.name, "models") for each in place.domain.predictions]


def told_of(place: Place) -> list[Told]:
    """All predictions and horizons of the month, in the order of the domain's YAML."""
    months, boards = _sums(place), _boards(place)
    found = []
    for prediction in place.domain.predictions:
        for model in _models(place, prediction):
            asked = prediction.name, model["horizon"]
            found.append(Told(prediction, model["horizon"], model, months.get(asked, {}), boards.get(asked, [])))
    return found


def _models(place: Place, prediction: Prediction) -> list[dict[str, Any]]:
    if not place.has(prediction.name, "models"):
        return []
    part = {"model": Part(place.key(prediction.name, "models"), (place.month,))}
    query = "SELECT horizon, made_in, champion, train_from, train_to, rows, events FROM model ORDER BY horizon"
    return records_of(place.reader.rows(query, part))


def _sums(place: Place) -> dict[tuple[str, int], dict[date, Row]]:
    """Customers and sums of what was said, by prediction and horizon, and month of the last two years."""
    there = [name for name in VALUES if name in place.columns("predictions")]
    if not there:
        return {}
    sums = ", ".join(f"sum(CAST({name} AS DOUBLE)) AS {name}" for name in there)
    sums += ", count(high) AS bounded" if {*ENDS} <= {*place.columns("predictions")} else ", 0 AS bounded"
    found: dict[tuple[str, int], dict[date, Row]] = {}
    for row in place.records(
        f"""SELECT prediction, horizon, month, min(made_in) AS made_in, count(*) AS customers, {sums}
        FROM predictions GROUP BY ALL ORDER BY month""",
        {"predictions": "year"},
    ):
        found.setdefault((row["prediction"], row["horizon"]), {})[row["month"]] = row
    return found


def _boards(place: Place) -> dict[tuple[str, int], list[Row]]:
    if not place.has("prediction_evaluation"):
        return {}
    found: dict[tuple[str, int], list[Row]] = {}
    for row in place.records("SELECT * FROM prediction_evaluation ORDER BY hold_out", ["prediction_evaluation"]):
        found.setdefault((row["prediction"], row["horizon"]), []).append(row)
    return found


def rows_of(place: Place, table: str, told: Told, order: str, span: Span = "month") -> list[dict[str, Any]]:
    """The rows of a table of predictions that are of one prediction and horizon."""
    if (not place.has(table) and span == "month") or not place.columns(table):
        return []
    return place.records(
        f"SELECT * FROM {table} WHERE {_MINE} ORDER BY {order}",
        {table: span},
        prediction=told.prediction.name,
        horizon=told.horizon,
    )


def value_of(row: Row | None) -> tuple[str, float] | None:
    """What is expected of all customers together: the column, and its sum; None where nothing was said."""
    for name in VALUES:
        if row is not None and name in row and row[name] is not None:
            return name, float(row[name])
    return None


def said_value(place: Place, row: Row | None) -> str:
    """The same in words: a number of customers, or an amount."""
    found = value_of(row)
    if found is None:
        return ""
    name, value = found
    language = place.language
    return language.money(value, place.domain.currency) if name == "expected" else language.count(round(value))


def of_customer(place: Place, row: Row) -> str:
    """What is predicted of one customer: a probability, or an amount with its ends where it has them."""
    language, currency = place.language, place.domain.currency
    if row.get("expected") is None:
        return chance(language, row["probability"])
    ends = [row.get(name) for name in ENDS]
    said = language.money(row["expected"], currency)
    if None in ends:
        return said
    low, high = (language.money(each, currency) for each in ends)
    return language.say("customer.expected_between", expected=said, low=low, high=high)


def titled(place: Place, told: Told) -> str:
    """`Volta a comprar nos 3 meses seguintes`."""
    return f"{told.prediction.title} {within(place.language, told.horizon, told.prediction.unit)}"
