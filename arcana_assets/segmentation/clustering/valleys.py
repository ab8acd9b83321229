"""How many groups there are: too many centres, merged while no valley lies between two of them, from several starts.

Belongs here: valleys, merging, the vote of the starts. Does not belong here: points (`preprocessing`), K-Means itself
(`kmeans`), what is done where there are no groups (`cuts`).

Silhouette and stability ask whether groups are compact and found again; a cloud cut in two is both. What makes two
groups two is that few customers stand between them. Merging components by modality: Hennig, Methods for merging
Gaussian mixture components (2010); valleys on ridgelines: Ray and Lindsay (2005). That both groups weigh alike, and
the vote of starts, are our own.

A feature that tells no groups apart has all its spread within them, and pulls K-Means as strongly as one that does. So
each start goes round again with coordinates divided by the share of their spread that is within the groups of the round
before, as discriminant analysis does (Fisher 1936), one coordinate at a time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arcana_assets.segmentation.clustering.kmeans import kmeans_centres
from arcana_assets.segmentation.clustering.points import different, means_of, sample
from arcana_assets.segmentation.clustering.threads import mapped, one_thread

SOUGHT_ON = 10_000  # customers, at most
FEW = 1_000  # customers below which a start has fewer centres
CENTRES, CENTRES_OF_FEW = (10, 14), (8, 10)
SEEDS = 3  # starts with each number of centres
ROUNDS = 3  # of a start, at most: each in the space of the groups that the one before found
LEAST_WITHIN = 0.1  # share of a spread: a coordinate counts for ten times as much as it did, and no more
SHALLOW = 0.75  # a valley this high is none: the two are one group
CHANCE = 1.0  # how much deeper a valley may seem, times the root of the customers of the smaller group
TOO_SHALLOW = 0.90  # of the groups that K-Means makes of the merged centres: they are merged once more
LEAST_SHARE, LEAST_KEPT = 0.03, 0.025  # of the customers: of a merged group, of one after K-Means
LEAST_SPREAD = 0.03  # of a line between two groups, as a share of the mean variance: a group without width is a line
MOST_EMPTY = 0.6  # share of starts without groups beyond which there are none
_BANDWIDTH = 1.4  # times Silverman's
_PLACES = 81
_SETTLED = 0.03  # relative: shares that differ by less give no other groups
_NO_SPREAD = 1e-9


@dataclass(frozen=True)
class Start:
    """What one start found: the means of its groups (k x d), its worst valley, the share of each spread within groups.

    No groups: one mean, a valley of 1, shares of 1. `within` is 1 of what is not looked at.
    """

    centres: np.ndarray
    valley: float
    within: np.ndarray

    @property
    def k(self) -> int:
        """The number of groups; 1 is none."""
        return len(self.centres)


@dataclass(frozen=True)
class Groups:
    """The vote of the starts: the centres (k x d) to let K-Means begin from, or one centre where there are no groups.

    `agreeing` of `starts` starts found this number; `valley` is the worst between two groups (1: none, 0: nobody stands
    in between). Coordinates divided by `divisors` (d) tell the groups apart best: by the share of their spread that is
    within groups, all of them together as wide as they were.
    """

    centres: np.ndarray
    agreeing: int
    starts: int
    valley: float
    divisors: np.ndarray

    @property
    def k(self) -> int:
        """The number of groups; 1 is none."""
        return len(self.centres)


def groups_of(points: np.ndarray, seed: int, measured: Sequence[int] | None = None, most: int | None = None) -> Groups:
    """How many groups the points (customers x coordinates) form, and where they are.

    Valleys are looked for in the coordinates `measured` alone, where given: an encoded attribute is two atoms with
    nothing between. Where there are more than `most` groups, those with the shallowest valleys are merged. Of more than
    10,000 customers a seeded sample is used. Customers are to be sorted; the result does not depend on threads.
    """
    drawn = points[sample(points, SOUGHT_ON, seed)]
    seen = np.arange(points.shape[1]) if measured is None else np.array(measured)
    centres = CENTRES if len(points) >= FEW else CENTRES_OF_FEW
    asked = [(count, seed + place) for count in centres for place in range(SEEDS)]
    with one_thread():
        starts = mapped(lambda each: _start(drawn, seen, *each, most), asked, len(drawn))
    found = [start for start in starts if start.k > 1]
    if len(found) < (1 - MOST_EMPTY) * len(starts):
        none = Start(points.mean(axis=0)[None, :], 1.0, np.ones(points.shape[1]))
        return Groups(none.centres, len(starts) - len(found), len(starts), none.valley, none.within)
    votes = Counter(start.k for start in found)
    k = min(votes, key=lambda each: (-votes[each], each))
    best = min((start for start in found if start.k == k), key=lambda start: float(np.log(start.within).sum()))
    return Groups(best.centres, votes[k], len(starts), best.valley, _divisors(drawn, seen, best.within))


def valley(one: np.ndarray, other: np.ndarray) -> float:
    """How deep it is between two groups of points, on the line through their centres: 1 no valley, 0 nobody between.

    Each weighs one half, so that a small group is not hidden in the flank of a large one. Densities by a Gaussian
    kernel; the valley is the least of f(x) / min(highest f left of x, highest f right of x).
    """
    low, high = one.mean(axis=0), other.mean(axis=0)
    along = high - low
    length = float(np.sqrt((along**2).sum()))
    if length < 1e-9:
        return 1.0
    places = np.linspace(-0.5, 1.5, _PLACES) * length
    density = (_density((one - low) @ along / length, places) + _density((other - low) @ along / length, places)) / 2
    left, right = np.maximum.accumulate(density), np.maximum.accumulate(density[::-1])[::-1]
    flank = np.minimum(left, right)
    return float((density / np.where(flank > 0, flank, 1.0))[flank > 0].min(initial=1.0))


def apart(points: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """How well groups are told apart: the valley between a group and the one it runs into most, mean over the groups.

    0: nobody stands between groups; 1: they are parts of one. Takes customers x coordinates and the group of each, 0 or
    more. Two groups are looked at on the line that tells them apart best (Fisher 1936), which is not that through their
    centres where they are long or of different widths: what K-Means cuts straight is then no worse off than what a
    mixture bends. Of more than 10,000 customers a seeded sample is used.
    """
    drawn = sample(points, SOUGHT_ON, seed)
    few, of = points[drawn], labels[drawn]
    groups = [few[of == group] for group in np.unique(of)]
    if len(groups) < 2:
        return 1.0
    spreads = [np.cov(each.T, bias=True).reshape(points.shape[1], -1) for each in groups]
    least = LEAST_SPREAD * max(float(few.var(axis=0).mean()), _NO_SPREAD) * np.eye(points.shape[1])
    highest = np.zeros(len(groups))
    for a in range(len(groups)):
        for b in range(a):
            between = groups[b].mean(axis=0) - groups[a].mean(axis=0)
            line = np.linalg.solve((spreads[a] + spreads[b]) / 2 + least, between)[:, None]
            height = valley(groups[a] @ line, groups[b] @ line)
            highest[[a, b]] = np.maximum(highest[[a, b]], height)
    return float(highest.mean())


def _density(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    spread = min(float(values.std()), _quartiles_apart(values) / 1.34 or np.inf)
    # Customers who are all alike are as wide as it is from one place to the next, or they would be between two of them.
    width = max(_BANDWIDTH * 0.9 * spread * len(values) ** -0.2, float(places[1] - places[0]) / 2)
    # A histogram as fine as a tenth of the bandwidth is as good as the values, and as small as it is wide.
    step = width / 10
    bins = np.sort(np.floor((values - places[0]) / step).astype("int64"))
    starts = np.concatenate(([0], np.flatnonzero(bins[1:] != bins[:-1]) + 1))
    inside, counts = bins[starts], np.diff(starts, append=len(bins))
    away = (places[:, None] - (places[0] + (inside + 0.5) * step)) / width
    kernel = np.exp(-0.5 * away**2)
    density: np.ndarray = kernel @ counts / (len(values) * width)
    return density


def _quartiles_apart(values: np.ndarray) -> float:
    """As `numpy.percentile` has it, to the bit; that one takes longer to look at its arguments than to sort them."""
    ordered, found = np.sort(values), []
    for share in (0.25, 0.75):
        place = share * (len(ordered) - 1)
        below = int(place)
        low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
        after = place - below
        found.append(low + (high - low) * after if after < 0.5 else high - (high - low) * (1 - after))
    return found[1] - found[0]


def _start(points: np.ndarray, seen: np.ndarray, count: int, seed: int, most: int | None) -> Start:
    """The last round, unless the first one found more groups: who was merged wrongly is not told apart afterwards."""
    first = found = none = Start(points.mean(axis=0)[None, :], 1.0, np.ones(points.shape[1]))
    count, divisors = different(points, count), none.within
    for _ in range(ROUNDS if count > 1 else 0):
        labels, worst = _round(points / divisors, seen, count, seed, most)
        k = int(labels.max()) + 1
        if k == 1:
            break
        within = _within(points, seen, labels)
        found = Start(means_of(points, labels, k), worst, within)
        first = found if first is none else first
        if np.allclose(within, divisors, rtol=_SETTLED):
            break
        divisors = within
    return found if found.k >= first.k else first


def _round(points: np.ndarray, seen: np.ndarray, count: int, seed: int, most: int | None) -> tuple[np.ndarray, float]:
    """The group of each customer that many centres are merged to, all 0 where there are none, and the worst valley."""
    nobody = np.zeros(len(points), dtype="int64"), 1.0
    labels = _nearest(points, kmeans_centres(points, count, seed, starts=1))
    for _ in range(count):  # each time there is one group less, at least
        merged = _merged(points[:, seen], labels, most)
        sizes = np.bincount(merged)
        centres = means_of(points, merged, len(sizes))[sizes >= LEAST_SHARE * len(points)]
        if len(centres) < 2:
            return nobody
        labels = _nearest(points, kmeans_centres(points, len(centres), seed, centres))
        if np.bincount(labels, minlength=len(centres)).min() < LEAST_KEPT * len(points):
            return nobody
        groups = [points[labels == group][:, seen] for group in range(len(centres))]
        worst = max(valley(groups[a], groups[b]) for a in range(len(groups)) for b in range(a))
        if worst < TOO_SHALLOW:
            return labels, worst
        # K-Means has moved two groups together, or halved one: they are merged as well, so there is one less.
    return nobody


def _within(points: np.ndarray, seen: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The share of each coordinate's spread that is within the groups; 1 of what is not looked at or has no spread."""
    away = points - means_of(points, labels, int(labels.max()) + 1)[labels]
    spread = points.std(axis=0)
    share = np.sqrt((away**2).mean(axis=0)) / np.where(spread > _NO_SPREAD, spread, 1.0)
    looked_at = np.isin(np.arange(points.shape[1]), seen) & (spread > _NO_SPREAD)
    return np.where(looked_at, np.maximum(share, LEAST_WITHIN), 1.0)


