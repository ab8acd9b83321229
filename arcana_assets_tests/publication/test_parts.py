"""A table of more rows than a worksheet takes is CSV files by segment that add up to it."""

from dataclasses import replace

import dagster as dg
import pyarrow as pa
import pytest

from arcana_assets.exports.files import Exports
from arcana_assets.graph import spec as spec_module
from arcana_assets.publication.parts import Cut, write_parts
from arcana_assets.publication.publications import RECOMENDACOES_POR_CLIENTE
from arcana_assets_tests.exports.published_files import EDITION, MAY, csv_rows, draft_of
from arcana_assets_tests.worlds.office import Office

OF_LISTS = replace(EDITION, publication=RECOMENDACOES_POR_CLIENTE)


@pytest.fixture
def office(tmp_path, monkeypatch):
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Office(tmp_path, instance)


def parts_of(table, folder, engine, *by, most=2, size=3, counted=None):
    segments = list(zip(*(table[name].to_pylist() for name in by), strict=True)) if by else [()] * table.num_rows
    rows = {each: segments.count(each) for each in segments} if counted is None else counted
    batches = table.to_batches(max_chunksize=size)
    return write_parts(folder, batches, table.schema, OF_LISTS, engine, Cut(by, rows), most)


def lists(*segments):
    return pa.table(
        {
            "customer_id": [f"c{place:02}" for place in range(len(segments))],
            "segment": pa.array(segments, pa.string()),
            "item_name": ["=1+1"] * len(segments),
            "score": [0.5] * len(segments),
        }
    )


def test_each_segment_has_its_rows_in_order_and_the_index_adds_up(tmp_path, engine):
    table = lists("VIPs", "Novos", "VIPs", None, "VIPs", "Novos", "VIPs", "VIPs")
    draft = parts_of(table, tmp_path, engine, "segment")
    names = [file.name for file in draft.files]
    assert names == [
        *("recomendacoes_por_cliente-Novos.csv", "recomendacoes_por_cliente-VIPs.1.csv"),
        *("recomendacoes_por_cliente-VIPs.2.csv", "recomendacoes_por_cliente-VIPs.3.csv"),
        *("recomendacoes_por_cliente-sem-segmento.csv", "indice.csv"),
    ]
    assert csv_rows(draft.files[-1]) == [
        {"file": name, "segment": segment, "rows": rows}
        for name, segment, rows in zip(
            names, ("Novos", "VIPs", "VIPs", "VIPs", ""), ("2", "2", "2", "1", "1"), strict=False
        )
    ]
    assert (draft.rows_by_file, draft.formulas_by_file) == ({"csv": table.num_rows}, {"csv": 0})
    assert draft.parts == {row["file"]: int(row["rows"]) for row in csv_rows(draft.files[-1])}
    whole = csv_rows(draft_of(table, tmp_path / "whole", engine).files[0])
    found = [row for file in draft.files[:-1] for row in csv_rows(file)]
    assert found == sorted(whole, key=lambda row: (row["segment"] == "", row["segment"], row["customer_id"]))
    # However the rows come, the files are the same bytes.
    (tmp_path / "again").mkdir()
    again = parts_of(table, tmp_path / "again", engine, "segment", size=8)
    assert [file.read_bytes() for file in again.files] == [file.read_bytes() for file in draft.files]


def test_a_table_without_segments_is_cut_into_numbered_parts(tmp_path, engine):
    draft = parts_of(lists(*"abcde"), tmp_path, engine)
    assert [file.name.removeprefix("recomendacoes_por_cliente-") for file in draft.files] == [
        *("parte.1.csv", "parte.2.csv", "parte.3.csv", "indice.csv")
    ]
    assert [row["customer_id"] for file in draft.files[:-1] for row in csv_rows(file)] == [f"c0{n}" for n in range(5)]


def test_no_segment_can_name_a_file_elsewhere_or_that_of_another(tmp_path, engine):
    names = [
        "../../etc/passwd",
        "CON",
        "a/b",
        "a-b",
        "A\\B",
        "",
        "   ",
        "ção",
        "日本",
        "=cmd",
        "x" * 500,
        "a_b.1",
        "..",
    ]
    exports, key = Exports(root=str(tmp_path / "lake")), ["retail", "published", "recomendacoes_por_cliente"]
    with exports.drafts(key) as folder:
        draft = parts_of(lists(*names), folder, engine, "segment")
        assert all(file.parent == folder and file.is_file() for file in draft.files)
        index = csv_rows(draft.files[-1])
        published = [each.uri.rsplit("/", 1)[-1] for each in exports.publish_in_month(draft.files, key, MAY)]
    assert len({name.casefold() for name in published}) == len(names) + 1
    assert max(map(len, published)) < 120
    assert {"../../etc/passwd", "'=cmd", "日本"} <= {row["segment"] for row in index}
    assert {"recomendacoes_por_cliente-etc-passwd.csv", "recomendacoes_por_cliente-CON.csv"} <= set(published)


def test_rows_that_nobody_counted_are_written_and_found(tmp_path, engine):
    draft = parts_of(lists("a", "b", "a", "c"), tmp_path, engine, "segment", counted={("a",): 1, ("b",): 1})
    assert draft.rows_by_file == {"csv": 4}
    assert sum(draft.parts.values()) == 4


@pytest.mark.parametrize("name", ["recomendacoes_por_cliente", "base_analitica", "clientes_por_segmento"])
def test_every_row_is_in_one_of_the_parts(office, monkeypatch, name):
    assert office.publish(name).success
    whole = csv_rows(office.file(name))
    monkeypatch.setattr("arcana_assets.publication.assets.files.CUSTOMERS_AT_ONCE", 1)
    done = office.publish(name, sheet_rows=1)
    assert done.success
    folder = office.file(name).parent / "2011-01"
    assert not office.file(name).exists()  # nor a workbook: what the parts are of took its place
    assert not office.file(name, ending="xlsx").exists()
    index = csv_rows(folder / "indice.csv")
    found = [row for each in index for row in csv_rows(folder / each["file"])]
    assert sorted(found, key=str) == sorted(whole, key=str)
    assert sum(int(each["rows"]) for each in index) == len(whole)
    event = next(
        each
        for each in done.asset_materializations_for_node(f"retail_published_{name}")
        if each.partition == "2011-01-01"
    )
    assert event.metadata["rows_by_file"].value == {each["file"]: int(each["rows"]) for each in index}
    # A month that fits again is one file and a workbook, and no folder.
    assert office.publish(name).success
    assert csv_rows(office.file(name)) == whole
    assert not folder.exists()
