"""Predictions of a made-up domain, month by month: the platform up to them, and what served against other candidates.

Belongs here: what benchmarks of predictions share. Does not belong here: their samples and goals.
"""

import logging
from datetime import date
from pathlib import Path
from typing import Any

MEASURES = ("auc", "brier", "slope", "bias", "capture_10")
AGAINST = ("last_period", "table")


def platform(place: Path, domain: str, first: date, months: int) -> str:
    """Landing to predictions in one run over all months; the files lie in `place`/landing. Returns the lake."""
    import dagster as dg

    from arcana_assets.automation.refresh import refresh
    from arcana_assets.definitions import build_definitions
    from arcana_assets.deployment import Deployment
    from arcana_assets.domain.months import months_between, shifted

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    lake, landing, home = (str(place / name) for name in ("lake", "landing", "home"))
    deployment = Deployment(lake, landing, home, tracking="off")
    wanted = dg.AssetSelection.assets(dg.AssetKey([domain, "gold", "predictions"])).upstream()
    job = dg.define_asset_job(
        "predictions", selection=wanted.required_multi_asset_neighbors(), executor_def=dg.in_process_executor
    )
    definitions = dg.Definitions.merge(build_definitions(deployment=deployment), dg.Definitions(jobs=[job]))
    of = months_between(first, shifted(first, months - 1))
    with dg.DagsterInstance.ephemeral() as instance:
        done = refresh(definitions.resolve_job_def("predictions"), of, instance, lambda *_: None)
    if not done.succeeded:
        raise RuntimeError(f"{domain}: {done.failures}")
    return deployment.lake


def by_month(lake: str, domain: str) -> list[dict[str, Any]]:
    """A row a prediction, horizon and month whose outcome came: what served then, the last period and the table.

    Each was learned of what was known at the end of that month. `serves` is who served as of that month, `serves_now`
    who serves as of the last one; base rates, that tell nobody apart, are left out.
    """
    rows = _table(lake, domain, "gold", "prediction_evaluation")
    if rows.empty:
        return []
    now = rows[(rows["month"] == rows["month"].max()) & rows["serves"]]
    serving = {(row.prediction, row.horizon): row.candidate for row in now.itertuples()}
    served = {
        (name, row["horizon"], row["month"]): row["champion"]
        for name in rows["prediction"].unique()
        for row in _table(lake, domain, "models", name).to_dict("records")
    }
    found = []
    for key, mine in rows.groupby(["prediction", "horizon", "hold_out"]):
        board = mine.drop_duplicates("candidate", keep="last").set_index("candidate")
        then, current = served[key], serving.get(key[:2])
        base = board["events"].iloc[0] / board["n"].iloc[0]
        told = {"prediction": key[0], "horizon": int(key[1]), "month": str(key[2])[:7], "serves": then}
        told |= {"serves_now": current, "n": int(board["n"].iloc[0]), "events": int(board["events"].iloc[0])}
        for name, candidate in (("served", then), ("now", current), *((each, each) for each in AGAINST)):
            if candidate in board.index:
                one = board.loc[candidate]
                told[name] = {each: float(one[each]) for each in MEASURES}
                told[name]["said_over_came"] = float((one["bias"] + base) / base) if base else float("nan")
                for other in AGAINST:
                    if other in board.index:
                        told[name][f"below_{other}"] = float(1 - one["brier"] / board.loc[other, "brier"])
        found.append(told)
    return found


def lines(rows: list[dict[str, Any]]) -> str:
    """The rows as text, a line each: AUC, error below the last period's and the table's, slope, level, best tenth."""
    head = "AUC (last period, table); below last period, table; slope; said over came; best tenth (last period, table)"
    said = [head]
    for row in rows:
        for name in ("served", "now"):
            if name in row and (name == "served" or row["serves"] != row["serves_now"]):
                mine, others = row[name], [row[each] for each in AGAINST if each in row]
                aucs, tenths = (", ".join(f"{each[what]:.3f}" for each in others) for what in ("auc", "capture_10"))
                below = ", ".join(f"{mine[f'below_{each}']:+.1%}" for each in AGAINST if f"below_{each}" in mine)
                who = row["serves" if name == "served" else "serves_now"]
                said.append(
                    f"{row['prediction']} {row['horizon']} {row['month']} {who} ({name}): {mine['auc']:.3f} ({aucs}); "
                    f"{below}; {mine['slope']:.2f}; {mine['said_over_came']:.2f}; {mine['capture_10']:.3f} ({tenths})"
                )
    return "\n".join(said)


def _table(lake: str, domain: str, layer: str, name: str) -> Any:
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine = Engine()
    return engine.backend.to_pyarrow(Lake(root=lake).read((domain, layer, name), None, engine)).to_pandas()
