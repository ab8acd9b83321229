"""`arcana new` and `arcana try` as they are typed."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from arcana_assets.cli import main
from arcana_assets.cli.trial import _landing as trial_landing
from arcana_assets.domain.contract.contract import Landing
from arcana_assets.domain.contract.formats import SqlFormat
from arcana_assets.domain.errors import ArcanaError
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
    assert "new mercado: 1/2 produtos.csv new mercado: 2/2 vendas_2024.csv" in said, "each file that was read"
    assert not (tmp_path / "lake").exists()
    shutil.rmtree(tmp_path / "defs" / "mercado")
    assert arcana("new", "mercado", files, "--into", tmp_path / "defs", "--land")[0] == 0
    landed = tmp_path / "lake" / "landing" / "mercado" / "vendas" / "vendas_2024.csv"
    assert landed.read_bytes() == (files / "vendas_2024.csv").read_bytes()


@pytest.mark.parametrize("named", ["[acme]", "[/acme]", "[bold]"])
def test_folders_are_told_as_they_are_called_also_with_brackets(arcana, tmp_path, monkeypatch, named):
    files, defs = grocery(tmp_path / "files"), tmp_path / named / "defs"
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / named / "lake"))
    code, said = arcana("new", "mercado", files, "--into", defs)
    assert (code, f"drafted: {defs}/mercado" in said) == (0, True), said
    landing = f"{tmp_path}/{named}/lake/landing/mercado/vendas"
    assert f"put vendas_2024.csv into {landing}" in said
    assert f"arcana try mercado --defs {defs}" in said
    shutil.rmtree(defs)
    assert f"copied vendas_2024.csv into {landing}" in arcana("new", "mercado", files, "--into", defs, "--land")[1]
    shutil.rmtree(defs)
    assert f"not copied: {landing} has" in arcana("new", "mercado", files, "--into", defs, "--land")[1]


@pytest.mark.parametrize("rows", [8, 400], ids=["a few lines", "many lines"])
def test_a_header_that_stands_in_the_middle_is_no_value_and_is_told(arcana, tmp_path, rows):
    """Of few lines it is one in ten, and dates with a word among them are none; of many nobody would see it."""
    header = "order_id,customer_id,order_date,product_id,quantity,unit_price"
    lines = [f"O{n},C{n % 5},2024-0{n % 6 + 1}-1{n % 9},P{n % 7},{n % 3 + 1},{n % 9 + 2}.50" for n in range(rows)]
    file = tmp_path / "orders.csv"
    file.write_text("\n".join([header, *lines[: rows // 2], header, *lines[rows // 2 :]]) + "\n")
    code, said = arcana("new", "shop", file, "--into", tmp_path / "defs", "--land", "--language", "en")
    assert code == 0
    assert "look at: 1 line repeats the header, and will be refused" in said
    text = (tmp_path / "defs" / "shop" / "sources" / "orders.yaml").read_text()
    assert "# TO LOOK AT: 1 line repeats the header" in text
    assert f"{rows} rows were looked at" in text
    assert "order_date, to: ordered_at" in text


def test_files_of_one_name_are_not_copied_over_each_other(arcana, tmp_path):
    files = grocery(tmp_path / "files")
    (files / "2025").mkdir()
    sales = (files / "vendas_2024.csv").read_bytes()
    (files / "2025" / "vendas_2024.csv").write_bytes(sales[: sales.rindex(b"\n", 0, -1) + 1])
    code, said = arcana("new", "mercado", files, "--into", tmp_path / "defs", "--land")
    assert "two of the files have one name, and would replace each other" in said
    assert not (tmp_path / "lake" / "landing" / "mercado" / "vendas").exists()
    assert code == 0


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
        (["try", "retail", "--month", "2000-01"], "retail begins in 2010-12: expected a --month from then on"),
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


def test_a_trial_of_snapshots_alone_asks_for_the_month(arcana, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    rows = "".join(f"S{n},A{n % 9},2024-0{n % 9 + 1}-01,,{n + 10}\n" for n in range(40))
    (files / "subscriptions.csv").write_text("subscription_id,account_id,start_date,end_date,mrr\n" + rows)
    code, said = arcana("new", "saas", files, "--into", tmp_path / "defs", "--land", "--language", "en")
    assert f"arcana try saas --defs {tmp_path}/defs --month 2024-09" in said
    code, said = arcana("try", "saas", "--defs", tmp_path / "defs")
    assert code == 2
    assert "saas has no source whose rows have a date of their own" in said


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


@pytest.mark.slow
def test_a_trial_looks_no_further_back_than_its_months_and_takes_the_last_month_of_history(arcana, tmp_path):
    """Slow: three months, with sales of many months before them that are no part of the trial."""
    files = grocery(tmp_path / "files", rows=300)
    assert arcana("new", "mercado", files, "--into", tmp_path / "defs", "--land")[0] == 0
    settings = tmp_path / "defs" / "mercado" / "defs.yaml"
    text = settings.read_text().replace("lookback_months: 6", "lookback_months: 2")
    settings.write_text(text.replace("  start: 2024-01", "  end: 2024-06\n  start: 2024-01"))
    code, said = arcana("try", "mercado", "--defs", tmp_path / "defs")
    assert "trying mercado, 2024-06, with 2024-04 to 2024-05, which it looks back on" in said
    assert "Materialize it first" not in said
    assert "before the domain's start" not in said
    assert "arcana refresh mercado --months 2024-01:2024-06" in said
    assert code == 0


def test_a_trial_of_a_domain_that_asks_a_database_leaves_the_landing_as_it_is(tmp_path, monkeypatch):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE sales (id INTEGER, price TEXT)")
        database.execute("INSERT INTO sales VALUES (1, '2.50')")
        database.commit()
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{tmp_path / 'shop.db'}")
    asked = SqlFormat(kind="sql", url_env="SHOP_DATABASE", query="SELECT id, price FROM sales")
    landing = Landing(pattern="sales/*.parquet", deliveries="latest", required=False)
    source = SimpleNamespace(name="sales", format=asked, landing=landing, model_copy=lambda update: source)
    domain = SimpleNamespace(name="shop", sources={"sales": source})
    (tmp_path / "landing" / "shop" / "customers").mkdir(parents=True)
    (tmp_path / "landing" / "shop" / "customers" / "all.csv").write_text("id\n1\n")
    read = trial_landing(domain, str(tmp_path / "landing"), tmp_path / "lake")
    assert read == str(tmp_path / "lake" / "landing")
    assert sorted(path.suffix for path in Path(read).rglob("*.*")) == [".csv", ".parquet"]
    assert [path.name for path in (tmp_path / "landing").rglob("*.*")] == ["all.csv"]
    with pytest.raises(ArcanaError, match="expected a folder of this machine as landing, found s3://bucket"):
        trial_landing(domain, "s3://bucket", tmp_path / "lake")
    source.format = None
    assert trial_landing(domain, "s3://bucket", tmp_path / "lake") == "s3://bucket"
