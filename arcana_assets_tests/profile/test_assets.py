"""The profile of a shop, from its files to its page: whoever is in it is in no table, page or event of the profile.

Slow: it refreshes two months of a shop of 120 customers, with all that is made of them.
"""

import json
from collections.abc import Callable
from datetime import date
from html import escape
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import pytest

from arcana_assets.automation.refresh import Refresh, refresh
from arcana_assets.presentation.language import language_of
from arcana_assets.publication.reports.personas import changed
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets_tests.worlds.platform import Platform

MONTHS = DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)
CODE = "PLANTADO7781"
PAGES = ("perfil_dos_dados", "relatorio_de_personas", "resumo_do_mes")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
pytestmark = pytest.mark.slow


class Profiled(NamedTuple):
    platform: Platform
    refresh: Refresh
    page: Path


@pytest.fixture(scope="module")
def shop(make_platform: Callable[[], Platform]) -> Profiled:
    platform = make_platform()
    write_retail_drop(platform.landing, customers=120, months=2, seed=7)
    # One customer who buys often enough for every list of frequent values, says who it is in a text, and is refused.
    lines = [f"9{at:05},A{at},LAMP,2,12/{at % 27 + 1}/2010 10:30,{at % 5},{CODE},France\n" for at in range(60)]
    lines += [f"8{at:05},B1,FOR {CODE},2,1/{at + 1}/2011 10:30,0,{CODE},France\n" for at in range(9)]
    [folder] = [path for path in (platform.landing / "transactions",) if path.is_dir()]
    (folder / "0_planted.csv").write_text(HEADER + "".join(lines), encoding="latin-1")
    done = platform.refresh(DECEMBER, JANUARY, published=False)
    for month in (DECEMBER, JANUARY):
        _publish(platform, month)
    page = platform.root / "lake" / "retail" / "published" / "perfil_dos_dados" / "2011-01" / "perfil_dos_dados.html"
    return Profiled(platform, done, page)


def _publish(platform: Platform, month: date) -> None:
    pages = [["retail", "published", name] for name in PAGES]
    job = dg.define_asset_job("page_alone", dg.AssetSelection.assets(*pages))
    definitions = dg.Definitions.merge(platform.definitions, dg.Definitions(jobs=[job]))
    made = definitions.resolve_job_def("page_alone")
    assert made.execute_in_process(instance=platform.instance, partition_key=month.isoformat()).success


def test_every_column_of_silver_and_of_customers_is_profiled_in_each_month(shop: Profiled) -> None:
    assert shop.refresh.failures == []
    rows = shop.platform.table("gold", "data_profile").to_pylist()
    of = {(row["layer"], row["table"]) for row in rows}
    assert {("silver", "transactions"), ("gold", "customer_360"), ("gold", "segments")} <= of
    assert not {table for layer, table in of if layer == "gold"} & {"data_profile", "loyalty_summary", "segment_events"}
    for month in (DECEMBER, JANUARY):
        silver = shop.platform.table("silver", "transactions", month)
        mine = {row["column"]: row for row in rows if row["month"] == month and row["table"] == "transactions"}
        assert set(mine) == set(silver.column_names) - {"month"}
        for name, row in mine.items():
            column = silver[name]
            assert (row["rows"], row["missing"]) == (silver.num_rows, column.null_count)
            assert row["distinct"] == len(set(column.drop_null().to_pylist()))


def test_cohorts_are_counted_of_all_months_of_sales_up_to_theirs(shop: Profiled) -> None:
    sales = shop.platform.table("gold", "transactions_monthly").to_pylist()
    bought = {
        month: {row["customer_id"] for row in sales if row["month"] == month and row["orders"]} for month in MONTHS
    }
    came, stayed = bought[JANUARY] - bought[DECEMBER], bought[JANUARY] & bought[DECEMBER]
    found = shop.platform.table("gold", "data_findings", JANUARY).to_pylist()
    active = {row["item"]: (row["value"], row["n"]) for row in found if row["other"] == "active"}
    assert active == {"2010-12": (len(stayed), len(bought[DECEMBER])), "2011-01": (len(came), len(came))}
    assert 0 < len(stayed) < len(bought[DECEMBER])
    assert "<td>12/2010</td>" in shop.page.read_text(encoding="utf-8").replace('<td class="n">', "<td>")


