"""Worlds of planted groups, and clouds without any, on which ways to find the number of groups are held against truth.

Belongs here: customers with their features and their planted group. Does not belong here: what is measured on them
(`selection_quality`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

STRANGER = -1  # the group of a customer who belongs to none; not counted


@dataclass(frozen=True)
class World:
    """A base: a row a customer, the planted group of each, how many groups there are, and how features are bent."""

    frame: pd.DataFrame
    groups: np.ndarray
    k: int
    transforms: dict[str, Any]

    @property
    def features(self) -> list[str]:
        """The columns of the features."""
        return [name for name in self.frame.columns if name != "customer_id"]


@dataclass(frozen=True)
class Planted:
    """How groups of round features are drawn: ranges of their number, of features, of separation, of shares."""

    customers: int
    k: tuple[int, int]
    features: tuple[int, int]
    separation: tuple[float, float]  # of the two nearest centres, in standard deviations to each side
    shares: tuple[float, float]
    idle: float = 0.0  # share of the features in which no group differs
    tails: float = 0.0  # share of the worlds whose groups have the tails of Student's t with three degrees
    strangers: float = 0.0  # share of the customers


def planted(how: Planted, seed: int) -> World:
    """A world of groups around centres in random directions."""
    draw = np.random.default_rng(seed)
    k, width = (int(draw.integers(low, high + 1)) for low, high in (how.k, how.features))
    while True:
        shares = draw.dirichlet(np.full(k, draw.choice([1.0, 2.0, 5.0])))
        if how.shares[0] <= shares.min() and shares.max() <= how.shares[1]:
            break
    centres = _centres(draw, k, width, 2 * draw.uniform(*how.separation))
    groups = draw.choice(k, how.customers, p=shares)
    tailed = draw.random() < how.tails
    around = draw.standard_t(3, (how.customers, width)) / 3**0.5 if tailed else draw.normal(size=(how.customers, width))
    idle = round(width * how.idle / (1 - how.idle))
    points = np.hstack([centres[groups] + around, draw.normal(size=(how.customers, idle))])
    strange = draw.random(how.customers) < how.strangers
    points[strange] = draw.normal(0, points.std(axis=0) * 2.5, (int(strange.sum()), points.shape[1]))
    return _world(points, np.where(strange, STRANGER, groups), k)


def cloud(customers: int, seed: int) -> World:
    """Correlated features of one group."""
    draw = np.random.default_rng(seed)
    width, correlation = int(draw.integers(3, 12)), draw.uniform(0, 0.6)
    spread = np.full((width, width), correlation) + np.eye(width) * (1 - correlation)
    return _world(draw.multivariate_normal(np.zeros(width), spread, customers), np.zeros(customers, dtype="int64"), 1)


def shop(customers: int, seed: int) -> World:
    """Three to five kinds of customers by orders, days since the last one, ticket and value, as a shop counts them."""
    draw = np.random.default_rng(seed)
    k = int(draw.integers(3, 6))
    while True:
        shares = draw.dirichlet(np.full(k, 4.0))
        if shares.min() >= 0.06:
            break
    for _ in range(1_000):
        kinds = np.exp(draw.uniform(np.log([1.3, 8, 15]), np.log([25, 140, 400]), (k, 3)))
        apart = np.sqrt(((np.log(kinds)[:, None] - np.log(kinds)[None]) ** 2).sum(axis=2)) + 9 * np.eye(k)
        if apart.min() > 1.1:
            break
    groups = draw.choice(k, customers, p=shares)
    often, days, ticket = kinds[groups].T
    orders = 1 + draw.poisson(np.maximum(often - 1, 0.1))
    paid = draw.lognormal(np.log(ticket), 0.35)
    columns = {
        "frequency": orders.astype("float64"),
        "recency_days": np.clip(draw.lognormal(np.log(days), 0.45), 1, 182).round(),
        "monetary": orders * paid,
        "average_ticket": paid,
    }
    return World(_frame(columns), groups, k, {})


def ownership(customers: int, products: int, seed: int) -> World:
    """Three to six profiles by which products customers have: five to eight that are of the profile, others by chance.

    Products differ in how common they are, and may be of several profiles. In most worlds some customers have more of
    everything than others of their profile, which no mixture of independent variables has a place for. Products that
    fewer than 2 % have are no features, as in the feature matrix.
    """
    draw = np.random.default_rng(seed)
    k = int(draw.integers(3, 7))
    while True:
        shares = draw.dirichlet(np.full(k, 4.0))
        if shares.min() >= 0.06:
            break
    chances = np.tile(np.exp(draw.uniform(np.log(0.02), np.log(0.25), products)), (k, 1))
    own = int(draw.integers(5, 9))
    for profile in chances:
        profile[draw.choice(products, own, replace=False)] = draw.uniform(0.3, 0.8, own)
    spread = draw.uniform(0, 0.6)
    groups = draw.choice(k, customers, p=shares)
    odds = np.log(chances / (1 - chances))[groups] + draw.normal(0, spread, (customers, 1))
    has = draw.random((customers, products)) < 1 / (1 + np.exp(-odds))
    known = {f"owns_{at:02d}": column * 1.0 for at, column in enumerate(has.T) if column.mean() >= 0.02}
    return World(_frame(known), groups, k, {})


def _centres(draw: Any, k: int, width: int, separation: float) -> np.ndarray:
    for _ in range(2_000):
        centres = draw.normal(0, 1, (k, width))
        away = np.sqrt(((centres[:, None] - centres[None]) ** 2).sum(axis=2))
        nearest = away[~np.eye(k, dtype=bool)].min()
        centres = centres * separation / nearest
        if away.max() / nearest < 5:
            break
    return np.asarray(centres)


def _world(points: np.ndarray, groups: np.ndarray, k: int) -> World:
    names = [f"feature_{place:02d}" for place in range(points.shape[1])]
    return World(_frame(dict(zip(names, points.T, strict=True))), groups, k, dict.fromkeys(names, "standardise"))


def _frame(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    customers = len(next(iter(columns.values())))
    return pd.DataFrame({"customer_id": [f"C{number:05d}" for number in range(customers)]} | columns)


MIXED = {"k": (3, 7), "features": (3, 9), "separation": (1.8, 3.4), "shares": (0.035, 0.5)}
MIXED |= {"idle": 0.5, "tails": 0.3, "strangers": 0.02}
HARD = Planted(1_500, (3, 7), (3, 9), (2, 3), (0.03, 0.45), idle=0.4, tails=1, strangers=0.03)
WORLDS: dict[str, Callable[[int], World]] = {
    "easy": lambda seed: planted(Planted(1_500, (3, 7), (3, 10), (2.6, 4), (0.06, 0.5)), seed),
    "mixed": lambda seed: planted(Planted(1_500, **MIXED), seed),
    "mixed of 400": lambda seed: planted(Planted(400, **MIXED), seed),
    "hard": lambda seed: planted(HARD, seed),
    "shops": lambda seed: shop(1_200, seed),
    "shops of 450": lambda seed: shop(450, seed),
    "ownership": lambda seed: ownership(1_500, 40, seed),
    "ownership of 212": lambda seed: ownership(212, 46, seed),
    "clouds": lambda seed: cloud(1_200 if seed % 2 else 450, seed),
}
