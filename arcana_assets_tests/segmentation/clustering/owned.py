"""Customers of profiles that differ by which products they own, as indicators and as points."""

import numpy as np
import pandas as pd

from arcana_assets.segmentation.clustering.preprocessing import Preprocessing

PRODUCTS = 24


def owned(*sizes, seed=3, also=0.06, own=0.6):
    """A row a customer: 0 or 1 of each product, and the profile of each; a profile owns six products, and some others.

    A size is that of a profile. Products of two neighbouring profiles overlap by two.
    """
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    chances = np.full((len(sizes), PRODUCTS), also)
    for profile in range(len(sizes)):
        chances[profile, [(4 * profile + place) % PRODUCTS for place in range(6)]] = own
    return (draw.random((len(groups), PRODUCTS)) < chances[groups]) * 1.0, groups


def frame_of(has, first=0):
    """The customers as a feature matrix, with an axis that has nothing to do with the profiles."""
    table = pd.DataFrame(has, columns=[f"owns_p{at:02}" for at in range(has.shape[1])])
    ids = [f"C{first + at:05}" for at in range(len(table))]
    return table.assign(customer_id=ids, monetary=np.random.default_rng(1).lognormal(5, 1, len(table)))


def points_of(has):
    """The customers in the space of a model."""
    frame = frame_of(has)
    return Preprocessing.fit(frame, [name for name in frame if name.startswith("owns_")]).points(frame)
