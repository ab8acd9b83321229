"""Bodies: a message as an e-mail, as blocks of Slack, as a card of Teams, as JSON.

What was found is data: it is put where the channel reads no marks (a plain text of Slack, a text run of Teams), or is
escaped (HTML). So a star, a backtick or `<!channel>` in it is only text.

Belongs here: layout, and the size that a channel takes. Does not belong here: the words (`message`), sending
(`channels`).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from typing import Any

from arcana_assets.alerts.message import Entry, Message
from arcana_assets.alerts.state import DAY

MOST_BYTES = 28_000  # Teams takes no more
_COLOURS = {"error": "#b3261e", "warning": "#8a5a00", "resolved": "#1b6e3c"}
_OF_CARD = {"error": "Attention", "warning": "Warning", "resolved": "Good"}


def fitted(message: Message, made: Callable[[Message], bytes]) -> bytes:
    """The body with as many of the entries as `MOST_BYTES` hold."""
    for shown in range(len(message.entries), 0, -1):
        body = made(replace(message, entries=message.entries[:shown]))
        if len(body) <= MOST_BYTES or shown == 1:
            return body
    return made(message)


def email(message: Message, sender: str, to: Sequence[str], at: datetime) -> bytes:
    """A message of plain text and the same as HTML.

    What is sent once more has the id of the first time, by which mailboxes know that they have it. A reminder has one
    of its day.
    """
    day = int(at.timestamp() // DAY) if any(each.change == "still" for each in message.entries) else 0
    news = [day, *((each.finding.key, each.change, each.since, each.times) for each in message.entries)]
    ident = hashlib.sha256(repr((message.subject, news)).encode()).hexdigest()[:32]

    def made(shown: Message) -> bytes:
        mail = EmailMessage(policy=SMTP)
        mail["Subject"], mail["From"], mail["To"] = shown.subject, sender, ", ".join(to)
        mail["Date"], mail["Message-ID"] = format_datetime(at), f"<{ident}@{sender.rpartition('@')[2].rstrip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"  # no answer of who is away
        mail.set_content(text(shown), cte="quoted-printable")
        mail.add_alternative(_html(shown), subtype="html", cte="quoted-printable")
        return mail.as_bytes()

    return fitted(message, made)


def text(message: Message) -> str:
    """The message as plain text."""
    lines: list[str] = []
    for entry in message.entries:
        lines += [f"{entry.said_mark.upper()} · {_named(entry)}", *(f"  {each}" for each in _below(entry, message)), ""]
    lines += [message.more, ""] if message.more else []
    lines += [f"{message.language.say('alerts.to_page')}: {message.page_url}"] if message.page_url else []
    return "\n".join([*lines, message.language.say("alerts.footer"), ""])


def slack(message: Message) -> bytes:
    """Blocks of an incoming webhook of Slack; whatever was found is in plain texts."""

    def made(shown: Message) -> bytes:
        blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(shown.subject)}]
        for entry in shown.entries:
            lines = [f"{entry.said_mark.upper()} · {_named(entry)}", entry.words, entry.facts]
            blocks.append({"type": "section", "text": _plain("\n".join(each for each in lines if each))})
            guide = shown.language.say("alerts.guide", guide=entry.guide)
            told: list[dict[str, Any]] = [_plain(guide)] if _asks(entry) else []
            if entry.run_url:
                words = shown.language.say("alerts.to_run")
                told.append({"type": "mrkdwn", "text": f"<{entry.run_url}|{words}>"})
            if told:
                blocks.append({"type": "context", "elements": told})
        end = [each for each in (shown.more, shown.language.say("alerts.footer")) if each]
        blocks.append({"type": "context", "elements": [_plain(each) for each in end]})
        # Not more than a notification shows; marks of Slack mean nothing without these three signs.
        fallback = shown.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return _json({"text": fallback, "mrkdwn": False, "unfurl_links": False, "blocks": blocks})

    return fitted(message, made)


def teams(message: Message) -> bytes:
    """An Adaptive Card for a Workflows webhook of Teams; whatever was found is in text runs, which read no Markdown."""

    def made(shown: Message) -> bytes:
        card: list[dict[str, Any]] = [_runs([{"text": shown.subject, "weight": "Bolder", "size": "Large"}])]
        for entry in shown.entries:
            named = {"text": f"{entry.said_mark.upper()} · ", "weight": "Bolder", "color": _OF_CARD[entry.mark]}
            card.append(_runs([named, {"text": _named(entry), "weight": "Bolder"}], separator=True))
            card += [_runs([{"text": entry.words}], spacing="Small")] if entry.words else []
            guide = [shown.language.say("alerts.guide", guide=entry.guide)] if _asks(entry) else []
            told = " · ".join([*([entry.facts] if entry.facts else []), *guide])
            small: list[dict[str, Any]] = [{"text": told, "isSubtle": True, "size": "Small"}] if told else []
            if entry.run_url:
                link = {"type": "Action.OpenUrl", "url": entry.run_url}
                small.append({"text": f" {shown.language.say('alerts.to_run')}", "size": "Small", "selectAction": link})
            card += [_runs(small, spacing="Small")] if small else []
        end = " · ".join(each for each in (shown.more, shown.language.say("alerts.footer")) if each)
        card.append(_runs([{"text": end, "isSubtle": True, "size": "Small"}], separator=True))
        content = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "msteams": {"width": "Full"},
            "body": card,
        }
        kind = "application/vnd.microsoft.card.adaptive"
        attached = [{"contentType": kind, "contentUrl": None, "content": content}]
        return _json({"type": "message", "attachments": attached})

    return fitted(message, made)


def webhook(message: Message) -> bytes:
    """JSON for a program: the words, and every finding under its key."""

    def made(shown: Message) -> bytes:
        return _json(
            {
                "title": shown.subject,
                "total": shown.total,
                "findings": [
                    {
                        "key": entry.finding.key,
                        "change": entry.change,
                        "severity": entry.finding.severity,
                        "domain": entry.finding.domain,
                        "title": entry.title,
                        "words": entry.words,
                        "facts": entry.facts,
                        "months": list(entry.finding.months),
                        "since": entry.since,
                        "times": entry.times,
                        "run": entry.finding.run_id,
                        "url": entry.run_url,
                        "guide": entry.guide,
                    }
                    for entry in shown.entries
                ],
            }
        )

    return fitted(message, made)


def _named(entry: Entry) -> str:
    return f"{entry.domain} · {entry.title}" if entry.domain else entry.title


def _asks(entry: Entry) -> bool:
    """Whether there is something to do."""
    return entry.mark != "resolved"


def _below(entry: Entry, message: Message) -> list[str]:
    guide = message.language.say("alerts.guide", guide=entry.guide) if _asks(entry) else ""
    return [each for each in (entry.words, entry.facts, entry.run_url, guide) if each]


def _html(message: Message) -> str:
    say, parts = message.language.say, [f"<h2 style='font-size:18px;margin:0 0 12px'>{escape(message.subject)}</h2>"]
    for entry in message.entries:
        mark = f"<b style='color:{_COLOURS[entry.mark]}'>{escape(entry.said_mark.upper())}</b>"
        lines = [f"{mark} · <b>{escape(_named(entry))}</b>"]
        lines += [escape(entry.words)] if entry.words else []
        links = [f"<a href='{escape(entry.run_url)}'>{escape(say('alerts.to_run'))}</a>"] if entry.run_url else []
        guide = [escape(say("alerts.guide", guide=entry.guide))] if _asks(entry) else []
        small = " · ".join([*([escape(entry.facts)] if entry.facts else []), *guide, *links])
        lines += [f"<span style='color:#5b6570;font-size:13px'>{small}</span>"] if small else []
        rim = f"border-left:4px solid {_COLOURS[entry.mark]};padding:2px 0 2px 10px;margin:0 0 14px"
        parts.append(f"<div style='{rim}'>{'<br>'.join(lines)}</div>")
    parts += [f"<p><b>{escape(message.more)}</b></p>"] if message.more else []
    page = f" <a href='{escape(message.page_url)}'>{escape(say('alerts.to_page'))}</a>" if message.page_url else ""
    parts.append(f"<p style='color:#5b6570;font-size:13px'>{escape(say('alerts.footer'))}{page}</p>")
    return f"<div style='font:15px/1.45 Arial,sans-serif;max-width:720px'>{''.join(parts)}</div>"


def _plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words, "emoji": False}


def _runs(runs: Sequence[dict[str, Any]], **options: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", **each} for each in runs], **options}


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
