"""Report of the personas: one sheet of A4 a persona, for who has to say what these customers are like.

Belongs here: the sections, from gold tables. Does not belong here: describing and naming (`segmentation`), lists of
customers, which are no report.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.features import MEDIAN, PERCENTILE, is_indicator
from arcana_assets.exports.drawings import BLUE, GREY, Bar, Drawing, bars
from arcana_assets.exports.pages import Page, Section
from arcana_assets.presentation.labels import label_of, segmentation_of
from arcana_assets.presentation.language import Language, language_of

Row = Mapping[str, Any]

_FEATURES, _ITEMS, _WAYS, _RULE = 9, 8, 3, 420
_NEAR = 0.05  # of the base: a feature that lies so near tells nothing


def personas_page(
    domain: CustomerDomain,
    month: date,
    last_day: date,
    *,
    profiles: Sequence[Row],
    before: Sequence[Row],
    migration: Sequence[Row],
    items: Sequence[Row],
    consent: Sequence[Row] = (),
) -> Page:
    """The page of a month whose data end with `last_day`.

    Takes the rows of `segment_profiles` of the month and of the one before, of `segment_migration` of the month, of the
    publication of items by segment, and of `consent_coverage` where there is one. Combinations of segmentations have no
    sheet: their parts have one.
    """
    language = language_of(domain.language)
    say = language.say
    sections: list[Section] = []
    then = {(row["segmentation"], row["segment_id"]): row for row in before}
    for segmentation in domain.segmentations:
        mine = [row for row in profiles if row["segmentation"] == segmentation.name]
        for row in sorted(mine, key=lambda row: (row["persona"] or "", row["segment_id"])):
            key = (row["segmentation"], row["segment_id"])
            sections += _sheet(language, row, then.get(key), _of(migration, key), _of_items(items, key), not sections)
    if not sections:
        sections.append(Section(say("reports.personas.heading"), say("reports.no_segment")))
    spelled = language.short_month(month)
    facts = (
        (say("reports.base"), domain.title),
        (say("reports.data_until"), language.day(last_day)),
        (say("reports.currency"), domain.currency),
        *((say("facets.consent"), consent_words(language, row)) for row in consent if row["purpose"] == "profiling"),
    )
    return Page(
        say("reports.personas.title", month=spelled),
        say("reports.personas.about", domain=domain.title, month=spelled),
        sections,
        facts=facts,
        in_order=True,
        language=language.code,
    )


def consent_words(language: Language, row: Row) -> str:
    """How many customers are in no segment because they refused to be profiled, by a row of `consent_coverage`."""
    return language.say(
        "segments.consent",
        refused=language.count(row["refused"]),
        customers=language.count(row["customers"]),
        share=language.percent(row["refused"] / row["customers"]),
        unasked=language.count(row["unasked"]),
    )


def _of(migration: Sequence[Row], key: tuple[str, int]) -> list[Row]:
    return [row for row in migration if row["segmentation"] == key[0] and key[1] in _ends(row)]


def _ends(row: Row) -> tuple[int | None, int | None]:
    return row["from_segment_id"], row["to_segment_id"]


def _of_items(items: Sequence[Row], key: tuple[str, int]) -> list[Row]:
    return sorted(
        (row for row in items if (row["segmentation"], row["segment_id"]) == key), key=lambda row: row["rank"]
    )[:_ITEMS]


def _sheet(
    language: Language, row: Row, before: Row | None, moves: Sequence[Row], items: Sequence[Row], first: bool
) -> Iterator[Section]:
    say, count, percent, mine = language.say, language.count, language.percent, row["segment_id"]
    came = [each for each in moves if each["to_segment_id"] == mine and each["from_segment_id"] != mine]
    left = [each for each in moves if each["from_segment_id"] == mine and each["to_segment_id"] != mine]
    entered, gone = (sum(each["customers"] for each in side) for side in (came, left))
    figures = (
        (
            say("reports.customers"),
            count(row["customers"]),
            changed(language, row["customers"], before["customers"] if before else None),
        ),
        (say("reports.personas.share"), percent(row["share"]), ""),
        *(((say("reports.entered"), count(entered), ""), (say("reports.left"), count(gone), "")) if moves else ()),
    )
    lines = [str(row["description"] or "")]
    if rule := row["membership_rule"]:
        short = rule if len(rule) <= _RULE else f"{rule[:_RULE].rsplit(' ', 1)[0]} …"
        right = row["membership_fidelity"]
        key = "reports.personas.rule" if right is None else "reports.personas.rule_right"
        lines.append(say(key, share=percent(right, 0), rule=short))
    if row["actions"]:
        lines.append(say("reports.personas.actions", actions="; ".join(_actions(row["actions"]))))
    if row["form"]:
        unsure = " " + say("reports.personas.unsure") if row["confident"] is False else ""
        lines.append(say("reports.personas.form", form=row["form"]) + unsure)
    drawn = _against_the_base(row, language)
    yield Section(
        f"{row['persona']}  ·  {segmentation_of(row['segmentation'], language)}",
        "\n".join(line for line in lines if line),
        figures=figures,
        drawings=[drawn] if drawn else (),
        begins=not first,
    )
    if items:
        table = [(each["item_name"], count(each["customers"]), percent(each["share"])) for each in items]
        header = [say("reports.personas.item"), say("reports.customers"), say("reports.personas.item_share")]
        yield Section("", say("reports.personas.items"), header, table)
    if moves:
        yield Section("", _moved(came, left, language))


def _actions(text: str) -> list[str]:
    return [each.strip(" .") for each in text.split(";") if each.strip(" .")]


def _against_the_base(row: Row, language: Language) -> Drawing | None:
    """Where its customers stand among all, by feature, the farthest from the middle first; the mark is the base."""
    names = [name.removeprefix(PERCENTILE) for name in row if name.startswith(PERCENTILE)]
    places = {
        name: row[f"{PERCENTILE}{name}"]
        for name in names
        if row[f"{PERCENTILE}{name}"] is not None and not is_indicator(name)
    }
    told = sorted(places, key=lambda name: (-abs(places[name] - 0.5), name))[:_FEATURES]
    if not told:
        return None
    rows = []
    for name in told:
        median = row.get(f"{MEDIAN}{name}")
        said = language.percent(places[name], 0)
        if median is not None:
            said = language.say("reports.personas.median", share=said, median=language.number(median))
        shade = GREY if abs(places[name] - 0.5) < _NEAR else BLUE
        rows.append(Bar(label_of(name, language), places[name], said, mark=0.5, shade=shade))
    return bars(language.say("reports.personas.against"), rows, most=1.0)


def _moved(came: Sequence[Row], left: Sequence[Row], language: Language) -> str:
    say, said = language.say, []
    for verb, one, rows, end in (("came", "came_from", came, "from_persona"), ("went", "went_to", left, "to_persona")):
        ways = sorted(rows, key=lambda row: (-row["customers"], row[end] or ""))
        told = ", ".join(
            say(f"reports.personas.{one}", n=each["customers"], persona=each[end] or say("reports.personas.outside"))
            for each in ways[:_WAYS]
        )
        if more := sum(each["customers"] for each in ways[_WAYS:]):
            told = say("reports.personas.others", ways=told, n=more)
        if told:
            said.append(say(f"reports.personas.{verb}", ways=told))
    return f"{say('reports.personas.moved')} {' '.join(said) or say('reports.personas.nobody_moved')}"


def changed(language: Language, now: float | None, before: float | None) -> str:
    """How much more or less than the month before: `+4,2 % ante o mês anterior`; `novo no mês` without one."""
    if before is None:
        return language.say("reports.new")
    change = language.change(now, before)
    return language.say("reports.against", change=change) if change else ""
