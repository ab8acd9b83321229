"""What predictions are worth in a shop's terms: what each feature adds, and what 100 contacts reach.

Belongs here: two sides of `prediction_methods`. Does not belong here: methods of the field (`prediction_rivals`).
"""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import timed
from benchmarks.prediction_methods import LAST, losses_of, whose
from benchmarks.prediction_months import HORIZONS, Fold, folds
from benchmarks.prediction_rivals import fit_ours

ABLATED = ("logistic", "additive", "mean")


def left_out(folder: Path, kept: str, last: str) -> dict[str, Any]:
    """The Brier score without each number less that with all, by candidate, over all months, with a 95 % interval."""
    from arcana_assets.predictions.measures import difference

    rows = []
    with timed() as clock:
        for horizon in HORIZONS:
            judged = folds(kept, horizon, last=date.fromisoformat(last))
            whole = {name: losses_of(_said(name, judged), judged) for name in ABLATED}
            for feature in judged[-1].known.columns:
                for name in ABLATED:
                    less = losses_of(_said(name, judged, feature), judged)
                    mean, low, high = difference(less, whole[name], whose(judged)[0])
                    share = mean / float(whole[name].mean())
                    rows.append(
                        {"horizon": horizon, "method": name, "without": feature, "brier_more": mean}
                        | {"low": low, "high": high, "share": share}
                    )
    return {"seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds, "facts": {"rows": rows}}


def contacts(folder: Path, kept: str, last: str) -> dict[str, Any]:
    """Buyers, revenue and leavers that 100 contacts, and a tenth of the customers, reach, by month and by who is first.

    `served` is what the platform said then; `latest_first` is a table of RFM sorted by recency, of a day by frequency
    and then by value; `random` is the mean of all. Leavers, who buy nothing, are sought at the other end.
    """
    rows = []
    with timed() as clock:
        for horizon in HORIZONS:
            for fold in folds(kept, horizon, last=date.fromisoformat(last)):
                for name, ranks in _orders(kept, fold).items():
                    rows.append({"horizon": horizon, "month": str(fold.month), "by": name, **_reached(ranks, fold)})
    table = pd.DataFrame(rows)
    means = table.drop(columns="month").groupby(["horizon", "by"]).mean()
    three = means.loc[HORIZONS[-1]]["buyers_100"]
    reached = {"reached": three["served"]} | {f"reached_{name}": three[name] for name in (LAST, "latest_first")}
    facts = {"months": rows, "means": means.reset_index().to_dict("records")}
    return {"seconds": clock.seconds, "cpu_seconds": clock.cpu_seconds, **reached, "facts": facts}


def _said(name: str, judged: list[Fold], without: str = "") -> dict[date, np.ndarray]:
    """Log-odds of a candidate by month, without a number where one is named."""
    return {
        fold.month: fit_ours(name, fold.known.drop(columns=without or []), fold.came).logits(fold.numbers)
        for fold in judged
    }


def _orders(kept: str, fold: Fold) -> dict[str, np.ndarray]:
    """What customers are ranked by, the likeliest to buy first."""
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine = Engine()
    said = Lake(root=kept).read(("retail", "gold", "predictions"), [fold.month], engine)
    mine = said.filter(said.horizon == fold.horizon, said.prediction == "volta_a_comprar")
    frame = engine.backend.to_pyarrow(mine).to_pandas().set_index("customer_id").reindex(fold.customers)
    table = fold.numbers[["recency_days", "frequency", "monetary"]] * [-1, 1, 1]
    latest = np.empty(len(table))
    latest[np.lexsort(table.to_numpy().T[::-1])] = np.arange(len(table))
    return {
        "served": frame["probability"].to_numpy(),
        "additive": fit_ours("additive", fold.known, fold.came).logits(fold.numbers),
        "mean": fit_ours("mean", fold.known, fold.came).logits(fold.numbers),
        LAST: frame["last_period"].to_numpy(),
        "latest_first": latest,
        "random": np.zeros(len(table)),
    }


def _reached(ranks: np.ndarray, fold: Fold) -> dict[str, float]:
    from arcana_assets.predictions.measures import reached

    assert not np.isnan(ranks).any(), "every customer is ranked"
    found = {}
    for words, size in (("100", 100.0), ("tenth", len(ranks) / 10)):
        buyers, revenue = reached(ranks, fold.outcome, size), reached(ranks, fold.paid, size)
        leavers = reached(-ranks, 1 - fold.outcome, size)
        found |= {f"buyers_{words}": buyers, f"revenue_{words}": revenue, f"leavers_{words}": leavers}
        found |= {
            f"buyers_{words}_share": buyers / fold.outcome.sum(),
            f"revenue_{words}_share": revenue / fold.paid.sum(),
            f"leavers_{words}_share": leavers / (1 - fold.outcome).sum(),
        }
    return found
