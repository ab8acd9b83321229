"""Which of the six partial sources of the b2b drop know which customers.

Belongs here: the exact overlap of the sources. Does not belong here: how many rows a source has of a customer.
"""

import numpy as np

from arcana_assets.samples.b2b.customers import People
from arcana_assets.samples.b2b.layout import COVERAGE, IN_ALL_SIX, IN_NONE, Flags, Floats, Ints, Sizes


def make_coverage(rng: np.random.Generator, people: People, sizes: Sizes, signed_lately: Flags) -> dict[str, Ints]:
    """Customers of each source, ascending: sizes, those in all six and those in none are the scaled ones of the page.

    Nobody uses the software after leaving, so telemetry knows no churned customer. Those who leave answer more surveys,
    so that their falling mood can be seen; those who signed lately are more often among the contracts of the year.
    """
    names = tuple(COVERAGE)
    weight = np.ones((len(people), len(names)))
    allowed = np.ones((len(people), len(names)), dtype=np.bool_)
    telemetry, relational, signed = (names.index(name) for name in ("telemetria", "nps_relacional", "contratacoes"))
    allowed[people.churned, telemetry] = False
    weight[people.at_risk, telemetry] = 4
    weight[people.churned | people.at_risk, relational] = 2.5
    weight[signed_lately, signed] = 8
    known = np.zeros((len(people), len(names)), dtype=np.bool_)
    unknown = rng.choice(len(people), sizes.of(IN_NONE), replace=False)
    rest = np.ones(len(people), dtype=np.bool_)
    rest[unknown] = False
    everywhere = _drawn(rng, np.flatnonzero(rest & allowed.all(axis=1)), weight.prod(axis=1), sizes.of(IN_ALL_SIX))
    known[everywhere] = True
    rest[everywhere] = False
    for place, (name, count) in enumerate(COVERAGE.items()):
        wanted = sizes.of(count) - len(everywhere)
        assert wanted > 0, name
        known[_drawn(rng, np.flatnonzero(rest & allowed[:, place]), weight[:, place], wanted), place] = True
    _settle(rng, known, allowed, np.flatnonzero(rest))
    return {name: np.flatnonzero(known[:, place]) for place, name in enumerate(names)}


def _drawn(rng: np.random.Generator, among: Ints, weight: Floats, count: int) -> Ints:
    chances = weight[among] / weight[among].sum()
    return np.asarray(rng.choice(among, count, replace=False, p=chances), dtype=np.int64)


def _settle(rng: np.random.Generator, known: Flags, allowed: Flags, rest: Ints) -> None:
    """Nobody of the rest in none or in all six: who has too little takes from who can spare, source by source."""
    sources = known.shape[1]
    for row in rest[~known[rest].any(axis=1)].tolist():
        source = rng.choice(np.flatnonzero(allowed[row]))
        count = known[rest].sum(axis=1)
        giver = rng.choice(rest[known[rest, source] & (count >= 2)])
        known[giver, source], known[row, source] = False, True
    for row in rest[known[rest].all(axis=1)].tolist():
        source = rng.integers(sources)
        count = known[rest].sum(axis=1)
        taker = rng.choice(rest[~known[rest, source] & allowed[rest, source] & (count <= sources - 2)])
        known[taker, source], known[row, source] = True, False
