"""The consolidation of a month, every file to one wide table as CSV and XLSX, against pandas doing the same.

pandas reads all files as text, removes duplicates, sums each entity by customer on its own, joins and writes: a usual
analyst's script, with every figure right. It keeps nothing, so each month costs as much. Ours writes bronze, silver,
quarantine and gold of all 15 sources, with the account of the rows, checks and lineage, and is measured twice: for the
month on a lake with its history, every file read anew as if just delivered; and from nothing, which adds the twelve
months of rollups that the month looks back on. Segmentations and recommendations are left out on both sides. Every
figure of every customer must agree.
"""

import errno
import os
import resource
import signal
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from arcana_assets.domain.months import months_between, shifted
from benchmarks.b2b_drop import FIRST, LAST, QUICK_FIRST, facts, landing_of_drop
from benchmarks.measure import Killed, Options, Outcome, Ratio, Side, in_child, timed

LIMIT = "ARCANA_BENCH_MEMORY_GB"  # of pandas; by default nine tenths of what the machine has
MONTH, NOTHING, PANDAS = "ours, the month", "ours, from nothing", "pandas"
HISTORY_LAYERS = ("bronze", "silver", "quarantine")
TIMES = 10
NO_ROOM = ("out of memory", "read(nbytes) on source failed")  # what the reader of pandas says instead of a MemoryError
LAST_WORDS = ("MemoryError", "bad_alloc", "memory allocation of")  # of a process that aborts for want of memory
NEAR = 0.5  # of the limit: a frame that doubles is refused as much again as it holds
NUMBERS_AGREE = 1e-6
MONEY_AGREES = 0.0002  # sums of decimals and of floats with four places


def measure(options: Options) -> Outcome:
    """Each turn has a fresh lake: history, the month, pandas. A quick run knows of two months only."""
    figures: dict[str, list[dict[str, Any]]] = {MONTH: [], NOTHING: [], PANDAS: []}
    first, limit = QUICK_FIRST if options.quick else FIRST, memory_limit_gb()
    with landing_of_drop(options) as landing:
        for turn in range(1, options.times(1) + 1):
            with tempfile.TemporaryDirectory(prefix="arcana-bench-lake-") as kept:
                places = {"landing": str(landing), "kept": kept, "first": str(first)}
                history = in_child(Side("history", f"{__name__}:history", places))
                month = in_child(Side(MONTH, f"{__name__}:the_month", places))
                theirs = pandas_side({**places, "limit_gb": limit})
                if theirs["fits"]:
                    compared = in_child(Side("comparison", f"{__name__}:compared", places))
                    assert not compared["differences"], "\n".join(compared["differences"])
                figures[MONTH].append(month)
                figures[NOTHING].append({**_sum(history, month), "history": history})
                figures[PANDAS].append(theirs)
            for name, turns in figures.items():
                figure = turns[-1]
                print(
                    f"  {turn} {name}: {figure['seconds']:.2f} s, {figure['cpu_seconds']:.2f} s of CPU, "
                    f"{figure['peak_mb']:.0f} MB{'' if figure.get('fits', True) else ', DID NOT FIT'}",
                    flush=True,
                )
        measured = facts(landing)
    fits = all(turn["fits"] for turn in figures[PANDAS])
    words, goal = ("pandas", TIMES) if fits else (f"pandas until it had no room in {limit:g} GB", None)
    return Outcome(
        figures,
        [
            Ratio(f"consolidation, {words} / ours, the month", PANDAS, MONTH, goal=goal, at_least=True),
            Ratio(f"consolidation, {words} / ours, from nothing", PANDAS, NOTHING, at_least=True),
            Ratio("peak memory, pandas / ours", PANDAS, MONTH, unit="peak_mb"),
        ],
        {**measured, "limit_gb": limit, "pandas_fits": fits},
    )


