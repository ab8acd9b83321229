"""Families are read out of descriptions once and then never change.

Slow: each of these tests computes months of a domain.
"""

from datetime import date

import pandas as pd
import pytest

from arcana_assets.customer_360.goods.families import UnreadableProducts, families_by_month, learn_vocabulary

pytestmark = pytest.mark.slow

DECEMBER, JANUARY, FEBRUARY = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1)
COLUMNS = ["product_id", "month", "description", "units"]
ANIMALS = ["dog", "cat", "owl", "fox", "bear", "duck", "frog", "goat"]


def frame(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def small_shop(month=DECEMBER):
    """Eight bags, eight signs and one oddity; colours are no nouns and animals name no product."""
    bags = [(f"B{i}", month, f"RED {animal.upper()} BAG", 3) for i, animal in enumerate(ANIMALS)]
    signs = [(f"S{i}", month, f"{animal.upper()} METAL SIGN", 3) for i, animal in enumerate(ANIMALS)]
    return frame(*bags, *signs, ("X", month, "INFLATABLE POLITICAL GLOBE", 1))


def known_families(products, **settings):
    """The families as of the last month."""
    last = pd.to_datetime(products["month"]).max()
    return families_by_month(products, [last], **settings).drop(columns="month")


def families_of(products, **settings):
    return known_families(products, **{"minimum_products": 10} | settings).set_index("product_id")["family"]


def test_products_are_grouped_by_their_head_noun():
    found = families_of(small_shop())
    assert found["B0"] == "Bag"
    assert found["S7"] == "Sign"
    assert found["X"] == "Outros"


def test_one_row_a_product_with_its_first_month_and_its_latest_description():
    rows = frame(("A", DECEMBER, " red  bag ", 2), ("A", JANUARY, "BLUE BAG", 5), ("A", JANUARY, "damaged", 9))
    result = known_families(rows)
    assert list(result.columns) == ["product_id", "family", "first_month", "description"]
    assert result.iloc[0].to_list() == ["A", "Outros", DECEMBER, "damaged"]


def test_plurals_and_what_follows_a_with_do_not_hide_the_head():
    extra = frame(("N1", JANUARY, "SET OF 3 BAGS", 1), ("N2", JANUARY, "OWL BAG WITH A SMALL SIGN", 1))
    found = families_of(pd.concat([small_shop(), extra]))
    assert found["N1"] == found["N2"] == "Bag"


def test_a_portuguese_shop_has_its_heads_at_the_front():
    animals = ["gato", "cachorro", "urso", "sapo", "pato", "leão", "tigre", "lobo"]
    vocabulary = learn_vocabulary(
        [f"Bolsa vermelha de {a}" for a in animals] + [f"Canecas com {a} azul" for a in animals]
    )
    assert not vocabulary.head_last
    assert vocabulary.family_of("BOLSAS AMARELAS com caneca", "Outros") == "Bolsa"
    assert set(vocabulary.families.values()) == {"Bolsa", "Caneca"}


def test_before_enough_products_are_known_all_are_others_and_the_month_that_knows_them_names_all():
    few = frame(("EARLY", DECEMBER, "GREEN OWL BAG", 1))
    assert families_of(few).to_list() == ["Outros"]
    later = families_of(pd.concat([few, small_shop(JANUARY)]))
    assert later["EARLY"] == "Bag"


def test_later_months_change_neither_names_nor_families():
    # In February clocks outnumber all else, and B0 is sold as a sign: too late for both.
    clocks = frame(*[(f"C{i}", FEBRUARY, f"{animal} CLOCK", 9) for i, animal in enumerate(ANIMALS * 3)])
    renamed = frame(("B0", FEBRUARY, "RED DOG SIGN", 99))
    before = families_of(small_shop())
    after = families_of(pd.concat([small_shop(), clocks, renamed]))
    assert after[before.index].equals(before)
    assert after["C0"] == "Outros"


def test_row_order_is_of_no_account():
    expected = known_families(small_shop(), minimum_products=10)
    for seed in range(5):
        shuffled = small_shop().sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(known_families(shuffled, minimum_products=10), expected)


def test_a_product_without_a_description_is_other_until_it_gets_one():
    silent = frame(("N", DECEMBER, None, 4), ("N", JANUARY, "  ", 4))
    result = known_families(pd.concat([small_shop(), silent]), minimum_products=10).set_index("product_id")
    assert result.loc["N", ["family", "first_month", "description"]].to_list() == ["Outros", DECEMBER, ""]
    found = families_of(pd.concat([small_shop(), silent, frame(("N", FEBRUARY, "PINK BAG", 1))]))
    assert found["N"] == "Bag"


def test_no_products_give_no_rows():
    assert known_families(frame()).columns.to_list() == ["product_id", "family", "first_month", "description"]
    assert known_families(frame()).empty


def test_a_misspelt_column_is_named():
    with pytest.raises(UnreadableProducts, match="'description'; did you mean 'descripton'"):
        known_families(frame().rename(columns={"description": "descripton"}))


NOT_PRODUCTS = ["POST", "DOT", "M", "C2", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "B"]


@pytest.fixture(scope="module")
def gift_shop(online_retail):
    wanted = ["StockCode", "Description", "InvoiceDate", "UnitPrice"]
    sales = pd.read_csv(online_retail, encoding="latin-1", usecols=wanted, dtype={"StockCode": str})
    sales = sales[sales["UnitPrice"] > 0].assign(product_id=sales["StockCode"].str.upper())
    sales = sales[~sales["product_id"].isin(NOT_PRODUCTS) & ~sales["product_id"].str.startswith("GIFT_0001")]
    day = sales["InvoiceDate"].str.split(" ").str[0].str.split("/", expand=True)
    sales["month"] = pd.to_datetime(day[2] + "-" + day[0].str.zfill(2) + "-01")
    counted = sales.groupby(["product_id", "month", "Description"]).size().rename("units").reset_index()
    return counted.rename(columns={"Description": "description"})


@pytest.mark.shared_data
def test_families_of_the_real_shop_are_neither_trivial_nor_mostly_others(gift_shop):
    shares = known_families(gift_shop)["family"].value_counts(normalize=True)
    assert len(shares) == 13
    assert shares.min() >= 0.01
    assert shares["Outros"] < 0.60
    assert shares.drop("Outros").max() < 0.10


@pytest.mark.shared_data
def test_families_of_the_real_shop_are_the_same_from_every_month(gift_shop):
    whole = known_families(gift_shop).set_index("product_id")["family"]
    for month in sorted(gift_shop["month"].unique())[::3]:
        known = known_families(gift_shop[gift_shop["month"] <= month]).set_index("product_id")["family"]
        assert known.equals(whole[known.index])
