"""A message: news in the words of who reads it, the same for every channel.

Texts here are plain: no mark of theirs means anything, and a channel that reads marks is given them as text (`bodies`).

Belongs here: subject, lines and links. Does not belong here: how a channel lays them out (`bodies`), which news there
are (`state`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from arcana_assets.alerts.finding import Finding
from arcana_assets.alerts.state import Change, News, Open
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.words import DEFAULT_LANGUAGE
from arcana_assets.presentation.language import Language, language_of

SHOWN = 20  # findings of a message
LETTERS = 600  # of a finding, links apart
SUBJECT = 150  # letters
GUIDE = "docs/operate.md"
_HEADINGS = {"check": "when-something-is-red", "run": "when-something-is-red"}
Mark = Literal["error", "warning", "resolved"]


@dataclass(frozen=True)
class Entry:
    """A finding in a message: how it stands, a title, what was found, since when, and where to look."""

    mark: Mark
    said_mark: str
    change: Change
    domain: str
    title: str
    words: str
    facts: str
    run_url: str
    guide: str
    finding: Finding
    since: float
    times: int


@dataclass(frozen=True)
class Message:
    """What a channel is sent at a time: at most `SHOWN` entries, and how many more there are."""

    language: Language
    subject: str
    entries: tuple[Entry, ...]
    total: int
    page_url: str = ""

    @property
    def more(self) -> str:
        """`e mais 12`, or nothing."""
        left = self.total - len(self.entries)
        return self.language.say("alerts.more", n=left) if left else ""


def message_of(
    news: Sequence[News], domains: Collection[CustomerDomain], web_url: str = "", shown: int = SHOWN
) -> Message:
    """The message of some news, in the language of their domains; in the default one where those differ."""
    of = {each.name: each for each in domains}
    concerned = {each.of.finding.domain: of.get(each.of.finding.domain) for each in news}
    codes = {each.language for each in concerned.values() if each is not None}
    language = language_of(codes.pop() if len(codes) == 1 else DEFAULT_LANGUAGE)
    marks = [mark_of(each) for each in news]
    counts = (("errors", "error"), ("warnings", "warning"), ("resolved", "resolved"))
    what = ", ".join(language.say(f"alerts.{word}", n=marks.count(mark)) for word, mark in counts if mark in marks)
    where = ", ".join(title for each in concerned.values() if each is not None for title in [one_line(each.title)])
    subject = language.say("alerts.subject", what=what, where=where or "Dagster")
    entries = tuple(_entry(each, of.get(each.of.finding.domain), language, web_url) for each in news[:shown])
    return Message(language, cut(one_line(subject), SUBJECT), entries, len(news), web_url)


def trial(language: Language, at: float) -> Message:
    """The message by which somebody sees whether a channel is right."""
    finding = Finding("check", ("arcana", "alerts"), "warning", language.say("alerts.test_words"), "", at)
    title, mark = language.say("alerts.test_title"), language.say("alerts.severity_test")
    entry = Entry("resolved", mark, "resolved", "", title, finding.words, "", "", "", finding, at, 0)
    return Message(language, f"Arcana: {title}", (entry,), 1)


def mark_of(news: News) -> Mark:
    """How a finding stands."""
    return "resolved" if news.change == "resolved" else news.of.finding.severity


def title_of(finding: Finding, language: Language) -> str:
    """What is wrong in a few words, with the name by which the guide knows it."""
    say, name = language.say, finding.subject[-1]
    if finding.kind == "check":
        known = language.knows(f"alerts.checks.{name}")
        return say("alerts.title_check", said=say(f"alerts.checks.{name}"), check=name) if known else name
    return say(f"alerts.title_{finding.kind}", **{{"run": "job"}.get(finding.kind, "name"): name})


def place_of(finding: Finding) -> str:
    """The table that a check is of, without its domain."""
    table = finding.subject[0] if finding.kind == "check" else ""
    return table.removeprefix(f"{finding.domain}/")


def moment(at: float, domain: CustomerDomain | None, language: Language) -> str:
    """A moment in the domain's timezone."""
    zone = ZoneInfo(domain.timezone if domain is not None else "UTC")
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime(language.say("alerts.moment"))


def _entry(news: News, domain: CustomerDomain | None, language: Language, web_url: str) -> Entry:
    say, finding, mark = language.say, news.of.finding, mark_of(news)
    facts = [place_of(finding), *_history(news, domain, language)]
    if finding.months and mark != "resolved":
        facts.append(_of_months("alerts.of_months", finding.months, language))
    title, told = cut(one_line(title_of(finding, language)), SUBJECT), " · ".join(each for each in facts if each)
    name = one_line(domain.title) if domain is not None else ""
    room = LETTERS - len(title) - len(told) - len(name)
    return Entry(
        mark,
        say(f"alerts.severity_{mark}"),
        news.change,
        name,
        title,
        "" if mark == "resolved" else cut(one_line(finding.words), room),
        told,
        f"{web_url}/runs/{finding.run_id}" if web_url and finding.run_id else "",
        f"{GUIDE}#{_HEADINGS.get(finding.kind, 'alerts')}",
        finding,
        news.of.since,
        news.of.times,
    )


def _history(news: News, domain: CustomerDomain | None, language: Language) -> list[str]:
    say, known = language.say, news.of
    if news.change == "resolved":
        first, last = (moment(at, domain, language) for at in (known.since, known.passed or known.since))
        told = [say("alerts.lasted", first=first, last=last)]
        return told + ([_of_months("alerts.passed_of", known.passed_of, language)] if known.passed_of else [])
    return [say(f"alerts.change_{news.change}"), *opened(known, domain, language)]


def _of_months(key: str, months: Sequence[str], language: Language) -> str:
    first, last = (language.short_month(date.fromisoformat(f"{month}-01")) for month in (months[0], months[-1]))
    return language.say(key, n=len(months), first=first, last=last)


def opened(known: Open, domain: CustomerDomain | None, language: Language) -> list[str]:
    """Since when something is open, and how often it was found where that is known by runs."""
    told = [language.say("alerts.since", moment=moment(known.since, domain, language))]
    return told + ([language.say("alerts.times", n=known.times)] if known.times > 1 else [])


def one_line(text: str) -> str:
    """A text without line ends and other marks that steer a reader: nothing of it begins a header or hides a line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def cut(text: str, letters: int) -> str:
    """A text of at most so many letters, the last one an ellipsis where some are left out."""
    return text if len(text) <= letters else text[: max(letters - 1, 0)].rstrip() + "…"
