"""The retail sample: the layout of the real file to the byte, and the planted truth read back by an independent reader.

Belongs here: what a user of the drop relies on. Does not belong here: what the pipeline makes of it (`end_to_end`).
"""

import re
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score

from arcana_assets.samples.retail.folder import RetailDrop, write_retail_drop
from arcana_assets.samples.retail.kinds import VALUE_KINDS
from arcana_assets.segmentation.clustering.valleys import groups_of

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
NON_PRODUCTS = {"POST", "DOT", "M", "D", "C2", "BANK CHARGES", "AMAZONFEE", "B"}
CATEGORIES = {"Eletrônicos", "Moda", "Livros", "Alimentos", "Brinquedos"}
LIKED = {
    "tech": ["Eletrônicos"],
    "moda": ["Moda"],
    "brinquedos": ["Brinquedos"],
    "livros_food": ["Livros", "Alimentos"],
    "variados": [],
}


def raw(drop: RetailDrop) -> pd.DataFrame:
    """All transactions, every column as text, as written."""
    files = sorted((drop.folder / "transactions").glob("*.csv"))
    parts = [pd.read_csv(f, encoding="latin-1", dtype=str, keep_default_na=False) for f in files]
    return pd.concat(parts, ignore_index=True)


def typed(texts: pd.DataFrame) -> pd.DataFrame:
    return texts.assign(
        at=pd.to_datetime(texts["InvoiceDate"], format="%m/%d/%Y %H:%M"),
        code=texts["StockCode"].str.upper(),
        quantity=texts["Quantity"].astype(int),
        price=texts["UnitPrice"].astype(float),
    ).assign(
        day=lambda t: t["at"].dt.normalize(),
        month=lambda t: t["at"].dt.to_period("M"),
        value=lambda t: t["quantity"] * t["price"],
        kind=lambda t: t["InvoiceNo"].str.extract("^([A-Z]?)", expand=False),
        product=lambda t: ~t["code"].isin(NON_PRODUCTS),
    )


def sales(rows: pd.DataFrame, drop: RetailDrop) -> pd.DataFrame:
    """Product sales of customers, with their kind by value."""
    kept = rows[(rows["kind"] == "") & rows["product"] & (rows["CustomerID"] != "")].drop_duplicates()
    return kept.assign(group=kept["CustomerID"].map(drop.groups))


def value_points(bought: pd.DataFrame) -> pd.DataFrame:
    """Recency, orders and money of a period of six months as coordinates; days and counts without their steps."""
    rng, by = np.random.default_rng(0), bought.groupby("CustomerID")
    end = bought["month"].max().end_time.normalize() + pd.Timedelta(days=1)
    recency, orders = (end - by["day"].max()).dt.days, by["InvoiceNo"].nunique()
    jittered = [values + rng.uniform(-0.5, 0.5, len(values)) for values in (recency, orders)]
    return standardised(np.log1p(pd.concat([*jittered, by["value"].sum()], axis=1)))


def category_points(bought: pd.DataFrame, drop: RetailDrop) -> pd.DataFrame:
    """Shares of spend of who ordered three times, drawn towards the base's by the weight of one order."""
    category = pd.read_csv(drop.files[-2], dtype=str).set_index("product_id")["category"]
    spend = bought.assign(category=bought["code"].map(category))
    spend = spend.groupby(["CustomerID", "category"])["value"].sum().unstack(fill_value=0.0)
    shares, orders = spend.div(spend.sum(axis=1), axis=0), bought.groupby("CustomerID")["InvoiceNo"].nunique()
    shrunk = shares.mul(orders, axis=0).add(shares.mean()).div(orders + 1, axis=0)
    return standardised(np.sqrt(shrunk[orders >= 3]))


def standardised(values: pd.DataFrame) -> pd.DataFrame:
    return (values - values.mean()) / values.std(ddof=0)


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> RetailDrop:
    return write_retail_drop(tmp_path_factory.mktemp("retail"))


