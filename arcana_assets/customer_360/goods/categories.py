"""Categories of products: of the catalogue where there is one, else the families learned from descriptions.

Belongs here: which of the two a product has, and its name. Does not belong here: learning families (`families`).
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from arcana_assets.customer_360.goods.families import families_by_month
from arcana_assets.domain.settings.customers import Families

STATED = ("type", "brand")  # of a product, by the catalogue alone: nothing is learned in their place


def product_categories(
    sold: pd.DataFrame, catalogues: Sequence[pd.DataFrame], months: Sequence[date], families: Families
) -> pd.DataFrame:
    """Name and category of each product sold up to each of the months, a row each.

    Takes `products_monthly` from the first month on, with lines as `units`, and silver of each catalogue in the months.
    Of a catalogue's columns type and brand go along.
    """
    learned = families_by_month(sold, months, families.count, families.minimum_products, families.other)
    # A product that two catalogues list is called as the first of them calls it.
    known = pd.concat(catalogues).drop_duplicates(["month", "product_id"]) if catalogues else pd.DataFrame()
    return _named(learned, known, families.other)


def _named(learned: pd.DataFrame, catalogue: pd.DataFrame, other: str) -> pd.DataFrame:
    """Products with the catalogue's name and category.

    Without a catalogue, with their description and learned family.
    """
    table = learned.rename(columns={"family": "category", "description": "name"}).assign(from_catalogue=False)
    if not len(catalogue):
        table = table.assign(**dict.fromkeys(STATED))
    else:
        listed = catalogue.reindex(columns=["month", "product_id", "category", "name", *STATED]).rename(
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
