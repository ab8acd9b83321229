"""Bases of planted groups and clouds, and months of them decided one after the other, as the asset of models does."""

from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.personas import Personas
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.segmentation.models.month import decision_of_month, row_of_month, waiting_in

JUNE, JULY = date(2011, 6, 1), date(2011, 7, 1)
FEATURES = ["frequency", "monetary"]
THREE = ((40, 20_000), (8, 800), (1, 20))
FOUR = (*THREE, (1, 150))  # the last two are one group to who knows three


def customers(*groups, size=60, seed=3, first=0):
    """Groups of customers around (frequency, monetary), with ids in order."""
    draw = np.random.default_rng(seed)
    rows = np.vstack([np.array(group) * draw.lognormal(0, 0.15, (size, 2)) for group in groups])
    ids = [f"C{first + number:04d}" for number in range(len(rows))]
    return pd.DataFrame(rows, columns=FEATURES).assign(customer_id=ids)


def cloud(size=240, seed=3):
    """As many customers around one middle, who form no groups."""
    draw = np.random.default_rng(seed)
    spent = draw.lognormal(6, 1.0, size)
    rows = np.column_stack([spent**0.5 * draw.lognormal(0, 0.5, size), spent])
    return pd.DataFrame(rows, columns=FEATURES).assign(customer_id=[f"C{number:04d}" for number in range(size)])


# So many levels that no two segments of these tests lie in one and would be merged.
LEVELS = Personas(levels=[f"Nível {letter}" for letter in "ABCDEFGHIJKLMNOPQRST"])


def settings(**how):
    """A segmentation by frequency and value, into three or four groups."""
    return Segmentation(**({"name": "value", "features": FEATURES, "k": (3, 4), "personas": LEVELS} | how))


def chain(frames, asked=None, before=None, begins=JUNE):
    """The decision of each month after June, settled from its first model on; who waits is known by the rows alone."""
    asked, row, found = asked or settings(), None, []
    for place, frame in enumerate(frames):
        month = shifted(begins, place)
        decision = decision_of_month(
            asked, frame, before, month, is_open=False, filled_from=date(2011, 1, 1), waiting=waiting_in(row)
        )
        row, before = row_of_month(month, decision, row), decision.model
        found.append(decision)
    return found