@pytest.fixture(scope="module")
def rows(drop: RetailDrop) -> pd.DataFrame:
    return typed(raw(drop))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_the_same_seed_gives_the_same_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    first = write_retail_drop(tmp_path / "a", customers=40, months=3)
    second = write_retail_drop(tmp_path / "b", customers=40, months=3)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert sorted(contents(tmp_path / "a")) == sorted(str(f.relative_to(tmp_path / "a")) for f in first.files)
    assert (first.groups, first.dirt, first.affinities) == (second.groups, second.dirt, second.affinities)
    assert (first.tastes, first.personas) == (second.tastes, second.personas)


def test_writing_again_replaces_the_drop(tmp_path: Path) -> None:
    write_retail_drop(tmp_path, customers=30, months=2, seed=1)
    write_retail_drop(tmp_path, customers=40, months=2)
    write_retail_drop(tmp_path / "fresh", customers=40, months=2)
    fresh = contents(tmp_path / "fresh")
    assert {name: data for name, data in contents(tmp_path).items() if not name.startswith("fresh")} == fresh


def test_another_seed_gives_other_rows(tmp_path: Path) -> None:
    write_retail_drop(tmp_path / "a", customers=40, months=1, seed=1)
    write_retail_drop(tmp_path / "b", customers=40, months=1, seed=2)
    one, other = contents(tmp_path / "a"), contents(tmp_path / "b")
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


def test_transactions_have_the_layout_of_the_real_file_to_the_byte(drop: RetailDrop) -> None:
    months = [date(2010, 12, 1), *(date(2011, month, 1) for month in range(1, 6))]
    assert [f.name for f in drop.files[:6]] == [f"{month:%Y-%m}.csv" for month in months]
    plain = re.compile(
        r'[CA]?\d{6},[^,"]+,("([^"]|"")*"|[^,"]*),-?[1-9]\d*,'
        r"[1-9]\d?/[1-9]\d?/\d{4} [1-9]\d?:\d\d,-?\d+(\.\d?[1-9])?,(\d{5})?,[A-Za-z ]+"
    )
    for file, month in zip(drop.files, months, strict=False):
        data = file.read_bytes()
        assert data.startswith(HEADER.encode() + b"\r\n")
        assert data.endswith(b"\r\n")
        assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") == drop.rows[f"{month:%Y-%m}"] + 1
        lines = data.decode("latin-1").split("\r\n")[1:-1]
        assert [line for line in lines if not plain.fullmatch(line)] == []
        assert all(f",{month.month}/" in line and f"/{month.year} " in line for line in lines)
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")


def test_only_descriptions_that_need_quotes_have_them(drop: RetailDrop) -> None:
    text = b"".join(f.read_bytes() for f in drop.files[:6]).decode("latin-1")
    quoted = re.findall(r',"((?:[^"]|"")*)",', text)
    assert quoted
    assert all("," in found or '""' in found for found in quoted)
    assert any('""' in found for found in quoted)


def test_masters_are_utf8_with_lf_and_cover_what_is_sold(drop: RetailDrop, rows: pd.DataFrame) -> None:
    products_file, customers_file = drop.files[6:]
    assert products_file.read_bytes().startswith(b"product_id,name,category,list_price\n")
    assert customers_file.read_bytes().startswith(b"customer_id,country,since\n")
    assert b"\r" not in products_file.read_bytes() + customers_file.read_bytes()
    products = pd.read_csv(products_file, dtype=str, keep_default_na=False)
    people = pd.read_csv(customers_file, dtype=str, keep_default_na=False)
    assert products["category"].value_counts().to_dict() == dict.fromkeys(CATEGORIES, 40)
    assert products["product_id"].is_unique
    assert products["name"].is_unique
    assert products["list_price"].astype(float).gt(0).all()
    assert set(rows.loc[rows["product"], "code"]) <= set(products["product_id"])
    assert people["customer_id"].tolist() == [str(10_001 + n) for n in range(500)]
    first_sale = sales(rows, drop).groupby("CustomerID")["day"].min()
    since = pd.to_datetime(people.set_index("customer_id")["since"])
    assert (since.loc[first_sale.index] <= first_sale).all()


