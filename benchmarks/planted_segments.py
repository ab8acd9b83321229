"""Planted segments: whether the sample shop's last month shows the kinds that were planted, under their names.

Ten samples of the default size, with seeds that neither the sample nor the choice of the number of groups was tried on,
each through the platform from landing files to segments. Right is a sample whose segments have exactly the planted
names, and whose customers agree with the truth (adjusted Rand index) by .85 or more.
"""

import logging
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Side, timed, turn_by_turn

FIRST_SEED = 60_001
AGREES = 0.85
SEGMENTATIONS = ("value", "categories")


def measure(options: Options) -> Outcome:
    """One side: ten samples, of which at least nine must be right in either segmentation."""
    arguments = {"samples": 1 if options.quick else 10, "customers": 300 if options.quick else 500}
    return Outcome(
        turn_by_turn([Side("platform", f"{__name__}:platform", arguments)], options.times(1)),
        [],
        arguments,
        [
            Limit(f"samples of ten that are not right by {name}", "platform", 1, unit=f"wrong_{name}")
            for name in SEGMENTATIONS
        ],
    )


def platform(folder: Path, samples: int, customers: int) -> dict[str, Any]:
    """How many samples are not right, by segmentation, and the agreement of each, in percent."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    wrong, agreement = dict.fromkeys(SEGMENTATIONS, 0), dict[str, list[float]]()
    with timed() as clock:
        for seed in range(FIRST_SEED, FIRST_SEED + samples):
            with tempfile.TemporaryDirectory(dir=folder) as place:
                for name, (names, agreed) in _of_sample(Path(place), seed, customers).items():
                    wrong[name] += not (names and agreed >= AGREES)
                    agreement.setdefault(name, []).append(round(100 * agreed, 1))
                    print(f"  {seed} {name}: {'right' if names else 'other'} names, {agreed:.3f}", flush=True)
    return {
        **vars(clock),
        **{f"wrong_{name}": count for name, count in wrong.items()},
        **{f"agreement_{name}": found for name, found in agreement.items()},
    }


def _of_sample(folder: Path, seed: int, customers: int) -> dict[str, tuple[bool, float]]:
    """For each segmentation whether its names in the last month are those planted, and the agreement of customers."""
    import dagster as dg
    from sklearn.metrics import adjusted_rand_score

    from arcana_assets.automation.refresh import refresh
    from arcana_assets.definitions import build_definitions
    from arcana_assets.deployment import Deployment
    from arcana_assets.domain.months import months_between
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake
    from arcana_assets.samples.retail.folder import write_retail_drop

    drop = write_retail_drop(folder / "landing" / "retail", customers=customers, seed=seed)
    lake, landing, home = (str(folder / name) for name in ("lake", "landing", "home"))
    deployment = Deployment(lake, landing, home, tracking="off")
    segments = dg.AssetSelection.assets(dg.AssetKey(["retail", "gold", "segments"])).upstream()
    segments = segments.required_multi_asset_neighbors()
    job = dg.define_asset_job("segments", selection=segments, executor_def=dg.in_process_executor)
    definitions = dg.Definitions.merge(build_definitions(deployment=deployment), dg.Definitions(jobs=[job]))
    months = months_between(date(2010, 12, 1), date(2011, 5, 1))
    with dg.DagsterInstance.ephemeral() as instance:
        done = refresh(definitions.resolve_job_def("segments"), months, instance, lambda *_: None)
    if not done.succeeded:
        raise RuntimeError(f"seed {seed}: {done.failures}")
    engine = Engine()
    table = Lake(root=deployment.lake).read(("retail", "gold", "segments"), [months[-1]], engine)
    rows = engine.backend.to_pyarrow(table).to_pandas()
    found = dict[str, tuple[bool, float]]()
    for name in SEGMENTATIONS:
        mine = rows[rows["segmentation"] == name]
        planted = mine["customer_id"].map(drop.personas[name])
        known = planted.notna()
        names = set(mine["persona"]) == set(drop.personas[name].values())
        found[name] = (names, float(adjusted_rand_score(planted[known], mine["persona"][known])))
    return found
