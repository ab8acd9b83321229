"""Gold tables become tables of the database, as the UI materializes them: the rows of gold, in words of its readers.

Slow: each of these tests computes months of a domain.
"""

import inspect
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import dagster as dg
import pyarrow as pa
import pytest

from arcana_assets.catalogue.tables import table_named, tables_of
from arcana_assets.components.customer_domain import resources
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.domain.column import AS_OF, columns
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.metrics import metrics_of
from arcana_assets.domain.settings.segmentation import Combination
from arcana_assets.domain.settings.warehouse import Warehouse as Settings
from arcana_assets.graph import leases
from arcana_assets.graph import spec as spec_module
from arcana_assets.segmentation.tables import EVENTS, MIGRATION, SEGMENTS
from arcana_assets.tables.table import Table
from arcana_assets.warehouse import month as month_module
from arcana_assets.warehouse import tables as tables_module
from arcana_assets.warehouse.columns import columns_of
from arcana_assets.warehouse.definitions import warehouse_assets
from arcana_assets.warehouse.tables import warehouse_tables
from arcana_assets_tests.worlds.office import DECEMBER, GOLD, JANUARY, Office, rows_of
from arcana_assets_tests.worlds.run import deployment_in, materialized, there
from arcana_assets_tests.worlds.shop import failure

pytestmark = pytest.mark.slow

MORE = {
    "transactions_monthly": pa.Table.from_pylist(
        [
            {"customer_id": "ana", "month": JANUARY, "orders": 2, "net": Decimal("40")},
            {"customer_id": "bob", "month": JANUARY, "orders": 0, "net": Decimal("-2")},
        ],
        table_named("transactions_monthly").arrow,
    ),
    "segment_migration": rows_of(
        MIGRATION,
        (JANUARY, "value", 2, "02-Baixa", 1, "01-Alta Receita", 1, 1234.5, 1, 0),
        (JANUARY, "value", None, None, 2, "02-Baixa Receita", 2, 5.0, 0, 0),
    ),
    "segment_events": rows_of(EVENTS, (JANUARY, "value", "renamed", 2, None, 2, "02-Baixa: 02-Baixa Receita")),
}
OF_MONTH = metrics_of("transactions_monthly", MORE["transactions_monthly"].column_names)
NAMES = {
    *("cluster_clientes", "base_analitica", "segmentos", "movimento", "eventos"),
    *("recomendacoes", "oportunidades", "itens", "metricas", "metricas_por_segmento"),
}
PROFILE = {"perfil_dos_dados"}  # the office has no profile of its data


class Bureau(Office):
    """The office, with a database."""

    def __init__(self, root, instance):
        super().__init__(root, instance)
        named = {"warehouse": Settings(clusters={"value": "rfv"})}
        self.spec = replace(self.spec, domain=self.spec.domain.model_copy(update=named))
        for name, table in MORE.items():
            self.write(name, table)

    def fill(self, *names, first=DECEMBER, last=JANUARY, **overrides):
        """Tables of the database (all by default) of a range of months, in one run."""
        return materialized(
            [*warehouse_assets(self.spec, ""), *there(self.spec, *GOLD, *MORE, "data_profile")],
            [first, last] if first < last else [first],
            deployment_in(self.root),
            [self.spec.key("warehouse", name) for name in names or NAMES],
            "2011-03-01T00:00:00+00:00",
            self.instance,
            **overrides,
        )

    def ask(self, query):
        with closing(sqlite3.connect(self.root / "lake/retail/published/arcana.db")) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def bureau(tmp_path, monkeypatch):
    # Another try would come to the same, seconds later.
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Bureau(tmp_path, instance)


def events(done, name):
    return {each.partition: each.metadata for each in done.asset_materializations_for_node(f"retail_warehouse_{name}")}


