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


def mall(customers: int, seed: int) -> World:
    """Five kinds of members of a mall, who overlap: weekend, luxury, offers, weekday routine, now and then.

    How often they come is log-normal, each share is a Beta variable seen in so many visits or receipts and drawn to the
    base by six of them, and kinds differ in how alike their members are: who hunts offers does so more or less.
    """
    draw = np.random.default_rng(seed)
    shares = np.maximum(draw.dirichlet(np.array([0.24, 0.10, 0.22, 0.24, 0.20]) * 60), 0.06)
    around = draw.normal(0, 1, (5, 5))
    often = np.array([26, 20, 28, 52, 8]) * np.exp(0.12 * around[0])
    stay = np.array([120, 95, 75, 35, 70]) * np.exp(0.06 * around[1])
    weekend = np.array([0.75, 0.42, 0.42, 0.12, 0.42]) + 0.02 * around[2]
    luxury = np.array([0.14, 0.48, 0.10, 0.12, 0.14]) * np.exp(0.1 * around[3])
    offers = np.array([0.18, 0.12, 0.55, 0.16, 0.18]) * np.exp(0.08 * around[4])
    evening, ticket = np.array([0.30, 0.40, 0.30, 0.45, 0.35]), np.array([90, 240, 70, 60, 90])
    groups = draw.choice(5, customers, p=shares / shares.sum())

    def taste(mean: np.ndarray, alike: list[float]) -> np.ndarray:
        among = np.array(alike)[groups]
        return draw.beta(mean[groups] * among, (1 - mean[groups]) * among)

    def seen(share: np.ndarray, times: np.ndarray) -> np.ndarray:
        found = draw.binomial(times, share)
        return (found + 6 * found.sum() / times.sum()) / (times + 6)

    visits = 1 + draw.poisson(often[groups] * draw.lognormal(0, 0.45, customers))
    receipts = np.maximum(1, draw.binomial(visits, 0.8))
    spent = receipts * ticket[groups] * draw.lognormal(0, 0.3, customers)
    luxuries = np.minimum(taste(luxury, [30, 5, 30, 30, 30]) * draw.lognormal(0, 0.5 / np.sqrt(receipts)), 1)
    minutes = stay[groups] * draw.lognormal(0, 0.35, customers)
    columns = {
        "visits": visits * 1.0,
        "weekend_share": seen(taste(weekend, [14, 14, 14, 40, 14]), visits),
        "share_luxo": (luxuries * spent + 300 * (luxuries * spent).sum() / spent.sum()) / (spent + 300),
        "coupon_share": seen(taste(offers, [30, 30, 7, 30, 30]), receipts),
        "dwell_minutes": (minutes * visits + 2 * minutes.mean()) / (visits + 2),
        "evening_share": seen(taste(evening, [10, 10, 10, 10, 10]), visits),
    }
    bent = {"weekend_share": "standardise", "evening_share": "standardise", "coupon_share": "square_root"}
    return World(_frame(columns), groups, 5, bent)


def stretched(customers: int, seed: int) -> World:
    """Three to five groups, each of its own width in each of its own directions."""
    draw = np.random.default_rng(seed)
    k, width = int(draw.integers(3, 6)), int(draw.integers(3, 8))
    while True:
        shares = draw.dirichlet(np.full(k, 3.0))
        if shares.min() >= 0.07:
            break
    centres = _centres(draw, k, width, 2 * draw.uniform(1.8, 3))
    groups = draw.choice(k, customers, p=shares)
    points = np.empty((customers, width))
    for group, centre in enumerate(centres):
        turned, _ = np.linalg.qr(draw.normal(size=(width, width)))
        widths, mine = np.exp(draw.uniform(np.log(0.4), np.log(1.8), width)), groups == group
        points[mine] = centre + (draw.normal(size=(int(mine.sum()), width)) * widths) @ turned.T
    return _world(points, groups, k)


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
UNEQUAL: dict[str, Callable[[int], World]] = {  # groups of unequal width and direction, where K-Means cuts straight
    "malls": lambda seed: mall(2_500, seed),
    "malls of 800": lambda seed: mall(800, seed),
    "stretched": lambda seed: stretched(1_500, seed),
}
