"""What predictions read of the lake: months as they were known, and what came of them.

Belongs here: which rows of which tables, each read once a run. Does not belong here: what is made of them (`rows`,
`month`, `scoring`), the proof that features knew no later month (`assets.as_of`).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property

import dagster as dg
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins
from arcana_assets.customer_360.consent import PROFILING
from arcana_assets.customer_360.identities import ACCOUNT, folded_as_of
from arcana_assets.customer_360.revenue import bought_in, outcomes, revenue_history
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.features import expanded
from arcana_assets.domain.facets.registry import LISTED
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Here
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.assets.outcomes import (
    activity_of,
    activity_rows,
    first_days,
    group_of,
    in_last_days,
    window_ends,
)
from arcana_assets.predictions.assets.parts import Part, customers_of, sample_of
from arcana_assets.predictions.paces import with_paces
from arcana_assets.predictions.rows import MOST_A_MONTH, AsOf, Learned, as_of, laid_together, with_did

FEATURES, CUSTOMERS = "features", "customer_360"
"""The names of the inputs that are the feature matrix, and of listed customers customer 360; other tables are inputs by
their own names."""


def prediction_ins(spec: DomainSpec, *predictions: Prediction) -> dict[str, dg.AssetIn]:
    """The inputs of predictions, with all months that came before."""
    known = {key.path[-1]: with_history(key) for key, _ in (activity_of(spec, each) for each in predictions)}
    accounts = {name: with_history(each.key) for name, each in identity_ins(spec).items() if each.key}
    if LISTED in spec.domain.facets:
        known[CUSTOMERS] = with_history(spec.key("gold", CUSTOMERS))
    return {FEATURES: with_history(spec.key("gold", "feature_matrix")), **known, **accounts}


class Months:
    """Months as a prediction knows them; what is read of one is read once.

    With a `part`, of those customers only. It asks the engine of the thread that it is made in.
    """

    def __init__(
        self,
        spec: DomainSpec,
        prediction: Prediction,
        engine: Engine | Here,
        run: Run,
        tables: Mapping[str, ir.Table],
        part: Part | None = None,
    ) -> None:
        self.domain, self.prediction, self.backend, self.run = spec.domain, prediction, engine.backend, run
        key, self.column = activity_of(spec, prediction)
        rollup, self.unit = tables[key.path[-1]], prediction.unit
        self.features, self.accounts, self.listed = tables[FEATURES], tables.get(IDENTITIES), tables.get(CUSTOMERS)
        self.told = frozenset(self._frame(rollup.select("month").distinct())["month"])
        self.categories = self._categories(rollup)
        self.activity = activity_rows(rollup, self.column, prediction, self.categories)
        self.whole, self.part = (self.activity, self.accounts), part
        if part is not None:
            self._only(part)
        self._known, self._came = dict[tuple[date, int], AsOf](), dict[tuple[date, int, date], frozenset[str]]()
        self._days = dict[tuple[date, date], dict[str, int]]()
        self._after = dict[tuple[date, int], dict[str, float]]()
        self._read, self._asked = dict[date, pd.DataFrame](), dict[date, AsOf]()
        self._one, self._refusing = dict[date, dict[str, str]](), dict[date, frozenset[str]]()

    @classmethod
    def to_learn_from(
        cls, spec: DomainSpec, prediction: Prediction, engine: Engine, run: Run, tables: Mapping[str, ir.Table]
    ) -> "Months":
        """Months of the customers that are learned from and judged by: all, or a sample where there are many."""
        part = sample_of(engine, tables[FEATURES], MOST_A_MONTH)
        return cls(spec, prediction, engine, run, tables, part)

    def _only(self, part: Part) -> None:
        """Leaves all tables the rows of a part's customers, and of whoever is the same customer earlier or later."""
        self.features = part(self.features)
        ids = customers_of(self.backend, self.features, self.accounts)
        self.activity = self.activity.semi_join(ids, "customer_id")
        if self.accounts is not None:
            self.accounts = self.accounts.semi_join(ids, self.accounts.member_id == ids.customer_id)
        if self.listed is not None:
            self.listed = self.listed.semi_join(ids, "customer_id")

    def learnable(self, made_in: date, horizon: int) -> list[date]:
        """The months whose outcome is known at the end of a month: all months of the window after them are over.

        A month of which the rollup tells nothing of anybody was not delivered: it is no outcome that nobody came.
        """
        found = []
        for month in months_between(self.domain.start, shifted(made_in, -1)):
            first, last = shifted(month, 1), window_ends(month, horizon, self.unit)
            told = last <= made_in and self.told.issuperset(months_between(first, last))
            if told and self.run.are_over(first, last):
                found.append(month)
        return found

    def ended(self, month: date, horizon: int) -> list[date]:
        """The months whose window ends in a month that is over: what was said as of them is known since."""
        return [each for each in self.learnable(month, horizon) if window_ends(each, horizon, self.unit) == month]

    def known(self, month: date, horizon: int) -> AsOf:
        """All that was known of the customers of a month at its end, for a horizon."""
        if (month, horizon) not in self._known:
            known = with_did(self._of(month), self._last_period(month, horizon))
            self._known[month, horizon] = self._paced(known, horizon) if self.prediction.of_money else known
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
        if self.prediction.of_money:
            paid = self._paid(month, horizon)
            return np.array([paid.get(each, 0.0) for each in customers], dtype="float64")
        if self.unit == "days":
            return (self.days_of(customers, month, by) <= horizon).astype("float64")
        one = self._accounts(by)
        leaves = self.prediction.target == "leaves"  # who pays in the last month has not left, whatever was between
        active = self._active(shifted(month, horizon - 1), 1, by) if leaves else self._active(month, horizon, by)
        found = np.array([float(one.get(each, each) in active) for each in customers], dtype="float64")
        return 1.0 - found if leaves or self.prediction.target == "silent" else found

    def days_of(self, customers: np.ndarray, month: date, by: date) -> np.ndarray:
        """On which day after a month each first did it; nan where not within the longest horizon, or not by `by`."""
        by = min(by, window_ends(month, self.prediction.horizons[-1], self.unit))
        if (month, by) not in self._days:
            rows = folded_as_of(self.activity, self.accounts, by)
            found = self._frame(first_days(rows.filter(rows.month <= by), month, self.prediction.horizons[-1]))
            self._days[month, by] = dict(zip(found["customer_id"], found["day"], strict=True))
        days, one = self._days[month, by], self._accounts(by)
        return np.array([days.get(one.get(each, each), np.nan) for each in customers], dtype="float64")

    def learned(self, made_in: date, horizon: int) -> Learned:
        """The rows to learn from at the end of a month, without those of who refused by then to be profiled."""
        months = self.learnable(made_in, horizon)
        self._read_features(months)
        parts = []
        for month in months:
            known = self.willing(self.known(month, horizon), made_in)
            parts.append((known, self.came_of(known.customers, month, horizon, made_in)))
        return laid_together(parts)

    def willing(self, known: AsOf, by: date) -> AsOf:
        """What was known of a month, of those of its customers who did not refuse by the end of another month.

        Who withdrew since has a row in the month all the same: it was made while there was consent.
        """
        refused, one = self._refused(by), self._accounts(by)
        if not refused:
            return known
        kept = np.array([one.get(each, each) not in refused for each in known.customers], dtype=bool)
        return AsOf(known.month, known.customers[kept], known.numbers[kept].reset_index(drop=True))

    def customers(self, month: date) -> frozenset[str]:
        """Who has features in a month, the open one too: nobody else is predicted in it.

        Whether the target is asked of them is told by the month that a prediction is made in: of an open month revenue
        may not be there yet.
        """
        mine = self.features.filter(self.features.month == ibis.literal(month))
        return frozenset(self._frame(mine.select("customer_id"))["customer_id"])

    def _of(self, month: date) -> AsOf:
        """What is known of a month for all horizons, of each customer of whom the target is asked."""
        if month not in self._asked:
            self._read_features([month])
            frame = self._read.pop(month)
            frame = frame[~frame["customer_id"].isin(self._not_yet(month))]
            if self.prediction.target == "leaves":
                frame = frame[frame["customer_id"].isin(self._active(shifted(month, -1), 1, month))]
            there = min(len(months_between(self.domain.start, month)), self.domain.lookback_months)
            done = self._months_done(month)
            self._asked[month] = as_of(month, frame, self.prediction.features, (), done, there)
        return self._asked[month]

    def _read_features(self, months: Sequence[date]) -> None:
        """Reads months that were not read yet, all at once: a query costs as much as its rows."""
        lacking = [month for month in months if month not in self._read and month not in self._asked]
        if not lacking:
            return
        chosen = ["customer_id", "month", *expanded(self.prediction.features, self.features.columns)]
        there = [name for name in chosen if name in self.features.columns]
        frame = self._frame(self.features.filter(self.features.month.isin(lacking)).select(there))
        for month in lacking:
            self._read[month] = frame[frame["month"] == month].drop(columns="month")

    def _not_yet(self, month: date) -> Collection[str]:
        """Who becomes a customer later, by the master, and did nothing by then.

        A master is read as it is now. Its customers of later would teach that who is unknown comes.
        """
        if self.listed is None:
            return ()
        known = folded_as_of(self.activity, self.accounts, month)
        later = self.listed.filter(self.listed.month == month, self.listed.since >= ibis.literal(shifted(month, 1)))
        there = known.filter(known.month <= month, bought_in(known, self.column))
        return frozenset(self._frame(later.anti_join(there, "customer_id").select("customer_id"))["customer_id"])

    def _refused(self, by: date) -> frozenset[str]:
        """Who refuses to be profiled as of the end of a month; nobody where nobody is asked."""
        if self.listed is None or PROFILING not in self.listed.columns:
            return frozenset()
        if by not in self._refusing:
            rows = self.listed.filter(self.listed.month == by, ~self.listed[PROFILING])
            self._refusing[by] = frozenset(self._frame(rows.select("customer_id"))["customer_id"])
        return self._refusing[by]

    @cached_property
    def _happened(self) -> dict[date, pd.Series]:
        """The accounts of which it happened, by month; read once."""
        rows = self._frame(self.activity.filter(bought_in(self.activity, self.column)).select("customer_id", "month"))
        return {month: rows.loc[rows["month"] == month, "customer_id"] for month in rows["month"].unique()}

    def _did_in(self, first: date, last: date, by: date) -> dict[str, int]:
        """In how many months of a span each customer did it, under the customers of the end of a month."""
        one, counts = self._accounts(by), Counter[str]()
        for month in months_between(first, last):
            counts.update({one.get(each, each) for each in self._happened.get(month, ())})
        return counts

    def _months_done(self, month: date) -> dict[str, int]:
        """In how many months of the lookback each customer did it."""
        return self._did_in(shifted(month, 1 - self.domain.lookback_months), month, month)

    def _last_period(self, month: date, horizon: int) -> frozenset[str]:
        """Who did it in as long a time up to the end of a month; of who may leave, whose revenue fell in it."""
        if self.unit == "months" and self.prediction.target != "leaves":
            return self._active(shifted(month, -horizon), horizon, month)
        known = folded_as_of(self.activity, self.accounts, month)
        if self.unit == "days":
            return frozenset(self._frame(in_last_days(known, month, horizon))["customer_id"])
        then, now = ibis.literal(shifted(month, -horizon)), ibis.literal(month)
        paid = known[self.column]
        sums = known.group_by("customer_id").agg(
            now=paid.sum(where=known.month == now).fill_null(0), then=paid.sum(where=known.month == then).fill_null(0)
        )
        return frozenset(self._frame(sums.filter(sums.now < sums.then).select("customer_id"))["customer_id"])

    def _categories(self, rollup: ir.Table) -> frozenset[str]:
        if self.prediction.target != "buys_item_group":
            return frozenset()
        return frozenset(self._frame(rollup.select("category").distinct().drop_null())["category"])

    def without_group(self) -> str:
        """Why it comes of nobody: no product has the category; nothing where one has."""
        group = self.prediction.item_group
        if group is None or group_of(self.prediction, self.categories):
            return ""
        return f"no product was ever sold of the category '{group}'{nearest(group, sorted(self.categories))}"

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
            done = self._did_in(shifted(month, 1), shifted(month, horizon), by)
            self._came[month, horizon, by] = frozenset(done)
        return self._came[month, horizon, by]

    def _accounts(self, by: date) -> dict[str, str]:
        """The customer that each account is of, as of the end of a month; an account that is not there is its own."""
        if self.accounts is not None and by not in self._one:
            mine = self.accounts.filter(
                self.accounts.month == by, self.accounts.kind == ACCOUNT, self.accounts.customer_id.notnull()
            )
            rows = self._frame(mine.select("member_id", "customer_id"))
            self._one[by] = dict(zip(rows["member_id"], rows["customer_id"], strict=True))
        return self._one.get(by, {})

    def _frame(self, table: ir.Table) -> pd.DataFrame:
        frame: pd.DataFrame = self.backend.to_pyarrow(table).to_pandas()
        return frame