def test_each_table_has_as_many_rows_as_its_gold_table_and_the_checks_say_so(bureau):
    done = bureau.fill()
    assert done.success
    of = {table.name: table.gold[0] for table in warehouse_tables(bureau.spec.domain)}
    by_customer = len(metrics_of("customer_360", GOLD["customer_360"].column_names))
    counted = {"itens", "metricas", "metricas_por_segmento"}
    wanted = {name: (GOLD | MORE)[of[name]].num_rows for name in NAMES - counted}
    # Of who is in no segment, and of segments that nobody is in or buys in, nothing is to be told.
    bought = {(row["month"], row["customer_id"]) for row in MORE["transactions_monthly"].to_pylist()}
    members = [
        ((row["month"], row["segmentation"], row["segment_id"]), (row["month"], row["customer_id"]) in bought)
        for row in GOLD["segments"].to_pylist()
    ]
    segments, buying = {segment for segment, _ in members}, {segment for segment, buys in members if buys}
    assert buying
    wanted |= {
        "itens": 5,
        "metricas": 2 * by_customer + len(OF_MONTH),
        "metricas_por_segmento": by_customer * len(segments) + len(OF_MONTH) * len(buying),
    }
    assert dict(bureau.ask("SELECT tabela, sum(linhas) FROM publicacoes GROUP BY 1")) == wanted
    assert {name: bureau.ask(f"SELECT count(*) FROM {name}")[0][0] for name in NAMES} == wanted
    assert all(check.passed for check in done.get_asset_check_evaluations())
    assert {check.check_name for check in done.get_asset_check_evaluations() if check.blocking} == {
        "every_row_in_the_database",
        "of_one_making",
    }


def test_metrics_are_those_of_the_page_with_their_labels(bureau):
    assert bureau.fill("metricas").success
    found = bureau.ask("SELECT metrica, nome, tipo, valor FROM metricas WHERE mes = '2011-01-01' ORDER BY 1")
    rows = [row for row in GOLD["customer_360"].to_pylist() if row["month"] == JANUARY]
    assert ("customers", "Clientes", "integer", float(len(rows))) in found
    assert ("revenue", "Receita na janela", "money", float(sum(row["monetary"] for row in rows))) in found
    assert ("month_revenue", "Receita do mês", "money", 38.0) in found
    assert ("active_customers", "Compraram no mês", "integer", 1.0) in found
    assert len(found) == len(metrics_of("customer_360", GOLD["customer_360"].column_names)) + len(OF_MONTH)


def test_metrics_of_segments_add_up_to_those_of_their_customers(bureau):
    assert bureau.fill("metricas_por_segmento").success
    found = bureau.ask(
        "SELECT chave_segmento, persona, metrica, nome, tipo, valor, parcela FROM metricas_por_segmento "
        "WHERE mes = '2011-01-01' ORDER BY 1, 3"
    )
    paid = {row["customer_id"]: row["monetary"] for row in GOLD["customer_360"].to_pylist() if row["month"] == JANUARY}
    high, low = float(paid["ana"]), float(paid["bob"] + paid["cid"])
    assert ("value:2", "02-Baixa Receita", "customers", "Clientes", "integer", 2.0, 2 / 3) in found
    revenue = {row[0]: row[5:] for row in found if row[2] == "revenue"}
    assert revenue == {
        "value:1": (high, pytest.approx(high / (high + low))),
        "value:2": (low, pytest.approx(low / (high + low))),
    }
    assert {row[6] for row in found if row[2] == "average_ticket"} == {None}  # averages do not add up
    of_month = {row[0]: row[5:] for row in found if row[2] == "month_revenue"}
    assert of_month == {"value:1": (40.0, pytest.approx(40 / 38)), "value:2": (-2.0, pytest.approx(-2 / 38))}


def test_clusters_are_a_row_a_customer_and_segmentation_with_what_they_were_called_before(bureau):
    assert bureau.fill("cluster_clientes").success
    columns = "segmentacao, id_cliente, cluster, id_cluster_anterior, cluster_anterior, chave_segmento"
    assert bureau.ask(f"SELECT {columns} FROM cluster_clientes WHERE dt_ref = '2011-01-01' ORDER BY 1, 2") == [
        ("value", "ana", "01-Alta Receita", 2, "02-Baixa", "value:1"),
        ("value", "bob", "02-Baixa Receita", None, None, "value:2"),
        ("value", "cid", "02-Baixa Receita", None, None, "value:2"),
    ]


def test_the_newest_clusters_stand_beside_one_another_under_the_names_that_the_domain_gives(bureau):
    both = [
        ("ana", JANUARY, "both", 1001, "01-Alta Receita:Tech_Lovers", None, 1001, "nova", None),
        ("ana", JANUARY, "categories", 1, "Tech_Lovers", None, 1, "nova", 0.5),
    ]
    bureau.write("segments", pa.concat_tables([GOLD["segments"], rows_of(SEGMENTS, *both)]))
    domain = bureau.spec.domain
    categories = load_domain(DEFS / "retail").segmentation("categories")
    update = {
        "segmentations": [*domain.segmentations, categories],
        "combinations": [Combination(name="both", of=["value", "categories"])],
        "warehouse": Settings(clusters={"value": "rfv", "both": "final"}),
    }
    bureau.spec = replace(bureau.spec, domain=domain.model_copy(update=update))
    assert bureau.fill("cluster_clientes").success
    columns = "dt_ref, id_cliente, cluster_rfv, cluster_categories, cluster_final"
    assert bureau.ask(f"SELECT {columns} FROM cluster_clientes_atual ORDER BY 2") == [
        ("2011-01-01", "ana", "01-Alta Receita", "Tech_Lovers", "01-Alta Receita:Tech_Lovers"),
        ("2011-01-01", "bob", "02-Baixa Receita", None, None),
        ("2011-01-01", "cid", "02-Baixa Receita", None, None),
    ]


