"""Latent classes: customers by what they have, as a mixture of independent yes-or-no variables.

Belongs here: fitting the classes, how far a customer is from each, the evidence for their number. Does not belong here:
points (`preprocessing`), the classes as one of several ways to group (`clusterers`).

Indicators have no valleys: each is two atoms with nothing between, and the distance between two customers is a count of
what they do not share, most of it chance. Latent classes (Lazarsfeld and Henry 1968) say how likely each class is to
have each thing, by expectation maximisation (Dempster et al. 1977), here with a prior that draws a class to the base.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arcana_assets.segmentation.clustering.kmeans import kmeans_centres
from arcana_assets.segmentation.clustering.points import different, sample

SOUGHT_ON = 5_000  # customers of a large base on whom the best of several starts is sought
FITTED_ON = 20_000  # and on whom classes are fitted
PRIOR = 3.0  # customers like the base's mean whom each class has besides its own: no chance is ever 0 or 1
STARTS = 10
FIRST_STEPS = 15  # of each start: the likeliest one goes on (Biernacki et al. 2003)
MOST_STEPS = 300
WORTH = 0.03  # nats a customer: what tells less is that some have more of everything, or two things together
_SETTLED = 1e-6  # gain of a step, nats a customer, below which nothing moves any more


@dataclass(frozen=True, eq=False)
class LatentClasses:
    """The share of each class among customers (k), and the chance of each indicator in it (k x d), none 0 or 1."""

    weights: np.ndarray
    chances: np.ndarray

    @property
    def k(self) -> int:
        """The number of classes."""
        return len(self.weights)

    def joint(self, points: np.ndarray) -> np.ndarray:
        """Customers x classes: the log of how likely it is to be of the class and to have what the customer has.

        Takes points whose sign tells: above 0 has it, below 0 has it not, 0 is unknown and counts for no class.
        """
        has, has_not = points > 0, points < 0
        found: np.ndarray = np.log(self.weights) + has @ np.log(self.chances).T + has_not @ np.log1p(-self.chances).T
        return found

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Customers x classes: sqrt(2 (h - l)), l being `joint` and h the highest that it can be of any class."""
        likeliest = np.maximum(np.log(self.chances), np.log1p(-self.chances)).sum(axis=1)
        highest = float((np.log(self.weights) + likeliest).max())
        return np.sqrt(np.maximum(2 * (highest - self.joint(points)), 0.0))

    def evidence(self, points: np.ndarray) -> float:
        """The log of how likely what the customers have is, under this number of classes, whatever their chances.

        Of more than 20,000 customers, those that classes are fitted on (with the seed 0). Compares numbers of classes:
        one more must tell more than its freedom costs. BIC charges half the log of the customers for each chance, as if
        all customers told of it; in a class of forty who own next to nothing few do, and it finds too few classes.
        Source: Cheeseman and Stutz 1996, as Chickering and Heckerman (1997) found it the nearest to the truth.
        """
        from scipy.special import betaln, gammaln

        held = _Held.of(points[sample(points, FITTED_ON, 0)])
        belongs, _ = _shared(self.joint(held.signs))
        sizes, have, known = belongs.sum(axis=0), belongs.T @ held.has, belongs.T @ held.known
        yes, no = PRIOR * held.base, PRIOR * (1 - held.base)
        chances = float((betaln(yes + have, no + known - have) - betaln(yes, no)).sum())
        weights = float(gammaln(self.k) - gammaln(len(belongs) + self.k) + gammaln(sizes + 1).sum())
        unsure = -float((belongs * np.log(np.where(belongs > 0, belongs, 1.0))).sum())
        return chances + weights + unsure + float(gammaln(self.k + 1))  # the classes have no order


@dataclass(frozen=True, eq=False)
class _Held:
    """What customers have, by signs: has and known (n x d, 0 or 1), and the base's share of each indicator (d).

    An indicator of which only one answer is known tells nothing: it counts as unknown.
    """

    signs: np.ndarray
    has: np.ndarray
    known: np.ndarray
    base: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray) -> "_Held":
        telling = (points > 0).any(axis=0) & (points < 0).any(axis=0)
        signs = np.where(telling, np.sign(points), 0.0)
        has, known = (signs > 0) * 1.0, (signs != 0) * 1.0
        return cls(signs, has, known, (has.sum(axis=0) + 0.5) / (known.sum(axis=0) + 1))

    def step(self, belongs: np.ndarray) -> LatentClasses:
        """The classes of customers who belong to each (n x k) so much."""
        weights = (belongs.sum(axis=0) + 1) / (len(belongs) + belongs.shape[1])
        chances = (belongs.T @ self.has + PRIOR * self.base) / (belongs.T @ self.known + PRIOR)
        return LatentClasses(weights, chances)


def from_labels(points: np.ndarray, labels: np.ndarray, k: int) -> LatentClasses:
    """The classes that groups of the points are, without moving anybody.

    Takes points (n x d) whose signs tell what each customer has, and the group of each, 0 to k - 1. Of more than 20,000
    a sample is used; the result does not depend on threads where the caller gives it one.
    """
    drawn = sample(points, FITTED_ON, 0)
    return _Held.of(points[drawn]).step(np.eye(k)[labels[drawn]])


def settled(points: np.ndarray, classes: LatentClasses) -> LatentClasses:
    """The classes moved to where the customers are, until nothing moves; points as `from_labels` takes them."""
    held = _Held.of(points[sample(points, FITTED_ON, 0)])
    return _settled(held, _shared(classes.joint(held.signs))[0], MOST_STEPS)[0]


def from_starts(points: np.ndarray, k: int, seed: int) -> LatentClasses:
    """The likeliest classes of those that K-Means' groups become, from several seeds; points as `from_labels`."""
    from scipy.spatial.distance import cdist

    few = points[sample(points, SOUGHT_ON, seed)]
    few = few if different(few, k) == k else points
    held, tried = _Held.of(few), list[tuple[float, LatentClasses]]()
    for start in range(STARTS if k > 1 else 1):
        groups = cdist(few, kmeans_centres(few, k, seed + start, starts=1)).argmin(axis=1)
        classes, likely = _settled(held, np.eye(k)[groups], FIRST_STEPS)
        tried.append((likely, classes))
    return settled(points, max(tried, key=lambda each: each[0])[1])


def number_of_classes(evidence: Mapping[int, float], customers: int) -> int:
    """How many classes there are: each must add `WORTH` to what is known of a customer, or it is none.

    Takes `evidence` by the number of classes, and of how many customers it is.
    """
    return max(evidence, key=lambda k: (evidence[k] / customers - WORTH * k, -k))


def _settled(held: _Held, belongs: np.ndarray, steps: int) -> tuple[LatentClasses, float]:
    """The classes after so many steps, or once nothing moves, and how likely the customers are under them."""
    before = -np.inf
    while True:
        classes = held.step(belongs)
        belongs, likely = _shared(classes.joint(held.signs))
        steps -= 1
        if steps <= 0 or likely - before < _SETTLED * len(belongs):
            return classes, likely
        before = likely


def _shared(joint: np.ndarray) -> tuple[np.ndarray, float]:
    """How much each customer belongs to each class, and the log likelihood of all; in logs, so that none is lost."""
    highest = joint.max(axis=1, keepdims=True)
    likely = np.exp(joint - highest)
    total = likely.sum(axis=1, keepdims=True)
    return likely / total, float((highest + np.log(total)).sum())
