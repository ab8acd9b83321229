"""Predictions: who of the real file's customers buys again, month by month, each predicted by what was known before.

Thirteen months by the job itself, without recommendations and programmes. What is judged is `gold/prediction_results`:
what the candidate that served said of every customer as of a month, and what came in the months after, against the last
period of the same customers. The file ends on 9 December, so no outcome of that month counts. Of the goals of three
months those from the fifth month with a known outcome on, June to August, count; beside it one fit of all candidates on
3,000 customers x 10 months.
"""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.loyalty import platform as made_by_the_job
from benchmarks.measure import Limit, Options, Outcome, Side, in_child, timed, turn_by_turn
from benchmarks.predictions_months import by_month, lines
from benchmarks.real_file import real_file

FROM = date(2011, 6, 1)  # with March the first that something was said as of, the fourth; earlier ones are reported
HORIZON = 3


def measure(options: Options) -> Outcome:
    """The platform once, then its tables."""
    last = date(2011, 8, 1) if options.quick else date(2011, 12, 1)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-") as kept:
        arguments = {"kept": kept}
        made = in_child(
            Side("platform", f"{__name__}:platform", {**arguments, "path": str(real_file()), "last": str(last)})
        )
        figures = turn_by_turn([Side("served", f"{__name__}:served", arguments)], 1)
        figures |= turn_by_turn([Side("fit", f"{__name__}:fit")], options.times(3))
    return Outcome(
        {"platform": [made], **figures},
        [],
        facts=figures["served"][0]["facts"],
        limits=[
            Limit("months with an AUC below .74, three months ahead", "served", 0, "auc_missed"),
            Limit("months with less than 8 % below the last period's error", "served", 0, "skill_missed"),
            Limit("months with a calibration slope not within .8 to 1.25", "served", 0, "slope_missed"),
            Limit("months in which what was said over what came is not within .8 to 1.25", "served", 0, "level_missed"),
            Limit("one fit of all candidates on 30,000 rows, CPU", "fit", 5, "cpu_seconds"),
        ],
    )


def platform(folder: Path, kept: str, path: str, last: str) -> dict[str, Any]:
    """Landing to predictions, every month up to the last one in one run; the lake stays where it can be read."""
    return made_by_the_job(folder, kept, path, last, without=("recommendations", "programmes"))


def served(folder: Path, kept: str) -> dict[str, Any]:
    """What was said and what came, by month that it was said as of."""
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine, lake = Engine(), Lake(root=kept)
    with timed() as clock:
        table = lake.read(("retail", "gold", "prediction_results"), None, engine)
        table = table.filter(table.prediction == "volta_a_comprar")  # what customers pay is judged by `spend`
        rows = engine.backend.to_pyarrow(table).to_pandas().sort_values(["horizon", "made_in"])
    board = by_month(kept, "retail")
    print(lines(board), flush=True)
    names = ("n", "events", "predicted", "observed", "auc", "brier", "skill", "slope", "champion")
    facts = [
        {"horizon": row["horizon"], "made_in": str(row["made_in"]), **{name: row[name] for name in names}}
        | {"said_over_came": row["predicted"] / row["observed"]}
        for row in rows.to_dict("records")
    ]
    judged = rows[(rows["horizon"] == HORIZON) & (rows["made_in"] >= FROM)]
    level = judged["predicted"] / judged["observed"]
    missed = {
        "auc_missed": judged["auc"] < 0.74,
        "skill_missed": judged["skill"] < 0.08,
        "slope_missed": ~judged["slope"].between(0.8, 1.25),
        "level_missed": ~level.between(0.8, 1.25),
    }
    counts = {name: int(each.sum()) for name, each in missed.items()}
    return counts | {
        "seconds": clock.seconds,
        "cpu_seconds": clock.cpu_seconds,
        "facts": {"months": facts, "board": board},
    }


def fit(folder: Path) -> dict[str, Any]:
    """All candidates of 3,000 customers x 10 months, 14 numbers each, made up."""
    import numpy as np
    import pandas as pd

    from arcana_assets.domain.settings.predictions import CANDIDATES, Prediction
    from arcana_assets.predictions.model import learn
    from arcana_assets.predictions.rows import DID, Learned
    from arcana_assets.presentation.language import language_of

    draw, rows = np.random.default_rng(7), 30_000
    rate = draw.beta(1, 2, rows)
    rfm = ("recency_days", "frequency", "monetary")
    numbers = pd.DataFrame({name: rate + draw.lognormal(0, 1, rows) for name in (*rfm, *map(str, range(10)))})
    numbers[DID] = (draw.random(rows) < rate).astype("float64")
    came = (draw.random(rows) < rate).astype("float64")
    said = Prediction(name="x", title="x", target="active", features=[*rfm], candidates=[*CANDIDATES])
    learn(said, 1, Learned((), numbers.head(500), came[:500]), rfm, language_of())  # what is imported does not count
    with timed() as clock:
        model = learn(said, 1, Learned((), numbers, came), rfm, language_of())
    assert len(model.candidates) == len(CANDIDATES)
    return {"seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds}
