"""A shop of customers who buy at rates of their own, its rollups made by hand, and what is predicted of them."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.goods.tables import (
    PRODUCT_CATEGORIES,
    TRANSACTIONS_BY_PRODUCT_MONTHLY,
    TRANSACTIONS_MONTHLY,
)
from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.domain.months import shifted
from arcana_assets.tables.table import Table
from arcana_assets_tests.worlds.loyalty import START, World

CUSTOMERS = ("customer_360", "feature_matrix")
MODELS, SAID = ("prediction_volta",), ("predictions",)
EVERYTHING = (*CUSTOMERS, *MODELS, *SAID)
VOLTA = {
    "name": "volta",
    "title": "Volta a comprar",
    "target": "active",
    "horizon_months": [1],
    "features": ["recency_days", "frequency", "monetary", "average_ticket"],
    "minimum_events": 20,
    "hold_outs": 2,
    "goals": {"skill": 0.05, "slope": [0.5, 2.5], "bias": 0.2},  # of 300 customers
}


def sales_of(customers: int = 300, months: int = 7, seed: int = 3, least: float = 0.05) -> pd.DataFrame:
    """Orders by customer and month: each customer has a rate, from `least` to nearly always, and a mean ticket."""
    rng, rows = np.random.default_rng(seed), []
    rates, tickets = np.clip(rng.beta(0.8, 1.2, customers), least, 0.97), rng.lognormal(4, 0.6, customers)
    for step in range(months):
        month = shifted(START, step)
        for at in range(customers):
            if rng.random() < rates[at]:
                day = month + timedelta(days=int(rng.integers(0, 27)))
                rows.append((f"c{at:03}", month, 1 + int(rng.random() < rates[at]), round(float(tickets[at]), 2), day))
    return pd.DataFrame(rows, columns=["customer_id", "month", "orders", "gross", "day"])


def rows_in(table: Table, frame: pd.DataFrame) -> pa.Table:
    """Rows in the columns and types of a table; what the frame does not have is null."""
    columns = {}
    for field in table.arrow:
        values = frame[field.name].tolist() if field.name in frame.columns else [None] * len(frame)
        if pa.types.is_decimal(field.type):
            values = [Decimal(str(each)) for each in values]
        columns[field.name] = pa.array(values, field.type)
    return pa.table(columns, schema=table.arrow)


class Shop(World):
    """The domain retail with one prediction; the platform computes customer 360 and features from its rollups."""

    def __init__(self, folder: Path, **settings: object) -> None:
        super().__init__(folder)
        attributes = self.defs["attributes"]
        for key in ("recommendations", "programmes"):
            attributes.pop(key)
        attributes["predictions"] = [{**VOLTA, **settings}]
        self.prediction = str(attributes["predictions"][0]["name"])
        self.save()

    def deliver_sales(self, sales: pd.DataFrame, months: int) -> None:
        """The rollups of the first months; what has no sale is there, too, without a row."""
        of = [shifted(START, step) for step in range(months)]
        sales = sales[sales["month"].isin(of)]
        known = sales.assign(lines=sales["orders"], units=sales["orders"], returned=0, reversed=0, net=sales["gross"])
        by_month = known.assign(first_day=known["day"], last_day=known["day"])
        self.put(TRANSACTIONS_MONTHLY, by_month, of)
        self.put(TRANSACTIONS_BY_PRODUCT_MONTHLY, known.assign(product_id="P1", products=1), of)
        categories = [
            {"month": month, "product_id": "P1", "category": "Lamps", "first_month": START, "from_catalogue": True}
            for month in of
        ]
        self.put(PRODUCT_CATEGORIES, pd.DataFrame(categories), of)
        self.put(OUTLIERS, pd.DataFrame(), of)

    def put(self, table: Table, frame: pd.DataFrame, months: list[date]) -> None:
        """Rows in the columns and types of a table; what the frame does not have is null."""
        key = ("retail", table.layer, table.name)
        self.lake.write(key, rows_in(table, frame), months, engine=self.engine, run_id="world")

    def models(self) -> pd.DataFrame:
        """The rows of the models of the prediction."""
        table = self.lake.read(("retail", "models", self.prediction), None, self.engine)
        return self.engine.backend.to_pyarrow(table).to_pandas().sort_values(["month", "horizon"], ignore_index=True)
