"""Segments by a sample: customers whom a model of 200,000 puts where a model of all of a million does not.

Worlds of `customers_world` with seeds of their own, whose features are counted straight from the sales; each of the two
segmentations of the retail domain is fitted on all customers and on the sample that the platform takes, and both models
score everybody.
"""

from pathlib import Path
from typing import Any

from benchmarks.customers_world import CATEGORIES, months_of, sales_sql
from benchmarks.measure import Limit, Options, Outcome, Side, timed, turn_by_turn

CUSTOMERS, LEARNT = 1_000_000, 200_000
QUICK = (4_000, 2_000)
SEEDS = (101, 102)  # on which nothing was tried
MONTHS = 3
SEGMENTATIONS = ("value", "categories")


def measure(options: Options) -> Outcome:
    """A side a world and segmentation."""
    customers, learnt = QUICK if options.quick else (CUSTOMERS, LEARNT)
    sides = [
        Side(f"{name}, world {seed}", f"{__name__}:agreement", {**asked, "seed": seed, "segmentation": name})
        for seed in SEEDS
        for name in SEGMENTATIONS
        for asked in [{"customers": customers, "learnt": learnt}]
    ]
    limits = list[Limit]()
    for side in sides:
        limits.append(Limit(f"{side.name}: customers under another name", side.name, 5, "misnamed"))
        limits.append(Limit(f"{side.name}: what lacks of an adjusted Rand index of 1", side.name, 10, "lost"))
        limits.append(Limit(f"{side.name}: another number of segments", side.name, 0, "wrong_k"))
    return Outcome(turn_by_turn(sides, options.times(1)), [], limits=limits)


def agreement(folder: Path, customers: int, learnt: int, seed: int, segmentation: str) -> dict[str, Any]:
    """One segmentation of the last month of a world, fitted on all customers and on a sample of `learnt`."""
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.engine.duckdb import Engine
    from arcana_assets.lake.lake import Lake
    from arcana_assets.segmentation.assets.inputs import customers_of, shaping_of
    from arcana_assets.segmentation.clustering.stability import adjusted_rand_index
    from arcana_assets.segmentation.models import learnt as learning
    from arcana_assets.segmentation.models.learnt import Sample
    from arcana_assets.segmentation.models.month import decision_of_month

    engine, lake, months = Engine(), Lake(root=str(folder / "lake")), months_of(MONTHS)
    key, last = ("retail", "gold", "feature_matrix"), months[-1]
    rows = engine.backend.sql(features_sql(customers, seed))
    lake.write(key, rows, [last], engine=engine, run_id="world")
    features, settings = lake.read(key, [last], engine), load_domain(DEFS / "retail").segmentation(segmentation)

    def model(most: int) -> Any:
        learning.LEARNT_FROM = most
        everyone, of = customers_of(features, engine, last, settings.seed)
        sample = None
        if of > len(everyone):
            shaping, _, shape = shaping_of(settings, features, engine, last)
            sample = Sample(everyone, shaping, None, of, shape)
        decision = decision_of_month(
            settings, everyone, None, last, is_open=False, filled_from=months[0], sample=sample
        )
        assert decision is not None
        return decision.model

    by_sample = model(learnt)
    with timed() as clock:
        of_all = model(customers)
    everyone, _ = customers_of(features, engine, last)
    one, other = (each.assign(everyone) for each in (of_all, by_sample))
    ids = [each["segment_id"].to_numpy() for each in (one, other)]
    names = [sorted(row["persona"] for row in each.personas) for each in (of_all, by_sample)]
    return {
        **vars(clock),
        "misnamed": 100 * float((one["persona"].to_numpy() != other["persona"].to_numpy()).mean()),
        "lost": 100 * (1 - adjusted_rand_index(*ids)),
        "wrong_k": 100 * float(of_all.k != by_sample.k),
        "names": names,
        "k": [of_all.k, by_sample.k],
    }


def features_sql(customers: int, seed: int) -> str:
    """A row a customer, of the last month: what they are told apart by, from the sales of all months."""
    months = months_of(MONTHS)
    sales = " UNION ALL ".join(
        f"({sales_sql(customers, number, month, MONTHS, seed)})" for number, month in enumerate(months)
    )
    shares = ", ".join(
        f"coalesce(sum(amount) FILTER (WHERE product_id[2] = '{place}' AND kind = 'sale') / nullif(sum(amount) FILTER "
        f"(WHERE kind = 'sale'), 0), 0)::DOUBLE AS share_{name}"
        for place, name in enumerate(("eletronicos", "moda", "livros", "alimentos", "brinquedos"))
    )
    assert len(CATEGORIES) == 5
    return f"""
        SELECT customer_id, DATE '{months[-1]}' AS month,
            (DATE '2011-03-01' - max(CAST(ordered_at AS DATE)))::DOUBLE AS recency_days,
            count(DISTINCT order_id)::DOUBLE AS frequency, sum(amount)::DOUBLE AS monetary,
            date_diff('month', min(CAST(ordered_at AS DATE)), DATE '2011-03-01')::DOUBLE AS tenure_months, {shares}
        FROM ({sales}) GROUP BY customer_id ORDER BY customer_id
    """
