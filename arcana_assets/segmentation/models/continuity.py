"""Continuity: a segment keeps its id from one fit to the next, and what happened to it is said.

Belongs here: matching new groups to old segments, events, hysteresis, what a customer's move is due to.
Does not belong here: fitting (`fitting`), names (`personas`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from arcana_assets.presentation.language import Language

NEARNESS = 0.1  # weight of the distance between centres beside that of shared customers
OVERLAP = 0.3  # share of a group's customers from which on a segment is its parent or its heir
MOVED = {(False, False): "none", (True, False): "behaviour", (False, True): "model", (True, True): "both"}


@dataclass(frozen=True)
class Event:
    """What happened to a segment: `born`, `split` (born of `other`), `retired`, `merged` (into `other`), `renamed`.

    `note` says what it was called, what it is called now, and why.
    """

    event: str
    segment_id: int
    other: int | None
    customers: int
    note: str | None = None


@dataclass(frozen=True)
class Matched:
    """The segment id of each new group, in its order; the first id never used; the events."""

    segment_ids: tuple[int, ...]
    next_id: int
    events: tuple[Event, ...]


def match(
    old_segments: np.ndarray,
    groups: np.ndarray,
    old_ids: Sequence[int],
    old_centres: np.ndarray,
    new_centres: np.ndarray,
    next_id: int,
) -> Matched:
    """The ids of new groups, by optimal assignment.

    Takes for each customer that both know the old segment id and the new group (0 to k - 1; below 0 is no group), the
    centres of the old segments (in the order of `old_ids`) and of the new groups in one and the same space, and the
    first id never used. What is maximised is the Jaccard index of customers plus a tenth of the nearness of centres,
    so that groups without common customers are matched by where they lie. A pair that shares no customer is matched
    only where there are no common customers at all, and then only with a centre nearer than its own neighbours.

    Method: linear assignment (Kuhn 1955), as `scipy.optimize.linear_sum_assignment` solves it.
    """
    from scipy.optimize import linear_sum_assignment

    count = len(new_centres)
    shared = np.zeros((len(old_ids), count))
    for row, segment in enumerate(old_ids):
        shared[row] = np.bincount(groups[(old_segments == segment) & (groups >= 0)], minlength=count)
    of_old, of_new = shared.sum(axis=1), shared.sum(axis=0)
    union = of_old[:, None] + of_new[None, :] - shared
    jaccard = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    away = np.sqrt(((old_centres[:, None, :] - new_centres[None, :, :]) ** 2).sum(axis=2))
    nearness = 1 / (1 + away)
    rows, columns = linear_sum_assignment(-(jaccard + NEARNESS * nearness))
    strangers = not shared.any()
    apart = _half_the_gap(old_centres)
    pairs = {
        int(group): int(old_ids[row])
        for row, group in zip(rows, columns, strict=True)
        if (away[row, group] <= apart[row] if strangers else shared[row, group] > 0)
    }
    ids, events = [], []
    for group in range(count):
        if group not in pairs:
            pairs[group], next_id = next_id, next_id + 1
            parent = _largest(shared[:, group], of_new[group])
            size = int((groups == group).sum())
            other = None if parent is None else int(old_ids[parent])
            events.append(Event("born" if other is None else "split", pairs[group], other, size))
        ids.append(pairs[group])
    for row, segment in enumerate(old_ids):
        if segment not in ids:
            heir = _largest(shared[row], of_old[row])
            other = None if heir is None else ids[heir]
            size = int((old_segments == segment).sum())
            events.append(Event("retired" if other is None else "merged", int(segment), other, size))
    return Matched(tuple(ids), next_id, tuple(events))


def match_by_name(
    old_segments: np.ndarray,
    groups: np.ndarray,
    old_names: Mapping[str, int],
    names: Sequence[str],
    next_id: int,
) -> Matched:
    """The ids of groups that have names: that of the segment of the same name, whoever is in it now.

    Takes for each customer the old segment id and the new group, the ids of the old segments by name, and the names of
    the new groups in their order. A name that is new is born, one that is gone is retired.
    """
    ids, events = [], []
    for group, name in enumerate(names):
        if name in old_names:
            ids.append(old_names[name])
            continue
        ids.append(next_id)
        events.append(Event("born", next_id, None, int((groups == group).sum())))
        next_id += 1
    for name, segment in old_names.items():
        if name not in names:
            events.append(Event("retired", segment, None, int((old_segments == segment).sum())))
    return Matched(tuple(ids), next_id, tuple(events))


def settle(distances: np.ndarray, ids: Sequence[int], previous: np.ndarray, hysteresis: float) -> np.ndarray:
    """The segment id of each customer: the nearest, unless the customer's last segment is almost as near.

    Takes customers x segments distances, the ids of the columns, each customer's segment of the month before (below
    0 where there is none), and the share by which another centre must be nearer. At the border between two
    segments a customer does not go to and fro with every order.
    """
    columns = np.asarray(ids)
    nearest = distances.argmin(axis=1)
    rows = np.arange(len(distances))
    found = columns[nearest]
    for place, segment in enumerate(columns):
        stays = (previous == segment) & (distances[rows, nearest] > (1 - hysteresis) * distances[:, place])
        found = np.where(stays, segment, found)
    return found


def moves(previous: np.ndarray, by_old_model: np.ndarray, now: np.ndarray, language: Language) -> np.ndarray:
    """Why each customer is where it is, in a word of the language: new, none, behaviour, model or both.

    Takes the segment of the month before (below 0 for who was not there), the one that last month's model gives this
    month's customer, and the one of now. Who moves under the old model moved by behaviour; who is put elsewhere by the
    new model than by the old one was moved by the model; who did both and came back where it was did not move.
    """
    said = {each: language.say(f"segmentation.codes.move.{each}") for each in ("new", *MOVED.values())}
    words = []
    for before, old, new in zip(previous.tolist(), by_old_model.tolist(), now.tolist(), strict=True):
        if before < 0:
            words.append(said["new"])
        else:
            words.append(said["none" if before == new else MOVED[old != before, new != old]])
    return np.array(words, dtype=object)


def _half_the_gap(centres: np.ndarray) -> np.ndarray:
    """Of each centre half the distance to the nearest other: what lies within is nobody else's."""
    if len(centres) < 2:
        return np.full(len(centres), np.inf)
    away = np.sqrt(((centres[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2))
    np.fill_diagonal(away, np.inf)
    return away.min(axis=1) / 2


def _largest(shared: np.ndarray, whole: float) -> int | None:
    best = int(shared.argmax()) if len(shared) else 0
    return best if whole > 0 and shared[best] >= OVERLAP * whole else None
