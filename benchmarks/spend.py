"""Spend: what each of the real file's customers pays in three months, month by month, said by what was known before.

Thirteen months by the job itself, without recommendations and programmes. What is judged is `gold/prediction_results`
of the shipped prediction: what the candidate that served said of every customer as of a month, and what they paid in
the months after. It is held against half-and-half, made here from the rollup of sales by the formula that programmes
forecast groups with, and against the last period. The file ends on 9 December, so no outcome of that month counts; as
of March is the first month that three months lie behind.
"""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.loyalty import platform as made_by_the_job
from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed, turn_by_turn
from benchmarks.real_file import real_file

START, FROM, HORIZON, LOOKBACK = date(2010, 12, 1), date(2011, 3, 1), 3, 6
MOST, COVERED = 1.005, (0.72, 0.88)


def measure(options: Options) -> Outcome:
    """The platform once, then what it said beside two simple forecasts of the same customers."""
    last = date(2011, 8, 1) if options.quick else date(2011, 12, 1)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-") as kept:
        arguments = {"kept": kept}
        made = in_child(
            Side("platform", f"{__name__}:platform", {**arguments, "path": str(real_file()), "last": str(last)})
        )
        sides = [Side(name.replace("_", " "), f"{__name__}:{name}", arguments) for name in ("served", "half_and_half")]
        figures = turn_by_turn(sides, 1)
    return Outcome(
        {"platform": [made], **figures},
        [Ratio("RMSE, mean over months, served / half-and-half", "served", "half and half", 0.999, unit="rmse")],
        facts=figures["served"][0]["facts"],
        limits=[
            Limit("months with an RMSE of more than 1.005 times half-and-half's", "served", 0, "above_half"),
            Limit("months in which the last period is not beaten", "served", 0, "above_last"),
            Limit("months in which the 80 % intervals do not cover .72 to .88", "served", 0, "not_covered"),
        ],
    )


def platform(folder: Path, kept: str, path: str, last: str) -> dict[str, Any]:
    """Landing to predictions, every month up to the last one in one run; the lake stays where it can be read."""
    return made_by_the_job(folder, kept, path, last, without=("recommendations", "programmes"))


def served(folder: Path, kept: str) -> dict[str, Any]:
    """What was said and what came, by month that it was said as of."""
    with timed() as clock:
        rows = _results(kept)
        half, last = _simple(kept, rows["made_in"])
    rows = rows.assign(half=half, last=last, over_half=rows["rmse"] / half, over_last=rows["rmse"] / last)
    names = ("n", "expected", "paid", "rmse", "half", "last", "over_half", "over_last", "mae", "spearman")
    facts = [
        {"made_in": str(row["made_in"]), "champion": row["champion"], "coverage": row["coverage"]}
        | {name: row[name] for name in (*names, "revenue_10")}
        for row in rows.to_dict("records")
    ]
    missed = {
        "above_half": rows["over_half"] > MOST,
        "above_last": rows["over_last"] >= 1,
        "not_covered": ~rows["coverage"].between(*COVERED),
    }
    counts = {name: int(each.sum()) for name, each in missed.items()}
    figures = {"rmse": float(rows["over_half"].mean()), "seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds}
    return counts | figures | {"facts": {"months": facts}}


def half_and_half(folder: Path, kept: str) -> dict[str, Any]:
    """Itself, as what the others are held against: 1 in every month."""
    with timed() as clock:
        _simple(kept, _results(kept)["made_in"])
    return {"rmse": 1.0, "seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds}


def _results(kept: str) -> Any:
    rows = _table(kept, "prediction_results")
    mine = rows[(rows["prediction"] == "gasto") & (rows["horizon"] == HORIZON) & (rows["made_in"] >= FROM)]
    return mine.sort_values("made_in", ignore_index=True)


def _simple(kept: str, months: Any) -> tuple[list[float], list[float]]:
    """The RMSE of half-and-half and of the last period, of the customers of whom something was said."""
    import numpy as np

    from arcana_assets.domain.months import months_between, shifted

    sales, said = _table(kept, "transactions_monthly"), _table(kept, "predictions")
    sales = sales.assign(net=sales["net"].astype("float64"))

    def paid(first: date, last: date, customers: Any) -> Any:
        inside = sales[(sales["month"] >= first) & (sales["month"] <= last)].groupby("customer_id")["net"].sum()
        return inside.reindex(customers).fillna(0.0).to_numpy()

    found = []
    for month in months:
        customers = said.loc[(said["prediction"] == "gasto") & (said["month"] == month), "customer_id"]
        last = paid(shifted(month, 1 - HORIZON), month, customers)
        known = min(LOOKBACK, len(months_between(START, month)))
        window = paid(shifted(month, 1 - LOOKBACK), month, customers) / known * HORIZON
        came = paid(shifted(month, 1), shifted(month, HORIZON), customers)
        found.append([float(np.sqrt(np.mean((each - came) ** 2))) for each in ((last + window) / 2, last)])
    return [half for half, _ in found], [last for _, last in found]


def _table(kept: str, name: str) -> Any:
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine = Engine()
    return engine.backend.to_pyarrow(Lake(root=kept).read(("retail", "gold", name), None, engine)).to_pandas()
