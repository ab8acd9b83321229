"""Continuity: customers of the real file who get another segment though they did nothing, against raw refits.

Rolling six months of recency, frequency and value; month by month from June to December 2011, and night by night
through November. A raw refit is K-Means fitted again each time with as many segments, its labels taken as they come.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import real_file

FEATURES = ["recency_days", "frequency", "monetary"]
MONTHS = [date(2011, month, 1) for month in range(6, 13)]
NIGHTS = [date(2011, 11, 1) + timedelta(days=day) for day in range(30)]


def measure(options: Options) -> Outcome:
    """Four sides: the chain of models and raw refits, by month and by night."""
    path = str(real_file())
    ends = {
        "month": [each.isoformat() for each in (MONTHS[:3] if options.quick else MONTHS)],
        "night": [each.isoformat() for each in (NIGHTS[:4] if options.quick else NIGHTS)],
    }
    sides = [
        Side(f"{way}, by {step}", f"{__name__}:{function}", {"path": path, "ends": days, "nights": step == "night"})
        for step, days in ends.items()
        for way, function in (("chain", "chain"), ("raw refits", "raw_refits"))
    ]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio(
                f"renamed by {step}, chain / raw refits", f"chain, by {step}", f"raw refits, by {step}", unit="renamed"
            )
            for step in ends
        ],
        limits=[
            Limit("moved by the model alone, month to month", "chain, by month", 5, unit="by_model"),
            Limit("moved by the model alone, night to night", "chain, by night", 2, unit="by_model"),
        ],
    )


def chain(folder: Path, path: str, ends: list[str], nights: bool) -> dict[str, Any]:
    """The models of the platform, one after the other; by night the model is that of the month before.

    Shares in percent of the customers there both times, over all steps: `renamed` whose segment changed, `by_model`
    those of them whose segment the older model would not have changed.
    """
    import numpy as np
    import pandas as pd

    from arcana_assets.domain.settings.segmentation import Segmentation
    from arcana_assets.presentation.language import DEFAULT
    from arcana_assets.segmentation.models.champion import Waiting, decide, waits_as
    from arcana_assets.segmentation.models.continuity import moves
    from arcana_assets.segmentation.models.fitting import fit_segmentation

    frames = frames_of(path, ends)
    settings = Segmentation(name="value", features=FEATURES, k=(4, 8))
    model, before, both, renamed, by_model, outcomes = None, pd.Series(dtype="int64"), 0, 0, 0, list[str]()
    waiting: Waiting | None = None
    with timed() as clock:
        for end, frame in frames.items():
            older = model
            if model is None or not nights:

                def fit(frame: Any = frame) -> Any:
                    return fit_segmentation(frame, settings)

                decision = decide(fit, model, frame, frame, settings, end, waiting=waiting)
                model, waits = decision.model, decision.challenger
                waiting = waits_as(waits, decision.challenger_months) if waits is not None else None
                outcomes.append(f"{end:%Y-%m-%d}: {decision.outcome}, k = {model.clusterer.k}")
            previous = frame["customer_id"].map(before).fillna(-1).to_numpy(dtype="int64")
            now = model.assign(frame, previous, settings.refit.hysteresis)["segment_id"].to_numpy()
            if older is not None:
                old = older.assign(frame, previous, settings.refit.hysteresis)["segment_id"].to_numpy()
                why = moves(previous, old, now, DEFAULT)
                both += int((previous > 0).sum())
                renamed += int(((previous > 0) & (previous != now)).sum())
                by_model += int(np.isin(why, ["modelo", "ambos"]).sum())
            before = pd.Series(now, index=frame["customer_id"])
    shares = {"renamed": 100 * renamed / both, "by_model": 100 * by_model / both}
    return {**vars(clock), **shares, "customers": both, "outcomes": outcomes}


def raw_refits(folder: Path, path: str, ends: list[str], nights: bool) -> dict[str, Any]:
    """K-Means from new starts each time, on the same features in the same space, its labels as they come."""
    import pandas as pd
    from sklearn.cluster import KMeans

    from arcana_assets.segmentation.clustering.preprocessing import Preprocessing

    frames = frames_of(path, ends)
    before, both, renamed = None, 0, 0
    with timed() as clock:
        for number, frame in enumerate(frames.values()):
            points = Preprocessing.fit(frame, FEATURES).points(frame)
            labels = KMeans(n_clusters=5, n_init=10, random_state=number).fit_predict(points)
            now = pd.Series(labels, index=frame["customer_id"])
            if before is not None:
                there = now.index.intersection(before.index)
                both += len(there)
                renamed += int((now[there] != before[there]).sum())
            before = now
    return {**vars(clock), "renamed": 100 * renamed / both, "customers": both}


def frames_of(path: str, ends: list[str]) -> dict[date, Any]:
    """Recency, frequency and net value of the six months before each day, a row a customer, in order.

    `later` is what the customer paid in the 90 days from that day on, net; 0 for who is not seen again.
    """
    import pandas as pd

    rows = pd.read_csv(path, encoding="latin-1", dtype={"CustomerID": "string", "InvoiceNo": "string"})
    rows = rows.drop_duplicates()
    rows = rows[(rows["UnitPrice"] > 0) & rows["CustomerID"].notna()]
    rows["day"] = pd.to_datetime(rows["InvoiceDate"], format="%m/%d/%Y %H:%M")
    rows["amount"] = rows["Quantity"] * rows["UnitPrice"]
    found = {}
    for text in ends:
        end = pd.Timestamp(text)
        mine = rows[(rows["day"] < end) & (rows["day"] >= end - pd.DateOffset(months=6))]
        sales = mine[mine["Quantity"] > 0].groupby("CustomerID")
        frame = pd.DataFrame(
            {"recency_days": (end - sales["day"].max()).dt.days, "frequency": sales["InvoiceNo"].nunique()}
        )
        frame = frame.assign(monetary=mine.groupby("CustomerID")["amount"].sum()).astype("float64")
        after = rows[(rows["day"] >= end) & (rows["day"] < end + pd.DateOffset(days=90))]
        later = after.groupby("CustomerID")["amount"].sum()
        frame = frame.assign(later=later.reindex(frame.index).fillna(0.0))
        found[end.date()] = frame.rename_axis("customer_id").reset_index()
    return found
