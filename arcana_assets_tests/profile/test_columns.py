"""The profile of a table equals a count by hand, on Delta tables that DuckDB reads."""

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from arcana_assets.catalogue.tables import table_named
from arcana_assets.profile import batches, columns
from arcana_assets.profile.batches import in_batches, rows_by_month
from arcana_assets.profile.columns import EDGES, profile_of
from arcana_assets.profile.tables import DATA_PROFILE, is_spread
from arcana_assets.tables.frames import from_rows
from arcana_assets_tests.profile.conftest import SALES

APRIL, MAY = date(2011, 4, 1), date(2011, 5, 1)
PRODUCTS = ["lamp"] * 5 + ["cup", "cup", " ", "", None]
PIECES = [1, 1, 1, 1, 2, 3, 0, -4, 1000, None]
PRICES = [Decimal("0.5000")] * 4 + [Decimal("2.2500")] * 6
SCORES = [1.0, 2.0, 3.0, 4.0, math.inf, math.nan, None, 1.0, 1.0, 2.0]


def table(month=APRIL, **other):
    count = len(PRODUCTS)
    said = {
        "month": pa.array([month] * count, pa.date32()),
        "customer_id": pa.array(["17850"] * 9 + [None], pa.string()),
        "product": pa.array(PRODUCTS, pa.string()),
        "pieces": pa.array(PIECES, pa.int64()),
        "price": pa.array(PRICES, pa.decimal128(18, 4)),
        "score": pa.array(SCORES, pa.float64()),
        "day": pa.array([date(month.year, month.month, at + 1) for at in range(count)], pa.date32()),
        "at": pa.array([datetime(month.year, month.month, 3, at, tzinfo=UTC) for at in range(count)]),
        "tags": pa.array([["a", "b"], [], None, ["a", "b"], ["c"], ["c"], ["c"], ["c"], ["c"], ["c"]]),
        "paid": pa.array([True] * 6 + [False] * 3 + [None]),
        "nothing": pa.array([None] * count, pa.string()),
    }
    return pa.table(said | other)


@pytest.fixture
def profiled(kept, engine):
    """The profile of the rows of months, by column, or by month and column where there are several."""

    def profile(rows, *months, before=None):
        read = kept(rows, *months)
        found = profile_of(engine, SALES, read, months, rows_by_month(engine, {"s": read})["s"], before or {})
        from_rows(found, DATA_PROFILE)  # as it is declared
        by_column = {(row["month"], row["column"]): row for row in found}
        return {name: row for (_, name), row in by_column.items()} if len(months) == 1 else by_column

    return profile


def test_missing_blank_and_different_values_are_counted_exactly(profiled):
    found = profiled(table(), APRIL)
    assert [found[name]["rows"] for name in ("product", "pieces", "tags")] == [10, 10, 10]
    assert {name: found[name]["missing"] for name in found} == {
        "customer_id": 1,
        "product": 1,
        "pieces": 1,
        "price": 0,
        "score": 3,
        "day": 0,
        "at": 0,
        "tags": 1,
        "paid": 1,
        "nothing": 10,
    }
    assert (found["product"]["blank"], found["tags"]["blank"], found["pieces"]["blank"]) == (2, 1, None)
    assert {name: found[name]["distinct"] for name in found} == {
        "customer_id": 1,
        "product": 4,
        "pieces": 6,
        "price": 2,
        "score": 4,
        "day": 10,
        "at": 10,
        "tags": 3,
        "paid": 2,
        "nothing": 0,
    }


def test_numbers_are_told_by_quantiles_of_their_known_values(profiled):
    pieces = profiled(table(), APRIL)["pieces"]  # -4 0 1 1 1 1 2 3 1000
    assert (pieces["minimum"], pieces["p25"], pieces["median"], pieces["p75"], pieces["maximum"]) == (-4, 1, 1, 2, 1000)
    assert (pieces["zero"], pieces["negative"]) == (1, 1)
    assert pieces["mean"] == pytest.approx(1005 / 9)
    known = [-4, 0, 1, 1, 1, 1, 2, 3, 1000]
    assert pieces["sd"] == pytest.approx(math.sqrt(sum((each - 1005 / 9) ** 2 for each in known) / 8))
    assert json.loads(pieces["histogram"]) == [[-4.0, 1], [0.0, 1], [1.0, 4], [2.0, 1], [3.0, 1], [1000.0, 1]]


