"""Customers of a fit: one row each, in an order of their own, so that a fit does not depend on that of a file.

Belongs here: what a frame of customers must be. Does not belong here: features (`customer_360`), fitting (`fitting`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from arcana_assets.segmentation.clustering.preprocessing import UnusableFeatures, column_of


def ordered_of(frame: pd.DataFrame, name: str, features: Sequence[str]) -> pd.DataFrame:
    """The customers in the order of their ids.

    Raises UnusableFeatures for no rows, no features, a missing or repeated customer_id.
    """
    if frame.empty or not features:
        raise UnusableFeatures(
            f"segmentation '{name}' needs customers and features; found {len(frame)}, {list(features)}"
        )
    if column_of(frame, "customer_id").isna().any():
        raise UnusableFeatures(f"segmentation '{name}' takes one row a customer; found rows without customer_id")
    ids = frame["customer_id"].astype(str)
    if twice := ids[ids.duplicated()].nunique():  # which ones is told to nobody who reads logs
        raise UnusableFeatures(f"segmentation '{name}' takes one row a customer; {twice} of the ids stand there twice")
    return frame.iloc[np.argsort(ids.to_numpy(dtype=object), kind="stable")]
