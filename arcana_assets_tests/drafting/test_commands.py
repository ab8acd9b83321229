"""`arcana new` and `arcana try` as they are typed."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from arcana_assets.cli import main
from arcana_assets_tests.drafting.businesses import grocery, marketplace


@pytest.fixture
def arcana(tmp_path, monkeypatch, capsys):
    """The command in this process: its exit code, and what it said, as one line."""
    for name in os.environ:
        if name.startswith(("ARCANA_", "DAGSTER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["arcana", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), " ".join((said.out + said.err).replace("│", " ").split())

    return run


def test_new_drafts_a_domain_and_says_where_its_files_go_or_copies_them(arcana, tmp_path):
    files = grocery(tmp_path / "files")
    code, said = arcana("new", "mercado", files, "--into", tmp_path / "defs")
    assert code == 0
    assert f"put vendas_2024.csv into {tmp_path}/lake/landing/mercado/vendas" in said
    assert "look at: quantities have fractions" in said
    assert f"arcana try mercado --defs {tmp_path}/defs" in said
    assert not (tmp_path / "lake").exists()
    shutil.rmtree(tmp_path / "defs" / "mercado")
    assert arcana("new", "mercado", files, "--into", tmp_path / "defs", "--land")[0] == 0
    landed = tmp_path / "lake" / "landing" / "mercado" / "vendas" / "vendas_2024.csv"
    assert landed.read_bytes() == (files / "vendas_2024.csv").read_bytes()


def test_new_ends_with_1_where_somebody_must_fill_something_in(arcana, tmp_path):
    files = marketplace(tmp_path / "files")
    (files / "orders.csv").unlink()
    code, said = arcana("new", "market", files, "--into", tmp_path / "defs", "--language", "en")
    assert code == 1
    assert "must fill in: transactions requires ordered_at" in said
    assert "sources/_order_items.yaml, which is not loaded until then" in said


def test_new_needs_a_place_of_ones_own(arcana, tmp_path, monkeypatch):
    files = grocery(tmp_path / "files")
    code, said = arcana("new", "mercado", files)
    assert code == 2
    assert "expected --into FOLDER, or a folder of one's own first in ARCANA_DEFS" in said
    monkeypatch.setenv("ARCANA_DEFS", os.pathsep.join([str(tmp_path / "mine"), str(tmp_path / "other")]))
    assert arcana("new", "mercado", files)[0] == 0
    assert (tmp_path / "mine" / "mercado" / "defs.yaml").is_file()
    code, said = arcana("new", "mercado", files)
    assert code == 2
    assert "is there already, and nothing is written over" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "Mercado", "x", "--into", "y"], "did you mean 'mercado'?"),
        (["new", "mercado", "nowhere.csv", "--into", "y"], "there is no file or folder nowhere.csv"),
        (["try", "mercado", "--defs", "nowhere"], "there is no domain 'mercado' in nowhere"),
        (["try", "retail", "--month", "2024"], "'2024' is not a month"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(arcana, arguments, said):
    code, told = arcana(*arguments)
    assert code == 2
    assert said in told


def test_a_trial_keeps_its_lake_in_no_folder_that_holds_anything(arcana, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    code, said = arcana("try", "retail", "--keep", tmp_path / "kept")
    assert code == 2
    assert "holds files already" in said


def test_a_trial_without_files_says_where_they_are_expected(arcana, tmp_path):
    code, said = arcana("try", "retail")
    assert code == 2
    assert f"expected files of retail with dated rows in {tmp_path}/lake/landing/retail, found none" in said


@pytest.mark.slow
def test_what_new_drafted_can_be_tried_and_leaves_nothing_behind(arcana, tmp_path, monkeypatch):
    """Slow: two months of a domain from its files to recommendations."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    files = grocery(tmp_path / "files", rows=300)
    assert arcana("new", "mercado", files, "--into", tmp_path / "defs", "--land")[0] == 0
    _, said = arcana("try", "mercado", "--defs", tmp_path / "defs", "--month", "2024-02")
    assert "trying mercado, 2024-02, with 2024-01 to 2024-01, which it looks back on" in said
    assert "What was refused" in said
    assert "produtos: 39 rows, 39 kept, 0 refused" in said
    assert "What looks wrong" in said
    assert [*(tmp_path / "tmp").glob("arcana-try-*")] == []
    assert not (tmp_path / "lake" / "mercado").exists()
