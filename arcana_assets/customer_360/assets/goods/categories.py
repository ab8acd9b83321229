"""Product categories as of each month, of what was sold and of the catalogues.

Belongs here: which tables feed them, and how many products each category has. Does not belong here: which category a
product has (`goods.categories`).
"""

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.goods.categories import product_categories
from arcana_assets.customer_360.goods.tables import PRODUCT_CATEGORIES, PRODUCTS_MONTHLY
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.tables.frames import as_table


def categories_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The name and category of each product."""
    domain = spec.domain

    @table_asset(
        spec,
        "product_categories",
        {"categories": PRODUCT_CATEGORIES},
        ins={
            "products": with_history(spec.key_of(PRODUCTS_MONTHLY)),
            **spec.silvers("products"),
            **spec.silvers("stores"),
        },
    )
    def categories(
        context: dg.AssetExecutionContext, engine: Engine, products: ir.Table, **catalogues: ir.Table
    ) -> Events:
        months = Run.of(context, domain).months
        sold = products.select("product_id", "month", "description", units=products.lines)
        listed = [_catalogue(engine.backend.to_pyarrow(each).to_pandas()) for each in catalogues.values()]
        named = product_categories(engine.backend.to_pyarrow(sold).to_pandas(), listed, months, domain.families)
        last = named.loc[named["month"] == months[-1], "category"]
        sizes = last.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        told = markdown_table(("category", "products"), sizes.items())
        yield dg.Output(
            as_table([named], PRODUCT_CATEGORIES), "categories", metadata={"by_category": dg.MetadataValue.md(told)}
        )

    return categories


def _catalogue(rows: pd.DataFrame) -> pd.DataFrame:
    """Silver of products as it is, and of stores as products: where lines name no product, the store stands for it."""
    return rows.rename(columns={"store_id": "product_id"})
