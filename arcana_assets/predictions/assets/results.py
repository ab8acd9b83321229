"""What came of what was said: the engine lays both beside each other, and measures are taken of a sample where many.

Belongs here: which rows are over, reading them back of the lake, and sums over all of them. Does not belong here: the
measures (`scoring`, `spending`), what came (`inputs`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.blocks import drawn
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.predictions.assets.everybody import EXACT, with_what_came
from arcana_assets.predictions.assets.inputs import Months
from arcana_assets.predictions.assets.parts import SEED
from arcana_assets.predictions.drift import skill_of
from arcana_assets.predictions.rows import MOST_A_MONTH
from arcana_assets.predictions.scoring import result_of
from arcana_assets.predictions.spending import spend_result_of
from arcana_assets.predictions.tables import EVALUATION, PREDICTIONS
from arcana_assets.tables.table import Table

_OF = {
    False: ("customer_id", "made_in", "horizon", "champion", "probability", "last_period"),
    True: ("customer_id", "made_in", "horizon", "champion", "expected", "low", "high", "paid_last_period"),
}
"""What measures look at, of probabilities and of money."""


@dataclass(frozen=True)
class Results:
    """The results of a run, once its predictions are written. `board` are the rows of its own evaluations."""

    spec: DomainSpec
    lake: Lake
    engine: Engine
    run: Run
    tables: Mapping[str, ir.Table]
    board: Sequence[Mapping[str, Any]]

    def of(self, prediction: Prediction, horizons: Mapping[date, Sequence[int]]) -> list[dict[str, Any]]:
        """Those of a prediction, of the horizons of each month: what was said as of months whose window ended in it."""
        months, found = Months(self.spec, prediction, self.engine, self.run, self.tables), []
        for month, mine in horizons.items():
            for horizon in mine:
                for then in months.ended(month, horizon):
                    skill = self._skill_in(then, prediction, horizon)
                    came = self._came(months, month, then, horizon)
                    found += [row | {"hold_out_skill": skill} for row in came]
        return found

    def _came(self, months: Months, month: date, then: date, horizon: int) -> list[dict[str, Any]]:
        prediction, said = months.prediction, self._there(PREDICTIONS, then)
        if said is None:
            return []
        value = said["expected" if prediction.of_money else "probability"]
        # Nor what a prediction of the same name said when it was of another target, or counted otherwise.
        mine = said.filter(
            said.prediction == prediction.name,
            said.horizon == horizon,
            said.made_in == ibis.literal(then),
            said.unit == prediction.unit,
            value.notnull(),
        )
        rows = with_what_came(months, mine.select(*_OF[prediction.of_money]), then, horizon, month)
        with self.engine.cache(rows) as told:
            count = int(self.engine.value(told.count()))
            few = drawn(told, MOST_A_MONTH, SEED, count)
            frame = self._rows(few.order_by("customer_id")).to_pandas()
            of = spend_result_of if prediction.of_money else result_of
            found = of(month, frame, frame["came"].to_numpy(dtype="float64"), prediction)
            return [row | self._sums(told, prediction) for row in found] if few is not told else found

    def _sums(self, told: ir.Table, prediction: Prediction) -> dict[str, Any]:
        """What is of all customers and not of the sample: how many there are, what was said and what came of them."""
        sums = {"n": told.count(), "events": (told.came > 0).sum().cast("int64")}
        said, came = told["expected" if prediction.of_money else "probability"], told.came
        sums |= {"said": said.cast(EXACT).sum(), "came": came.cast(EXACT).sum()}
        [row] = self._rows(told.agg(**sums)).to_pylist()
        whole, came_of_all = float(row.pop("said")), float(row.pop("came"))
        if prediction.of_money:
            return row | {"expected": whole, "paid": came_of_all}
        return row | {"predicted": whole / row["n"], "observed": came_of_all / row["n"]}

    def _skill_in(self, month: date, prediction: Prediction, horizon: int) -> float:
        """The skill of what served in a month on its hold-outs, as the run made it or as earlier ones kept it."""
        asked = (month, prediction.name, horizon)
        made = self.board
        if month not in self.run.months:
            there = self._there(EVALUATION, month)
            made = [] if there is None else self._rows(there).to_pylist()
        return skill_of([row for row in made if (row["month"], row["prediction"], row["horizon"]) == asked])

    def _there(self, table: Table, month: date) -> ir.Table | None:
        """What the lake has of a month of one of the tables; None where it does not have it."""
        key = self.spec.key_of(table).path
        if not self.lake.materialized_months(key, [month]):
            return None
        return self.lake.read(key, [month], self.engine)

    def _rows(self, table: ir.Table) -> pa.Table:
        return self.engine.backend.to_pyarrow(table)
