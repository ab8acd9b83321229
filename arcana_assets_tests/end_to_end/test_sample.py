"""The sample drop through the whole platform.

Planted truth is found, and months are the same in whatever order they run. Slow: programmes need four months before
they have members, and the same months are run in two ways.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from arcana_assets.automation.refresh import Refresh, refresh
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import months_between
from arcana_assets.samples.retail.folder import RetailDrop, write_retail_drop
from arcana_assets.warehouse.tables import warehouse_tables
from arcana_assets_tests.end_to_end.notebook import shown_by
from arcana_assets_tests.worlds.platform import Platform

Sample = tuple[Platform, RetailDrop, Refresh]

pytestmark = pytest.mark.slow

FIRST, LAST = date(2010, 12, 1), date(2011, 5, 1)
TABLES = [
    *(
        (layer, source)
        for layer in ("bronze", "silver", "quarantine")
        for source in ("transactions", "products", "customers")
    ),
    *(("gold", name) for name in ("transactions_monthly", "transactions_by_product_monthly", "products_monthly")),
    *(("gold", name) for name in ("transactions_coverage", "product_categories", "transactions_by_category_monthly")),
    *(("gold", name) for name in ("customer_360", "feature_matrix", "segments", "segment_profiles", "recommendations")),
    *(("gold", name) for name in ("segmentation_selection", "segment_events", "segment_migration", "feature_drift")),
    *(("gold", name) for name in ("recommendation_evaluation", "recommendations_left_out", "items_owned")),
    *(("gold", f"recommendation{name}") for name in ("s_held_out", "_opportunities", "_acceptance", "_lift")),
    *(("gold", f"loyalty_{name}") for name in ("members", "conditions", "summary", "eligibility", "forecast")),
    *(("gold", f"loyalty_{name}") for name in ("forecast_results", "proof", "balance")),
    *(("gold", f"loyalty_{name}") for name in ("experiment", "actions", "report")),
    ("models", "value"),
    ("models", "categories"),
]


@pytest.fixture(scope="module")
def sample(make_platform: Callable[[], Platform]) -> Sample:
    platform = make_platform()
    drop = write_retail_drop(platform.landing, customers=300, months=6, seed=11)
    done = platform.refresh(FIRST, LAST, published=False)
    return platform, drop, done


def test_the_demo_passes_every_check(sample: Sample) -> None:
    _, _, done = sample
    assert done.failures == []
    assert done.succeeded


def test_numbers_of_a_month_are_told_of_every_month_so_that_plots_are_whole(sample: Sample) -> None:
    platform, _, done = sample
    gaps, counts = {}, {}
    logged = platform.instance.all_logs(done.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    events = [each.asset_materialization for each in logged if each.asset_materialization is not None]
    for key in {each.asset_key for each in events}:
        plotted = Counter(
            name
            for each in events
            if each.asset_key == key
            for name, value in each.metadata.items()
            if isinstance(value, (dg.IntMetadataValue, dg.FloatMetadataValue))
        )
        assert plotted.pop("dagster/row_count") == plotted.pop("rows_written") == 1  # of the table, and of the run
        gaps[key.path[-1]] = {name for name, told in plotted.items() if told < 6}
        counts[key.path[-1]] = set(plotted)
    # A model that is only scored has no scores, and there is no drift before there is a model.
    # What moved is told against the month before.
    unknown = {"value", "categories", "feature_drift", "data_profile"}
    assert {table: names for table, names in gaps.items() if names and table not in unknown} == {}
    assert "moved_value" in counts["segment_migration"]
    assert "net_without_customer" in counts["transactions_coverage"]
    assert {"customers", "items"} <= counts["recommendations"]
    assert {"k", "silhouette", "dagster/partition_row_count", "bytes"} <= counts["value"]


def test_the_files_of_a_month_are_published_with_it(sample: Sample) -> None:
    platform, _, _ = sample
    refresh = platform.definitions.resolve_job_def("refresh_retail")
    files = [key for key in refresh.asset_layer.selected_asset_keys if key.path[1] == "published"]
    done = refresh.execute_in_process(
        instance=platform.instance, partition_key=LAST.isoformat(), asset_selection=files
    )  # of the tables that are there: with them the command line refreshes a month, in its own test
    assert [each for each in done.get_asset_check_evaluations() if not each.passed] == []
    assert done.success
    published = platform.root / "lake" / "retail" / "published"
    assert {path.name for path in published.iterdir() if path.is_dir()} == {
        *("base_analitica", "clientes_por_segmento", "produtos_por_segmento", "resumo_dos_segmentos"),
        *("recomendacoes_por_cliente", "recomendacoes_por_segmento", "figuras_dos_segmentos"),
        *("lista_de_fidelidade", "relatorio_de_fidelidade", "clientes_atipicos", "previsoes_por_cliente"),
        *("perfil_dos_dados", "relatorio_de_personas", "resumo_do_mes", "cartoes_dos_modelos"),
    }
    pictures = sorted(path.name for path in (published / "figuras_dos_segmentos" / "2011-05").iterdir())
    assert [name for name in pictures if name.startswith("value_") and "categories" not in name] == [
        f"value_{name}.png" for name in ("distribuicoes", "migracao", "perfil", "projecao", "selecao", "tamanhos")
    ]


def test_the_dirt_of_the_drop_is_counted_and_kept(sample: Sample) -> None:
    _, drop, done = sample
    assert done.rows["retail/bronze/transactions"] == sum(drop.rows.values())
    landed, silver, held = (done.rows[f"retail/{layer}/transactions"] for layer in ("bronze", "silver", "quarantine"))
    assert landed - silver - held == drop.dirt["exact_duplicates"]
    assert held > 0


def test_categories_come_from_the_catalogue_and_favourites_are_found(sample: Sample) -> None:
    platform, drop, _ = sample
    customers = platform.table("gold", "customer_360", LAST).to_pandas().set_index("customer_id")
    shares = customers[[name for name in customers.columns if name.startswith("share_")]]
    assert set(shares.columns) >= {
        "share_eletronicos",
        "share_moda",
        "share_livros",
        "share_alimentos",
        "share_brinquedos",
    }
    liked = {"tech": "share_eletronicos", "moda": "share_moda", "brinquedos": "share_brinquedos"}
    lovers = [who for who in sorted(frequent(drop) & set(shares.index)) if drop.tastes[who] in liked]
    assert len(lovers) > 50
    most = shares.loc[lovers].idxmax(axis=1)
    assert (most == pd.Series(drop.tastes)[lovers].map(liked)).mean() > 0.95


def frequent(drop: RetailDrop) -> set[str]:
    """The customers who come all the time."""
    return {who for who, kind in drop.groups.items() if kind in ("frequent_low", "frequent_medium", "vip")}


def test_planted_kinds_are_told_apart_by_recency_and_frequency(sample: Sample) -> None:
    platform, drop, _ = sample
    customers = platform.table("gold", "customer_360", LAST).to_pandas().set_index("customer_id")
    kinds = pd.Series(drop.groups).reindex(customers.index)
    assert customers.loc[sorted(frequent(drop)), "frequency"].min() >= 6
    assert (customers.loc[kinds == "occasional", "frequency"] <= 3).all()
    assert customers.loc[kinds == "occasional", "recency_days"].min() >= 45
    assert customers.loc[kinds == "churn_risk", "recency_days"].min() >= 91
    assert customers.loc[kinds == "churn_risk", "frequency"].min() >= 4
    assert customers.loc[kinds == "new", "tenure_months"].max() == 0


def test_vips_are_in_the_segment_of_the_highest_value(sample: Sample) -> None:
    platform, drop, _ = sample
    segments = of(platform, "value", LAST)
    kinds = pd.Series(drop.groups).reindex(segments.index)
    profiles = platform.table("gold", "segment_profiles", LAST).to_pandas()
    mine = profiles[profiles["segmentation"] == "value"].sort_values("mean_monetary")
    in_first = (segments["segment_id"] == mine["segment_id"].iloc[-1]).groupby(kinds).mean()
    assert in_first["vip"] > 0.9
    assert in_first.drop("vip").max() < 0.1


def test_vips_are_members_and_who_bought_once_is_none(sample: Sample) -> None:
    platform, drop, _ = sample
    ledger = platform.table("gold", "loyalty_members", LAST).to_pandas()
    members = set(ledger.loc[ledger["state"].isin(["member", "at_risk"]), "customer_id"])
    by_kind = {kind: {who for who, mine in drop.groups.items() if mine == kind} for kind in set(drop.groups.values())}
    assert len(members & by_kind["vip"]) > 0.8 * len(by_kind["vip"])
    assert not members & (by_kind["occasional"] | by_kind["new"])
    summary = platform.table("gold", "loyalty_summary").to_pandas().sort_values("month")
    assert (summary["members"] > 0).tolist() == [False] * 3 + [True] * 3  # four months of history
    before = summary["members"].shift(fill_value=0)
    assert (before + summary["entered"] - summary["left"]).tolist() == summary["members"].tolist()


def test_segments_by_category_are_called_after_it_and_joined_with_those_by_value(sample: Sample) -> None:
    platform, _, _ = sample
    customers = platform.table("gold", "customer_360", LAST).to_pandas().set_index("customer_id")
    value, categories, both = (of(platform, name, LAST) for name in ("value", "categories", "value_and_categories"))
    assert (both["persona"] == value["persona"] + ":" + categories["persona"]).all()
    assert (both["segment_id"] == value["segment_id"] * 1000 + categories["segment_id"]).all()
    lovers = categories[categories["persona"] == "Tech_Lovers"]
    if len(lovers):
        shares = customers["share_eletronicos"]
        assert shares.reindex(lovers.index).mean() > 1.4 * shares.mean()
    named = {"Tech_Lovers", "Moda_Lovers", "Brinquedos_Lovers", "Livros_Lovers", "Food_Lovers", "Livros&Food"}
    assert len(named & set(categories["persona"])) >= 2, sorted(set(categories["persona"]))


def of(platform: Platform, segmentation: str, month: date) -> pd.DataFrame:
    """The segments of one segmentation, by customer."""
    rows = platform.table("gold", "segments", month).to_pandas()
    return rows[rows["segmentation"] == segmentation].set_index("customer_id")


def test_the_segment_of_the_month_before_is_that_of_its_own_table(sample: Sample) -> None:
    platform, _, _ = sample
    april = of(platform, "value", date(2011, 4, 1))["segment_id"]
    may = of(platform, "value", LAST)["previous_segment_id"]
    known = may.dropna().astype(int)
    assert len(known) > 200
    assert (april.reindex(known.index) == known).all()
    assert set(may[may.isna()].index) == set(may.index) - set(april.index)


def test_nobody_is_recommended_what_the_customer_bought_before(sample: Sample) -> None:
    platform, _, _ = sample
    lines = platform.table("gold", "recommendations", LAST).to_pandas()
    bought = platform.table("gold", "transactions_by_product_monthly").to_pandas().query("orders > 0")
    pairs = set(zip(bought["customer_id"], bought["product_id"], strict=True))
    assert len(lines) > 1000
    assert not pairs & set(zip(lines["customer_id"], lines["item_id"], strict=True))
    also = r"[\w ]+ % dos clientes .*que compraram .+ também compraram .+ \([\d.]+ clientes?.*\)\."
    popular = r"Comprado por [\w ]+ % dos clientes do segmento «.+» nos últimos 6 meses \([\d.]+ de [\d.]+\)\."
    assert lines["reason"].str.match(f"{also}|{popular}|.+ clientes.*\\.").all()
    # What a reason says is what silver says.
    line = lines[lines["evidence_in"] == "base"].iloc[0] if (lines["evidence_in"] == "base").any() else None
    if line is not None:
        who = {item: {c for c, i in pairs if i == item} for item in (line["item_id"], line["antecedent_item"])}
        assert line["support"] == len(who[line["item_id"]] & who[line["antecedent_item"]])
        assert line["antecedent_owners"] == len(who[line["antecedent_item"]])


def test_months_run_one_by_one_are_the_months_of_one_run(sample: Sample, make_platform: Callable[[], Platform]) -> None:
    ranged, _, _ = sample
    single = make_platform()
    write_retail_drop(single.landing, customers=300, months=6, seed=11)
    for month in months_between(FIRST, date(2011, 2, 1)):
        assert single.refresh(month, published=False).succeeded
    for table in TABLES:
        for month in months_between(FIRST, date(2011, 2, 1)):
            assert single.rows(*table, month) == ranged.rows(*table, month), (table, month)


def test_a_month_whose_history_is_missing_is_refused_with_the_month_to_run_first(
    make_platform: Callable[[], Platform],
) -> None:
    platform = make_platform()
    write_retail_drop(platform.landing, customers=30, months=3, seed=1)
    done = platform.refresh(date(2011, 2, 1))
    assert not done.succeeded
    assert any("has no month 2010-12" in line and "Materialize" in line for line in done.failures)


def test_a_month_in_which_things_are_only_returned_gives_nobody_a_segment_and_is_made_all_the_same(platform):
    folder = platform.landing / "transactions"
    folder.mkdir(parents=True)
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n"
    (folder / "2010-12.csv").write_text(header + "C1,22423,CAKESTAND,-1,12/1/2010 10:00,12.75,10001,United Kingdom\r\n")
    done = platform.refresh(FIRST, published=False)
    assert done.failures == []
    assert platform.table("gold", "customer_360", FIRST).num_rows == 1
    assert (
        platform.table("gold", "segments", FIRST).num_rows == 0
    )  # one customer is no segment: no model passed its gate
    assert platform.table("gold", "recommendations", FIRST).num_rows == 0


def test_a_run_whose_moment_cannot_be_read_is_refused(platform):
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    done = platform.refresh(FIRST, **{"arcana/as_of": "yesterday"})
    assert any("expected a moment such as" in line for line in done.failures)


def test_a_month_before_the_first_one_is_refused(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    done = platform.refresh(date(2010, 11, 1), FIRST)
    assert not done.succeeded
    assert done.rows == {}
    assert any(
        "retail has the months 2010-12 to " in line and "asks for 2010-11 to 2010-12" in line for line in done.failures
    )


def test_a_month_that_has_not_begun_is_refused(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    done = platform.refresh(date(2100, 1, 1))
    assert not done.succeeded
    assert any("asks for 2100-01" in line for line in done.failures)


def test_the_notebook_for_analysts_runs_from_its_first_cell_to_its_last(sample: Sample, monkeypatch) -> None:
    platform, _, _ = sample
    monkeypatch.setenv("ARCANA_LAKE", platform.lake.root)
    monkeypatch.delenv("ARCANA_DOMAIN", raising=False)
    notebook = Path(__file__).parents[2] / "docs" / "exploracao.ipynb"
    shown = shown_by(notebook)
    customers, profile, tried, other = shown[1], shown[2], shown[-2], shown[-1]
    assert len(customers) == 5
    told = profile.set_index("column")
    assert (told["rows"] == 300).all()
    assert {"monetary", "recency_days"} < set(told.index[told["psi"].notna()])
    assert told["top_values"].isna()["customer_id"]  # nothing that a column of ids says
    assert tried.to_numpy().sum() == 300  # every customer, by the segment served and by that of the other fit
    assert 1 < tried.shape[1] <= 4
    assert other["features"] == ["frequency", "average_ticket", "distinct_products"]
    assert len(other["segments"]) > 1
    pictures = [each for each in shown if hasattr(each, "_repr_png_")]
    assert len(pictures) == 3
    assert all(picture.width > 400 for picture in pictures)


def test_every_table_of_the_database_has_the_rows_and_sums_of_its_gold_table(sample: Sample) -> None:
    platform, _, _ = sample
    months = months_between(FIRST, LAST)
    job = platform.definitions.resolve_job_def("publish_retail")
    done = refresh(job, months, platform.instance, lambda doing, ended, steps: None)
    assert done.failures == []
    domain = load_domain(DEFS / "retail")
    tables = warehouse_tables(domain)
    assert len(tables) >= 11
    with closing(sqlite3.connect(f"{platform.deployment.lake}/retail/published/arcana.db")) as connection:
        for table in tables:
            gold = platform.table("gold", table.gold[0]).to_pandas()
            there = pd.read_sql_query(f"SELECT * FROM {table.name}", connection)
            if table.name == "itens":
                assert there["clientes"].sum() == len(gold)
                continue
            if table.name == "metricas":
                counted = there[there["metrica"] == "customers"]
                assert counted["valor"].sum() == len(gold)
                continue
            if table.name == "metricas_por_segmento":
                sizes = there[there["metrica"] == "customers"]
                assert sizes["valor"].sum() == len(gold)
                assert sizes.groupby(["mes", "segmentacao"])["parcela"].sum().to_numpy() == pytest.approx(1)
                continue
            assert len(there) == len(gold), table.name
            for name in gold.columns:
                column = table.words.get(name, name)
                assert there[column].notna().sum() == gold[name].notna().sum(), (table.name, name)
                if name in gold.select_dtypes("number"):
                    assert there[column].sum() == pytest.approx(gold[name].sum()), (table.name, name)
        clusters = pd.read_sql_query("SELECT * FROM cluster_clientes_atual", connection)
    segments = platform.table("gold", "segments", LAST).to_pandas()
    assert len(clusters) == segments["customer_id"].nunique()
    final = clusters["cluster_rfv"] + ":" + clusters["cluster_categoria"]
    assert (clusters["cluster_final"] == final).all()
    assert clusters["cluster_final"].str.fullmatch(r"\d\d-[^:]+:[^:]+").all()