def memory_limit_gb() -> float:
    """How much pandas may take."""
    given = os.environ.get(LIMIT)
    return round(float(given) if given else 0.9 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def pandas_side(arguments: dict[str, Any]) -> dict[str, Any]:
    """What pandas did; where memory ran out in a library that ends the process for it, what it took until then.

    Raises Killed where the process ended for another reason than memory.
    """
    begun, spent = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        return in_child(Side(PANDAS, f"{__name__}:in_pandas", arguments))
    except Killed as killed:
        if not no_room(killed, arguments["limit_gb"]):
            raise
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime
        taken = {"seconds": time.perf_counter() - begun, "cpu_seconds": cpu, "peak_mb": killed.peak_mb}
        return {**taken, "fits": False, "ended_by": str(killed)[:300]}


def no_room(killed: Killed, limit_gb: float) -> bool:
    """Whether memory ended a process: the system killed it or it aborted, and it was near its limit or said so."""
    if killed.signal not in (signal.SIGKILL, signal.SIGABRT):
        return False
    return killed.peak_mb >= NEAR * limit_gb * 1024 or any(words in str(killed) for words in LAST_WORDS)


def history(folder: Path, landing: str, kept: str, first: str) -> dict[str, Any]:
    """The months that the month looks back on, from the landing to their rollups, into a lake that stays."""
    from benchmarks.b2b_refresh import altered_domain

    begun = date.fromisoformat(first)
    altered_domain(Path(kept) / "defs", start=begun, only_consolidation=True)
    months = months_between(max(begun, shifted(LAST, -12)), shifted(LAST, -1))
    company = _company(landing, kept)
    with timed() as clock:
        company.refresh(months, _tables_of_history())
    return {**vars(clock)}


def the_month(folder: Path, landing: str, kept: str, first: str) -> dict[str, Any]:
    """All tables of the month, to its publication."""
    company = _company(landing, kept)
    company.forget_files()
    with timed() as clock:
        accounts = company.refresh([LAST])
    return {**vars(clock), "account": accounts, "customers": company.rows("gold", "customer_360", LAST)}


def in_pandas(folder: Path, landing: str, kept: str, first: str, limit_gb: float) -> dict[str, Any]:
    """The same table in frames, written as CSV and XLSX. Where memory runs out it says so."""
    import pandas as pd
    import yaml

    from arcana_assets.definitions import DEFS
    from benchmarks.b2b_frames import Files
    from benchmarks.b2b_frames_facets import Window, customer_360

    settings = yaml.safe_load((DEFS / "b2b" / "defs.yaml").read_text(encoding="utf-8"))["attributes"]
    window, fits = Window(pd.Timestamp(LAST), pd.Timestamp(first)), True
    # Not RLIMIT_AS: allocators and threads reserve much address space that they never touch. Last of what comes before
    # the work: where imports alone take as much, it is the work that finds no room.
    resource.setrlimit(resource.RLIMIT_DATA, (int(limit_gb * 2**30),) * 2)
    with timed() as clock:
        try:
            table = customer_360(Files(Path(landing) / "b2b"), window, settings)
            table.to_csv(Path(kept) / "pandas.csv", sep=";", decimal=",", index=False, encoding="utf-8-sig")
            table.to_excel(Path(kept) / "pandas.xlsx", index=False, engine="xlsxwriter")
        except (MemoryError, OSError, pd.errors.ParserError) as error:
            found_none = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
            if not found_none and not any(words in str(error) for words in NO_ROOM):
                raise
            fits = False
    return {**vars(clock), "fits": fits}


def compared(folder: Path, landing: str, kept: str, first: str) -> dict[str, Any]:
    """Where the two tables differ, in words, and how much was compared: all but flags, which are no facet's."""
    import pandas as pd

    from arcana_assets.domain.customer_360 import FLAGS
    from arcana_assets.engine.duckdb.engine import Engine

    engine = Engine()
    table = _company(landing, kept).lake.read(("b2b", "gold", "customer_360"), [LAST], engine)
    ours = (
        engine.backend.to_pyarrow(table.drop("month", *FLAGS)).to_pandas().sort_values("customer_id", ignore_index=True)
    )
    texts = {name: str for name in ours.columns if isinstance(ours[name].dtype, pd.StringDtype)}
    theirs = pd.read_csv(
        Path(kept) / "pandas.csv",
        sep=";",
        decimal=",",
        dtype=texts,
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values=[""],
    )
    theirs = theirs.sort_values("customer_id", ignore_index=True)
    if list(ours["customer_id"]) != list(theirs["customer_id"]):
        return {"differences": [f"customers: {len(ours)} in ours, {len(theirs)} in pandas', or not the same ones"]}
    found = [_difference(name, ours[name], theirs[name]) for name in ours.columns if name in theirs.columns]
    missing = [f"{name}: not in pandas' table" for name in ours.columns if name not in theirs.columns]
    return {"differences": [*missing, *filter(None, found)], "columns": len(found), "customers": len(ours)}


def _difference(name: str, ours: Any, theirs: Any) -> str:
    import pandas as pd

    if isinstance(ours.dtype, pd.StringDtype) or ours.dtype == bool:
        unequal = ~((ours == theirs) | (ours.isna() & theirs.isna()))
    elif name == "since":
        ours, theirs = pd.to_datetime(ours), pd.to_datetime(theirs)
        unequal = ~((ours == theirs) | (ours.isna() & theirs.isna()))
    else:
        ours, theirs = ours.astype("float64"), theirs.astype("float64")
        near = (ours - theirs).abs() <= MONEY_AGREES + NUMBERS_AGREE * ours.abs()
        unequal = ~(near | (ours.isna() & theirs.isna()))
    if not unequal.any():
        return ""
    place = unequal.idxmax()
    return (
        f"{name}: {int(unequal.sum())} of {len(ours)} differ, such as {ours[place]} in ours, {theirs[place]} in pandas'"
    )


def _company(landing: str, kept: str) -> Any:
    from benchmarks.b2b_refresh import company_in

    return company_in(Path(kept), Path(landing), Path(kept) / "defs")


def _tables_of_history() -> list[tuple[str, str]]:
    """What customer 360 looks back on: the rollups, and every table that they are made of."""
    from arcana_assets.customer_360.listed.registry import computations_of
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain

    domain = load_domain(DEFS / "b2b")
    computations = [made for made in computations_of(domain) if made.rollups]
    # Snapshots only where a rollup needs them: what is neither dated nor summed has no history.
    sources = sorted(source.name for each in computations for source in domain.sources_of(each.entity))
    made = [("gold", table.name) for each in computations for table in each.rollups]
    return [*((layer, source) for source in sources for layer in HISTORY_LAYERS), *made]


def _sum(history: dict[str, Any], month: dict[str, Any]) -> dict[str, Any]:
    total = {name: history[name] + month[name] for name in ("seconds", "cpu_seconds")}
    return {**total, "peak_mb": max(history["peak_mb"], month["peak_mb"])}
