"""A whole b2b domain: all its files to everything published, 24 months into a fresh lake, then a night's refresh.

The night refreshes the last month as if every file had been delivered anew. There is no other program to compare with:
what is measured is how long it takes, that it stays within a small machine's memory, and that no row and no customer is
lost.
"""

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from arcana_assets.domain.months import months_between
from benchmarks.b2b_drop import FIRST, LAST, QUICK_FIRST, facts, landing_of_drop
from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed

LOAD, NIGHT = "first load", "nightly refresh"
MEMORY_MB, LOAD_SECONDS = 4096, 600


def measure(options: Options) -> Outcome:
    """Each turn loads a fresh lake and refreshes its last month. A quick run loads the last two months only."""
    figures: dict[str, list[dict[str, Any]]] = {LOAD: [], NIGHT: []}
    first = QUICK_FIRST if options.quick else FIRST
    with landing_of_drop(options) as landing:
        for turn in range(1, options.times(1) + 1):
            with tempfile.TemporaryDirectory(prefix="arcana-bench-lake-") as kept:
                arguments = {"landing": str(landing), "kept": kept, "first": str(first)}
                for name, function in ((LOAD, "load"), (NIGHT, "refresh_last")):
                    figure = in_child(Side(name, f"{__name__}:{function}", arguments))
                    figures[name].append(figure)
                    print(
                        f"  {turn} {name}: {figure['seconds']:.2f} s, {figure['cpu_seconds']:.2f} s of CPU, "
                        f"{figure['peak_mb']:.0f} MB",
                        flush=True,
                    )
        measured = facts(landing)
    for name in (LOAD, NIGHT):
        _print_account(name, figures[name][-1])
    for figure in figures[NIGHT]:
        assert figure["customers"] == figures[LOAD][0]["customers"], figure["customers"]
    return Outcome(
        figures,
        [
            Ratio("last month / first load of all months", NIGHT, LOAD),
            Ratio("peak memory, last month / first load", NIGHT, LOAD, unit="peak_mb"),
        ],
        {**measured, "months": len(months_between(first, LAST))},
        [
            Limit("first load of all months", LOAD, LOAD_SECONDS),
            *(Limit(f"peak memory of the {name}", name, MEMORY_MB, "peak_mb") for name in (LOAD, NIGHT)),
        ],
    )


def load(folder: Path, landing: str, kept: str, first: str) -> dict[str, Any]:
    """All months up to the last, in one run, into a lake that stays."""
    return _refreshed(landing, kept, first, months_between(date.fromisoformat(first), LAST))


def refresh_last(folder: Path, landing: str, kept: str, first: str) -> dict[str, Any]:
    """The last month again, with every file read anew."""
    return _refreshed(landing, kept, first, [LAST])


def _refreshed(landing: str, kept: str, first: str, months: Sequence[date]) -> dict[str, Any]:
    from benchmarks.b2b_refresh import altered_domain, company_in

    lake, defs = Path(kept), Path(kept) / "defs"
    if not defs.exists():
        altered_domain(defs, start=date.fromisoformat(first))
    company = company_in(lake, Path(landing), defs)
    company.forget_files()
    with timed() as clock:
        accounts = company.refresh(months)
    return {**vars(clock), "account": accounts, "customers": _customers(company.lake.root, landing)}


def _customers(lake: str, landing: str) -> dict[str, int]:
    """Customers that the master lists, and those of `base_analitica` of the last month, which must be as many.

    The contract lines list nobody: `listed_by` of the domain names the master alone.
    """
    import csv

    import duckdb

    [(named,)] = (
        duckdb.connect()
        .sql(
            f"SELECT count(DISTINCT upper(trim(CLIENTE))) FROM read_csv('{landing}/b2b/clientes_desde.csv', "
            "delim = ';', header = true, quote = '\"', escape = '\"', all_varchar = true) WHERE trim(CLIENTE) <> ''"
        )
        .fetchall()
    )
    with open(f"{lake}/b2b/published/base_analitica/{LAST:%Y-%m}.csv", encoding="utf-8-sig", newline="") as file:
        published = sum(1 for _ in csv.reader(file, delimiter=";")) - 1
    assert named == published, f"the master lists {named} customers, base_analitica has {published}"
    return {"named": int(named), "published": published}


def _print_account(name: str, figure: dict[str, Any]) -> None:
    from benchmarks.b2b_refresh import told

    print(f"  {name}, rows of the months refreshed (a snapshot counts in each month):")
    print("\n".join(told(figure["account"])))
    print(
        f"  customers: {figure['customers']['named']:,} in the master, {figure['customers']['published']:,} published"
    )