def _divisors(points: np.ndarray, seen: np.ndarray, within: np.ndarray) -> np.ndarray:
    """The shares within groups times one number, so that what is looked at keeps its sum of variances."""
    wide, narrow = (float((each[:, seen].var(axis=0)).sum()) for each in (points / within, points))
    found = within.copy()
    found[seen] *= np.sqrt(wide / narrow) if narrow > 0 else 1.0
    return found


def _merged(points: np.ndarray, labels: np.ndarray, most: int | None) -> np.ndarray:
    """The labels with the pair of the highest valley merged, again and again, until each pair has one."""
    groups = {int(group): points[labels == group] for group in np.unique(labels)}
    heights = {(a, b): _height(groups[a], groups[b]) for a in groups for b in groups if a < b}
    into = {group: group for group in groups}
    while heights:
        (a, b), height = max(heights.items(), key=lambda item: (item[1], item[0]))
        if height < SHALLOW and (most is None or len(groups) <= most):
            break
        groups[a] = np.vstack([groups[a], groups.pop(b)])
        into = {group: a if now == b else now for group, now in into.items()}
        heights = {pair: each for pair, each in heights.items() if a not in pair and b not in pair}
        heights |= {(min(a, other), max(a, other)): _height(groups[a], groups[other]) for other in groups if other != a}
    numbers = {group: place for place, group in enumerate(sorted(groups))}
    return np.array([numbers[into[int(label)]] for label in labels])


def _height(one: np.ndarray, other: np.ndarray) -> float:
    """The valley between two groups, and what it may be deeper by chance: the fewer the customers, the more."""
    return valley(one, other) + CHANCE / float(np.sqrt(min(len(one), len(other))))


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import cdist

    found: np.ndarray = cdist(points, centres).argmin(axis=1)
    return found
