"""What is open, and which channel was told of it when: the memory of the alerts of an instance.

It is kept in the instance's own storage, as a value of the store where Dagster's daemons keep theirs. That store is
wherever the runs are, in SQLite on one machine and in PostgreSQL for tasks that have no disk; it takes a text of any
size; and it can be written at any moment. The cursor of a sensor is written by Dagster after the tick, and only where
nothing failed in it: a channel that is away would make every other channel be told again.

It is written after the messages are sent, never before. Who is killed between the two tells once more; nobody is left
untold.

Belongs here: what a verdict changes, and what a channel is due. Does not belong here: where verdicts come from (`runs`,
`watch`), sending (`channels`).
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import dagster as dg

from arcana_assets.alerts.closed import Closed, load_closed
from arcana_assets.alerts.finding import Finding, Kind, Severity
from arcana_assets.alerts.settings import Channel
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError

KEY = "arcana/alerts"
VERSION = 1
DAY = 86_400.0  # seconds, after which what is still wrong is told again

Change = Literal["new", "worse", "still", "resolved"]


class UnreadableState(ArcanaError):
    """The memory of the alerts is of another version."""


class Told(NamedTuple):
    """When a channel was told of a finding last, in seconds since 1970, and how severe it was."""

    at: float
    severity: Severity


@dataclass
class Open:
    """A finding with its history: since when, how often, whether it is over, and which channels know of it."""

    finding: Finding
    since: float
    times: int = 1
    passed: float | None = None
    passed_of: tuple[str, ...] = ()
    told: dict[str, Told] = field(default_factory=dict)


class News(NamedTuple):
    """What a channel is to be told of a finding."""

    change: Change
    of: Open


@dataclass
class State:
    """All that is open; up to when runs were read (`cursor`), which of the last ones were, and since when is looked.

    `closed` is what somebody closed by hand: it is not told, and not counted as wrong, until it was over and is found
    anew, or is worse than it was then.
    """

    began: float
    cursor: float
    seen: dict[str, float] = field(default_factory=dict)
    open: dict[str, Open] = field(default_factory=dict)
    closed: Mapping[str, Closed] = field(default_factory=dict)

    def is_closed(self, each: Open) -> bool:
        """Whether somebody closed this finding, as it is now."""
        by_hand = self.closed.get(each.finding.key)
        return by_hand is not None and each.since <= by_hand.at and not each.finding.worse_than(by_hand.severity)

    def set_clock(self, now: float) -> None:
        """Takes moments that lie in the future, because the clock was moved back, for now."""
        self.began, self.cursor = min(self.began, now), min(self.cursor, now)
        for each in self.open.values():
            each.since = min(each.since, now)
            each.told = {name: told._replace(at=min(told.at, now)) for name, told in each.told.items()}

    def fails(self, finding: Finding, counted: bool = True) -> None:
        """Opens a finding, or says of an open one what is known now; `counted` adds one to how often it was found."""
        known = self.open.get(finding.key)
        if known is None or (known.passed is not None and not known.told):
            self.open[finding.key] = Open(finding, finding.at)
            return
        if known.passed is not None:  # it is back before all channels heard that it was over
            if self.is_closed(known):
                known.since = finding.at
            known.passed, counted = None, True
        known.finding, known.times = finding, known.times + counted

    def passes(self, key: str, at: float, months: tuple[str, ...] = ()) -> None:
        """Closes a finding, where it is open; `months` are those of the run that found it right."""
        known = self.open.get(key)
        if known is not None and known.passed is None:
            known.passed, known.passed_of = at, months

    def stands(self, kinds: Collection[Kind], found: Iterable[Finding], at: float) -> None:
        """What is wrong of some kinds as of a moment: all of it, so that what is not found any more is over."""
        there = {finding.key: finding for finding in found}
        for key, known in self.open.items():
            if known.finding.kind in kinds and key not in there:
                self.passes(key, at)
        for finding in there.values():
            self.fails(finding, counted=False)

    def due(self, channel: Channel, domains: Collection[CustomerDomain], now: float) -> list[News]:
        """What a channel is to be told: errors, then warnings, then what is over; the longest open first."""
        news = list[News]()
        for each in self.open.values():
            told = each.told.get(channel.name)
            if not channel.concerns(each.finding, domains):
                continue
            if each.passed is not None or not channel.wants(each.finding.severity) or self.is_closed(each):
                news += [News("resolved", each)] if told else []
            elif told is None:
                news.append(News("new", each))
            elif each.finding.worse_than(told.severity):
                news.append(News("worse", each))
            elif now - told.at >= DAY:
                news.append(News("still", each))
        return sorted(news, key=_order)

    def tell(self, channel: Channel, news: Iterable[News], now: float) -> None:
        """Notes that a channel was told."""
        for each in news:
            if each.change == "resolved":
                each.of.told.pop(channel.name, None)
            else:
                each.of.told[channel.name] = Told(now, each.of.finding.severity)

    def settle(self, channels: Iterable[Channel]) -> None:
        """Forgets what channels that are gone knew, and what is over and nobody waits to hear of."""
        names = {each.name for each in channels}
        for each in self.open.values():
            each.told = {name: told for name, told in each.told.items() if name in names}
        self.open = {key: each for key, each in self.open.items() if each.passed is None or each.told}

    @property
    def standing(self) -> list[Open]:
        """What is wrong now: errors before warnings, the longest open first."""
        wrong = (each for each in self.open.values() if each.passed is None and not self.is_closed(each))
        news = [News("still", each) for each in wrong]
        return [each.of for each in sorted(news, key=_order)]

    def save(self, instance: dg.DagsterInstance) -> None:
        """Keeps it in the storage of the instance."""
        kept = {
            "version": VERSION,
            "began": self.began,
            "cursor": self.cursor,
            "seen": self.seen,
            "open": [{**vars(each), "finding": each.finding.as_dict()} for each in self.open.values()],
        }
        instance.daemon_cursor_storage.set_cursor_values({KEY: json.dumps(kept, ensure_ascii=False, sort_keys=True)})


def load_state(instance: dg.DagsterInstance, now: float) -> State:
    """What was kept; of an instance that was never looked at, a state that begins with the runs of the last day.

    Raises UnreadableState, UnreadableClosed for what another version kept.
    """
    text = instance.daemon_cursor_storage.get_cursor_values({KEY}).get(KEY)
    if text is None:
        return State(began=now, cursor=now - DAY, closed=load_closed(instance))
    try:
        kept = json.loads(text)
        if kept["version"] != VERSION:
            raise ValueError(f"version {kept['version']}")
        state = State(kept["began"], kept["cursor"], kept["seen"])
        for each in kept["open"]:
            opened = _opened(each)
            state.open[opened.finding.key] = opened
    except (KeyError, TypeError, ValueError) as wrong:
        raise UnreadableState(
            f"expected version {VERSION} of what the alerts keep in the instance (key '{KEY}' of its table kvs), found "
            f"something else ({type(wrong).__name__}). Use the version of the platform that wrote it, or delete the "
            "row: what is found of the last day is then told once more."
        ) from None
    state.closed = load_closed(instance)
    state.set_clock(now)
    return state


def _opened(said: Mapping) -> Open:
    told = {name: Told(at, severity) for name, (at, severity) in said["told"].items()}
    return Open(**{**said, "told": told, "finding": Finding.of(said["finding"]), "passed_of": tuple(said["passed_of"])})


def _order(news: News) -> tuple[bool, bool, float, str]:
    finding = news.of.finding
    return news.change == "resolved", finding.severity == "warning", news.of.since, finding.key