def test_what_is_infinite_is_missing_and_decimals_are_numbers(profiled):
    found = profiled(table(), APRIL)
    score, price = found["score"], found["price"]
    assert (score["maximum"], score["mean"]) == (4.0, 2.0)  # 1 1 1 2 2 3 4
    assert (price["median"], price["minimum"], price["mean"]) == (2.25, 0.5, pytest.approx(1.55))
    assert json.loads(price["histogram"]) == [[0.5, 4], [3.0, 6]]


def test_outliers_are_counted_by_the_robust_deviation_of_their_month(profiled):
    found = profiled(table(), APRIL)
    # -4 0 1 1 1 1 2 3 1000 lie 5 1 0 0 0 0 1 2 999 from 1: the median of these is 1, and 5 is below 5.19 of it.
    assert (found["pieces"]["mad"], found["pieces"]["outlying"]) == (1, 1)
    assert (found["score"]["mad"], found["score"]["outlying"]) == (1, 0)
    assert [found[name].get("mad") for name in ("price", "product", "customer_id")] == [None, None, None]
    # In May everything is a hundred times as large, and what was far away in April is not.
    wide = table(MAY, pieces=pa.array([100 * each if each is not None else None for each in PIECES], pa.int64()))
    both = profiled(pa.concat_tables([table(), wide]), APRIL, MAY)
    assert [(both[month, "pieces"]["mad"], both[month, "pieces"]["outlying"]) for month in (APRIL, MAY)] == [
        (1, 1),
        (100, 1),
    ]


def test_a_month_in_which_most_rows_are_alike_has_no_outliers_beside_one_that_has(profiled):
    alike = table(MAY, pieces=pa.array([1] * 9 + [1000], pa.int64()))
    both = profiled(pa.concat_tables([table(), alike]), APRIL, MAY)
    assert [both[month, "pieces"].get("outlying") for month in (APRIL, MAY)] == [1, None]


def test_outliers_of_what_is_made_of_silver_and_customer_360_are_not_told_again():
    customers, segments = (table_named(name) for name in ("customer_360", "segments"))
    assert [is_spread(each) for each in (SALES, customers, segments)] == [True, True, False]


def test_dates_have_their_first_and_last(profiled):
    found = profiled(table(), APRIL)
    assert (found["day"]["earliest"], found["day"]["latest"]) == ("2011-04-01", "2011-04-10")
    assert found["at"]["latest"].startswith("2011-04-03T09:00")
    assert found["day"].get("median") is None


def test_the_most_frequent_values_are_listed_and_a_text_that_few_rows_say_is_not(profiled):
    found = profiled(table(), APRIL)
    assert json.loads(found["product"]["top_values"]) == [["lamp", 5]]
    assert json.loads(found["pieces"]["top_values"])[0] == ["1", 4]
    assert json.loads(found["tags"]["top_values"]) == [["[c]", 6]]
    assert json.loads(found["paid"]["top_values"]) == [["true", 6], ["false", 3]]


def test_of_a_column_that_identifies_customers_no_value_is_told(profiled):
    row = profiled(table(), APRIL)["customer_id"]
    assert row["identifies"]
    told = from_rows([row], DATA_PROFILE).to_pylist()[0]
    empty = {name for name in told if told[name] is None}
    assert {"minimum", "maximum", "median", "mean", "top_values", "histogram", "earliest", "psi"} <= empty
    assert "17850" not in json.dumps(told, default=str)


def test_of_a_column_that_nobody_declared_no_value_is_told(profiled):
    row = profiled(table(nickname=pa.array(["17850"] * 10)), APRIL)["nickname"]
    assert row["identifies"]
    assert row.get("top_values") is None
    assert row["distinct"] == 1


