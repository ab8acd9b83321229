"""The month on two sheets, for a mail to directors: figures, segments, movement, programme, recommendations, data.

Belongs here: the sections, from gold tables. Does not belong here: how a figure is computed (`domain.metrics`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.metrics import Metric
from arcana_assets.exports.drawings import Bar, bars
from arcana_assets.exports.pages import Page, Section
from arcana_assets.presentation.labels import segmentation_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.profile.finding import aside, by_source, summed
from arcana_assets.publication.reports.personas import changed

Row = Mapping[str, Any]
_MOVES = 6


@dataclass(frozen=True)
class MonthFound:
    """What is known of a month: figures by metric (now and the month before), and rows of gold tables.

    `profiles`, `migration`, `programmes` and `findings` are rows of gold tables, some of the month before; `serves` is
    that of the leaderboard which serves; `offers` what lists of the month hold together: customers, items, expected.
    """

    metrics: Mapping[Metric, tuple[float | None, float | None]] = field(default_factory=dict)
    profiles: Sequence[Row] = ()
    profiles_before: Sequence[Row] = ()
    migration: Sequence[Row] = ()
    programmes: Sequence[Row] = ()
    programmes_before: Sequence[Row] = ()
    serves: Row | None = None
    offers: Row | None = None
    findings: Sequence[Row] = ()


def month_page(domain: CustomerDomain, month: date, last_day: date, found: MonthFound) -> Page:
    """The page of a month whose data end with `last_day`."""
    language = language_of(domain.language)
    say = language.say
    sections = [
        _figures(domain, found, language),
        *(_segments(found, segmentation.name, language) for segmentation in domain.segmentations),
        *_movement(domain, found, language),
        *_programmes(domain, found, language),
        *_offers(domain, found, language),
        _data(found, language),
    ]
    told = {"domain": domain.title, "day": language.day(last_day), "lookback": domain.lookback_months}
    return Page(
        say("reports.month.title", month=language.month(month)),
        say("reports.month.about", **told),
        sections,
        facts=((say("reports.base"), domain.title), (say("reports.currency"), domain.currency)),
        in_order=True,
        language=language.code,
    )


def _figures(domain: CustomerDomain, found: MonthFound, language: Language) -> Section:
    say, figures, customers = language.say, [], None
    for metric, (now, before) in found.metrics.items():
        if now is None:
            continue
        unit = f"metrics.{metric.name}.unit"
        value = language.value(now, metric.kind, domain.currency, language.say(unit) if language.knows(unit) else "")
        # Without a figure of the month before there is nothing to tell: the window fills, or the month is not over.
        change = changed(language, now, before) if before is not None else ""
        figures.append((language.say(f"metrics.{metric.name}.label"), value, change))
        if metric.name == "customers":
            customers = now
    if customers is None:
        return Section(say("reports.month.figures"), say("reports.month.nobody"))
    change = next(change for name, _, change in figures if name == language.say("metrics.customers.label"))
    key = "reports.month.there_are_change" if change else "reports.month.there_are"
    return Section(say("reports.month.figures"), say(key, n=int(customers), change=change), figures=figures)


def _segments(found: MonthFound, segmentation: str, language: Language) -> Section:
    say = language.say
    mine = [row for row in found.profiles if row["segmentation"] == segmentation]
    then = {row["segment_id"]: row for row in found.profiles_before if row["segmentation"] == segmentation}
    mine.sort(key=lambda row: (row["persona"] or "", row["segment_id"]))
    heading = say("reports.month.segments", segmentation=segmentation_of(segmentation, language))
    if not mine:
        return Section(heading, say("reports.no_segment"))
    largest = max(mine, key=lambda row: (row["customers"], row["persona"]))
    grown = {
        row["segment_id"]: row["customers"] - (then[row["segment_id"]]["customers"] if row["segment_id"] in then else 0)
        for row in mine
    }
    text = say("reports.month.largest", persona=largest["persona"], share=language.percent(largest["share"]))
    if then:
        most = max(mine, key=lambda row: (abs(grown[row["segment_id"]]), row["persona"]))
        more = grown[most["segment_id"]]
        if more:
            key = "reports.month.more" if more > 0 else "reports.month.fewer"
            text += " " + say(key, persona=most["persona"], n=abs(more))
    drawn = bars(
        say("reports.by_segment_before" if then else "reports.by_segment"),
        [
            Bar(
                str(row["persona"]),
                row["customers"],
                f"{language.count(row['customers'])}  ({language.percent(row['share'])})",
                mark=then[row["segment_id"]]["customers"] if row["segment_id"] in then else None,
            )
            for row in mine
        ],
    )
    return Section(heading, text, drawings=[drawn])


def _movement(domain: CustomerDomain, found: MonthFound, language: Language) -> list[Section]:
    """The greatest moves of the first segmentation, and how many are due to customers."""
    if not domain.segmentations:
        return []
    say, name = language.say, domain.segmentations[0].name
    rows = [row for row in found.migration if row["segmentation"] == name]
    known = [row for row in rows if row["from_segment_id"] is not None and row["to_segment_id"] is not None]
    moved = [row for row in known if row["from_segment_id"] != row["to_segment_id"]]
    there = sum(row["customers"] for row in known)
    heading = say("reports.month.movement", segmentation=segmentation_of(name, language))
    if not there:
        return [Section(heading, say("reports.month.no_before"), begins=True)]
    total, by_model = sum(row["customers"] for row in moved), sum(row["by_model"] for row in moved)
    key = "reports.month.moved" if by_model else "reports.month.moved_themselves"
    text = say(key, n=total, there=there, share=language.percent(total / there), model=by_model)
    lines = [
        (row["from_persona"], row["to_persona"], language.count(row["customers"]))
        for row in sorted(moved, key=lambda row: (-row["customers"], str(row["from_persona"])))[:_MOVES]
    ]
    header = [say("reports.month.from"), say("reports.month.to"), say("reports.customers")] if lines else []
    return [Section(heading, text, header, lines, begins=True)]


def _programmes(domain: CustomerDomain, found: MonthFound, language: Language) -> list[Section]:
    say, count = language.say, language.count
    titles = {programme.name: programme.title for programme in domain.programmes}
    then = {row["programme"]: row for row in found.programmes_before}
    sections = []
    for row in sorted(found.programmes, key=lambda row: row["programme"]):
        heading = say("reports.month.programme", title=titles.get(row["programme"], row["programme"]))
        if not row["members"]:
            sections.append(Section(heading, f"{say('reports.month.no_member')} {row['note'] or ''}".strip()))
            continue
        key = "reports.month.members" if row["revenue_share"] is None else "reports.month.members_revenue"
        part = language.percent(row["members"] / max(row["customers"], 1))
        text = say(key, n=row["members"], part=part, share=language.percent(row["revenue_share"]))
        before = then.get(row["programme"])
        figures = [
            (
                say("reports.month.of_members"),
                count(row["members"]),
                changed(language, row["members"], before["members"] if before else None),
            ),
            *((say(name), count(row[of]), "") for name, of in _OF_PROGRAMME),
        ]
        sections.append(Section(heading, text, figures=figures))
    return sections


_OF_PROGRAMME = (
    ("reports.entered", "entered"),
    ("reports.left", "left"),
    ("reports.month.at_risk", "at_risk"),
    ("reports.month.candidates", "candidates"),
)


def _offers(domain: CustomerDomain, found: MonthFound, language: Language) -> list[Section]:
    say = language.say
    if not domain.recommendations:
        return []
    offers = found.offers or {}
    if not offers.get("customers"):
        return [Section(say("reports.month.recommendations"), say("reports.month.no_list"))]
    text = say("reports.month.lists", n=offers["customers"], items=offers["items"])
    if offers["expected"]:
        text += " " + say("reports.month.expected", value=language.money(offers["expected"], domain.currency))
    if found.serves and found.serves["reason"]:
        text += "\n" + say("reports.month.recommends", reason=found.serves["reason"])
    return [Section(say("reports.month.recommendations"), text)]


def _data(found: MonthFound, language: Language) -> Section:
    """What may be trusted, in three sentences; the page of the data profile says the rest."""
    say, percent = language.say, language.percent
    of: dict[str, list[Row]] = {}
    for row in found.findings:
        of.setdefault(row["subject"], []).append(row)
    total = summed(by_source(of.get("rows", [])))
    if not total["landed"]:
        return Section(say("reports.month.data"), say("reports.month.no_rows"))
    shares = {item: percent(total[item] / total["landed"]) for item in ("accepted", "refused", "doubled")}
    said = [say("reports.month.rows", n=total["landed"], aside=aside(total, language), **shares)]
    if unknown := [row for row in of.get("coverage", []) if row["item"] == "unknown" and row["share"]]:
        said.append(say("reports.month.no_customer", share=percent(unknown[0]["share"])))
    gaps = [row for row in of.get("days", []) if row["value"] and row["share"] <= 0.5]
    said += [
        say("reports.month.days", source=row["part"], n=int(row["value"]), of=int(row["n"]), days=_days(row))
        for row in gaps[:2]
    ]
    return Section(say("reports.month.data"), " ".join(said) + "\n" + say("reports.month.rest"))


def _days(row: Row) -> str:
    days = [str(date.fromisoformat(day).day) for day in json.loads(row["detail"])]
    return ", ".join(days[:8]) + (", …" if len(days) > 8 else "")
