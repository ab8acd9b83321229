"""What predictions read of the lake: months as they were known, and what came of them.

Belongs here: which rows of which tables, each read once a run. Does not belong here: what is made of them (`rows`,
`month`, `scoring`), the proof that features knew no later month (`assets.as_of`).
"""

from collections.abc import Mapping
from datetime import date

import dagster as dg
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins
from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.customer_360.identities import ACCOUNT, folded_as_of
from arcana_assets.customer_360.revenue import lookback_revenue, outcomes, revenue_history
from arcana_assets.customer_360.visitors.tables import PRESENCE_MONTHLY
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.paces import with_paces
from arcana_assets.predictions.rows import AsOf, Learned, as_of, laid_together

FEATURES = "features"
"""The name of the input that is the feature matrix; other tables are inputs by their own names."""


def activity_of(spec: DomainSpec, prediction: Prediction) -> tuple[dg.AssetKey, str]:
    """The rollup that tells of whom it came, and the column that is above 0 then."""
    return (spec.key_of(PRESENCE_MONTHLY), "visits") if prediction.target == "visits" else revenue_of(spec)


def prediction_ins(spec: DomainSpec, *predictions: Prediction) -> dict[str, dg.AssetIn]:
    """The inputs of predictions, with all months that came before."""
    known = {key.path[-1]: with_history(key) for key, _ in (activity_of(spec, each) for each in predictions)}
    accounts = {name: with_history(each.key) for name, each in identity_ins(spec).items() if each.key}
    return {FEATURES: with_history(spec.key("gold", "feature_matrix")), **known, **accounts}


class Months:
    """Months as a prediction knows them; what is read of one is read once."""

    def __init__(
        self, spec: DomainSpec, prediction: Prediction, engine: Engine, run: Run, tables: Mapping[str, ir.Table]
    ) -> None:
        self.domain, self.prediction, self.engine, self.run = spec.domain, prediction, engine, run
        key, self.column = activity_of(spec, prediction)
        self.features, self.activity, self.accounts = tables[FEATURES], tables[key.path[-1]], tables.get(IDENTITIES)
        self._known, self._came = dict[tuple[date, int], AsOf](), dict[tuple[date, int, date], frozenset[str]]()
        self._after = dict[tuple[date, int], dict[str, float]]()
        self._read = dict[date, tuple[pd.DataFrame, dict[str, int]]]()

    def learnable(self, made_in: date, horizon: int) -> list[date]:
        """The months whose outcome is known at the end of a month: all months after them are over."""
        return [
            month
            for month in months_between(self.domain.start, shifted(made_in, -horizon))
            if self.run.are_over(shifted(month, 1), shifted(month, horizon))
        ]

    def known(self, month: date, horizon: int) -> AsOf:
        """All that was known of the customers of a month at its end, for a horizon."""
        if (month, horizon) not in self._known:
            features, done = self._of(month)
            did = self._active(shifted(month, -horizon), horizon, month)
            there = min(len(months_between(self.domain.start, month)), self.domain.lookback_months)
            known = as_of(month, features, self.prediction.features, did, done, there)
            self._known[month, horizon] = self._paced(known, horizon) if self.prediction.target == "spend" else known
        return self._known[month, horizon]

    def came(self, month: date, horizon: int, by: date) -> np.ndarray:
        """Of whom of the customers of a month it came in the months after, 0 or 1, by what is known at the end of `by`.

        Accounts that were folded since count under the customer that they are of by then.
        """
        return self.came_of(self.known(month, horizon).customers, month, horizon, by)

    def came_of(self, customers: np.ndarray, month: date, horizon: int, by: date) -> np.ndarray:
        """The same of given customers, in their order; of spend what each paid.

        What an account paid stays its own, whoever it is of since: of a customer it would be counted twice.
        """
        if self.prediction.target == "spend":
            paid = self._paid(month, horizon)
            return np.array([paid.get(each, 0.0) for each in customers], dtype="float64")
        active, one = self._active(month, horizon, by), self._accounts(by)
        found = np.array([float(one.get(each, each) in active) for each in customers], dtype="float64")
        return 1.0 - found if self.prediction.target == "silent" else found

    def learned(self, made_in: date, horizon: int) -> Learned:
        """The rows to learn from at the end of a month."""
        months = self.learnable(made_in, horizon)
        return laid_together([(self.known(month, horizon), self.came(month, horizon, made_in)) for month in months])

    def customers(self, month: date) -> frozenset[str]:
        """Who has features in a month, the open one too: nobody else is predicted in it."""
        return frozenset(self._of(month)[0]["customer_id"])

    def _of(self, month: date) -> tuple[pd.DataFrame, dict[str, int]]:
        """The feature matrix of a month, and in how many months of the lookback each customer did it."""
        if month not in self._read:
            frame = self._frame(self.features.filter(self.features.month == month).drop("month"))
            known = folded_as_of(self.activity, self.accounts, month)
            done = self._frame(lookback_revenue(known, self.column, month, self.domain.lookback_months))
            self._read[month] = frame, dict(zip(done["customer_id"], done["bought_months"], strict=True))
        return self._read[month]

    def _paced(self, known: AsOf, horizon: int) -> AsOf:
        """What a month knows of spend: the same with the paces of its customers."""
        start, lookback, month = self.domain.start, self.domain.lookback_months, known.month
        activity = folded_as_of(self.activity, self.accounts, month)
        history = revenue_history(activity, self.column, month, start, lookback, (horizon,))
        return with_paces(known, self._frame(history), horizon, len(months_between(start, month)), lookback)

    def _paid(self, month: date, horizon: int) -> dict[str, float]:
        """What was paid in the months after a month, under the customers of its end."""
        if (month, horizon) not in self._after:
            activity = folded_as_of(self.activity, self.accounts, month)
            rows = self._frame(outcomes(activity, self.column, month, horizon))
            self._after[month, horizon] = dict(zip(rows["customer_id"], rows["revenue"], strict=True))
        return self._after[month, horizon]

    def _active(self, month: date, horizon: int, by: date) -> frozenset[str]:
        """Who did it in the months after a month, under the customers of the end of another."""
        by = month if self.accounts is None else by  # without accounts nobody is another customer later
        if (month, horizon, by) not in self._came:
            known = folded_as_of(self.activity, self.accounts, by)
            after = outcomes(known, self.column, month, horizon)
            found = self._frame(after.filter(after.bought_months > 0).select("customer_id"))
            self._came[month, horizon, by] = frozenset(found["customer_id"])
        return self._came[month, horizon, by]

    def _accounts(self, by: date) -> dict[str, str]:
        if self.accounts is None:
            return {}
        mine = self.accounts.filter(
            self.accounts.month == by, self.accounts.kind == ACCOUNT, self.accounts.customer_id.notnull()
        )
        rows = self._frame(mine.select("member_id", "customer_id"))
        return dict(zip(rows["member_id"], rows["customer_id"], strict=True))

    def _frame(self, table: ir.Table) -> pd.DataFrame:
        frame: pd.DataFrame = self.engine.backend.to_pyarrow(table).to_pandas()
        return frame