def test_a_column_added_later_is_missing_in_the_months_before(kept, profiled, engine, lake):
    kept(table().drop_columns(["score"]), APRIL)
    kept(table(MAY), MAY)
    read = lake.read(("shop", "silver", "sales"), [APRIL, MAY], engine)
    found = profile_of(engine, SALES, read, [APRIL, MAY], rows_by_month(engine, {"s": read})["s"], {})
    score = {row["month"]: row for row in found if row["column"] == "score"}
    assert (score[APRIL]["missing"], score[MAY]["missing"]) == (10, 3)


def test_a_month_without_rows_has_its_columns_with_nothing_in_them(profiled):
    found = profiled(table(MAY), APRIL, MAY)
    assert (found[APRIL, "pieces"]["rows"], found[APRIL, "pieces"]["distinct"]) == (0, 0)
    assert found[APRIL, "pieces"].get("median") is None
    assert found[MAY, "pieces"].get("psi") is None


def test_drift_of_a_number_is_counted_on_the_tenths_of_the_month_before(profiled):
    april = [1] * 50 + [10] * 50
    may = [1] * 80 + [10] * 20
    rows = pa.table(
        {"month": pa.array([APRIL] * 100 + [MAY] * 100, pa.date32()), "pieces": pa.array(april + may, pa.int64())}
    )
    found = profiled(rows, APRIL, MAY)
    by_hand = (0.8 - 0.5) * math.log(0.8 / 0.5) + (0.2 - 0.5) * math.log(0.2 / 0.5)
    assert found[MAY, "pieces"]["psi"] == pytest.approx(by_hand)
    assert found[APRIL, "pieces"].get("psi") is None


def test_drift_of_a_text_is_counted_on_its_values(profiled):
    april, may = ["a"] * 60 + ["b"] * 40, ["a"] * 30 + ["b"] * 60 + ["c"] * 10
    rows = pa.table({"month": pa.array([APRIL] * 100 + [MAY] * 100, pa.date32()), "product": april + may})
    floor = 0.005
    by_hand = sum(
        (now - then) * math.log(now / then) for then, now in ((0.6, 0.3), (0.4, 0.6), (floor, 0.1), (floor, floor))
    )
    assert profiled(rows, APRIL, MAY)[MAY, "product"]["psi"] == pytest.approx(by_hand)


def test_days_and_lists_move_on_and_are_not_compared(profiled):
    found = profiled(pa.concat_tables([table(APRIL), table(MAY)]), APRIL, MAY)
    assert [found[MAY, name].get("psi") for name in ("day", "at", "tags", "customer_id")] == [None] * 4
    assert found[MAY, "paid"]["psi"] == 0


def test_a_month_alone_with_the_kept_one_before_is_the_same_as_both_in_one_run(kept, profiled, engine, lake):
    rows = pa.concat_tables([table(APRIL), table(MAY, pieces=pa.array([5] * 10, pa.int64()))])
    together = profiled(rows, APRIL, MAY)
    before = {name: row for (month, name), row in together.items() if month == APRIL}
    read = lake.read(("shop", "silver", "sales"), [MAY], engine)
    alone = profile_of(engine, SALES, read, [MAY], rows_by_month(engine, {"s": read})["s"], before)
    assert alone == [row for (month, _), row in together.items() if month == MAY]
    assert {row["column"]: row.get("psi") for row in alone}["pieces"] > 1


def test_rows_read_from_files_month_by_month_give_the_same_profile(profiled, monkeypatch):
    rows = pa.concat_tables([table(APRIL), table(MAY)])
    copied = profiled(rows, APRIL, MAY)
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(columns, "in_batches", lambda months, held: in_batches(months, held, 5))
    assert profiled(rows, APRIL, MAY) == copied


def test_months_are_together_as_long_as_they_are_small():
    months = [APRIL, MAY, date(2011, 6, 1), date(2011, 7, 1)]
    held = dict(zip(months, (10, 20, 100, 1), strict=True))
    assert in_batches(months, held, 30) == [[APRIL, MAY], [months[2]], [months[3]]]
    assert in_batches([], {}) == []


def test_the_edges_of_bins_ascend_and_zero_is_apart():
    assert sorted(set(EDGES)) == EDGES
    assert 0.0 in EDGES
    assert EDGES[EDGES.index(0.0) - 1] < 0
    assert EDGES[-1] == 8e9