def test_every_customer_is_of_a_kind_by_value_and_of_one_by_category_and_buys(
    drop: RetailDrop, rows: pd.DataFrame
) -> None:
    kinds, tastes = pd.Series(drop.groups), pd.Series(drop.tastes)
    assert kinds.value_counts().to_dict() == {
        "frequent_low": 140,
        "frequent_medium": 115,
        "vip": 30,
        "churn_risk": 75,
        "new": 70,
        "occasional": 70,
    }
    assert tastes.value_counts().to_dict() == dict.fromkeys(LIKED, 100)
    # Whoever is of one kind by value is of any by category.
    assert adjusted_rand_score(kinds, tastes[kinds.index]) < 0.01
    assert set(sales(rows, drop)["CustomerID"]) == set(drop.groups) == set(drop.tastes)


def test_each_kind_has_the_name_that_its_segment_should_get(drop: RetailDrop) -> None:
    assert set(drop.personas) == {"value", "categories"}
    named = {
        (drop.groups[who], drop.tastes[who], drop.personas["value"][who], drop.personas["categories"][who])
        for who in drop.groups
    }
    assert {(kind, persona) for kind, _, persona, _ in named} == {
        ("frequent_low", "01-Frequentes de Baixo Valor"),
        ("frequent_medium", "02-Frequentes de Medio Valor"),
        ("vip", "03-VIPs/Alta Receita"),
        ("churn_risk", "04-Risco churn"),
        ("new", "05-Novos"),
        ("occasional", "06-Ocasionais"),
    }
    few = ("new", "occasional")
    assert {(taste, persona) for kind, taste, _, persona in named if kind not in few} == {
        ("tech", "Tech_Lovers"),
        ("moda", "Moda_Lovers"),
        ("brinquedos", "Brinquedos_Lovers"),
        ("livros_food", "Livros&Food"),
        ("variados", "Variados"),
    }
    assert {persona for kind, _, _, persona in named if kind in few} == {"Variados"}  # an order or two are no habit


def test_frequent_customers_come_all_the_time_and_differ_by_money(drop: RetailDrop, rows: pd.DataFrame) -> None:
    bought = sales(rows, drop)
    orders = bought.groupby(["group", "CustomerID"])["InvoiceNo"].nunique()
    assert orders["frequent_low"].min() >= 6
    assert orders["frequent_low"].std() > 1.5, "a realistic spread, not one number of orders"
    assert orders["vip"].median() > 1.5 * orders["frequent_medium"].median()
    last = bought.groupby(["group", "CustomerID"])["day"].max()
    assert (last[["frequent_low", "frequent_medium", "vip"]] > pd.Timestamp(2011, 4, 15)).mean() > 0.97
    spent = rows[rows["CustomerID"] != ""].drop_duplicates().groupby("CustomerID")["value"].sum()
    kind = pd.Series(drop.groups)[spent.index]
    # The dearest tenth of a kind stays below the cheapest tenth of the next one.
    for lower, higher in (("frequent_low", "frequent_medium"), ("frequent_medium", "vip")):
        assert spent[kind == lower].quantile(0.9) < spent[kind == higher].quantile(0.1)
    share = spent.groupby(kind).sum() / spent.sum()
    assert 0.35 < share["vip"] < 0.5
    assert share["frequent_medium"] > share["frequent_low"] > 0.05


def test_who_is_at_risk_of_churn_bought_several_times_and_stopped(drop: RetailDrop, rows: pd.DataFrame) -> None:
    gone = rows[rows["CustomerID"].map(drop.groups) == "churn_risk"]
    assert drop.churn_until == date(2011, 3, 2)
    assert gone["day"].max() < pd.Timestamp(drop.churn_until)
    assert sales(gone, drop).groupby("CustomerID")["InvoiceNo"].nunique().min() >= 4


def test_new_customers_begin_in_the_last_weeks(drop: RetailDrop, rows: pd.DataFrame) -> None:
    new = sales(rows, drop).query("group == 'new'")
    assert drop.new_from == date(2011, 5, 4)
    assert new["day"].min() >= pd.Timestamp(drop.new_from)
    assert new.groupby("CustomerID")["InvoiceNo"].nunique().le(3).all()


