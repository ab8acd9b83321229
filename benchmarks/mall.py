"""The mall: whether planted kinds, persons and staff are found, and what twelve months cost beside bare queries.

Three made-up malls of seeds that no rule was tried on, of 20,000, 8,000 and 8,000 members in twelve months, dirt
included, each through the platform from landing files to segments. Goals are those of the design of this domain: of
each persona the precision and recall over all members with a segment, the adjusted Rand index over all and over members
with four or more visits, and that staff, second accounts and every row are found. What is missed is counted.

The floor is one query a rollup in a bare DuckDB over the Parquet files of silver, written by hand, that does nothing
else: no landing, no contracts, no months of their own, no features, models or segments.
"""

import logging
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

SAMPLES = ((7, 20_000), (11, 8_000), (23, 8_000))  # seed, members
MONTHS = 12
GOALS = {  # precision and recall at least
    "Cliente Premium que Busca Luxo": (0.75, 0.85),
    "Explorador de Ofertas": (0.90, 0.80),
    "Visitante Frequente de Fim de Semana": (0.90, 0.80),
}
AGREES, AGREES_OF_VISITORS, VISITS = 0.70, 0.78, 4
WRONG_STAFF = 0.01


def measure(options: Options) -> Outcome:
    """The goals missed in all samples, and the cost of the first beside its floor."""
    samples = [(7, 600)] if options.quick else SAMPLES
    months = 4 if options.quick else MONTHS
    with tempfile.TemporaryDirectory(prefix="arcana-bench-mall-") as kept:
        sides = [
            Side(f"seed {seed}", f"{__name__}:platform", {"kept": kept, "seed": seed, "members": of, "months": months})
            for seed, of in samples
        ]
        first = sides[0].name
        figures = turn_by_turn([*sides, Side("floor", f"{__name__}:floor", {"kept": kept, "seed": samples[0][0]})], 1)
    goal = None if options.quick else 0
    return Outcome(
        figures,
        [
            Ratio("CPU from landing to segments / one bare query a rollup", first, "floor", None, unit="cpu_seconds"),
            Ratio("peak memory, likewise", first, "floor", None, unit="peak_mb"),
        ],
        {name: figures[name][0]["found"] for name in (each.name for each in sides)},
        [Limit(f"goals missed, {each.name}", each.name, goal, unit="missed_goals") for each in sides]
        if goal == 0
        else [],
    )


def platform(folder: Path, kept: str, seed: int, members: int, months: int) -> dict[str, Any]:
    """What is found of a sample in its last month; its lake stays in `kept` for the floor."""
    import dagster as dg

    from arcana_assets.automation.refresh import refresh
    from arcana_assets.definitions import build_definitions
    from arcana_assets.deployment import Deployment
    from arcana_assets.domain.months import months_between, shifted
    from arcana_assets.samples.mall.folder import START, write_mall_drop

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    place = Path(kept) / str(seed)
    drop = write_mall_drop(place / "landing" / "mall", customers=members, months=months, seed=seed)
    lake, landing, home = (str(place / name) for name in ("lake", "landing", "home"))
    deployment = Deployment(lake, landing, home, tracking="off")
    segments = dg.AssetSelection.assets(dg.AssetKey(["mall", "gold", "segments"])).upstream()
    segments = segments.required_multi_asset_neighbors()
    job = dg.define_asset_job("segments", selection=segments, executor_def=dg.in_process_executor)
    definitions = dg.Definitions.merge(build_definitions(deployment=deployment), dg.Definitions(jobs=[job]))
    last = shifted(START, months - 1)
    with dg.DagsterInstance.ephemeral() as instance, timed() as clock:
        done = refresh(definitions.resolve_job_def("segments"), months_between(START, last), instance, lambda *_: None)
    if not done.succeeded:
        raise RuntimeError(f"seed {seed}: {done.failures}")
    found = _found(deployment.lake, drop, last)
    print(f"  {seed}: {found}", flush=True)
    return {**vars(clock), "found": found, "missed_goals": len(found["missed"])}


