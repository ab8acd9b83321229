"""Money as a Brazilian till writes it: 1234,50.

Belongs here: the spelling of cents. Does not belong here: what is paid (`receipts`).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.samples.lines import integers, picked
from arcana_assets.samples.mall.layout import Ints

_CENTS = [f"{cents:02}" for cents in range(100)]


def money(cents: Ints) -> pa.Array:
    """Two decimals after a comma, no mark of thousands."""
    whole = integers(np.abs(cents) // 100)
    sign = picked(("", "-"), (cents < 0).astype(np.int64))
    return pc.binary_join_element_wise(sign, whole, ",", picked(_CENTS, np.abs(cents) % 100), "")
