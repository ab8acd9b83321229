"""Domains of listed customers whose gold tables are made by hand, and what is predicted of them.

Belongs here: a company whose customers may leave, a house whose members come and use coupons; few sources of the
deployed domains, so that each feature is of one rollup. Does not belong here: the shop (`predictions`).
"""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import yaml

from arcana_assets.customer_360.listed.subscriptions import SUBSCRIPTIONS_MONTHLY
from arcana_assets.customer_360.visitors.tables import COUPONS_MONTHLY, PRESENCE_MONTHLY, STAFF_DEVICES
from arcana_assets.definitions import DEFS
from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets.tables.table import Table
from arcana_assets_tests.worlds.predictions import rows_in
from arcana_assets_tests.worlds.run import definitions_of, deployment_in, materialized

FIRST = date(2024, 1, 1)
LOOKBACK = 6
_CONTENT = ("segmentations", "combinations", "recommendations", "programmes", "predictions", "warehouse", "shrinkage")


class Listed:
    """A deployed domain with some of its sources, and one prediction; `since` of customers is 2020 where not given."""

    def __init__(self, folder: Path, domain: str, sources: tuple[str, ...], prediction: dict[str, object]) -> None:
        self.root, self.domain, self.name = folder, domain, str(prediction["name"])
        self.engine, self.lake = Engine(), Lake(root=str(folder / "lake"))
        defs = yaml.safe_load((DEFS / domain / "defs.yaml").read_text(encoding="utf-8"))
        attributes = {key: value for key, value in defs["attributes"].items() if key not in _CONTENT}
        attributes |= {"start": f"{FIRST:%Y-%m}", "lookback_months": LOOKBACK, "predictions": [prediction]}
        (folder / domain / "sources").mkdir(parents=True)
        for source in sources:
            text = (DEFS / domain / "sources" / f"{source}.yaml").read_text(encoding="utf-8")
            (folder / domain / "sources" / f"{source}.yaml").write_text(text, encoding="utf-8")
        said = yaml.safe_dump({**defs, "attributes": attributes}, sort_keys=False)
        (folder / domain / "defs.yaml").write_text(said, encoding="utf-8")

    def put(self, table: Table, frame: pd.DataFrame, months: list[date]) -> None:
        """Rows in the columns and types of a table; what the frame does not have is null."""
        mine = frame[frame["month"].isin(months)] if len(frame) else frame
        self.lake.write(
            (self.domain, table.layer, table.name), rows_in(table, mine), months, engine=self.engine, run_id="world"
        )

    def known(self, features: pd.DataFrame, months: list[date], since: dict[str, date] | None = None) -> None:
        """The feature matrix, and the customers that it is of."""
        first = [(since or {}).get(each, date(2020, 1, 1)) for each in features["customer_id"]]
        master = features[["customer_id", "month"]].assign(since=first, profiling_opt_in=True)
        for name, frame in (("feature_matrix", features), ("customer_360", master)):
            mine = frame[frame["month"].isin(months)].reset_index(drop=True)
            self.lake.write((self.domain, "gold", name), mine, months, engine=self.engine, run_id="world")

    def run(self, first: int, last: int, as_of: str = "2026-01-01T00:00:00+00:00") -> dg.ExecuteInProcessResult:
        """The models and what they say in months counted from the first one, in one run."""
        definitions = definitions_of(self.root / self.domain)
        assets = [each for each in definitions.assets or [] if isinstance(each, dg.AssetsDefinition)]
        wanted = {f"{self.domain}_prediction_{self.name}", f"{self.domain}_predictions"}
        chosen = [key for each in assets if each.node_def.name in wanted for key in each.keys]
        months = sorted({shifted(FIRST, step) for step in (first, last)})
        return materialized(assets, months, deployment_in(self.root), chosen, as_of)

    def table(self, name: str, step: int | None = None, layer: str = "gold") -> pd.DataFrame:
        """A table of a month, or of all."""
        months = None if step is None else [shifted(FIRST, step)]
        table = self.lake.read((self.domain, layer, name), months, self.engine)
        return self.engine.backend.to_pyarrow(table).to_pandas()

    def models(self) -> pd.DataFrame:
        """The rows of the models of the prediction."""
        return self.table(self.name, layer="models").sort_values(["month", "horizon"], ignore_index=True)


CANCELA = {
    "name": "cancela",
    "title": "Cancela",
    "target": "leaves",
    "horizon_months": [3],
    "features": ["mrr", "mrr_growth_3m", "mrr_growth_12m"],
    "minimum_events": 20,
    "hold_outs": 2,
}


