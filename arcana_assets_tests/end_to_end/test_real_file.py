"""The real sales file through the whole platform: 13 months in one run.

Its results are held against numbers measured on the file itself. Slow: half a million rows, and thirteen months of
models and lists, because what is promised of them shows only once the lookback is filled.
"""

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.compute as pc
import pytest
import yaml

from arcana_assets.automation.refresh import Refresh
from arcana_assets.definitions import DEFS
from arcana_assets.graph.run import AS_OF_TAG
from arcana_assets_tests.worlds.platform import Platform

Real = tuple[Platform, Refresh]

pytestmark = [pytest.mark.shared_data, pytest.mark.slow]

# Rows and customers by month, after duplicates and prices of zero and below are out.
BY_MONTH = {
    date(2010, 12, 1): (41_710, 948),
    date(2011, 1, 1): (34_760, 783),
    date(2011, 2, 1): (27_352, 798),
    date(2011, 3, 1): (36_193, 1_020),
    date(2011, 4, 1): (29_440, 899),
    date(2011, 5, 1): (36_538, 1_079),
    date(2011, 6, 1): (36_425, 1_051),
    date(2011, 7, 1): (39_079, 993),
    date(2011, 8, 1): (34_931, 980),
    date(2011, 9, 1): (49_701, 1_302),
    date(2011, 10, 1): (59_731, 1_425),
    date(2011, 11, 1): (83_077, 1_710),
    date(2011, 12, 1): (25_192, 686),
}


@pytest.fixture(scope="module")
def real(make_platform: Callable[[], Platform], online_retail: Path, tmp_path_factory: pytest.TempPathFactory) -> Real:
    """The shipped domain, but for a leaderboard of the last three months only: one of 3,600 items takes ten seconds."""
    platform = make_platform()
    platform.folder = tmp_path_factory.mktemp("defs")
    shutil.copytree(DEFS / "retail", platform.folder / "retail")
    path = platform.folder / "retail" / "defs.yaml"
    defs = yaml.safe_load(path.read_text(encoding="utf-8"))
    defs["attributes"]["recommendations"]["horizon_months"] = 10
    path.write_text(yaml.safe_dump(defs, sort_keys=False), encoding="utf-8")
    (platform.landing / "transactions").mkdir(parents=True)
    shutil.copy(online_retail, platform.landing / "transactions" / "data.csv")
    return platform, platform.refresh(date(2010, 12, 1), date(2011, 12, 1), published=False)


def test_every_asset_and_every_check_passes(real: Real) -> None:
    _, done = real
    assert done.failures == []
    # Finer segments that would move a third of the customers wait until somebody promotes them; what the shop sells is
    # no reason to be in a group; and six months that begin in December drift.
    expected = (
        "silver/transactions: months_are_complete",  # the file ends on 9 December
        "models/value: no_challenger_waits",
        "models/categories: a_clustering_passes_the_gate",
        "models/categories: no_challenger_waits",
        "feature_drift: features_keep_their_distribution",
        "predictions: features_keep_their_distribution",  # sums over a lookback that fills while they are learned from
        "segment_migration: no_persona_jumps",
    )
    assert [line for line in done.warnings if not any(name in line for name in expected)] == []
    assert done.succeeded


def test_the_month_that_the_file_ends_inside_is_the_one_that_somebody_asks_for_as_of_its_last_day(real: Real) -> None:
    platform, done = real
    (warned,) = (line for line in done.warnings if "months_are_complete" in line)
    assert "the newest row of 2011-12 is of 2011-12-09, 22 days before its end" in warned
    november, december = date(2011, 11, 1), date(2011, 12, 1)
    assert pc.min(platform.table("gold", "customer_360", december)["recency_days"]).as_py() == 1
    assert [row["outcome"] for row in platform.table("models", "value", december).to_pylist()] == ["scored"]
    assert pc.max(platform.table("gold", "loyalty_forecast_results")["month"]).as_py() == november
    tables = ("customer_360", "segments", "loyalty_members", "loyalty_forecast", "recommendation_evaluation")
    before = {table: platform.rows("gold", table, december) for table in tables}
    as_of = {AS_OF_TAG: "2011-12-10T00:00:00+00:00"}
    assert platform.refresh(december, published=False, **as_of).succeeded
    assert {table: platform.rows("gold", table, december) for table in tables} == before


def test_every_row_of_the_file_is_accounted_for(real: Real) -> None:
    _, done = real
    assert done.rows["retail/bronze/transactions"] == 541_909
    assert done.rows["retail/silver/transactions"] == 534_129
    assert done.rows["retail/quarantine/transactions"] == 2_512
    assert 541_909 - 534_129 - 2_512 == 5_268  # exact duplicates


def test_sales_returns_and_customers_are_those_of_the_file(real: Real) -> None:
    platform, _ = real
    silver = platform.table("silver", "transactions")
    sales, returns = (silver.filter(pc.field("kind") == kind) for kind in ("sale", "return"))
    known = sales.filter(pc.field("customer_id").is_valid())
    assert (sales.num_rows, pc.sum(sales["amount"]).as_py()) == (524_878, Decimal("10642110.804"))
    assert (known.num_rows, pc.sum(known["amount"]).as_py()) == (392_692, Decimal("8887208.894"))
    assert pc.count_distinct(known["customer_id"]).as_py() == 4_338
    assert (returns.num_rows, pc.sum(returns["amount"]).as_py()) == (9_251, Decimal("-893979.73"))
    assert silver["customer_id"].null_count == 132_565