def test_occasional_customers_have_few_orders_within_a_month_long_ago(drop: RetailDrop, rows: pd.DataFrame) -> None:
    mine = rows[rows["CustomerID"].map(drop.groups) == "occasional"]
    bought = mine[mine["kind"] == ""].groupby("CustomerID")
    assert bought["InvoiceNo"].nunique().between(1, 3).all()
    assert (bought["InvoiceNo"].nunique() == 1).mean() > 0.8
    assert (bought["day"].max() - bought["day"].min()).max() < pd.Timedelta(days=30)
    assert drop.quiet_from == date(2011, 4, 17)
    assert mine["day"].max() < pd.Timestamp(drop.quiet_from)
    # The only one of them with a return is the one who gave the huge order back.
    assert mine.loc[mine["kind"] == "C", "Quantity"].tolist() == ["-74215"]


def test_customers_spend_most_on_what_they_like(drop: RetailDrop, rows: pd.DataFrame) -> None:
    products = pd.read_csv(drop.files[6], dtype=str)
    category = products.set_index("product_id")["category"]
    bought = sales(rows, drop).query("quantity < 10000").assign(category=lambda t: t["code"].map(category))
    spend = bought.groupby(["CustomerID", "category"])["value"].sum().unstack(fill_value=0.0)
    spend, taste = spend.div(spend.sum(axis=1), axis=0), pd.Series(drop.tastes)
    of_taste = spend.groupby(taste[spend.index]).mean()
    for name in ("tech", "moda", "brinquedos"):
        assert of_taste.loc[name, LIKED[name]].between(0.65, 0.85).all(), name
        assert of_taste.loc[name].drop(LIKED[name]).lt(0.12).all(), name
    assert of_taste.loc["livros_food", LIKED["livros_food"]].between(0.35, 0.5).all()
    assert of_taste.loc["variados"].between(0.12, 0.28).all()
    regular = spend[spend.index.map(drop.groups).isin(["frequent_low", "frequent_medium", "vip"])]
    lovers = regular[taste[regular.index].isin(["tech", "moda", "brinquedos"])]
    assert (lovers.idxmax(axis=1) == taste[lovers.index].map(lambda name: LIKED[name][0])).mean() > 0.98


def test_companions_follow_within_the_next_month(drop: RetailDrop, rows: pd.DataFrame) -> None:
    """Of who orders in the next month; of the others they are in the same order."""
    assert len(drop.affinities) == 15
    bought = sales(rows, drop)
    held = set(zip(bought["CustomerID"], bought["code"], bought["month"], strict=True))
    comes = sorted(set(zip(bought["CustomerID"], bought["month"], strict=True)))
    again = [(customer, month) for customer, month in comes if (customer, month + 1) in set(comes)]
    follows, chance = [], []
    for antecedent, companion in drop.affinities:
        for customer, month in again:
            found = (customer, companion, month + 1) in held
            (follows if (customer, antecedent, month) in held else chance).append(found)
    assert len(follows) > 500
    assert np.mean(follows) > 0.75
    assert np.mean(follows) > 3 * np.mean(chance)


@pytest.mark.slow
def test_kinds_stand_apart_in_what_segments_see_of_the_last_month_for_nine_of_ten_seeds(tmp_path: Path) -> None:
    """Few customers stand between two kinds: as many groups are found as were planted, and who is in which.

    Slow: ten samples.
    """
    right = dict[str, list[bool]](value=[], categories=[])
    for seed in range(1, 11):
        other = write_retail_drop(tmp_path, seed=seed)
        bought = sales(typed(raw(other)), other)
        for name, points in (("value", value_points(bought)), ("categories", category_points(bought, other))):
            planted = points.index.map(other.personas[name])
            found = groups_of(points.to_numpy(), seed=7)
            nearest = cdist(points, found.centres).argmin(axis=1)
            right[name].append(found.k == planted.nunique() and adjusted_rand_score(planted, nearest) >= 0.85)
    assert {name: sum(each) >= 9 for name, each in right.items()} == {"value": True, "categories": True}, right


