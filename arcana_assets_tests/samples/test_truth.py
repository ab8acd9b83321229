"""`arcana sample --truth FILE`: what was planted, by the name that its segment should get, outside the landing."""

import csv
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from arcana_assets.cli import main
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.personas import names_given, numbers_given
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets.samples.truth import write_truth

Command = Callable[..., str]
SMALL = ("sample", "retail", "--customers", "40", "--months", "1", "--seed", "3")


@pytest.fixture
def arcana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command in this process, with a lake of its own; what it says, or with `code=2` what it complains of."""
    for name in os.environ:
        if name.startswith(("ARCANA_", "DAGSTER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["arcana", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert (ended.value.code or 0) == code, told.err
        return " ".join((told.out + told.err).replace("│", " ").split())

    return said


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_truth_has_a_row_for_each_customer_and_segmentation(arcana: Command, tmp_path: Path) -> None:
    drop = write_retail_drop(tmp_path / "same", customers=40, months=1, seed=3)
    assert "80 rows of planted truth in" in arcana(*SMALL, "--truth", "there/truth.csv")
    truth = tmp_path / "there" / "truth.csv"
    assert truth.read_bytes().startswith(b"customer_id,segmentation,persona\n")
    told = {(row["customer_id"], row["segmentation"]): row["persona"] for row in rows_of(truth)}
    assert told == {(who, name): persona for name, of in drop.personas.items() for who, persona in of.items()}
    assert len(told) == 80
    assert [path.name for path in truth.parent.iterdir()] == ["truth.csv"]


def test_the_files_of_a_sample_are_the_same_with_and_without_its_truth(arcana: Command, tmp_path: Path) -> None:
    arcana(*SMALL, "--folder", "with", "--truth", "truth.csv")
    arcana(*SMALL, "--folder", "without")
    one, other = (
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "with", tmp_path / "without")
    )
    assert one == other
    assert len(one) == 3


def test_the_groups_of_the_b2b_sample_are_told_as_well(arcana: Command, tmp_path: Path) -> None:
    assert "212 rows of planted truth" in arcana("sample", "b2b", "--scale", "0.01", "--truth", "truth.csv")
    rows = rows_of(tmp_path / "truth.csv")
    assert {row["segmentation"] for row in rows} == {"produtos", "perfil"}
    of_one = {row["customer_id"]: row["persona"] for row in rows if row["segmentation"] == "produtos"}
    assert of_one == {row["customer_id"]: row["persona"] for row in rows if row["segmentation"] == "perfil"}
    assert set(of_one.values()) == {
        "Grandes em crescimento",
        "Médias fiéis",
        "Pequenas digitais",
        "Insatisfeitas com muito suporte",
        "Em saída",
    }


@pytest.mark.parametrize(
    "file",
    ["lake/landing/retail/truth.csv", "lake/landing/truth.csv", "other/truth.csv", "elsewhere/../other/sub/truth.csv"],
)
def test_a_truth_in_a_landing_is_refused_before_anything_is_written(arcana: Command, tmp_path: Path, file: str) -> None:
    folder = ("--folder", "other") if "other" in file else ()
    said = arcana(*SMALL, *folder, "--truth", file, code=2)
    assert "expected a file outside of the landing" in said
    assert "truth.csv. Name one elsewhere." in said
    assert list(tmp_path.iterdir()) == []


def test_a_landing_that_is_reached_by_a_link_is_a_landing(arcana: Command, tmp_path: Path) -> None:
    (tmp_path / "lake" / "landing").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "lake" / "landing")
    assert "outside of the landing" in arcana(*SMALL, "--truth", "link/truth.csv", code=2)


def test_a_folder_in_the_place_of_the_truth_is_refused_before_anything_is_written(
    arcana: Command, tmp_path: Path
) -> None:
    (tmp_path / "taken").mkdir()
    assert "expected a file, or a path where one can be made" in arcana(*SMALL, "--truth", "taken", code=2)
    assert not (tmp_path / "lake").exists()


def test_a_truth_that_cannot_be_written_is_said_and_the_sample_stands(arcana: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    said = arcana(*SMALL, "--truth", "file/truth.csv", code=2)
    assert "the sample is written, its truth is not" in said
    assert (tmp_path / "lake" / "landing" / "retail" / "transactions" / "2010-12.csv").is_file()


def test_the_truth_is_replaced_as_a_whole_and_in_one_order(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("a longer text than the truth that comes in its place, line by line\n" * 3)
    assert write_truth(path, {"value": {"2": "Novos", "1": 'A "B", C'}}) == 2
    assert path.read_text(encoding="utf-8") == (
        'customer_id,segmentation,persona\n1,value,"A ""B"", C"\n2,value,Novos\n'
    )
    assert list(tmp_path.iterdir()) == [path]


def test_the_names_of_the_truth_are_names_that_the_domain_gives(tmp_path: Path) -> None:
    drop = write_retail_drop(tmp_path, customers=40, months=1, seed=3)
    domain = load_domain(DEFS / "retail")
    value, categories = domain.segmentation("value"), domain.segmentation("categories")
    numbered = {f"{number:02d}-{name}" for name, number in numbers_given(value.personas).items()}
    assert set(drop.personas["value"].values()) <= numbered
    assert set(drop.personas["categories"].values()) <= set(names_given(categories.personas))