def test_rows_and_customers_of_each_month_are_those_of_the_file(real: Real) -> None:
    platform, _ = real
    for month, (rows, customers) in BY_MONTH.items():
        silver = platform.table("silver", "transactions", month)
        assert (silver.num_rows, pc.count_distinct(silver["customer_id"]).as_py()) == (rows, customers), month


def test_the_value_of_silver_is_the_value_of_the_rollups(real: Real) -> None:
    platform, _ = real
    silver = platform.table("silver", "transactions")
    monthly, coverage = platform.table("gold", "transactions_monthly"), platform.table("gold", "transactions_coverage")
    anonymous = pc.sum(coverage["net_without_customer"]).as_py()
    assert pc.sum(monthly["net"]).as_py() + anonymous == pc.sum(silver["amount"]).as_py() == Decimal("9748131.074")
    assert pc.sum(coverage["rows_without_customer"]).as_py() == 132_565


def test_refused_rows_say_why(real: Real) -> None:
    platform, _ = real
    reasons = {reason for row in platform.table("quarantine", "transactions")["_reasons"].to_pylist() for reason in row}
    assert reasons == {
        "unit_price: must be greater than 0, found 0",
        "unit_price: must be greater than 0, found -11062.06",
    }


def test_the_customer_who_bought_and_returned_80_995_pieces_on_one_day_is_worth_nothing(real: Real) -> None:
    platform, _ = real
    rows = (
        platform.table("gold", "customer_360", date(2011, 12, 1)).filter(pc.field("customer_id") == "16446").to_pylist()
    )
    assert [row["monetary"] for row in rows] == [Decimal(0)]  # 2.90 of an order of May lies before the lookback
    assert (rows[0]["gross"], rows[0]["reversed"], rows[0]["frequency"]) == (0, Decimal("168469.6"), 0)
    assert (rows[0]["average_ticket"], rows[0]["distinct_products"], rows[0]["return_share"]) == (None, 0, None)
    assert rows[0]["is_outlier"] is not None


def test_postage_is_revenue_but_no_product_to_recommend(real: Real) -> None:
    platform, _ = real
    items = set(platform.table("gold", "recommendations", date(2011, 12, 1))["item_id"].to_pylist())
    assert items
    assert not items & {"POST", "DOT", "M", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"}


def test_the_shop_has_no_kinds_of_customers_and_says_so_in_each_month(real: Real) -> None:
    """Its customers are a continuum, by value and by what they buy: they are cut, and nothing calls that kinds."""
    platform, _ = real
    for name in ("value", "categories"):
        rows = platform.table("models", name).to_pylist()
        after = [row for row in rows if row["month"] >= date(2011, 5, 1)]
        assert {row["form"] for row in after} == {"cuts"}, name
        assert all(row["admissible"] for row in after)
        (fitted,) = (row for row in rows if row["month"] == date(2011, 5, 1))
        assert "de um contínuo" in fitted["reason"]
    profiles = platform.table("gold", "segment_profiles", date(2011, 11, 1)).to_pylist()
    assert {row["form"] for row in profiles} == {"corte de um contínuo"}
    names = {row["persona"] for row in profiles}
    assert not [name for name in names if name[-1].isdigit()]


def test_hardly_anybody_is_moved_by_the_model_once_the_lookback_is_filled(real: Real) -> None:
    platform, _ = real
    months = [date(2011, month, 1) for month in range(7, 13)]
    rows = platform.table("gold", "segments", *months).to_pylist()
    moves = [row["move"] for row in rows if row["segmentation"] == "value"]
    there = [move for move in moves if move != "nova"]
    assert len(there) > 10_000
    assert sum(move in ("modelo", "ambos") for move in there) / len(there) < 0.05


def test_segments_have_the_names_of_the_clients_method_and_say_who_is_in_them(real: Real) -> None:
    platform, _ = real
    rows = platform.table("gold", "segment_profiles", date(2011, 11, 1)).to_pylist()
    value = {row["persona"]: row for row in rows if row["segmentation"] == "value"}
    # Who came once and long ago: nobody is called Risco churn without several orders.
    vips, occasional = value["03-VIPs/Alta Receita"], value["06-Ocasionais"]
    assert vips["mean_monetary"] > 5 * occasional["mean_monetary"]
    assert occasional["mean_recency_days"] > 3 * vips["mean_recency_days"]
    assert "Acima da base: Valor líquido" in vips["description"]
    assert "Recência (dias) <= " in vips["membership_rule"]
    assert vips["membership_fidelity"] > 0.8
    assert len(vips["typical_customers"].split(", ")) == 3
    joined = {row["persona"] for row in rows if row["segmentation"] == "value_and_categories"}
    assert any(name.startswith("03-VIPs/Alta Receita:") for name in joined)


def test_the_same_month_run_again_alone_is_the_same_table(real: Real) -> None:
    platform, _ = real
    month = date(2011, 6, 1)
    tables = [("silver", "transactions"), ("gold", "customer_360"), ("gold", "segments"), ("gold", "recommendations")]
    before = {table: platform.rows(*table, month) for table in tables}
    assert platform.refresh(month, published=False).succeeded
    for table in tables:
        assert platform.rows(*table, month) == before[table], table
