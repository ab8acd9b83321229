"""The house keeps its rules: sizes, charters, thin assets, and guides that name files that are there."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import arcana_assets
from arcana_assets.definitions import build_definitions
from arcana_assets_tests.conftest import LONGEST_FIRST, hold_to_its_time

PACKAGE = Path(arcana_assets.__file__).parent
DOCS = PACKAGE.parent / "docs"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)
ASSETS = [path for path in FILES if path.parent.name == "assets"]
MOST_FILES, MOST_LINES = 16, 60
LAKE = ("<lake>", "bronze", "silver", "quarantine", "gold", "models", "published")  # are places of tables and files


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_no_folder_holds_more_files_than_a_reader_takes_in():
    held = Counter(named(path.parent) for path in FILES)
    assert {folder: files for folder, files in held.items() if files > MOST_FILES} == {}


def test_only_the_room_of_duckdb_holds_a_connection_of_it():
    elsewhere = [path for path in FILES if not named(path).startswith("engine/duckdb/")]
    assert [named(path) for path in elsewhere if re.search(r"\.con\b", path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_file_says_what_lives_in_it_and_what_does_not(path):
    charter = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    assert "TODO" not in charter
    assert "elongs here" in charter, f"{named(path)} has no charter"
    assert "oes not belong here" in charter, f"{named(path)} does not say what lives elsewhere"


ACCENTED = re.compile("[áéíóúâêôãõçà]", re.IGNORECASE)
# What they look for in a company's files is spelled as it stands there.
READ_IN_FILES = {"customer_360/goods/families.py", "landing/conform/fields.py", "landing/files/encodings.py"}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_what_people_read_is_in_the_texts_of_a_language_and_not_in_the_code(path):
    if named(path).startswith("samples/") or named(path) in READ_IN_FILES:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    said = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [(each.lineno, each.value) for each in said if id(each) not in docs and ACCENTED.search(each.value)] == []


def test_every_file_of_tests_that_is_begun_first_is_there():
    tests = Path(__file__).parent
    assert [file for file in LONGEST_FIRST if not (tests / file).is_file()] == []


def test_a_test_of_more_than_a_minute_fails_where_it_is_not_marked_as_slow():
    hold_to_its_time(60)
    with pytest.raises(pytest.fail.Exception, match="took 61 s of CPU: expected at most 60 s"):
        hold_to_its_time(61)


@pytest.mark.parametrize("path", ASSETS, ids=named)
def test_an_asset_is_thin_and_declares_no_table(path):
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    long = {each.name: size for each in functions if (size := each.end_lineno - each.lineno + 1) > MOST_LINES}
    assert long == {}
    assert "pa.schema(" not in text


@pytest.mark.skipif(not DOCS.is_dir(), reason="an installed package comes without docs")
def test_the_connection_of_the_engine_is_its_own_affair():
    others = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "engine"]
    assert [path.name for path in others if re.search(r"backend\.con\b", path.read_text())] == []


def test_every_place_in_the_package_that_the_page_of_design_names_is_there():
    text = (DOCS / "design.md").read_text(encoding="utf-8")
    named_there = re.findall(r"`([\w./<>*]+/[\w./<>*]*|[\w/]+\.py)`", text)
    places = {place.rstrip("/") for place in named_there if place.split("/")[0] not in LAKE}
    assert len(places) > 20
    patterns = {place: re.sub(r"<\w+>", "*", place) for place in places}
    assert [place for place in sorted(places) if not any(PACKAGE.rglob(patterns[place]))] == []


@pytest.mark.skipif(not DOCS.is_dir(), reason="an installed package comes without docs")
def test_every_check_of_the_graph_is_told_of_in_the_page_of_operation_or_of_design():
    told = {word for name in ("operate", "design") for word in re.findall(r"\w+", (DOCS / f"{name}.md").read_text())}
    checks = {key.name for key in build_definitions().resolve_asset_graph().asset_check_keys}
    assert len(checks) > 30
    assert sorted(checks - told) == []
