"""Satisfaction surveys of the b2b drop, but those after a ticket (`tickets`).

Belongs here: `nps_relacional.csv` and the transactional ones on acquisition, implementation, onboarding and products.
Does not belong here: how content a customer is (`customers`).
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from arcana_assets.samples.b2b.contracts import Contracts
from arcana_assets.samples.b2b.csv import (
    iso_days,
    iso_milliseconds,
    iso_with_offset,
    scores,
    us_seconds,
    with_duplicates,
    write_csv,
)
from arcana_assets.samples.b2b.customers import People
from arcana_assets.samples.b2b.events import Spelling, Told, apart, office_seconds, orphan_rows, rows_of
from arcana_assets.samples.b2b.layout import (
    END,
    MOST_PRODUCT_ANSWERS,
    PRODUCT_RESPONDENTS,
    Ints,
    Sizes,
    day_number,
    month_of,
)
from arcana_assets.samples.lines import lines_of, picked

RESPONDENTS = {"aquisicao": 165, "implantacao": 531, "onboarding": 207}
DUPLICATES = {"relacional": 201, "produto": 6, "aquisicao": 3}
POINT_SHARE = 0.3
# Answers that are asked and left out together, with the share that is left out.
RELATIONAL_BLOCKS = ((1, 0.21), (2, 0.31), (2, 0.44), (1, 0.58), (2, 0.27))
ACQUISITION_BLOCKS = ((2, 0.22), (2, 0.35), (1, 0.48))
IMPLEMENTATION_BLOCKS = ((2, 0.24), (2, 0.38), (2, 0.55))
ONBOARDING_BLOCKS = ((1, 0.21), (2, 0.33), (2, 0.46))


def part_scores(rng: np.random.Generator, score: Ints, blocks: tuple[tuple[int, float], ...]) -> list[pa.Array]:
    """Scores of parts near the whole score, empty block by block. A column with gaps was once a column of floats."""
    columns = []
    for width, share in blocks:
        empty = rng.random(len(score)) < share
        for _ in range(width):
            part = np.clip(score + rng.integers(-1, 2, len(score)), 0, 10)
            columns.append(scores(np.where(empty, -1, part), True))
    return columns


def main_scores(rng: np.random.Generator, score: Ints) -> pa.Array:
    """Some as `9`, some as `9.0`."""
    return scores(score, rng.random(len(score)) < POINT_SHARE)


def write_relational(rng: np.random.Generator, folder: Path, people: People, who: Ints, sizes: Sizes) -> Told:
    """`nps_relacional.csv`: milliseconds, and one key in lower case."""
    rows, again = sizes.surveys["relacional"], sizes.of(DUPLICATES["relacional"], 2)
    orphans = orphan_rows(rng, people, rows)
    # Who leaves is asked more often; it is how the company learned of it.
    weight = np.where(people.at_risk[who] | people.churned[who], 2.0, 1.0)
    who = np.concatenate([rows_of(rng, who, rows - again - len(orphans), weight), orphans])
    seconds = apart(who, office_seconds(rng, people.days(rng, who, _last())))
    score = people.scores(rng, who, month_of(seconds // 86_400))
    spelling = Spelling(rng, people.keys, who)
    known = np.flatnonzero((who < len(people)) & (spelling.numbers < len(people.keys)))
    lower = rng.choice([row for row in known.tolist() if people.keys[who[row]].startswith("T")])
    spelling.texts.append(people.keys[who[lower]].lower())
    spelling.numbers[lower] = len(spelling.texts) - 1
    lines = lines_of(
        [
            iso_milliseconds(seconds * 1000 + rng.integers(0, 1000, len(who))),
            picked(spelling.texts, spelling.numbers),
            main_scores(rng, score),
            *part_scores(rng, score, RELATIONAL_BLOCKS),
        ]
    )
    by_time = np.argsort(seconds, kind="stable")
    told = by_time[with_duplicates(rng, len(who), again)]
    write_csv(folder, "nps_relacional.csv", [lines.take(pa.array(told))])
    # The key in lower case is no key of the master as it stands, but a padded one is not counted as one either.
    padded = spelling.padded(told) - int((told == lower).sum())
    dirt = {"padded_keys": padded, "lower_case_keys": int((told == lower).sum())}
    return Told(rows, again, int((who[told] >= len(people)).sum()), dirt)


def write_transactional(
    rng: np.random.Generator, folder: Path, name: str, people: People, known: Ints, sizes: Sizes
) -> Told:
    """Surveys on acquisition, implementation or onboarding: few rows, one of them of nobody."""
    rows = sizes.surveys[name]
    again = sizes.of(DUPLICATES[name], 1) if name in DUPLICATES else 0
    orphans = orphan_rows(rng, people, rows)
    own = rows - again - len(orphans) - 1
    listed = rng.choice(known, min(own, sizes.of(RESPONDENTS[name], 3)), replace=False)
    who = np.concatenate([rows_of(rng, listed, own), orphans, orphans[:1]])
    nobody = len(who) - 1
    days = apart(who, people.days(rng, who, _last()))
    score = people.scores(rng, who, month_of(days))
    spelling = Spelling(rng, people.keys, who[:nobody], 0.01)
    key = picked(spelling.texts, np.concatenate([spelling.numbers, [-1]]))
    main = main_scores(rng, score)
    if name == "onboarding":
        moment = iso_with_offset(office_seconds(rng, days))
        columns = [moment, key, main, *part_scores(rng, score, ONBOARDING_BLOCKS)]
    else:
        blocks = ACQUISITION_BLOCKS if name == "aquisicao" else IMPLEMENTATION_BLOCKS
        columns = [key, iso_days(days), main, *part_scores(rng, score, blocks)]
    order = rng.permutation(len(who))
    # The row of nobody is told once.
    order = np.concatenate([order[order != nobody], [nobody]])
    told = order[np.concatenate([with_duplicates(rng, nobody, again), [nobody]])]
    write_csv(folder, f"nps_transacional_{name}.csv", [lines_of(columns).take(pa.array(told))])
    dirt = {"padded_keys": spelling.padded(told[:-1]), "surveys_without_customer": 1}
    return Told(rows, again, int((who[told[:-1]] >= len(people)).sum()), dirt)


def write_product(
    rng: np.random.Generator,
    folder: Path,
    people: People,
    known: Ints,
    contracts: Contracts,
    lines: list[str],
    sizes: Sizes,
) -> Told:
    """`nps_transacional_produto.csv`: US dates; one customer answers again and again."""
    rows, again = sizes.surveys["produto"], sizes.of(DUPLICATES["produto"], 1)
    orphans = orphan_rows(rng, people, rows)
    listed = rng.choice(known, min(len(known), sizes.of(PRODUCT_RESPONDENTS)), replace=False)
    busiest = int(rng.choice(listed[~people.churned[listed]]))
    others = listed[listed != busiest]
    most = sizes.of(MOST_PRODUCT_ANSWERS, 20)
    own = rows - again - len(orphans) - most
    weight = np.exp(rng.normal(0, 0.9, len(others)))
    who = np.concatenate([rows_of(rng, others, own, weight), np.full(most, busiest), orphans])
    seconds = office_seconds(rng, people.days(rng, who, _last()))
    owned = contracts.one_of(rng, np.where(who < len(people), who, 0))
    product, line = contracts.product[owned], contracts.line[owned]
    seconds = apart(who * 100_000 + product, seconds)
    score = people.scores(rng, who, month_of(seconds // 86_400))
    spelling = Spelling(rng, people.keys, who)
    columns = [
        us_seconds(seconds),
        picked(lines, line),
        picked(contracts.names, product),
        main_scores(rng, score),
        picked(spelling.texts, spelling.numbers),
    ]
    by_time = np.argsort(seconds, kind="stable")
    told = by_time[with_duplicates(rng, len(who), again)]
    write_csv(folder, "nps_transacional_produto.csv", [lines_of(columns).take(pa.array(told))])
    dirt = {"padded_keys": spelling.padded(told)}
    return Told(rows, again, int((who[told] >= len(people)).sum()), dirt)


def _last() -> int:
    """Surveys end some days before the drop was made."""
    return day_number(END) - 6
