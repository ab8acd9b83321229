"""Recommendations of a company: what customers of ten b2b samples contracted in 90 days, as served and by popularity.

Fitted on what was signed 90 days before the samples end; the recommender that serves is the one that the leaderboard of
90 days earlier picks. Popularity has the planted groups for segments, which it could not do better. Then the planted
affinities: of who has A and not B, how many have B among their first three.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

DAYS = 90


def measure(options: Options) -> Outcome:
    """Two sides on the same samples."""
    arguments = {"samples": 2 if options.quick else 10, "scale": 0.05 if options.quick else 0.3}
    sides = [Side(name, f"{__name__}:{name}", arguments) for name in ("served", "popular_in_segment")]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [Ratio("nDCG at 10, what serves / popularity in segment", "served", "popular_in_segment", 1.15, True, "ndcg")],
        limits=[Limit("planted affinities that are not among the first three", "served", 20, unit="not_found")],
    )


def served(folder: Path, samples: int, scale: float) -> dict[str, Any]:
    """The pick of the leaderboard of 90 days earlier."""
    return _over(samples, scale, None)


def popular_in_segment(folder: Path, samples: int, scale: float) -> dict[str, Any]:
    """The client's rule."""
    return _over(samples, scale, "popular_in_segment")


def _over(samples: int, scale: float, fixed: str | None) -> dict[str, Any]:
    from arcana_assets.presentation.language import language_of
    from arcana_assets.recommendations.leaderboard import evaluate
    from arcana_assets.recommendations.recommenders.every import every_recommender
    from arcana_assets.recommendations.serving import serving
    from arcana_assets.samples.b2b.layout import END, day_number

    end, ndcg, found, names = day_number(END), [], [], []
    with timed() as clock:
        for seed in range(1, samples + 1):
            company = _company(seed, scale)
            earlier, later = _as_of(company, end - 2 * DAYS), _as_of(company, end - DAYS)
            tried = every_recommender(len(earlier.items), earlier.segments.tolist())
            name = fixed or serving(language_of("en"), evaluate(tried, earlier, _pairs(later)), margin=0.02).name
            names.append(name)
            (mine,) = (each for each in tried if each.name == name)
            table = evaluate([mine], later, _pairs(_as_of(company, end))).table
            ndcg.append(100 * float(table.loc[table["segment"] == "", "ndcg_10"].iloc[0]))
            found.append(_affinities_found(mine, _as_of(company, end)))
    missed = 100 - 100 * sum(found) / len(found)
    return {**vars(clock), "ndcg": sum(ndcg) / len(ndcg), "not_found": missed, "each": ndcg, "names": names}


def _company(seed: int, scale: float) -> Any:
    """Customers and what they own, as the sample plants it; no files are written."""
    import numpy as np

    from arcana_assets.samples.b2b.customers import make_people
    from arcana_assets.samples.b2b.layout import Sizes
    from arcana_assets.samples.b2b.ownership import make_ownership

    streams = (np.random.Generator(np.random.PCG64([seed, number])) for number in (1, 2))
    people = make_people(next(streams), Sizes(scale).customers)
    return people, make_ownership(next(streams), people)


def _as_of(company: Any, day: int) -> Any:
    """Who owned what before a day, and the planted group of each customer."""
    import numpy as np
    import pandas as pd

    from arcana_assets.recommendations.interactions import Interactions

    people, owned = company
    signed = owned.signed_day < day
    customers = np.concatenate([owned.base_customer, owned.signed_customer[signed]])
    lines = np.concatenate([owned.base_line, owned.signed_line[signed]])
    pairs = pd.DataFrame({"customer_id": customers.astype(str), "item_id": [f"L{line:02d}" for line in lines]})
    groups = pd.DataFrame({"customer_id": np.arange(len(people)).astype(str), "segment": people.group.astype(str)})
    return Interactions.from_frames(pairs, pairs, groups)


def _pairs(interactions: Any) -> Any:
    import pandas as pd

    rows, columns = interactions.owned.nonzero()
    return pd.DataFrame({"customer_id": interactions.customers[rows], "item_id": interactions.items[columns]})


def _affinities_found(recommender: Any, interactions: Any) -> float:
    """Of the customers who have A and not B, the share that has B among the first three."""
    from arcana_assets.recommendations.ranking import recommend
    from arcana_assets.samples.b2b.ownership import AFFINITIES

    listed = recommend(recommender.fit(interactions), interactions, 3)
    said = set(zip(listed["customer_id"], listed["item_id"], strict=True))
    owned = _pairs(interactions).groupby("item_id")["customer_id"].agg(set)
    asked = [
        (customer, f"L{b:02d}")
        for a, b in AFFINITIES
        for customer in owned.get(f"L{a:02d}", set()) - owned.get(f"L{b:02d}", set())
    ]
    return sum(pair in said for pair in asked) / len(asked)