def _found(root: str, drop: Any, month: date) -> dict[str, Any]:
    """Measures of a month, and the names of the goals that they miss."""
    from sklearn.metrics import adjusted_rand_score

    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine, lake = Engine(), Lake(root=root)

    def rows(name: str, *months: date) -> Any:
        read = lake.read(("mall", "gold", name), list(months) or None, engine)
        return engine.backend.to_pyarrow(read).to_pandas()

    segments = rows("segments", month)
    mine = segments[segments["segmentation"] == "perfil"].set_index("customer_id")["persona"]
    customers = rows("customer_360", month).set_index("customer_id")
    planted = mine.index.map(drop.personas["perfil"]).to_series(index=mine.index)
    mine, planted = mine[planted.notna()], planted[planted.notna()]
    often = customers["visits"].reindex(mine.index).fillna(0) >= VISITS
    told: dict[str, Any] = {
        "ari": float(adjusted_rand_score(planted, mine)),
        "ari_visitors": float(adjusted_rand_score(planted[often], mine[often])),
        "segments": int(mine.nunique()),
        "customers": len(mine),
    }
    missed = [] if told["ari"] >= AGREES else ["ari"]
    missed += [] if told["ari_visitors"] >= AGREES_OF_VISITORS else ["ari_visitors"]
    for name, (precision, recall) in GOALS.items():
        both = ((mine == name) & (planted == name)).sum()
        right, reached = both / max((mine == name).sum(), 1), both / (planted == name).sum()
        told[name] = [round(float(right), 3), round(float(reached), 3)]
        missed += [] if right >= precision and reached >= recall else [name]
    staff = set(customers.index[customers["is_staff"].fillna(False).astype(bool)])
    told["staff"] = [len(staff & set(drop.staff)), len(drop.staff), len(staff - set(drop.staff))]
    missed += [] if set(drop.staff) <= staff and len(staff - set(drop.staff)) <= WRONG_STAFF * len(staff) else ["staff"]
    folded = set(drop.accounts) & set(customers.index)
    told["second accounts listed"] = len(folded)
    missed += ["second accounts"] if folded else []
    if drop.month_without_wifi is not None:
        visits = rows("presence_monthly").groupby("month")["visits"].sum()
        told["visits without wifi"] = float(
            visits[drop.month_without_wifi] / visits.drop(drop.month_without_wifi).mean()
        )
        missed += [] if abs(told["visits without wifi"] - 1) < 0.12 else ["month without wifi"]
    return {**told, "missed": missed}


_FLOOR = {
    "notas": (
        "SELECT customer_id, month, count(DISTINCT order_id), sum(amount), min(ordered_at), max(ordered_at) FROM s "
        "GROUP BY ALL",
        "SELECT customer_id, month, product_id, count(DISTINCT order_id), sum(quantity), sum(amount) FROM s "
        "GROUP BY ALL",
        "SELECT customer_id, month, order_id, sum(amount), sum(discount), count(coupon_id) FROM s GROUP BY ALL",
    ),
    "visitas": (
        "SELECT customer_id, month, timezone('America/Sao_Paulo', entered_at)::DATE AS day, count(*), min(entered_at), "
        "max(left_at), count(DISTINCT zone_id) FROM s GROUP BY ALL",
    ),
    "wifi": (
        "SELECT device_id, month, timezone('America/Sao_Paulo', started_at)::DATE AS day, min(started_at), "
        "max(ended_at) FROM s GROUP BY ALL",
        "SELECT zone_id, month, date_trunc('hour', started_at) AS hour, count(*), count(DISTINCT device_id) FROM s "
        "GROUP BY ALL",
    ),
    "app": ("SELECT customer_id, month, kind, count(*) FROM s GROUP BY ALL",),
}


def floor(folder: Path, kept: str, seed: int) -> dict[str, Any]:
    """One query a rollup over the files of silver."""
    import duckdb
    from deltalake import DeltaTable

    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    with timed() as clock:
        for source, queries in _FLOOR.items():
            table = DeltaTable(str(Path(kept) / str(seed) / "lake" / "mall" / "silver" / source))
            files = [file.removeprefix("file://") for file in table.file_uris()]
            connection.read_parquet(files, hive_partitioning=True).create_view("s", replace=True)
            for query in queries:
                connection.sql(query).to_arrow_table()
    return {**vars(clock)}
