"""A page of the documentation as somebody types it: the commands of its `sh` blocks, and what it says that they say.

Belongs here: reading a page, and running a command as written. Does not belong here: what a page promises (the tests).
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$?\s*(export|make|pip|python3?|[\w./~]*arcana)\s", re.MULTILINE)
COMMENT = re.compile(r"\s+#.*$|^#.*$")


@dataclass
class Block:
    """A fenced block of a page: its kind, its lines, and what a person types of it (of `sh` alone)."""

    kind: str
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def commands(self) -> list[str]:
        """Without the comments beside them."""
        if self.kind != "sh":
            return []
        said = (COMMENT.sub("", line) for line in self.text.replace("\\\n", " ").splitlines())
        return [line for line in said if line.strip()]


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page below the repository. No command hides in a block that is not said to be of the shell."""
    found = [Block(match["kind"], match["text"]) for match in BLOCK.finditer((ROOT / page).read_text("utf-8"))]
    hidden = [line for each in found if each.kind != "sh" for line in each.lines if COMMAND.match(line)]
    assert not hidden, f"{page}: commands in a block that does not begin with ```sh: {hidden}"
    return found


def not_told_of(blocks: list[Block], left_out: dict[str, str]) -> tuple[list[str], list[str]]:
    """Commands of the blocks but for those that are left out; and those left out that no block has any more."""
    commands = [command for block in blocks for command in block.commands]
    return [each for each in commands if each not in left_out], [each for each in left_out if each not in commands]


@dataclass
class Shell:
    """A shell of somebody who has the package: `arcana` is on the path, HOME and the folder are empty at first.

    What a command exports is there for those after it.
    """

    home: Path
    folder: Path
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        programs = self.home.parent / "programs"
        for each in (self.home, self.folder, programs):
            each.mkdir(parents=True, exist_ok=True)
        put_arcana(programs)
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**kept, "PATH": path, "HOME": str(self.home), "COLUMNS": "200", "NO_COLOR": "1"}

    def run(self, command: str) -> str:
        """What a command says; fails where its exit code is another than 0."""
        after = self.home.parent / "environment"
        script = f'{command}\ncode=$?; env -0 > "{after}"; exit $code'
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\nexit code {done.returncode}\n{done.stdout}\n{done.stderr[-4000:]}"
        self.environment = dict(each.split("=", 1) for each in after.read_text("utf-8").split("\0") if each)
        return done.stdout

    def serve(self, command: str) -> int:
        """The status of a page that a command serves until Ctrl-C, which has to end it with 0."""
        with subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as serving:
            try:
                status = _answered(serving, next(_addresses(serving)))
            finally:
                serving.send_signal(signal.SIGINT)
                serving.communicate(timeout=300)
        assert serving.returncode == 0, f"{command} ends with {serving.returncode}"
        return status


def put_arcana(folder: Path) -> None:
    """The console script of the package, of the code that is tested."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "arcana"
    code = "import sys; sys.argv[0] = 'arcana'; from arcana_assets.cli import main; main()"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -c "{code}" "$@"\n')
    script.chmod(0o755)


def _answered(serving: "subprocess.Popen[str]", address: str) -> int:
    """The status of a page as soon as somebody listens: some say where it is before it is there."""
    while True:
        try:
            with urlopen(address) as answer:
                return int(answer.status)
        except URLError:
            assert serving.poll() is None, f"nobody answers at {address}, and the command has ended"
            time.sleep(0.5)


def _addresses(serving: "subprocess.Popen[str]") -> Iterator[str]:
    assert serving.stdout is not None
    for line in serving.stdout:
        if found := re.search(r"http://[\w.:]+", line):
            yield found[0]
    raise AssertionError("it ended before it said where its page is")
