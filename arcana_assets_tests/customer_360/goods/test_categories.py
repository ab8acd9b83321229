"""Categories: the catalogue's where there is one, else learned families, in the months that each is of."""

from datetime import date

import pandas as pd

from arcana_assets.customer_360.goods.categories import product_categories
from arcana_assets.domain.settings.customers import Families

JANUARY, FEBRUARY = date(2011, 1, 1), date(2011, 2, 1)
SOLD = pd.DataFrame(
    [("LAMP", JANUARY, "RED LAMP", 3), ("BELL", JANUARY, None, 1)],
    columns=["product_id", "month", "description", "units"],
)


def catalogue(*rows):
    return pd.DataFrame(rows, columns=["month", "product_id", "category", "name"])


def named(*catalogues, months=(JANUARY, FEBRUARY)):
    found = product_categories(SOLD, catalogues, months, Families())
    columns = ["name", "category", "from_catalogue"]
    return {(row.month, row.product_id): tuple(getattr(row, name) for name in columns) for row in found.itertuples()}


def test_without_a_catalogue_a_product_has_its_description_or_its_code_and_the_learned_family():
    assert named(months=[JANUARY]) == {
        (JANUARY, "LAMP"): ("RED LAMP", "Outros", False),
        (JANUARY, "BELL"): ("BELL", "Outros", False),
    }


def test_in_a_month_with_a_catalogue_what_it_does_not_list_is_of_the_rest():
    found = named(catalogue((FEBRUARY, "LAMP", "Light", "Lamp")))
    assert found[JANUARY, "LAMP"] == ("RED LAMP", "Outros", False)
    assert found[FEBRUARY, "LAMP"] == ("Lamp", "Light", True)
    assert found[FEBRUARY, "BELL"] == ("BELL", "Outros", False)


def test_type_and_brand_are_those_of_the_catalogue_and_learned_of_nothing():
    stated = catalogue((FEBRUARY, "LAMP", "Light", "Lamp")).assign(type="Hanging", brand="Lux")
    found = product_categories(SOLD, [stated], (JANUARY, FEBRUARY), Families())
    told = found.astype(object).where(found.notna(), None)
    assert {(row.month, row.product_id): (row.type, row.brand) for row in told.itertuples()} == {
        (JANUARY, "LAMP"): (None, None),
        (JANUARY, "BELL"): (None, None),
        (FEBRUARY, "LAMP"): ("Hanging", "Lux"),
        (FEBRUARY, "BELL"): (None, None),
    }


def test_a_product_of_two_catalogues_is_called_as_the_first_of_them_calls_it():
    first, second = catalogue((JANUARY, "LAMP", "Light", "Lamp")), catalogue((JANUARY, "LAMP", "Toys", "Toy"))
    assert named(first, second)[JANUARY, "LAMP"] == ("Lamp", "Light", True)
