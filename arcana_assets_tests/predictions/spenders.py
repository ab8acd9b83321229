"""Customers with a pace, and what they paid after it: by how recent they are more or less than it."""

from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.paces import with_paces
from arcana_assets.predictions.rows import DID, SHARE_OF_MONTHS, AsOf, Learned, laid_together

MARCH = date(2011, 3, 1)
FEATURES = ["recency_days", "frequency"]


def prediction(**settings):
    usual = {"name": "gasto", "title": "Gasto", "target": "spend", "features": FEATURES, "minimum_events": 50}
    return Prediction.model_validate({**usual, **settings})


def month_of(step=0, count=600, season=1.0):
    """A month as it was known, and what was paid in the three after it: the recent pay 1.5 of their pace, others .5."""
    rng = np.random.default_rng(step)
    recency = rng.integers(1, 180, count).astype("float64")
    pace = rng.lognormal(4, 1, count)
    numbers = pd.DataFrame({"recency_days": recency, "frequency": rng.poisson(3, count).astype("float64")})
    numbers[DID], numbers[SHARE_OF_MONTHS] = (recency < 90).astype("float64"), rng.random(count)
    customers = np.array([f"c{at:04}" for at in range(count)], dtype=object)
    history = pd.DataFrame({"customer_id": customers, "last_3": pace, "window": 2 * pace})
    known = with_paces(AsOf(shifted(MARCH, step), customers, numbers), history, 3, 6, 6)
    came = season * pace * np.where(recency < 90, 1.5, 0.5) * rng.lognormal(0, 0.4, count) * (rng.random(count) < 0.9)
    return known, came


def learned(*steps, season=1.0):
    """Rows of months, laid together as a fit takes them."""
    return laid_together([month_of(step, season=season) for step in steps])


def nobody_pays(rows):
    return Learned(rows.months, rows.numbers, np.zeros(len(rows.came)), rows.sizes)