def test_the_base_has_the_personas_and_the_features_under_the_names_of_gold(bureau):
    assert bureau.fill("base_analitica").success
    columns = "id_cliente, persona_value, monetary, share_livros"
    assert bureau.ask(f"SELECT {columns} FROM base_analitica_atual") == [
        ("ana", "01-Alta Receita", 1234.5, 0.5),
        ("bob", "02-Baixa Receita", -2.0, 0.5),
        ("cid", "02-Baixa Receita", 7.0, 0.5),
    ]


def test_the_star_relates_tables_by_one_column_that_is_never_null(bureau):
    assert bureau.fill().success
    assert bureau.ask("SELECT de_chave, para_chave, clientes FROM movimento ORDER BY 1") == [
        ("value:2", "value:1", 1),
        ("value:novos", "value:2", 2),
    ]
    assert bureau.ask("SELECT chave_segmento, outra_chave, nota FROM eventos") == [
        ("value:2", "value:nenhum", "02-Baixa: 02-Baixa Receita")
    ]
    assert bureau.ask("SELECT chave_segmento, persona, visto_em FROM dim_segmento ORDER BY 1") == [
        ("value:1", "01-Alta Receita", "2011-01-01"),
        ("value:2", "02-Baixa Receita", "2011-01-01"),
    ]
    assert [item for (item,) in bureau.ask("SELECT id_item FROM dim_item ORDER BY 1")] == ["i1", "i2", "i3", "i9"]
    assert bureau.ask("SELECT id_item, clientes, clientes_recentes FROM itens_atual ORDER BY 1 LIMIT 2") == [
        ("i1", 1, 1),
        ("i2", 2, 1),
    ]


def test_a_month_published_again_is_left_as_it_is_unless_its_gold_was_written_again(bureau):
    first = bureau.fill("base_analitica", "segmentos")
    again = bureau.fill("base_analitica", "segmentos")
    assert {each["was_there_already"].value for each in events(first, "segmentos").values()} == {False}
    assert {each["was_there_already"].value for each in events(again, "segmentos").values()} == {True}
    bureau.write("segments", GOLD["segments"].filter(pa.compute.equal(GOLD["segments"]["month"], JANUARY)), JANUARY)
    done = bureau.fill("base_analitica", "segmentos")
    assert {month: each["was_there_already"].value for month, each in events(done, "base_analitica").items()} == {
        "2010-12-01": True,
        "2011-01-01": False,
    }
    assert bureau.ask("SELECT DISTINCT run_id FROM publicacoes WHERE tabela = 'segmentos'") == [(first.run_id,)]


def test_a_gold_table_that_was_removed_and_made_anew_is_another_one(bureau):
    bureau.fill("segmentos")
    shutil.rmtree(bureau.root / "lake/retail/gold/segment_profiles")
    bureau.write("segment_profiles", GOLD["segment_profiles"])
    done = bureau.fill("segmentos")
    assert {each["was_there_already"].value for each in events(done, "segmentos").values()} == {False}


def test_the_ui_is_told_rows_and_where_the_database_is(bureau):
    done = bureau.fill("cluster_clientes")
    told = events(done, "cluster_clientes")
    assert {month: each["dagster/partition_row_count"].value for month, each in told.items()} == {
        "2010-12-01": 1,
        "2011-01-01": 3,
    }
    assert told["2011-01-01"]["rows_written"].value == 4
    assert told["2011-01-01"]["dagster/uri"].value == str(bureau.root / "lake/retail/published/arcana.db")


