"""Gold tables become files for business people: the rows they should have, and nothing that a check refuses.

Slow: each of these tests computes months of a domain.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.exports import cells as exports_cells
from arcana_assets.graph import spec as spec_module
from arcana_assets.publication.assets.files import publication_assets
from arcana_assets_tests.exports.published_files import csv_rows, sheet_rows
from arcana_assets_tests.worlds.office import DECEMBER, GOLD, JANUARY, Office, customers
from arcana_assets_tests.worlds.shop import failure

pytestmark = pytest.mark.slow

NAMES = {
    *("base_analitica", "clientes_por_segmento", "recomendacoes_por_cliente", "recomendacoes_por_segmento"),
    *("produtos_por_segmento", "resumo_dos_segmentos", "clientes_atipicos", "previsoes_por_cliente"),
}


@pytest.fixture
def office(tmp_path, monkeypatch):
    # Another try would come to the same, seconds later.
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Office(tmp_path, instance)


def checks(result, name):
    """Check results of one publication."""
    return {each.check_name: each for each in result.get_asset_check_evaluations() if each.asset_key.path[-1] == name}


def values(office, name, *columns, month="2011-01"):
    return [tuple(row[column] for column in columns) for row in csv_rows(office.file(name, month))]


def test_each_publication_is_a_csv_file_and_a_workbook_a_month(office):
    done = office.publish()
    assert done.success
    assert office.files().keys() == {
        f"{name}/{month}.{ending}" for name in NAMES for month in ("2010-12", "2011-01") for ending in ("csv", "xlsx")
    }
    assert all(check.passed for check in done.get_asset_check_evaluations())
    assert {check.check_name for check in done.get_asset_check_evaluations() if check.blocking} == {
        "every_row_published",
        "no_formula_cells",
        "of_one_making",
    }


def test_the_base_has_each_customer_once_with_the_persona(office):
    assert office.publish("base_analitica").success
    assert values(office, "base_analitica", "customer_id", "month", "persona_value", "monetary", "share_livros") == [
        ("ana", "2011-01-01", "01-Alta Receita", "1234,5000", "0,5"),
        ("bob", "2011-01-01", "02-Baixa Receita", "-2,0000", "0,5"),
        ("cid", "2011-01-01", "02-Baixa Receita", "7,0000", "0,5"),
    ]
    assert sheet_rows(office.file("base_analitica", ending="xlsx"))[0] == (
        *(
            "Cliente",
            "Mês",
            "Segmento por valor",
            "Valor líquido",
            "Frequência (pedidos)",
            "Parcela de compras: livros",
        ),
    )


def test_customers_by_segment_know_what_they_were_called_before(office):
    assert office.publish("clientes_por_segmento").success
    columns = ("customer_id", "segment_id", "persona", "previous_segment_id", "previous_persona", "monetary")
    assert values(office, "clientes_por_segmento", *columns) == [
        ("ana", "1", "01-Alta Receita", "2", "02-Baixa", "1234,5000"),
        ("bob", "2", "02-Baixa Receita", "", "", "-2,0000"),
        ("cid", "2", "02-Baixa Receita", "", "", "7,0000"),
    ]


def test_recommendations_are_a_row_each_and_their_names_stay_texts(office):
    assert office.publish("recomendacoes_por_cliente").success
    assert values(office, "recomendacoes_por_cliente", "customer_id", "rank", "item_name") == [
        ("ana", "1", "'+1"),
        ("ana", "2", "'=cmd|'/c calc'!A1"),
        ("bob", "1", "Lápis, azul"),
    ]
    names = [row[5] for row in sheet_rows(office.file("recomendacoes_por_cliente", ending="xlsx"))[1:]]
    assert names == ["+1", "=cmd|'/c calc'!A1", "Lápis, azul"]


def test_opportunities_are_ranked_by_expected_value_then_by_potential(office):
    assert office.publish("recomendacoes_por_segmento").success
    columns = ("segment", "rank", "item_id", "may_buy", "ticket", "expected_value", "potential")
    assert values(office, "recomendacoes_por_segmento", *columns) == [
        ("01-Alta Receita", "1", "i3", "1", "40,0", "12,0", "40,0"),
        ("01-Alta Receita", "2", "i2", "1", "40,0", "10,0", "40,0"),
        ("01-Alta Receita", "3", "i9", "1", "900,0", "", "900,0"),
        ("02-Baixa Receita", "1", "i1", "1", "", "", ""),
    ]


def test_products_by_segment_are_ranked_by_owners(office):
    assert office.publish("produtos_por_segmento").success
    columns = ("segment_id", "rank", "item_id", "customers", "recent_customers", "segment_customers", "share")
    assert values(office, "produtos_por_segmento", *columns) == [
        ("1", "1", "i1", "1", "1", "1", "1,0"),
        ("2", "1", "i2", "2", "1", "2", "1,0"),
        ("2", "2", "i3", "1", "1", "2", "0,5"),
    ]


def test_the_summary_puts_the_numbers_of_a_feature_beside_one_another(office):
    assert office.publish("resumo_dos_segmentos").success
    assert [row["segment_id"] for row in csv_rows(office.file("resumo_dos_segmentos"))] == ["1", "2"]
    assert sheet_rows(office.file("resumo_dos_segmentos", ending="xlsx"))[0][6:] == (
        *("Descrição", "Clientes típicos", "Regra de pertinência", "Fidelidade da regra", "Ações sugeridas"),
        "Nome seguro",
        *("Forma", "Por que estes segmentos"),
        *("Média: Valor líquido", "Mediana: Valor líquido", "Lift: Valor líquido"),
        *("Média: Frequência (pedidos)", "Mediana: Frequência (pedidos)"),
    )


def test_the_ui_is_told_rows_columns_lineage_and_the_hash_of_each_file(office):
    done = office.publish("base_analitica")
    event = {each.partition: each for each in done.asset_materializations_for_node("retail_published_base_analitica")}
    metadata = event[JANUARY.isoformat()].metadata
    assert (metadata["rows_written"].value, metadata["dagster/partition_row_count"].value) == (4, 3)
    for ending in ("csv", "xlsx"):
        content = office.file("base_analitica", ending=ending).read_bytes()
        assert metadata[f"{ending}_sha256"].value == hashlib.sha256(content).hexdigest()
        assert metadata[f"{ending}_bytes"].value == len(content)
    assert metadata["csv"].value == str(office.file("base_analitica"))
    assert metadata["run"].value == done.run_id
    types = {column.name: column.type for column in metadata["dagster/column_schema"].schema.columns}
    assert (types["monetary"], types["persona_value"]) == ("DECIMAL(18, 4)", "VARCHAR")
    lineage = metadata["dagster/column_lineage"].value.deps_by_column
    assert [(each.asset_key.path[-1], each.column_name) for each in lineage["persona_value"]] == [
        ("segments", "persona")
    ]
    assert [Path(record.data["file"]).name for record in metadata["files"].records] == ["2011-01.csv", "2011-01.xlsx"]


def test_months_published_again_or_one_by_one_are_the_same_bytes(office):
    office.publish()
    before = office.files()
    office.publish(as_of="2012-01-01T00:00:00+00:00")
    assert office.files() == before
    for month in (JANUARY, DECEMBER):
        assert office.publish(first=month, last=month).success
    assert office.files() == before


def test_an_open_month_says_up_to_which_day_it_is_known(office):
    office.publish("base_analitica", as_of="2011-01-20T12:00:00+00:00")
    said = {m: dict(sheet_rows(office.file("base_analitica", m, "xlsx"), "Sobre")) for m in ("2010-12", "2011-01")}
    assert {month: about["Dados até"] for month, about in said.items()} == {
        "2010-12": "31/12/2010",
        "2011-01": "20/01/2011",
    }


def test_a_month_that_its_files_end_inside_says_up_to_which_day_it_is_known(office):
    at = pa.array([datetime(2011, 1, 9, 12, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
    sale = pa.table({"month": pa.array([JANUARY], pa.date32()), "ordered_at": at})
    office.lake.write(("retail", "silver", "transactions"), sale, [JANUARY], engine=office.engine, run_id="silver")
    office.publish("base_analitica")
    about = dict(sheet_rows(office.file("base_analitica", "2011-01", "xlsx"), "Sobre"))
    assert about["Dados até"] == "09/01/2011"


def test_a_customer_with_two_personas_stops_the_file_and_leaves_the_old_one(office):
    office.publish("base_analitica")
    before = office.files()
    twice = pa.concat_tables([GOLD["segments"], GOLD["segments"].slice(1, 1)])
    office.write("segments", twice)
    done = office.publish("base_analitica", "recomendacoes_por_cliente")
    assert "2011-01 failed the checks and was not published" in failure(done)
    found = checks(done, "base_analitica")["every_row_published"]
    assert (found.passed, found.description) == (False, "2011-01: 3 expected, 4 in the csv, 4 in the xlsx")
    assert not done.asset_materializations_for_node("retail_published_base_analitica")
    assert {name: content for name, content in office.files().items() if name.startswith("base")} == before
    # What does not depend on it goes its way.
    assert all(check.passed for check in checks(done, "recomendacoes_por_cliente").values())


def test_a_cell_that_would_be_run_stops_the_file(office, monkeypatch):
    monkeypatch.setitem(exports_cells._SPELLED, "text", str)
    done = office.publish("recomendacoes_por_cliente")
    assert "2011-01 failed the checks" in failure(done)
    found = checks(done, "recomendacoes_por_cliente")["no_formula_cells"]
    assert (found.passed, found.metadata["cells"].value) == (False, 2)
    # December is right, and there; the run is not, so nothing is said to be published.
    assert office.files().keys() == {f"recomendacoes_por_cliente/2010-12.{ending}" for ending in ("csv", "xlsx")}


def test_a_month_too_large_for_a_worksheet_has_csv_files_by_segment_and_a_warning(office):
    office.publish("base_analitica")
    done = office.publish("base_analitica", sheet_rows=2)
    assert done.success
    warning = checks(done, "base_analitica")["fits_a_workbook"]
    assert (warning.passed, warning.severity, warning.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    assert "2011-01 has no workbook: 3 rows, and a worksheet takes 2: 2 CSV files of 2 segments" in warning.description
    assert "2010-12" not in warning.description
    assert not office.file("base_analitica", ending="xlsx").exists()  # one of older rows would not be of this month
    assert office.file("base_analitica", "2010-12", "xlsx").exists()
    assert not office.file("base_analitica").exists()
    event = done.asset_materializations_for_node("retail_published_base_analitica")[-1]
    assert event.metadata["no_workbook"].value.startswith("3 rows")


def test_months_without_a_customer_are_files_without_rows(office):
    for name, table in GOLD.items():
        office.write(name, table.slice(0, 0), DECEMBER, JANUARY)
    assert office.publish().success
    assert len(office.files()) == 32
    assert csv_rows(office.file("produtos_por_segmento")) == []


def test_columns_that_nobody_knew_in_advance_are_published(office):
    wide = customers(*((f"T{n:04}", JANUARY, n, n) for n in range(50)))
    kinds = [
        lambda n: pa.array([f"Município {each % 7}" for each in range(50)]),
        lambda n: pa.array(range(n, n + 50), pa.int64()),
        lambda n: pa.array([each / 7 if each % 3 else None for each in range(50)]),
        lambda n: pa.array([date(1971, 1, 1) + timedelta(days=300 * each) for each in range(50)]),
        lambda n: pa.array([each % 2 == 0 for each in range(50)]),
        lambda n: pa.nulls(50, pa.string()),
    ]
    for n in range(72):
        wide = wide.append_column(f"column_{n}", kinds[n % len(kinds)](n))
    office.write("customer_360", wide, DECEMBER, JANUARY)
    assert office.publish("base_analitica").success
    header, *rows = sheet_rows(office.file("base_analitica", ending="xlsx"))
    assert (len(header), len(rows)) == (78, 50)
    first = dict(zip(header, rows[1], strict=True))
    assert (first["column_0"], first["column_1"], first["column_4"], first["column_5"]) == (
        "Município 1",
        2,
        "Não",
        None,
    )


def test_a_domain_has_the_publications_that_it_has_tables_for(office):
    def names(**changes):
        domain = office.spec.domain.model_copy(update=changes)
        made = publication_assets(replace(office.spec, domain=domain))
        return {key.path[-1] for each in made for key in each.keys}

    assert names() == NAMES
    programmes = load_domain(DEFS / "retail").programmes
    assert names(programmes=programmes) == NAMES | {"lista_de_fidelidade"}
    assert names(recommendations=None) == NAMES - {"recomendacoes_por_cliente", "recomendacoes_por_segmento"}
    assert names(predictions=[]) == NAMES - {"previsoes_por_cliente"}
    alone = {"base_analitica", "clientes_atipicos"}
    assert names(recommendations=None, segmentations=[], predictions=[]) == alone


def test_predictions_are_listed_the_likeliest_first_in_words_of_their_readers(office):
    assert office.publish("previsoes_por_cliente").success
    columns = ("prediction_title", "horizon_label", "rank", "customer_id", "probability", "champion", "reasons", "note")
    mean, base = "a média da regressão e do modelo aditivo", "a taxa da base"
    title = "Volta a comprar"
    said = [row for row in values(office, "previsoes_por_cliente", *columns) if row[0] == title]
    assert said == [
        (title, "1 mês", "1", "ana", "0,5", base, "Como a maioria dos clientes", "Há 3 casos."),
        (title, "3 meses", "1", "ana", "0,75", mean, "Comprou há 2 dias (mais provável)", ""),
        (title, "3 meses", "2", "cid", "0,75", mean, "3 pedidos em 6 meses (mais provável)", ""),
        (title, "3 meses", "3", "bob", "0,25", mean, "Comprou há 40 dias (menos provável)", ""),
    ]
    header, *rows = sheet_rows(office.file("previsoes_por_cliente", ending="xlsx"))
    assert header[1:5] == ("O que se prevê", "Horizonte", "Posição", "Cliente")
    assert len(rows) == 8


def test_a_horizon_in_days_is_said_in_days_with_the_day_by_which_half_are_back(office):
    assert office.publish("previsoes_por_cliente").success
    columns = ("prediction_title", "horizon_label", "rank", "customer_id", "next_visit_by")
    said = [row for row in values(office, "previsoes_por_cliente", *columns) if row[0] == "Próxima compra"]
    assert said == [
        ("Próxima compra", "30 dias", "1", "ana", "2011-02-09"),
        ("Próxima compra", "30 dias", "2", "bob", ""),
    ]


def test_of_spend_the_list_says_how_much_from_what_to_what_who_will_pay_most_first(office):
    assert office.publish("previsoes_por_cliente").success
    columns = ("prediction_title", "rank", "customer_id", "probability", "expected", "low", "high", "champion")
    mean, title = "a média do ritmo e do ritmo vezes um fator aprendido", "Gasto"
    assert [row for row in values(office, "previsoes_por_cliente", *columns) if row[0] == title] == [
        (title, "1", "ana", "", "90,5", "20,25", "160,0", mean),
        (title, "2", "bob", "", "10,0", "0,0", "40,0", mean),
    ]


def test_who_stands_out_is_listed_the_largest_first_with_why_and_a_month_without_any_is_empty(office):
    assert office.publish("clientes_atipicos").success
    columns = ("rank", "customer_id", "reason", "share_of_revenue", "events_value", "monetary", "frequency")
    assert values(office, "clientes_atipicos", *columns) == [
        ("1", "ana", "Valor líquido de 1.235, contra 7 na mediana da base", "0,99", "", "1234,5000", "3"),
        ("2", "bob", "Comprou e devolveu por inteiro, no mesmo dia: 50", "", "50,0", "-2,0000", "0"),
    ]
    header, *rows = sheet_rows(office.file("clientes_atipicos", ending="xlsx"))
    assert header[:6] == (*("Posição", "Cliente", "Mês", "Por quê", "Parcela da receita", "Valor dos eventos do mês"),)
    assert [row[1] for row in rows] == ["ana", "bob"]
    assert values(office, "clientes_atipicos", *columns, month="2010-12") == []