def test_the_customer_is_in_silver_and_in_nothing_of_the_profile(shop: Profiled) -> None:
    assert CODE in shop.platform.table("silver", "transactions")["customer_id"].to_pylist()
    assert CODE in shop.platform.table("quarantine", "transactions")["CustomerID"].to_pylist()
    for name in ("data_profile", "data_findings"):
        assert CODE not in json.dumps(shop.platform.table("gold", name).to_pylist(), default=str)
    published = shop.page.parent.parent.parent
    pages = [published / name / "2011-01" / f"{name}.html" for name in PAGES]
    assert [page.name for page in pages if CODE in page.read_text(encoding="utf-8")] == []
    told = [entry.user_message for entry in shop.platform.instance.all_logs(shop.refresh.run_id)]
    assert CODE not in "".join(told)


def test_the_page_is_that_of_the_month_and_tells_of_the_refusals(shop: Profiled) -> None:
    text = shop.page.read_text(encoding="utf-8")
    assert "<h1>Perfil dos dados - 01/2011</h1>" in text
    assert "unit_price: must be greater than 0" in text
    examples = [
        example
        for row in shop.platform.table("gold", "data_findings", JANUARY).to_pylist()
        if row["subject"] == "refused"
        for example in json.loads(row["detail"])
    ]
    assert {each["CustomerID"] for each in examples} <= {"•••", None}
    assert "FOR •••" in {each["Description"] for each in examples}


def test_reports_for_print_are_of_the_month(shop: Profiled) -> None:
    customers = shop.platform.table("gold", "customer_360", JANUARY).num_rows
    now, before = (
        sum(shop.platform.table("gold", "transactions_monthly", month)["net"].to_pylist())
        for month in (JANUARY, DECEMBER)
    )
    published = shop.page.parent.parent.parent
    text = (published / "resumo_do_mes" / "2011-01" / "resumo_do_mes.html").read_text(encoding="utf-8")
    assert "Resumo de janeiro de 2011" in text
    # Who bought in a window that fills is not told against the month before.
    assert f"{customers} clientes." in text
    assert "Receita do mês" in text
    assert changed(language_of(), float(now), float(before)) in text
    text = (published / "relatorio_de_personas" / "2011-01" / "relatorio_de_personas.html").read_text(encoding="utf-8")
    profiles = shop.platform.table("gold", "segment_profiles", JANUARY).to_pylist()
    mine = [row for row in profiles if row["segmentation"] in ("value", "categories")]
    assert text.count("<h2>") == len(mine)
    assert all(escape(row["persona"]) in text for row in mine)


def test_a_month_computed_again_alone_is_the_same_table(shop: Profiled) -> None:
    before = {name: shop.platform.rows("gold", name) for name in ("data_profile", "data_findings")}
    keys = [["retail", "gold", name] for name in before]
    job = dg.define_asset_job("profile_alone", dg.AssetSelection.assets(*keys))
    definitions = dg.Definitions.merge(shop.platform.definitions, dg.Definitions(jobs=[job]))
    made = definitions.resolve_job_def("profile_alone")
    done = made.execute_in_process(
        instance=shop.platform.instance,
        partition_key=JANUARY.isoformat(),
    )
    assert done.success
    for name, rows in before.items():
        assert [pair for pair in zip(rows, shop.platform.rows("gold", name), strict=True) if pair[0] != pair[1]] == []


def test_a_run_that_makes_the_tables_makes_pages_of_its_last_month_alone(shop: Profiled) -> None:
    names = ["data_profile", "data_findings"]
    keys = [*(["retail", "gold", name] for name in names), ["retail", "published", "perfil_dos_dados"]]
    job = dg.define_asset_job("profile_and_page", dg.AssetSelection.assets(*keys), executor_def=dg.in_process_executor)
    definitions = dg.Definitions.merge(shop.platform.definitions, dg.Definitions(jobs=[job]))
    folder = shop.page.parent.parent
    for month in ("2010-12", "2011-01"):
        (folder / month).unlink()
    months = [DECEMBER, JANUARY]
    done = refresh(definitions.resolve_job_def(job.name), months, shop.platform.instance, lambda *_: None)
    assert done.succeeded
    assert [(folder / month).exists() for month in ("2010-12", "2011-01")] == [False, True]
