"""Loyalty: who flips in and out of the programme, and how far forecasts and intervals were off, on the real file.

Thirteen months by the job itself, with the value segmentation and the programme only. The ledger is held against a list
that is each month's highest segment, over all months that have members; forecasts are those that served, each made
before its months began, held against repeating the last period. The file ends on 9 December, so no forecast of that
month counts.
"""

import logging
import tempfile
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed, turn_by_turn
from benchmarks.real_file import real_file

FIRST, LAST_WHOLE = date(2010, 12, 1), date(2011, 11, 1)


def measure(options: Options) -> Outcome:
    """The platform once, then its tables from both sides."""
    last = date(2011, 6, 1) if options.quick else date(2011, 12, 1)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-") as kept:
        arguments = {"kept": kept}
        made = in_child(
            Side("platform", f"{__name__}:platform", {**arguments, "path": str(real_file()), "last": str(last)})
        )
        names = ("ledger", "highest_segment", "served", "last_period")
        sides = [Side(name.replace("_", " "), f"{__name__}:{name}", arguments) for name in names]
        figures = turn_by_turn(sides, 1)
    limits = [
        Limit("outcomes within their 80 % intervals", "served", 90, "covered"),
        Limit("outcomes outside of them", "served", 30, "outside"),
    ]
    return Outcome(
        {"platform": [made], **figures},
        [
            Ratio("who flips, highest segment / ledger", "highest segment", "ledger", 10, True, "flips"),
            Ratio("error, served / last period", "served", "last period", 1, unit="error"),
            Ratio("absolute bias, served / last period", "served", "last period", 1, unit="bias"),
        ],
        facts=figures["ledger"][0]["facts"],
        limits=limits,
    )


def platform(
    folder: Path, kept: str, path: str, last: str, without: Sequence[str] = ("recommendations",)
) -> dict[str, Any]:
    """Landing to loyalty, every month up to the last one in one run; the lake stays where it can be read.

    Of capabilities all but those named.
    """
    import shutil

    import dagster as dg
    import yaml

    from arcana_assets.automation.refresh import refresh
    from arcana_assets.definitions import DEFS, build_definitions
    from arcana_assets.deployment import Deployment
    from arcana_assets.domain.months import months_between

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    shutil.copytree(DEFS / "retail", folder / "defs" / "retail")
    defs = folder / "defs" / "retail" / "defs.yaml"
    content = yaml.safe_load(defs.read_text(encoding="utf-8"))
    attributes = content["attributes"]
    attributes["segmentations"] = [each for each in attributes["segmentations"] if each["name"] == "value"]
    attributes["combinations"] = []
    attributes.pop("warehouse")  # it names columns of segmentations that are not here
    for name in without:
        del attributes[name]
    defs.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    (folder / "landing" / "retail" / "transactions").mkdir(parents=True)
    shutil.copy(path, folder / "landing" / "retail" / "transactions" / "data.csv")
    deployment = Deployment(kept, str(folder / "landing"), str(folder / "home"), tracking="off")
    tables = dg.AssetSelection.key_prefixes(["retail"]) - dg.AssetSelection.key_prefixes(
        ["retail", "published"], ["retail", "warehouse"]
    )
    job = dg.define_asset_job("tables", selection=tables, executor_def=dg.in_process_executor)
    definitions = dg.Definitions.merge(build_definitions(folder / "defs", deployment), dg.Definitions(jobs=[job]))
    with timed() as clock, dg.instance_for_test() as instance:
        months = months_between(FIRST, date.fromisoformat(last))
        done = refresh(definitions.resolve_job_def("tables"), months, instance, lambda doing, ended, steps: None)
    assert done.succeeded, done.failures
    return {"seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds}


def ledger(folder: Path, kept: str) -> dict[str, Any]:
    """Members by the ledger: who flips, and what they are at the end of the file."""
    with timed() as clock:
        rows = _table(kept, "loyalty_members")
        members = rows[rows["state"].isin(["member", "at_risk"])]
        found = {month: set(mine["customer_id"]) for month, mine in members.groupby("month")}
    summary = _table(kept, "loyalty_summary").sort_values("month")
    summary = summary[summary["members"] > 0]
    counts = ["members", "entered", "left", "at_risk"]
    facts = [
        {"month": str(row["month"]), **{name: int(row[name]) for name in counts}}
        | {"of_customers": row["members"] / row["customers"], "of_revenue": row["revenue_share"], "f1": row["f1"]}
        for row in summary.to_dict("records")
    ]
    return _flips(found) | {"seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds, "facts": {"months": facts}}


def highest_segment(folder: Path, kept: str) -> dict[str, Any]:
    """Members by each month's segment of most revenue a customer, over the months in which the ledger has members."""
    with timed() as clock:
        months = set(_table(kept, "loyalty_members")["month"])
        segments, customers = _table(kept, "segments"), _table(kept, "customer_360")
        both = segments.merge(customers[["customer_id", "month", "monetary"]], on=["customer_id", "month"])
        both = both[both["month"].isin(months)].assign(monetary=both["monetary"].astype("float64"))
        found = {}
        for month, mine in both.groupby("month"):
            top = mine.groupby("segment_id")["monetary"].mean().idxmax()
            found[month] = set(mine.loc[mine["segment_id"] == top, "customer_id"])
    return _flips(found) | {"seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds}


def served(folder: Path, kept: str) -> dict[str, Any]:
    """The forecasts that served when they were made."""
    rows = _results(kept)
    return _measured(rows[rows["served"].astype(bool)])


def last_period(folder: Path, kept: str) -> dict[str, Any]:
    """The same as in the last period."""
    rows = _results(kept)
    return _measured(rows[rows["model"] == "last_period"])


def _table(kept: str, name: str) -> Any:
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine = Engine()
    return engine.backend.to_pyarrow(Lake(root=kept).read(("retail", "gold", name), None, engine)).to_pandas()


def _flips(members: dict[Any, set[str]]) -> dict[str, Any]:
    """Customers who are in and out by turns: two changes of membership or more over the months."""
    months = sorted(members)
    changes: dict[str, int] = {}
    for before, after in pairwise(months):
        for customer in members[before] ^ members[after]:
            changes[customer] = changes.get(customer, 0) + 1
    return {"flips": sum(count > 1 for count in changes.values()), "changes": sum(changes.values())}


def _results(kept: str) -> Any:
    rows = _table(kept, "loyalty_forecast_results")
    return rows[rows["month"] <= LAST_WHOLE]


def _measured(rows: Any) -> dict[str, Any]:
    """Error and bias, as means over horizons, each over its months and groups, and what intervals hold, in percent."""
    with timed() as clock:
        error = (rows["forecast"] - rows["outcome"]).abs() / rows["outcome"]
        by = rows.assign(error=error).groupby("horizon")
        sums = by[["forecast", "outcome"]].sum()
        bias = sums["forecast"] / sums["outcome"] - 1
        covered = 100 * float(rows["covered"].astype("float64").mean())
    horizons = {
        str(horizon): {
            "forecasts": len(mine),
            "error": 100 * float(mine["error"].mean()),
            "bias": 100 * float(bias[horizon]),
            "covered": 100 * float(mine["covered"].astype("float64").mean()),
        }
        for horizon, mine in by
    }
    figures = {"error": 100 * float(by["error"].mean().mean()), "bias": 100 * float(bias.abs().mean())}
    held = {"covered": covered, "outside": 100 - covered}
    return {"seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds, **figures, **held, "by_horizon": horizons}
