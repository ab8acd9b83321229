"""The board: what is open of a domain, as a small file in the lake, where the page reads it.

The page knows the lake and not the instance of Dagster, which may be on another machine. The file is
`<lake>/<domain>/_alerts.json`; it is written where something changed, and every ten minutes, so that a reader sees that
somebody still looks.

Belongs here: writing and reading it. Does not belong here: what is open (`state`), how the page shows it (`dashboard`).
"""

import json
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from arcana_assets.alerts.finding import Kind, Severity
from arcana_assets.alerts.message import cut, one_line, opened, place_of, title_of
from arcana_assets.alerts.state import State
from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError, first_line
from arcana_assets.lake.errors import write_error
from arcana_assets.lake.names import domain_uri
from arcana_assets.presentation.language import language_of

EVERY = 600.0  # seconds
LINES = 50
LETTERS = 600


class UnreadableBoard(ArcanaError):
    """The board of a domain is there, and cannot be read."""


@dataclass(frozen=True)
class Line:
    """A finding of a domain that is open."""

    severity: Severity
    kind: Kind
    title: str
    words: str
    facts: str


@dataclass(frozen=True)
class Board:
    """What is open as of a moment, in seconds since 1970; `total` counts what is on no line as well."""

    looked: float
    total: int
    lines: tuple[Line, ...]


def write_boards(root: str, domains: Collection[CustomerDomain], state: State, now: float) -> None:
    """Brings the board of each domain up to date. Raises LakeError where the lake cannot be written."""
    for domain in domains:
        language = language_of(domain.language)
        standing = [each for each in state.standing if each.finding.domain == domain.name]
        lines = tuple(
            Line(
                each.finding.severity,
                each.finding.kind,
                one_line(title_of(each.finding, language)),
                cut(one_line(each.finding.words), LETTERS),
                " · ".join(filter(None, [place_of(each.finding), *opened(each, domain, language)])),
            )
            for each in standing[:LINES]
        )
        board, there = Board(now, len(standing), lines), None
        with suppress(UnreadableBoard):  # of another version: it is written anew
            there = read_board(root, domain.name)
        same = there is not None and (there.total, there.lines) == (board.total, board.lines)
        if there is None or not same or not 0 <= now - there.looked < EVERY:
            _write(root, domain.name, json.dumps(asdict(board), ensure_ascii=False))


def read_board(root: str, domain: str) -> Board | None:
    """What is open of a domain; None where nobody ever looked. Raises UnreadableBoard."""
    place = _place(root, domain)
    try:
        text = s3_filesystem().cat_file(place).decode() if is_s3(root) else Path(place).read_text(encoding="utf-8")
        said = json.loads(text)
        return Board(said["looked"], said["total"], tuple(Line(**each) for each in said["lines"]))
    except FileNotFoundError:
        return None
    except Exception as error:  # s3fs raises plain ones, too
        raise UnreadableBoard(
            f"expected in {place} what is open of {domain}, as the sensor alerts writes it; found "
            f"{type(error).__name__}: {first_line(error)}. See that it can be read, or delete it: it is written again "
            "within a minute."
        ) from error


def _place(root: str, domain: str) -> str:
    return f"{domain_uri(root, domain)}/_alerts.json"


def _write(root: str, domain: str, text: str) -> None:
    place = _place(root, domain)
    try:
        if is_s3(root):
            s3_filesystem().pipe_file(place, text.encode())
            return
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        draft = Path(f"{place}.{os.getpid()}.draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(place)
    except Exception as error:  # s3fs raises plain ones, too
        raise write_error(domain, place, error, over_network=is_s3(root)) from error
