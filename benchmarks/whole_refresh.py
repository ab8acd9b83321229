"""Whole refreshes, landing to published: the demo, a month of a tiny shop, and the real file over its own data part.

Where `ARCANA_BEFORE` names a worktree of an earlier commit, the same command lines run there in turn, with this Python
and these libraries: machines differ by a factor of two, the ratio of two programs hardly. Without it the limits alone
are told, which are of a machine where that commit takes 80 s for the demo.
"""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import REPOSITORY, Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import THIN, real_file, repeated

DEMO, DEMO_BEFORE = "demo", "demo, before"
MONTH, MONTH_BEFORE = "a month of 100 customers", "a month of 100 customers, before"
WHOLE, DATA = "real file, landing to published", "real file, landing to customer 360"
SHORT, LONG = 4, 10  # months of the two refreshes whose difference is that of further months
COMMAND = "import sys; from arcana_assets.cli import main; sys.argv[0] = 'arcana'; main()"


def measure(options: Options) -> Outcome:
    """Each side in turn; a quick run takes a thin file, few customers and two months."""
    real_file()
    before = os.environ.get("ARCANA_BEFORE")
    small = {"customers": 40, "months": 2} if options.quick else {"customers": 500, "months": 6}
    many = 3 if options.quick else LONG
    thin = THIN if options.quick else 1
    sides = [
        Side(DEMO, f"{__name__}:demo", {"code": str(REPOSITORY), **small}),
        Side(MONTH, f"{__name__}:further_month", {"code": str(REPOSITORY), "many": many}),
        Side(WHOLE, f"{__name__}:real", {"every": thin, "published": True}),
        Side(DATA, f"{__name__}:real", {"every": thin, "published": False}),
    ]
    ratios = [Ratio("real file: landing to published / landing to customer 360", WHOLE, DATA, 3, unit="cpu_seconds")]
    limits = [Limit("CPU of a further month of 100 customers", MONTH, 2.0, "cpu_seconds")]
    if before:
        code = str(Path(before).resolve())
        sides += [
            Side(DEMO_BEFORE, f"{__name__}:demo", {"code": code, **small}),
            Side(MONTH_BEFORE, f"{__name__}:further_month", {"code": code, "many": many}),
        ]
        ratios += [
            Ratio("demo, CPU, now / before", DEMO, DEMO_BEFORE, 30 / 95, unit="cpu_seconds"),
            Ratio("demo, wall, now / before", DEMO, DEMO_BEFORE, 20 / 80),
            Ratio("a further month, CPU, now / before", MONTH, MONTH_BEFORE, 2 / 25, unit="cpu_seconds"),
        ]
    return Outcome(turn_by_turn(sides, options.times(1)), ratios, {"before": before}, limits)


def demo(folder: Path, code: str, customers: int, months: int) -> dict[str, Any]:
    """What `make demo` runs after its set-up: the refresh as a command, MLflow's part included."""
    _arcana(folder, code, "sample", "retail", "--customers", str(customers), "--months", str(months), "--seed", "7")
    return _refreshed(folder, code, months)


def further_month(folder: Path, code: str, many: int) -> dict[str, Any]:
    """What each further month of a shop of 100 customers adds to the refresh of its whole history."""
    short = min(SHORT, many - 1)
    spent = {}
    for months in (short, many):
        place = folder / str(months)
        place.mkdir()
        _arcana(place, code, "sample", "retail", "--customers", "100", "--months", str(months), "--seed", "7")
        spent[months] = _refreshed(place, code, months)
        shutil.rmtree(place)
    return {name: (spent[many][name] - spent[short][name]) / (many - short) for name in spent[many]}


def real(folder: Path, every: int, published: bool) -> dict[str, Any]:
    """The thirteen months of the real file in one run: every asset, or those up to customer 360."""
    import dagster as dg

    from arcana_assets.automation.refresh import QUIET
    from arcana_assets.definitions import build_definitions
    from arcana_assets.graph.run import range_tags
    from benchmarks.under_dagster import MONTHS, deployment_in, instance_in

    repeated(folder / "landing", 1, every)
    deployment = deployment_in(folder, folder / "landing")
    definitions = build_definitions(deployment=deployment)
    data = dg.AssetSelection.assets("retail/gold/customer_360").upstream().required_multi_asset_neighbors()
    graph = definitions.resolve_asset_graph()
    keys = graph.executable_asset_keys & (graph.get_all_asset_keys() if published else data.resolve(graph))
    wanted = sorted(key for key in keys if key.path[0] == "retail")
    job = definitions.resolve_job_def("refresh_retail")
    with instance_in(deployment) as instance, timed() as clock:
        done = job.execute_in_process(
            run_config=QUIET, instance=instance, tags=range_tags(list(MONTHS)), asset_selection=wanted
        )
    assert done.success
    return {**vars(clock), "assets": len(wanted)}


def _refreshed(folder: Path, code: str, months: int) -> dict[str, Any]:
    from datetime import date

    from arcana_assets.domain.months import shifted

    begun, spent = time.perf_counter(), _spent()
    last = shifted(date(2010, 12, 1), months - 1)
    _arcana(folder, code, "refresh", "retail", "--months", f"2010-12:{last:%Y-%m}", "--json")
    return {"seconds": time.perf_counter() - begun, "cpu_seconds": _spent() - spent}


def _spent() -> float:
    """CPU seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _arcana(folder: Path, code: str, *arguments: str) -> None:
    """The `arcana` of a checkout, with a lake of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARCANA_", "DAGSTER_"))}
    env = {**kept, "ARCANA_LAKE": str(folder / "lake"), "PYTHONPATH": code}
    done = subprocess.run([sys.executable, "-c", COMMAND, *arguments], cwd=folder, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
