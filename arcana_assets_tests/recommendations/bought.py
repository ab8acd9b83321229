"""Small shops for tests of recommenders.

Belongs here: who bought what, written short, a shop at random, and a recommender whose list is known. Does not belong
here: what should come out.
"""

import numpy as np
import pandas as pd

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.recommenders.recommender import some


def pairs(*texts):
    """`a:xy` is customer a with items x and y."""
    rows = [(text[0], item) for text in texts for item in text[2:]]
    return pd.DataFrame(rows, columns=["customer_id", "item_id"], dtype=object)


def shop(*texts, **segments):
    """Interactions of these purchases, all of them recent; customers named only by a segment own nothing."""
    labels = pd.DataFrame({"customer_id": list(segments), "segment": list(segments.values())}, dtype=object)
    return Interactions.from_frames(pairs(*texts), pairs(*texts), labels)


def random_frames(seed=5, customers=120, items=25, bought=900):
    """Purchases, the recent half of them, and segments A, B, C, or none."""
    draw = np.random.default_rng(seed)
    # Squared, so that some items sell much better than others.
    numbers = {"customer_id": draw.integers(0, customers, bought), "item_id": items * draw.random(bought) ** 2}
    owned = pd.DataFrame(numbers).astype(int).astype(str)
    ids = [str(number) for number in range(customers)]
    segments = pd.DataFrame({"customer_id": ids, "segment": draw.choice(["A", "B", "C", ""], customers)})
    return owned, owned.sample(bought // 2, random_state=seed), segments


def random_shop(**how):
    """Interactions of `random_frames`."""
    return Interactions.from_frames(*random_frames(**how))


def mixed(frames, seed=2):
    """The same rows in another order."""
    return [frame.sample(frac=1, random_state=seed) for frame in frames]


class Listed:
    """Recommends the same list to everybody, best first."""

    def __init__(self, items, name="listed"):
        self.items, self.name = items, name

    def fit(self, interactions, among=None):
        places = {item: -place for place, item in enumerate(self.items)}
        self.scores = np.array([len(places) + places[item] if item in places else 0 for item in interactions.items])
        self.scores = some(self.scores, among)
        return self

    def score(self, customers):
        return np.tile(self.scores.astype(float), (len(customers), 1))