def test_the_dirt_is_what_an_independent_reader_counts(drop: RetailDrop, rows: pd.DataFrame) -> None:
    texts = raw(drop)
    trimmed = rows["Description"].str.strip()
    stamps = rows.groupby("InvoiceNo")["InvoiceDate"].nunique()
    priced = rows[rows["product"] & (rows["price"] > 0)]
    spellings = trimmed[priced.index].groupby(priced["code"]).nunique()
    countries = rows[rows["CustomerID"] != ""].groupby("CustomerID")["Country"].nunique()
    assert drop.dirt == {
        "exact_duplicates": int(texts.duplicated().sum()),
        "price_not_positive": int((rows["price"] <= 0).sum()),
        "negative_prices": 2,
        "write_offs": int(((rows["quantity"] < 0) & (rows["price"] == 0)).sum()),
        "without_customer": int((rows["CustomerID"] == "").sum()),
        "returns": int((rows["kind"] == "C").sum()),
        "adjustments": int((rows["kind"] == "A").sum()),
        "non_product_rows": int((~rows["product"]).sum()),
        "lower_case_codes": int((rows["StockCode"] != rows["code"]).sum()),
        "padded_descriptions": int((rows["Description"] != trimmed).sum()),
        "empty_descriptions": int((rows["Description"] == "").sum()),
        "pound_signs": int(rows["Description"].str.contains("£").sum()),
        "two_timestamp_orders": int((stamps == 2).sum()),
        "products_with_several_descriptions": int((spellings > 1).sum()),
        "bulk_orders_returned": int((rows["quantity"] == -74_215).sum()),
        "customers_in_two_countries": int((countries == 2).sum()),
    }
    assert stamps.max() == 2
    assert len(rows) == sum(drop.rows.values())


def test_dirt_comes_at_about_the_rates_of_the_real_file(drop: RetailDrop) -> None:
    share = {name: count / sum(drop.rows.values()) for name, count in drop.dirt.items()}
    assert share["exact_duplicates"] == pytest.approx(0.01, abs=0.001)
    assert share["price_not_positive"] == pytest.approx(0.005, abs=0.001)
    assert share["without_customer"] == pytest.approx(0.25, abs=0.02)
    assert share["returns"] == pytest.approx(0.02, abs=0.005)
    assert share["non_product_rows"] == pytest.approx(0.005, abs=0.003)
    assert share["padded_descriptions"] == pytest.approx(0.2, abs=0.08)


def test_cancellations_are_negative_and_refer_to_an_earlier_purchase(rows: pd.DataFrame) -> None:
    products = rows[rows["product"] & (rows["CustomerID"] != "")].drop_duplicates()
    back = products[products["kind"] == "C"]
    assert back["quantity"].lt(0).all()
    assert rows.loc[rows["kind"] == "C", "quantity"].lt(0).all()
    key = ["CustomerID", "code", "UnitPrice"]
    bought = products.loc[products["kind"] == "", [*key, "at", "quantity"]]
    pairs = back.reset_index().merge(bought, on=key, suffixes=("", "_bought"))
    earlier = pairs[(pairs["at_bought"] < pairs["at"]) & (pairs["quantity_bought"] >= -pairs["quantity"])]
    assert set(earlier["index"]) == set(back.index)


def test_write_offs_have_no_customer_and_bad_debt_stands_on_invoices_with_a(rows: pd.DataFrame) -> None:
    write_offs = rows[(rows["quantity"] < 0) & (rows["price"] == 0)]
    assert write_offs["CustomerID"].eq("").all()
    assert len(write_offs) > 50
    debt = rows[rows["kind"] == "A"]
    assert debt[["StockCode", "Description"]].drop_duplicates().to_numpy().tolist() == [["B", "Adjust bad debt"]]
    assert rows.loc[rows["price"] < 0].index.isin(debt.index).all()


def test_the_huge_order_goes_back_on_its_day(rows: pd.DataFrame) -> None:
    huge = rows[rows["quantity"].abs() > 70_000]
    assert huge["quantity"].tolist() == [74_215, -74_215]
    assert huge[["CustomerID", "code", "day"]].drop_duplicates().shape[0] == 1
    assert huge["InvoiceNo"].str.startswith("C").tolist() == [False, True]


