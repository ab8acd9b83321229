"""A shop whose gold tables are made by hand, and its loyalty programme, materialized the way the UI does it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa
import yaml

from arcana_assets.definitions import DEFS
from arcana_assets.deployment import TRACKING_OFF
from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets.predictions.tables import PREDICTIONS
from arcana_assets.tables.frames import as_table
from arcana_assets_tests.worlds.run import definitions_of, deployment_in, materialized

START = date(2010, 12, 1)
LOOKBACK = 3
MONEY = ("gross", "returned", "net")  # are decimals, as in the rollup itself
ASSETS = ("loyalty", "loyalty_forecast", "loyalty_proof", "loyalty_report")
PAGES = ("published_relatorio_de_fidelidade", "published_lista_de_fidelidade")


def orders_of(customers: int = 120, months: int = 8, seed: int = 3) -> pd.DataFrame:
    """Rows of `transactions_monthly`: a third buys two or three times a month and much, the others now and then."""
    rng, rows = np.random.default_rng(seed), []
    for at in range(customers):
        loyal = at % 3 == 0
        for step in range(months):
            orders = int(rng.integers(2, 4)) if loyal else int(rng.random() < 0.5)
            if not orders:
                continue
            month, gross = shifted(START, step), round(float(orders * rng.lognormal(5 if loyal else 4, 0.3)), 2)
            back = round(gross * 0.1, 2) if rng.random() < 0.2 else 0.0
            day = month + timedelta(days=int(rng.integers(0, 25)))
            rows.append((f"c{at:03}", month, orders, orders, orders, gross, back, round(gross - back, 2), day, day))
    names = ["customer_id", "month", "orders", "lines", "units", "gross", "returned", "net", "first_day", "last_day"]
    return pd.DataFrame(rows, columns=names)


class World:
    """The domain retail with a lookback of three months; `programmes` are those of its YAML."""

    tracking = TRACKING_OFF  # MLflow takes seconds to begin; a test that is about it sets this to nothing

    def __init__(self, folder: Path, **settings: object) -> None:
        self.root, self.engine = folder, Engine()
        self.lake = Lake(root=str(folder / "lake"))
        defs = yaml.safe_load((DEFS / "retail" / "defs.yaml").read_text(encoding="utf-8"))
        attributes = defs["attributes"]
        attributes["lookback_months"] = LOOKBACK
        programme = {"history_months": 2, "grace_months": 1, "outcome_months": 2, "revenue_share": [0, 1], **settings}
        attributes["programmes"][0] |= programme
        source = DEFS / "retail" / "sources"
        (folder / "retail" / "sources").mkdir(parents=True)
        for path in source.glob("*.yaml"):
            (folder / "retail" / "sources" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        self.defs = defs
        self.save()

    def save(self) -> None:
        """Writes the YAML of the domain."""
        text = yaml.safe_dump(self.defs, sort_keys=False)
        (self.root / "retail" / "defs.yaml").write_text(text, encoding="utf-8")

    def add_programme(self, name: str, **settings: object) -> None:
        """Adds a programme like the first one, under another name."""
        programmes = self.defs["attributes"]["programmes"]
        programmes.append({**programmes[0], "name": name, "title": name, **settings})
        self.save()

    def keep(self, orders: pd.DataFrame, months: int) -> None:
        """The gold tables that loyalty is made of, of the first months: what the platform would make of the orders."""
        everything, put = [], []
        for step in range(months):
            month, first = shifted(START, step), shifted(START, step + 1 - LOOKBACK)
            mine = orders[(orders["month"] <= month) & (orders["month"] >= first)]
            rows = mine.groupby("customer_id", as_index=False).agg(
                frequency=("orders", "sum"), monetary=("net", "sum"), gross=("gross", "sum"), last=("last_day", "max"),
                returned=("returned", "sum"),
            )  # fmt: skip
            end = shifted(month, 1)
            rows = rows.assign(
                month=month,
                recency_days=[(end - day).days for day in rows["last"]],
                average_ticket=rows["gross"] / rows["frequency"].replace(0, np.nan),
                distinct_products=rows["frequency"],
                return_share=rows["returned"] / rows["gross"].replace(0, np.nan),
                tenure_months=step,
                share_lamps=np.where(rows["frequency"] > 3, 0.5, 0.0),
                share_toys=np.where(rows["frequency"] > 3, 0.5, 1.0),
            )
            everything.append(rows.drop(columns="last"))
            top = rows["frequency"] > 2
            put.append(
                rows[["customer_id", "month"]].assign(
                    segmentation="value",
                    segment_id=np.where(top, 2, 1),
                    persona=np.where(top, "02-VIPs", "01-Demais"),
                )
            )
        of = [shifted(START, step) for step in range(months)]
        orders = orders.assign(**{name: [Decimal(str(each)) for each in orders[name]] for name in MONEY})
        base = pd.concat(everything)
        for table, frame in (
            ("transactions_monthly", orders[orders["month"].isin(of)]),
            ("customer_360", base),
            ("segments", pd.concat(put)),
        ):
            self.write(table, frame, of)
        self.expect(base, of)

    def expect(self, base: pd.DataFrame, of: list[date]) -> None:
        """What is predicted of customers: as much as in the lookback, at most twice as much, known from March on."""
        spend = base[["customer_id", "month"]].assign(
            prediction="gasto", horizon=3, expected=base["monetary"], high=base["monetary"] * 2
        )
        spend.loc[spend["month"] < shifted(START, 3), "high"] = np.nan
        others = spend.assign(prediction="volta_a_comprar", expected=np.nan, high=np.nan, probability=0.5)
        rows = as_table([spend, others, spend.assign(horizon=1, expected=1.0)], PREDICTIONS)
        self.lake.write(("retail", "gold", "predictions"), rows, of, engine=self.engine, run_id="world")

    def write(self, table: str, frame: pd.DataFrame, months: list[date]) -> None:
        """Puts the months of a gold table into the lake."""
        self.lake.write(("retail", "gold", table), frame, months, engine=self.engine, run_id="world")

    def deliver(self, days: dict[int, date]) -> None:
        """Puts a sale a month into silver: the newest one of months that are counted from the first of the domain."""
        for step, day in days.items():
            month = shifted(START, step)
            at = pa.array([datetime(day.year, day.month, day.day, 12, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
            sale = pa.table({"month": pa.array([month], pa.date32()), "ordered_at": at})
            self.lake.write(("retail", "silver", "transactions"), sale, [month], engine=self.engine, run_id="world")

    def run(self, first: int, last: int | None = None, names: tuple[str, ...] = ASSETS, **options: object):
        """Assets of a range of months, counted from the first one of the domain, in one run."""
        definitions = definitions_of(self.root / "retail")
        assets = [each for each in definitions.assets or [] if isinstance(each, dg.AssetsDefinition)]
        chosen = [
            key for each in assets if each.node_def.name in {f"retail_{name}" for name in names} for key in each.keys
        ]
        months = [shifted(START, step) for step in (first, first if last is None else last)]
        as_of = str(options.pop("as_of", "2012-06-01T00:00:00+00:00"))
        config = {"ops": {"retail_loyalty": {"config": options}}} if options else None
        return materialized(assets, months, deployment_in(self.root, self.tracking), chosen, as_of, run_config=config)

    def table(self, name: str, *steps: int) -> pd.DataFrame:
        """A gold table of some months, or of all."""
        months = [shifted(START, step) for step in steps] or None
        table = self.lake.read(("retail", "gold", name), months, self.engine)
        return self.engine.backend.to_pyarrow(table).to_pandas()
