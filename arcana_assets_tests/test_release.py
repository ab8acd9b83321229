"""What is released: archives that install and run where there is no repository, and lakes of the version before.

Slow: packages are built, installed and run in processes of their own; months are refreshed by two versions.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from arcana_assets import __version__
from arcana_assets.lake.lake import Lake

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
BEFORE = "366d03e02cfcdc84dfb6f8137a647c828a07728b"  # the last commit of 0.1; of a later version its tag
MAIN = "import sys; from arcana_assets.cli import main; sys.argv[0] = 'arcana'; main()"


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """What a command says, in an environment that knows of no repository."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, "HOME": str(cwd), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=540,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A wheel that is made of the source archive, and that archive."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (source,) = folder.glob("*.tar.gz")
    with tarfile.open(source) as packed:
        packed.extractall(folder / "source", filter="data")
    (unpacked,) = (folder / "source").iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=unpacked)
    (wheel,) = folder.glob("*.whl")
    return {"source": source, "wheel": wheel}


@pytest.fixture(scope="module")
def installed(archives: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that has the wheel, and else what this one has."""
    place = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=place)
    (site,) = (place / "lib").glob("python3*/site-packages")
    # A folder that a line of a .pth file names is searched, and its own .pth files, that of the repository, are not.
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = place / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", archives["wheel"], cwd=place)
    return place / "bin" / "arcana"


def test_archives_hold_what_is_needed_and_nothing_of_a_desk(archives: dict[str, Path]) -> None:
    assert f"-{__version__}" in archives["wheel"].name
    names = zipfile.ZipFile(archives["wheel"]).namelist()
    for needed in ("defs/retail/defs.yaml", "presentation/texts/pt-BR.yaml", "presentation/texts/en.yaml"):
        assert any(name.startswith("arcana_assets/") and name.endswith(needed) for name in names), needed
    known = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "arcana_assets"], capture_output=True, text=True, check=False
    )
    if known.returncode == 0:  # nothing is forgotten, and nothing is there that nobody committed
        assert {name for name in names if ".dist-info/" not in name} == {
            *known.stdout.split(),
            "arcana_assets/dagster.yaml",
        }
    with tarfile.open(archives["source"]) as packed:
        inside = {name.partition("/")[2] for name in packed.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "workspace.yaml", "dagster.yaml"} <= inside
    desk = re.compile(r"(^|/)(\.venv|build|\.git|__pycache__)/|\.pyc$|^data_lake/(?!README)")
    assert not [name for name in [*names, *inside] if desk.search(name)]


def test_the_wheel_runs_in_an_empty_folder_on_a_domain_of_its_own(installed: Path, tmp_path: Path) -> None:
    env = {"ARCANA_DEFS": str(tmp_path / "defs"), "ARCANA_LAKE": str(tmp_path / "lake"), "NO_COLOR": "1"}
    assert run(installed, "--version", cwd=tmp_path).strip().endswith(__version__)
    where = run(
        installed.with_name("python"), "-c", "import arcana_assets; print(arcana_assets.__file__)", cwd=tmp_path
    )
    assert Path(where.strip()).is_relative_to(installed.parents[1])
    run(
        installed,
        "sample",
        "retail",
        "--customers",
        "40",
        "--months",
        "2",
        "--folder",
        tmp_path / "files",
        cwd=tmp_path,
    )
    drop = sorted((tmp_path / "files").rglob("2010-12.csv"))
    assert drop
    shutil.copyfile(drop[0], tmp_path / "vendas.csv")
    run(installed, "new", "loja", "vendas.csv", "--into", "defs", cwd=tmp_path, **env)
    run(installed, "check", cwd=tmp_path, **env)
    told = run(installed, "status", cwd=tmp_path, **env)
    assert "loja" in told
    assert {path.name for path in tmp_path.iterdir()} <= {"defs", "files", "lake", "vendas.csv", ".dagster", ".cache"}


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Lake]:
    """Two months by the version before; the same lake after a third by this one; and after the two were made again."""
    folder = tmp_path_factory.mktemp("migration")
    kept = subprocess.run(
        ["git", "-C", ROOT, "archive", "--output", folder / "before.tar", BEFORE, "arcana_assets", "dagster.yaml"],
        capture_output=True,
        check=False,
    )
    if kept.returncode:
        pytest.skip("the version before is not in the history of this copy, or there is no git here")
    with tarfile.open(folder / "before.tar") as packed:
        packed.extractall(folder / "before", filter="data")
    lake = folder / "lake"

    def arcana(version: Path, *words: str) -> None:
        run(sys.executable, "-c", MAIN, *words, cwd=folder, PYTHONPATH=str(version), ARCANA_LAKE=str(lake))

    which = "import arcana_assets; print(arcana_assets.__version__)"
    assert run(sys.executable, "-c", which, cwd=folder, PYTHONPATH=str(folder / "before")) == "0.1.0\n"
    arcana(folder / "before", "sample", "retail", "--customers", "120", "--months", "3")
    arcana(folder / "before", "refresh", "retail", "--months", "2010-12:2011-01")
    shutil.copytree(lake, folder / "kept")
    arcana(ROOT, "refresh", "retail", "--months", "2011-02")
    shutil.copytree(lake, folder / "on")
    arcana(ROOT, "refresh", "retail", "--months", "2010-12:2011-01")
    places = {"before": folder / "kept", "on": folder / "on", "again": lake}
    return {name: Lake(root=str(place)) for name, place in places.items()}


DECEMBER, JANUARY, FEBRUARY = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1)
# What nobody compared with anything is no longer listed: the version before listed popular items in the first months.
UNLISTED = {"recommendations", "recommendations_held_out"}
OF_LISTS = {
    "recommendation_opportunities": {"recommended_to", "expected_value"},
    "recommendation_evaluation": {"reason"},
}
NEW_COLUMNS = ("'silver', 'products', 'type',", "'silver', 'products', 'brand',")
NEW_FINDINGS = ("before_start", "left_out")
DIGESTS = {"inputs_digest", "digest", "tracked"}  # of how it was computed, which another version does otherwise


def tables(lakes: dict[str, Lake]) -> list[tuple[str, ...]]:
    """All tables that the version before wrote."""
    root = Path(lakes["before"].root) / "retail"
    found = [place.parent.relative_to(root.parent).parts for place in sorted(root.glob("*/*/_delta_log"))]
    assert len(found) > 45
    return found


def rows(lake: Lake, key: tuple[str, ...], columns: list[str]) -> list[str]:
    """The rows of the months before, but for what says in which run they were written."""
    table = lake.open(key).to_pyarrow_table()
    if "month" in columns:
        table = table.filter(pc.is_in(table["month"], pc.cast([DECEMBER, JANUARY], table["month"].type)))
    names = [name for name in columns if not name.startswith("_")]
    return sorted(repr([row[name] for name in names]) for row in table.select(names).to_pylist())


def told_before(key: tuple[str, ...], row: str) -> bool:
    """Whether a row is one that the version before told, and not of the lists that it made."""
    if key[-1] == "data_profile":  # a row a column: the profile of lists, and columns that there were not
        return not any(of in row for of in (*(f"'gold', '{name}'," for name in UNLISTED), *NEW_COLUMNS))
    return key[-1] != "data_findings" or not any(f", '{item}', ''" in row for item in NEW_FINDINGS)


def columns_of(lake: Lake, key: tuple[str, ...]) -> list[str]:
    return [field.name for field in lake.open(key).schema().to_arrow()]


def test_months_of_the_version_before_stay_as_they_are(lakes: dict[str, Lake]) -> None:
    dated = {}
    for key in tables(lakes):
        columns = columns_of(lakes["before"], key)
        before = rows(lakes["before"], key, columns)
        if "month" in columns:  # a snapshot is of the last refresh
            assert rows(lakes["on"], key, columns) == before, key
            dated["/".join(key[1:])] = len(before)
    assert min(dated[name] for name in ("silver/transactions", "gold/segments", "gold/recommendations")) > 100
    assert dated["gold/predictions"] > 100


def test_the_next_month_goes_on_from_them_in_the_same_columns(lakes: dict[str, Lake]) -> None:
    for name in ("customer_360", "feature_matrix", "segments", "items_owned", "transactions_monthly"):
        key = ("retail", "gold", name)
        table = lakes["on"].open(key).to_pyarrow_table()
        of = {
            month: {
                column
                for column in columns_of(lakes["before"], key)
                if (part := table.filter(pc.equal(table["month"], pa.scalar(month)))[column]).null_count < len(part)
            }
            for month in (JANUARY, FEBRUARY)
        }
        assert of[FEBRUARY], name
        assert of[JANUARY] <= of[FEBRUARY], name
    for segmentation in ("value", "categories"):
        models = lakes["on"].open(("retail", "models", segmentation)).to_pyarrow_table().to_pylist()
        outcomes = {row["month"]: row["outcome"] for row in models}
        assert outcomes[DECEMBER] == "first"
        assert outcomes[FEBRUARY] != "first", "segments are those of the model of before, or were told from them"


def test_months_computed_again_are_what_the_version_before_made_of_them(lakes: dict[str, Lake]) -> None:
    for name in UNLISTED:
        assert rows(lakes["again"], ("retail", "gold", name), ["month", "customer_id"]) == []
    for key in tables(lakes):
        left_out = DIGESTS | OF_LISTS.get(key[-1], set())
        columns = [name for name in columns_of(lakes["before"], key) if name not in left_out]
        if "month" in columns and key[-1] not in UNLISTED:
            again, before = (
                [row for row in rows(lakes[which], key, columns) if told_before(key, row)]
                for which in ("again", "before")
            )
            assert again == before, key
