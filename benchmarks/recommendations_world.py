"""A made-up world of recommendations: who owns what, earlier and later.

Belongs here: the pairs, as matrices. Does not belong here: what is measured on them (`recommendations_scale`), and any
import of the platform, for an earlier commit of it takes the same world.
"""

import numpy as np
from scipy.sparse import csr_array


def world(customers: int, items: int, each: int, seed: int) -> tuple[csr_array, csr_array, np.ndarray, tuple]:
    """What is owned earlier and later (customers x items), the taste of each customer, and ids of both.

    A customer draws about `each` items, some many times as many (log-normal), by Zipf's law; those of the customer's
    one of ten tastes are drawn eight times as often. Nine in ten pairs are there earlier.
    """
    draw = np.random.default_rng(seed)
    length = draw.lognormal(0, 0.8, customers)
    length = np.minimum(length / length.mean() * each, items / 4).astype("int64") + 1
    taste, theme = draw.integers(0, 10, customers), draw.integers(0, 10, items)
    popular = 1 / (np.arange(1, items + 1) + 20.0)
    found = []
    for one in range(10):
        weight = np.cumsum(popular * np.where(theme == one, 8, 1))
        rows = np.repeat(np.flatnonzero(taste == one), length[taste == one])
        found.append(np.unique(rows * items + np.searchsorted(weight / weight[-1], draw.random(len(rows)))))
    later = np.sort(np.concatenate(found))
    earlier = later[draw.random(len(later)) < 0.9]
    ids = tuple(np.array([f"{n:07d}" for n in range(count)], dtype=object) for count in (customers, items))
    matrices = (
        csr_array((np.ones(len(pairs), dtype="int64"), (pairs // items, pairs % items)), shape=(customers, items))
        for pairs in (earlier, later)
    )
    return (*matrices, taste, ids)
