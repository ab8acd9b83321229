"""docs/your_own_business.md as somebody follows it, from two files to named segments: every command, every promise.

Slow: six months of a domain from its files to what is published, a trial of it, the page and Dagster's own.
"""

import re
import socket
from pathlib import Path

import pytest

from arcana_assets_tests.pages.grocer import write_files
from arcana_assets_tests.pages.typed import Block, Shell, blocks_of, not_told_of

pytestmark = pytest.mark.slow

PAGE = "docs/your_own_business.md"
LEFT_OUT = {
    "python3 -m venv ~/arcana": "an installation, which test_release makes of the wheel",
    ". ~/arcana/bin/activate": "the environment of the tests has the package",
    'pip install "arcana-assets[dashboard,warehouse]"': "it asks a registry",
}
SERVES = ("arcana dashboard", "arcana ui")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    place = tmp_path_factory.mktemp("own_business")
    there = Shell(place / "home", place / "folder")
    write_files(there.home / "arquivos")
    return there


@pytest.fixture(scope="module")
def followed(shell: Shell) -> list[tuple[Block, str]]:
    """Each block of the page with what the last commands before it said: all commands were typed, in their order."""
    found, said = list[tuple[Block, str]](), ""
    for block in blocks_of(PAGE):
        if block.commands:
            said = "".join(_typed(shell, command) for command in block.commands if command not in LEFT_OUT)
        found.append((block, said))
    return found


def _typed(shell: Shell, command: str) -> str:
    if command not in SERVES:
        return shell.run(command)
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    assert shell.serve(f"{command} --port {port}") == 200
    return ""


def test_nothing_is_left_out_that_the_page_does_not_have() -> None:
    run, gone = not_told_of(blocks_of(PAGE), LEFT_OUT)
    assert gone == []
    assert {*SERVES} <= {*run}


def test_the_files_begin_as_the_page_shows(shell: Shell) -> None:
    shown = [block.text for block in blocks_of(PAGE) if block.kind == "csv"]
    for text, name in zip(shown, ("vendas_2024.csv", "produtos.csv"), strict=True):
        assert (shell.home / "arquivos" / name).read_text("cp1252").startswith(text)


def test_commands_say_what_the_page_says_that_they_do(followed: list[tuple[Block, str]]) -> None:
    told = [(block, said) for block, said in followed if block.kind == "text"]
    assert len(told) == 3
    for block, said in told:
        assert lacking(block, said) == [], said


def test_the_draft_is_the_one_of_the_page(shell: Shell, followed: list[tuple[Block, str]]) -> None:
    (yaml,) = [block for block, _ in followed if block.kind == "yaml"]
    drafted = shell.home / "dominios" / "mercado"
    assert lacking(yaml, (drafted / "sources" / "vendas.yaml").read_text("utf-8")) == []
    (tree,) = [block for block, _ in followed if block.kind == ""]
    names = {re.split(r"\s{2,}", line.strip())[0] for line in tree.lines}
    there = {path.name for path in drafted.parent.rglob("*.yaml")}
    assert names == {"mercado/", "sources/", *there}


def test_files_that_the_page_names_are_there(shell: Shell, followed: list[tuple[Block, str]]) -> None:
    assert followed
    text = (Path(__file__).parents[2] / PAGE).read_text("utf-8")
    files = re.findall(r"`~/(lago/[^`]+)`", text)
    assert len(files) == 2
    for each in files:
        assert (shell.home / each).stat().st_size > 1000, each


def test_nothing_is_written_but_into_the_folders_that_are_named(
    shell: Shell, followed: list[tuple[Block, str]]
) -> None:
    assert followed
    assert list(shell.folder.iterdir()) == []
    assert {path.name for path in shell.home.iterdir() if not path.name.startswith(".")} == {
        "arquivos",
        "dominios",
        "lago",
    }


def lacking(block: Block, said: str) -> list[str]:
    """The lines of a block that are not among those that were said, in this order; `...` stands for any end."""
    there = iter(said.splitlines())
    return [line for line in block.lines if not any(_as(line, each) for each in there)]


def _as(shown: str, said: str) -> bool:
    return said.startswith(shown.removesuffix("...")) if shown.endswith("...") else said.rstrip() == shown.rstrip()
