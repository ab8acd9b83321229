"""The list of recommenders that a month's leaderboard compares: a new one is added here.

Belongs here: which there are, from the simplest on. Does not belong here: how one scores (a file each).
"""

from collections.abc import Sequence

from arcana_assets.recommendations.recommenders.also_in_segment import AlsoInSegment
from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS, Ease
from arcana_assets.recommendations.recommenders.neighbours import Neighbours
from arcana_assets.recommendations.recommenders.popular import Popular, PopularInSegment
from arcana_assets.recommendations.recommenders.recommender import Recommender


def every_recommender(items: int, segments: Sequence[str]) -> list[Recommender]:
    """All that the leaderboard compares, from the simplest on.

    Of a catalogue too large to hold pairs of its items, only popularity and nearest items.
    """
    small = items <= MOST_ITEMS
    found: list[Recommender] = [Popular(), PopularInSegment(), *([AlsoInSegment()] if small else [])]
    found += [Neighbours("jaccard"), Neighbours("bm25")]
    if small:
        ease = Ease()
        found += [ease, *([Ease(with_segments=True, after=ease)] if len(set(segments)) > 1 else [])]
    return found