def test_the_shop_sells_from_8_to_20_and_is_closed_on_some_days(rows: pd.DataFrame) -> None:
    assert rows["at"].dt.hour.between(8, 20).all()
    assert set(rows["day"].dt.day_of_week) == {0, 1, 2, 3, 4, 6}
    assert pd.Timestamp(2010, 12, 25) not in set(rows["day"])
    by_weekday = rows.groupby(rows["day"].dt.day_of_week)["day"].agg(["size", "nunique"]).eval("size / nunique")
    assert by_weekday[6] < 0.8 * by_weekday[0]


def test_invoices_are_numbered_in_order_of_time(rows: pd.DataFrame) -> None:
    numbers = rows["InvoiceNo"].str.lstrip("CA").astype(int)
    assert numbers.is_monotonic_increasing
    assert numbers.iloc[0] == 536_365
    assert numbers.nunique() == numbers.iloc[-1] - 536_364
    assert (
        rows.groupby("InvoiceNo")["at"].min().groupby(lambda name: int(name.lstrip("CA"))).min().is_monotonic_increasing
    )


@pytest.mark.parametrize(("months", "start"), [(1, date(2011, 2, 1)), (1, date(2010, 12, 1)), (2, date(2012, 1, 1))])
@pytest.mark.parametrize("customers", [10, 60])
def test_kinds_hold_by_day_in_one_or_two_months(tmp_path: Path, customers: int, months: int, start: date) -> None:
    small = write_retail_drop(tmp_path, customers=customers, months=months, start=start)
    bought = sales(typed(raw(small)), small)
    assert set(bought["CustomerID"]) == set(small.groups)
    assert set(small.groups.values()) == {kind.name for kind in VALUE_KINDS}
    assert set(small.tastes.values()) == set(LIKED)
    orders = bought.groupby(["group", "CustomerID"])["InvoiceNo"].nunique()
    assert orders["frequent_low"].min() >= 2
    assert orders["churn_risk"].min() >= 4
    last, first = (bought.groupby("group")["day"].agg(which) for which in ("max", "min"))
    assert last["churn_risk"] < pd.Timestamp(small.churn_until)
    assert last["occasional"] < pd.Timestamp(small.quiet_from)
    assert first["new"] >= pd.Timestamp(small.new_from)
    assert small.quiet_from <= small.new_from


def test_progress_is_told_after_each_month(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_retail_drop(tmp_path, customers=20, months=3, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"customers": 9}, "customers: expected 10 or more.*found 9"),
        ({"months": 0}, "months: expected 1 or more; found 0"),
        ({"seed": -1}, "seed: expected 0 or more; found -1"),
        ({"start": date(2010, 12, 9)}, "start: expected the first day of a month, as 2010-12-01; found 2010-12-09"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_written(tmp_path: Path, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_retail_drop(tmp_path / "drop", **arguments)
    assert not (tmp_path / "drop").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "drop"
    taken.write_text("mine")
    with pytest.raises(ValueError, match=r"folder: expected a folder.*found a file at .*drop"):
        write_retail_drop(taken)
    assert taken.read_text() == "mine"


def test_what_has_not_happened_yet_is_not_written_and_what_has_is_the_same(tmp_path):
    whole = write_retail_drop(tmp_path / "whole", customers=60, months=3, seed=5)
    cut = write_retail_drop(
        tmp_path / "cut", customers=60, months=3, seed=5, until=datetime.fromisoformat("2011-01-12T11:30")
    )
    assert [*cut.rows] == ["2010-12", "2011-01"], "a month of which nothing has come has no file"
    assert (cut.files[0].read_bytes(), cut.rows["2010-12"]) == (whole.files[0].read_bytes(), whole.rows["2010-12"])
    lines, all_lines = (drop.files[1].read_text(encoding="latin-1").splitlines() for drop in (cut, whole))
    dates = pd.to_datetime(raw(cut)["InvoiceDate"], format="%m/%d/%Y %H:%M")
    assert dates.max() < pd.Timestamp(2011, 1, 12, 11, 30)
    assert set(lines) < set(all_lines)
    assert sum(cut.rows.values()) == len(dates)
    customers = pd.read_csv(tmp_path / "cut" / "customers" / "customers.csv")
    assert customers["since"].max() <= "2011-01-12"