def test_rows_that_are_not_those_of_gold_fail_the_check_and_the_old_month_stays(bureau, monkeypatch):
    bureau.fill("segmentos", first=JANUARY)
    before = bureau.ask("SELECT * FROM segmentos")
    bureau.write("segment_profiles", GOLD["segment_profiles"])
    counted = month_module.totals_of
    monkeypatch.setattr(
        month_module, "totals_of", lambda row, columns: counted({**row, "rows": row["rows"] + 1}, columns)
    )
    done = bureau.fill("segmentos", first=JANUARY)
    assert "segmentos, 2011-01: 3 rows expected, 2 there" in failure(done)
    [check] = [each for each in done.get_asset_check_evaluations() if each.check_name == "every_row_in_the_database"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert not events(done, "segmentos")
    assert bureau.ask("SELECT * FROM segmentos") == before


def test_a_run_that_was_stopped_publishes_nothing(bureau, monkeypatch):
    assert bureau.fill("segmentos", first=JANUARY).success
    before = bureau.ask("SELECT * FROM publicacoes")
    bureau.write("segment_profiles", GOLD["segment_profiles"])

    def stopped(instance, run_id):
        if any(frame.function == "_take" for frame in inspect.stack()):
            raise dg.DagsterExecutionInterruptedError(run_id)

    monkeypatch.setattr(leases, "permitted", stopped)
    assert not bureau.fill("segmentos", first=JANUARY).success
    assert bureau.ask("SELECT * FROM publicacoes") == before


def test_the_file_has_the_mode_of_published_files(bureau):
    before = os.umask(0o077)
    try:
        assert bureau.fill("segmentos").success
    finally:
        os.umask(before)
    file = bureau.root / "lake/retail/published/arcana.db"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o644, 0o755)


def test_a_domain_has_the_tables_that_it_has_gold_tables_for(bureau):
    def names(**changes):
        return {table.name for table in warehouse_tables(bureau.spec.domain.model_copy(update=changes))}

    assert names() == NAMES | PROFILE
    programmes = load_domain(DEFS / "retail").programmes
    assert names(programmes=programmes) == NAMES | PROFILE | {"fidelidade", "fidelidade_resumo", "previsao"}
    assert names(recommendations=None) == (NAMES | PROFILE) - {"recomendacoes", "oportunidades"}
    assert names(recommendations=None, segmentations=[]) == {"base_analitica", "itens", "metricas", *PROFILE}


def test_the_profile_of_the_data_follows_as_soon_as_its_gold_table_is_declared(bureau, monkeypatch):
    said = columns(AS_OF, *((name, "text", "") for name in ("layer", "table", "column", "type", "median")))
    key = ("month", "layer", "table", "column")
    declared = [*tables_of(bureau.spec.domain), Table("gold", "tests", "data_profile", "", "a column", key, said)]
    monkeypatch.setattr(tables_module, "tables_of", lambda _: declared)
    [table] = [each for each in warehouse_tables(bureau.spec.domain) if each.name == "perfil_dos_dados"]
    found = columns_of(table, declared[-1], declared[-1].arrow)
    assert [column.name for column in found] == ["mes", "camada", "tabela", "coluna", "tipo", "mediana"]


def test_the_words_of_a_table_are_all_different(bureau):
    domain = bureau.spec.domain.model_copy(update={"programmes": load_domain(DEFS / "retail").programmes})
    for table in warehouse_tables(domain):
        names = [*table_named(table.gold[0], domain.facets).arrow.names, *table.own]
        words = [table.words.get(name, name) for name in dict.fromkeys(names)]
        assert len(set(words)) == len(words), table.name


def test_a_deployment_without_a_database_has_no_table_of_one_and_no_job():
    places = ("/lake", "/landing", "/home")
    off = build_definitions(deployment=Deployment(*places, warehouse="off")).get_repository_def()
    kinds = build_definitions(deployment=Deployment(*places, warehouse="postgresql+psycopg://me@db/arcana"))
    assert not [key for key in off.asset_graph.get_all_asset_keys() if key.path[1:2] == ["warehouse"]]
    assert not off.has_job("publish_retail")
    node = kinds.get_repository_def().asset_graph.get(dg.AssetKey(["retail", "warehouse", "cluster_clientes"]))
    assert (node.kinds, node.group_name) == ({"postgres"}, "retail_warehouse_customers")
    assert kinds.get_repository_def().has_job("publish_retail")


def test_the_file_of_a_lake_in_a_bucket_is_on_this_machine(tmp_path):
    deployment = Deployment("s3://bucket/lake", "s3://bucket/landing", str(tmp_path / "home"))
    warehouse = resources(deployment)["warehouse"]
    assert warehouse.file("retail") == tmp_path / "home/retail/published/arcana.db"