def revenue_of(months: int, customers: int = 300, leaving: float = 0.04, seed: int = 5) -> pd.DataFrame:
    """Recurring revenue by customer and month: from the fourth month on some leave, after three months of less."""
    rng, rows = np.random.default_rng(seed), []
    left = np.where(rng.random(customers) < leaving * months, rng.integers(4, months + 4, customers), 10_000)
    size = rng.lognormal(7, 0.8, customers)
    for step in range(months):
        month = shifted(FIRST, step)
        for at in range(customers):
            if step >= left[at]:
                continue
            falls = 0.8 ** max(0, 4 - (left[at] - step)) * (1 + 0.02 * rng.normal())
            rows.append((f"E{at:03}", month, "ERP", round(float(size[at] * falls), 2)))
    return pd.DataFrame(rows, columns=["customer_id", "month", "product", "mrr"])


def revenue_features(revenue: pd.DataFrame, months: list[date]) -> pd.DataFrame:
    """The feature matrix of recurring revenue, of who has or had some within the lookback."""
    paid = revenue.pivot_table(index="customer_id", columns="month", values="mrr", aggfunc="sum")
    rows = []
    for month in months:
        inside = [each for each in paid.columns if shifted(month, 1 - LOOKBACK) <= each <= month]
        there = paid.index[paid[inside].notna().any(axis=1)]
        now = paid.get(month, pd.Series(np.nan, paid.index)).reindex(there).fillna(0.0)
        frame = pd.DataFrame({"customer_id": there, "month": month, "mrr": now.to_numpy()})
        for back in (3, 12):
            then = paid.get(shifted(month, -back), pd.Series(np.nan, paid.index)).reindex(there).to_numpy()
            frame[f"mrr_growth_{back}m"] = now.to_numpy() / then - 1
        rows.append(frame)
    return pd.concat(rows, ignore_index=True)


class Company(Listed):
    """A company by its customers' recurring revenue alone."""

    def __init__(self, folder: Path, **settings: object) -> None:
        super().__init__(folder, "b2b", ("customers", "mrr_monthly"), {**CANCELA, **settings})

    def deliver(self, revenue: pd.DataFrame, months: int) -> list[date]:
        """The rollup and features of the first months."""
        of = [shifted(FIRST, step) for step in range(months)]
        self.put(SUBSCRIPTIONS_MONTHLY, revenue, of)
        self.known(revenue_features(revenue[revenue["month"].isin(of)], of), of)
        return of


def visits_of(months: int, customers: int = 300, seed: int = 9) -> pd.DataFrame:
    """Visits by member and month, with the first and last day, orders, and those with a coupon."""
    rng, rows = np.random.default_rng(seed), []
    rate, coupon = rng.gamma(1.2, 1.5, customers), rng.beta(1, 2.5, customers)
    for step in range(months):
        month = shifted(FIRST, step)
        for at in range(customers):
            days = np.sort(rng.choice(28, min(int(rng.poisson(rate[at])), 28), replace=False))
            if len(days):
                first, last = (month + timedelta(days=int(days[end])) for end in (0, -1))
                used = int(rng.binomial(len(days), coupon[at]))
                rows.append((f"M{at:03}", month, len(days), len(days), used, first, last))
    names = ["customer_id", "month", "visits", "orders", "with_coupon", "first_day", "last_day"]
    return pd.DataFrame(rows, columns=names)


class House(Listed):
    """A house by who comes, and by coupons."""

    def __init__(self, folder: Path, **prediction: object) -> None:
        usual = {"title": "Volta", "minimum_events": 20, "hold_outs": 2, "candidates": ["last_period", "logistic"]}
        super().__init__(folder, "mall", ("membros", "visitas", "notas"), {"name": "volta", **usual, **prediction})

    def deliver(self, visits: pd.DataFrame, months: int, since: dict[str, date] | None = None) -> list[date]:
        """The rollups and features of the first months; who is in `since` is listed from the first month on."""
        of = [shifted(FIRST, step) for step in range(months)]
        money = visits.assign(lines=visits["orders"], gross=10, discount=0, largest=10, most_a_day=1)
        self.put(COUPONS_MONTHLY, money, of)
        whole = ("weekend_visits", "evening_visits", "timed_visits", "seconds", "zoned_visits", "zones", "stores")
        whole = (*whole, "receipt_days", "days_by_receipt_only")
        self.put(PRESENCE_MONTHLY, visits.assign(**dict.fromkeys(whole, 0)), of)
        self.put(STAFF_DEVICES, pd.DataFrame(), of)
        rows = []
        for month in of:
            mine = visits[(visits["month"] <= month) & (visits["month"] >= shifted(month, 1 - LOOKBACK))]
            frame = mine.groupby("customer_id", as_index=False)[["visits", "orders", "with_coupon"]].sum()
            more = pd.DataFrame(
                {"customer_id": [each for each in since or {} if each not in set(frame["customer_id"])]}
            )
            frame = frame.assign(coupon_share=frame["with_coupon"] / frame["orders"]).drop(
                columns=["orders", "with_coupon"]
            )
            rows.append(pd.concat([frame, more], ignore_index=True).assign(month=month))
        self.known(pd.concat(rows, ignore_index=True), of, since)
        return of
