"""The real file's months as predictions know them: rows to learn from, hold-outs, and what customers paid afterwards.

Belongs here: reading a lake that the job made. Does not belong here: methods (`prediction_rivals`), what is measured
(`prediction_methods`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd

HORIZONS = (1, 3)
FROM = date(2011, 3, 1)  # the fourth known month: the first of which three months ahead anything can be learned
LAST_OVER = date(2011, 11, 1)  # the file ends on 9 December
AS_OF = datetime(2011, 12, 10, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Fold:
    """A month that is predicted, and what could be learned at its end; `paid` is net revenue of the months after."""

    horizon: int
    month: date
    known: pd.DataFrame
    came: np.ndarray
    numbers: pd.DataFrame
    customers: np.ndarray
    outcome: np.ndarray
    paid: np.ndarray


def prediction_of_the_shop() -> Any:
    """The shipped prediction of the domain retail, and the columns of recency, frequency and value."""
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain

    domain = load_domain(DEFS / "retail")
    return next(each for each in domain.predictions if each.name == "volta_a_comprar"), domain


def folds(kept: str, horizon: int, first: date = FROM, last: date = LAST_OVER) -> list[Fold]:
    """Each month from the first on whose outcome is known by the end of the last, by what was known at its own end."""
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.months import months_between, shifted
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.graph.run import Run
    from arcana_assets.graph.spec import DomainSpec
    from arcana_assets.lake.lake import Lake
    from arcana_assets.predictions.assets.inputs import Months, prediction_ins

    prediction, domain = prediction_of_the_shop()
    engine, lake, spec = Engine(), Lake(root=kept), DomainSpec(domain, DEFS / "retail")
    tables = {
        name: lake.read(each.key.path, None, engine)
        for name, each in prediction_ins(spec, prediction).items()
        if each.key is not None
    }
    run = Run(tuple(months_between(domain.start, last)), AS_OF, domain)
    months, made = Months(spec, prediction, engine, run, tables), []
    monthly = engine.backend.to_pyarrow(tables[spec.key("gold", "transactions_monthly").path[-1]]).to_pandas()
    for month in months_between(first, shifted(last, -horizon)):
        learned, known = months.learned(month, horizon), months.known(month, horizon)
        paid = _paid(monthly, months_between(shifted(month, 1), shifted(month, horizon)), known.customers)
        outcome = months.came(month, horizon, shifted(month, horizon))
        made.append(Fold(horizon, month, learned.numbers, learned.came, known.numbers, known.customers, outcome, paid))
    return made


def _paid(monthly: pd.DataFrame, months: Sequence[date], customers: np.ndarray) -> np.ndarray:
    """Net revenue of these months, of each customer; who bought nothing paid none."""
    inside = monthly[monthly["month"].isin(months)]
    sums = inside["net"].astype("float64").groupby(inside["customer_id"]).sum()
    return sums.reindex(customers).fillna(0.0).to_numpy()
