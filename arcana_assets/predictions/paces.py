"""Paces: what a customer pays if it goes on as it did, as numbers of a month beside the features.

Belongs here: the last period, the rate of the window, and how the two compare. Does not belong here: reading revenue
(`assets.inputs`), what is expected (`methods.amounts`).
"""

import numpy as np
import pandas as pd

from arcana_assets.predictions.methods.amounts import LAST_PAID, WINDOW_PAID, half_and_half
from arcana_assets.predictions.rows import AsOf

PACE, LAST_SHARE = "paid_at_pace", "last_period_share"
"""Half of the last period and half of the window's rate; and how much of it is the last period's half."""


def with_paces(known: AsOf, history: pd.DataFrame, horizon: int, months: int, lookback: int) -> AsOf:
    """The month with the paces of its customers.

    Takes rows of `customer_360.revenue.revenue_history` and how many months of data there are; a period longer than
    that is taken as as many months as there are, stretched. Who has no revenue has a pace of 0.
    """
    mine = history.set_index("customer_id").reindex(known.customers)
    last = mine[f"last_{horizon}"].fillna(0.0).to_numpy("float64") * horizon / min(horizon, months)
    window = mine["window"].fillna(0.0).to_numpy("float64") * horizon / min(lookback, months)
    numbers = known.numbers.assign(**{LAST_PAID: last, WINDOW_PAID: window})
    pace = half_and_half().amounts(numbers)
    share = np.divide(last / 2, pace, out=np.full(len(pace), np.nan), where=pace > 0)
    return AsOf(known.month, known.customers, numbers.assign(**{PACE: pace, LAST_SHARE: share}))
