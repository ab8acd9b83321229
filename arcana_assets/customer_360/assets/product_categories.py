"""TODO: what this room is for."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.tables import PRODUCT_CATEGORIES
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.tables.frames import as_table


def _categories(spec: DomainSpec) -> dg.AssetsDefinition:
    domain = spec.domain

    @table_asset(
        spec,
        "product_categories",
        {"categories": PRODUCT_CATEGORIES},
        ins={
            "products": with_history(spec.key("gold", "products_monthly")),
            **spec.silvers("products"),
        },
    )
    def product_categories(
        context: dg.AssetExecutionContext, engine: Engine, products: ir.Table, **catalogues: ir.Table
    ) -> Iterator[Any]:
        from arcana_assets.customer_360.goods.families import families_by_month

        run, families = Run.of(context, domain), domain.families
        with failures():
            listed = [engine.backend.to_pyarrow(catalogue).to_pandas() for catalogue in catalogues.values()]
            # A product that two catalogues list is called as the first of them calls it.
            known = pd.concat(listed).drop_duplicates(["month", "product_id"]) if listed else pd.DataFrame()
            sold = engine.backend.to_pyarrow(
                products.select("product_id", "month", "description", units=products.lines)
            ).to_pandas()
            learned = families_by_month(sold, run.months, families.count, families.minimum_products, families.other)
            named = _named(learned, known, families.other)
        table = as_table([named], PRODUCT_CATEGORIES)
        last = named[named["month"] == run.months[-1]]
        yield dg.Output(table, "categories", metadata={"by_category": dg.MetadataValue.md(_counts(last))})

    return product_categories


def _named(learned: pd.DataFrame, catalogue: pd.DataFrame, other: str) -> pd.DataFrame:
    """Products with the catalogue's name and category.

    Without a catalogue, with their description and learned family.
    """
    table = learned.rename(columns={"family": "category", "description": "name"}).assign(from_catalogue=False)
    if len(catalogue):
        listed = catalogue[["month", "product_id", "category", "name"]].rename(
            columns={"category": "listed", "name": "called"}
        )
        table = table.merge(listed, on=["month", "product_id"], how="left", validate="one_to_one")
        # A month without a catalogue keeps the families; within a month that has one, what it does not list is `other`.
        has_one = table["month"].isin(listed["month"].unique())
        table = table.assign(
            category=table["category"].where(~has_one, table["listed"].fillna(other)),
            name=table["called"].fillna(table["name"]),
            from_catalogue=table["called"].notna(),
        )
    return table.assign(name=table["name"].where(table["name"] != "", table["product_id"]))


def _counts(products: pd.DataFrame) -> str:
    counts = products["category"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return "| category | products |\n|---|---|\n" + "\n".join(f"| {name} | {count} |" for name, count in counts.items())
