"""Features: which of them go together, and how each lies in each persona.

Belongs here: rank correlations with their n and points, quantiles by persona. Does not belong here: choosing features
(`segmentation`), their drift against a model.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import ibis.expr.types as ir

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.profile.finding import Row, asked, finding, named

FEATURES = 12  # that are related to each other
BY_PERSONA = 6  # of a segmentation that are told by persona
LEAST_CUSTOMERS = 30  # of whom both features are known, for a coefficient
_POINTS, _SCATTERS = 500, 3
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def named_features(patterns: Sequence[str], columns: Sequence[str], most: int) -> list[str]:
    """The columns that the settings of segmentations name, each once, in their order; a pattern stands for several."""
    found: dict[str, None] = {}
    for pattern in patterns:
        mine = [name for name in columns if fnmatchcase(name, pattern)]
        # Of many columns of one kind, such as what is owned, two tell what the others do.
        found |= dict.fromkeys(mine[:2] if "*" in pattern else mine)
    return [name for name in found if not name.endswith("_absent")][:most]


def correlations(engine: Engine, features: ir.Table, names: Sequence[str]) -> Iterator[Row]:
    """Spearman's coefficient of each pair of features, over customers who have both.

    Subject `correlation`: `item` and `other` are the features, `value` the coefficient (ranks are among who has the
    feature, ties at their mean), `n` who has both; of the three strongest pairs of a month `detail` has the points of
    at most 500 customers, drawn by the hash of their id. Method: Spearman, American Journal of Psychology 15 (1904).
    """
    if len(names) < 2:
        return
    places = range(len(names))
    ranks = ", ".join(
        f"CASE WHEN {quoted(name)} IS NOT NULL THEN (rank() OVER (PARTITION BY month ORDER BY {quoted(name)}))::DOUBLE "
        f"+ ((count(*) OVER (PARTITION BY month, {quoted(name)}))::DOUBLE - 1) / 2 END AS r{at}"
        for at, name in enumerate(names)
    )
    pairs = [(a, b) for a in places for b in places if a < b]
    said = ", ".join(f"corr(r{a}, r{b}) AS c{a}_{b}, count(r{a} + r{b}) AS n{a}_{b}" for a, b in pairs)
    source, mine = named(engine, features), ", ".join(map(quoted, names))
    # Materialized: DuckDB 2.0 cannot group windows by the column that the files are partitioned by.
    ranked = f"WITH known AS MATERIALIZED (SELECT month, {mine} FROM {source})"
    for row in asked(
        engine, f"{ranked} SELECT month, {said} FROM (SELECT month, {ranks} FROM known) GROUP BY month ORDER BY month"
    ):
        known = {
            (a, b): (value, row[f"n{a}_{b}"])
            for a, b in pairs
            if (value := row[f"c{a}_{b}"]) is not None and value == value and row[f"n{a}_{b}"] >= LEAST_CUSTOMERS
        }
        strongest = sorted(known, key=lambda pair: (-abs(known[pair][0]), pair))[:_SCATTERS]
        drawn = _points(engine, source, row["month"].isoformat(), [(names[a], names[b]) for a, b in strongest])
        for (a, b), (value, n) in known.items():
            yield finding(
                *(row["month"], "correlation", "", names[a], names[b]),
                value=value,
                n=n,
                detail=drawn.get((names[a], names[b])),
            )


def _points(
    engine: Engine, source: str, month: str, pairs: Sequence[tuple[str, str]]
) -> Mapping[tuple[str, str], list[list[float]]]:
    drawn = {}
    for a, b in pairs:
        rows = asked(
            engine,
            f"SELECT {quoted(a)}::DOUBLE AS x, {quoted(b)}::DOUBLE AS y FROM {source} WHERE month = DATE '{month}' "
            f"AND {quoted(a)} IS NOT NULL AND {quoted(b)} IS NOT NULL "
            f"ORDER BY hash(customer_id), customer_id LIMIT {_POINTS}",
        )
        # In order of their values: the place of a point says nothing of a customer.
        drawn[a, b] = sorted([float(f"{row['x']:.5g}"), float(f"{row['y']:.5g}")] for row in rows)
    return drawn


def by_persona(
    engine: Engine, features: ir.Table, segments: ir.Table, names: Mapping[str, Sequence[str]]
) -> Iterator[Row]:
    """How each feature of a segmentation lies in each of its personas.

    Takes the features by segmentation. Subject `feature_by_persona`: `part` the segmentation, `item` the persona,
    `other` the feature, `value` its median, `n` the customers who have it; `detail`: p05, p25, median, p75, p95.
    """
    steps = ", ".join(map(str, _QUANTILES))
    for segmentation, mine in names.items():
        if not mine:
            continue
        said = ", ".join(
            f"quantile_disc({quoted(name)}::DOUBLE, [{steps}]) AS q{at}, count({quoted(name)}) AS n{at}"
            for at, name in enumerate(mine)
        )
        for row in asked(
            engine,
            f"SELECT month, segment_id, any_value(persona) AS persona, {said} FROM (SELECT * FROM "
            f"{named(engine, segments)} WHERE segmentation = {literal(segmentation)}) JOIN {named(engine, features)} "
            "USING (month, customer_id) GROUP BY month, segment_id ORDER BY month, segment_id",
        ):
            for at, name in enumerate(mine):
                if row[f"n{at}"]:
                    quantiles = row[f"q{at}"]
                    yield finding(
                        *(row["month"], "feature_by_persona", segmentation, row["persona"], name),
                        value=quantiles[2],
                        n=row[f"n{at}"],
                        detail=quantiles,
                    )
