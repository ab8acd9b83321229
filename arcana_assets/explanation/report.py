"""The report: what is held of a customer and what was decided, as a page for paper and as JSON for whoever asks for it.

Belongs here: the words and the order of it. Does not belong here: finding it (`held`, `decisions`), where it goes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.explanation.decisions import Decisions, decisions_on
from arcana_assets.explanation.held import Held, Person, held_of, person_of
from arcana_assets.exports.pages import Page, Section, check_page, html
from arcana_assets.lake.reader import Reader
from arcana_assets.predictions.report.said import chance, within
from arcana_assets.presentation.labels import label_of, segmentation_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.publication.columns import headlines


class UnknownCustomer(ArcanaError):
    """No table of the domain has the customer; which one was asked for is not repeated."""


@dataclass(frozen=True)
class Explanation:
    """Of one customer of a domain as of a month: what is held, in all months, and what was decided in this one."""

    domain: CustomerDomain
    customer: str
    ids: Person
    held: Sequence[Held]
    decisions: Decisions


def explain(domain: CustomerDomain, reader: Reader, customer: str, month: date) -> Explanation:
    """Reads all of it. Raises UnknownCustomer where nothing is held, LakeError."""
    ids = person_of(domain, reader, customer)
    held = held_of(domain, reader, ids)
    if not held:
        raise UnknownCustomer(
            f"{domain.name}: expected a code that a table has, found none with it. Codes are written as in "
            "silver/customers or gold/customer_360: look for it on the page, or with `arcana sql`."
        )
    return Explanation(domain, customer, ids, held, decisions_on(domain, reader, customer, month))


def as_json(found: Explanation) -> str:
    """Everything, row by row, with what each table and column is; dates as ISO 8601, amounts as exact texts."""
    decided = found.decisions
    told = {
        "domain": found.domain.name,
        "customer": found.customer,
        "known_as": [*found.ids.codes, *found.ids.carries],
        "month": decided.month,
        "decisions": {
            "segments": decided.segments,
            "predictions": decided.predictions,
            "recommendations": decided.offers,
            "programmes": decided.programmes,
        },
        "held": [
            {
                "table": each.table.title,
                "about": each.table.about,
                "row": each.table.grain,
                "columns": {name: _explained(each, name) for name in each.rows[0]},
                "rows": each.rows,
            }
            for each in found.held
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n"


def as_page(found: Explanation) -> str:
    """The page, in the language of the domain: decisions with their reasons first, then where which rows lie."""
    language, decided = language_of(found.domain.language), found.decisions
    say = language.say
    sections = [
        _segments(found, language),
        _predictions(found, language),
        _offers(found, language),
        _programmes(found, language),
        _numbers(found, language),
        _held(found, language),
        Section(say("explanation.rights"), say("explanation.rights_said")),
    ]
    page = Page(
        say("explanation.title", customer=found.customer),
        say("explanation.about", domain=found.domain.title, month=language.month(decided.month)),
        sections,
        facts=[(say("explanation.known_as"), ", ".join((*found.ids.codes, *found.ids.carries)))]
        if found.ids.codes[1:] or found.ids.carries
        else (),
        in_order=True,
        language=language.code,
    )
    text = html(page)
    check_page("explanation", text, len(sections))
    return text


def _explained(held: Held, name: str) -> str:
    column = held.table.column(name)
    return column.explained if column is not None else ""


def _segments(found: Explanation, language: Language) -> Section:
    say, said, rows = language.say, list[str](), []
    for row in found.decisions.segments:
        name = segmentation_of(row["segmentation"], language)
        rows.append((name, row["persona"], language.month(row["since"]), row.get("description") or ""))
        if rule := row.get("membership_rule"):
            fidelity = row.get("membership_fidelity")
            more = " " + say("persona.fidelity", share=language.percent(fidelity, 0)) if fidelity is not None else ""
            said.append(say("explanation.rule", segmentation=name, rule=rule) + more)
        if row.get("actions"):
            said.append(say("explanation.actions", segmentation=name, actions=row["actions"]))
    if not rows:
        why = "explanation.no_segment" if found.decisions.numbers else "explanation.no_profile"
        return Section(say("customer.segments"), say(why))
    header = [*(say(f"customer.{each}") for each in ("segmentation", "persona", "since")), say("persona.who")]
    return Section(say("customer.segments"), "\n".join(said), header, rows)


def _predictions(found: Explanation, language: Language) -> Section:
    say, currency = language.say, found.domain.currency
    titles = {each.name: each.title for each in found.domain.predictions}

    def value(row: Mapping[str, Any]) -> str:
        if row.get("expected") is None:
            return chance(language, row["probability"])
        said = language.money(row["expected"], currency)
        if row.get("low") is None or row.get("high") is None:
            return said
        low, high = (language.money(row[each], currency) for each in ("low", "high"))
        return say("customer.expected_between", expected=said, low=low, high=high)

    rows = [
        (
            titles.get(row["prediction"]) or row["prediction"],
            within(language, row["horizon"], row["unit"]),
            value(row),
            ". ".join(each for each in (row["reasons"], row["note"]) if each),
        )
        for row in found.decisions.predictions
    ]
    if not rows:
        return Section(say("customer.next_months"), say("customer.no_prediction"))
    header = [
        label_of("prediction_title", language, ("predictions",)),
        say("predictions.when"),
        say("customer.predicted"),
        label_of("reasons", language, ("predictions",)),
    ]
    return Section(say("customer.next_months"), say("customer.next_months_said"), header, rows)


def _offers(found: Explanation, language: Language) -> Section:
    say = language.say
    rows = [
        (str(row["rank"]), row["item_name"] or row["item_id"], row["reason"], language.percent(row["probability"]))
        for row in found.decisions.offers
    ]
    if not rows:
        return Section(say("customer.offer"), say("customer.no_offer"))
    header = [say("words.rank"), say("words.item"), say("customer.why"), say("words.probability")]
    return Section(say("customer.offer"), "", header, rows)


def _programmes(found: Explanation, language: Language) -> Section:
    say = language.say
    titles = {each.name: each.title for each in found.domain.programmes}
    rows = [
        (
            titles.get(row["programme"]) or row["programme"],
            say(f"loyalty.state_{row['state']}"),
            language.month(row["since"]) if row["since"] else "",
            row["reason"] or "",
            row["lacking"] or "",
        )
        for row in found.decisions.programmes
    ]
    if not rows:
        return Section(say("customer.loyalty"), say("customer.no_loyalty"))
    words = ("words.programme", "words.situation", "words.since", "words.reason", "loyalty.lacking")
    return Section(say("customer.loyalty"), "", [say(each) for each in words], rows)


def _numbers(found: Explanation, language: Language) -> Section:
    """What the segments and predictions were made of."""
    say, numbers = language.say, found.decisions.numbers
    if numbers is None:
        return Section(say("explanation.numbers"), say("explanation.no_profile"))
    first = headlines([each.axis for each in found.domain.segmentations], numbers)
    names = [*first, *(name for name in numbers if name not in first)]
    table = next(each.table for each in found.held if each.table.name == "feature_matrix")
    rows = []
    for name in names:
        column, value = table.column(name), numbers.get(name)
        if value is None or column is None or column.holds_customers or column.kind == "month":
            continue
        said, usual = (
            language.value(each, column.kind, found.domain.currency)
            for each in (value, found.decisions.usual.get(name))
        )
        rows.append((label_of(name, language), said, usual))
    header = [say("words.feature"), say("words.customer"), say("customer.median_base")]
    return Section(say("explanation.numbers"), say("explanation.numbers_said"), header, rows)


def _held(found: Explanation, language: Language) -> Section:
    say = language.say
    rows = []
    for each in found.held:
        spans = [
            language.short_month(first)
            if first == last
            else say("explanation.span", first=language.short_month(first), last=language.short_month(last))
            for first, last in each.spans
        ]
        files = sorted({str(row["_file"]) for row in each.rows if row.get("_file")})
        rows.append((each.table.title, language.count(len(each.rows)), ", ".join(spans), ", ".join(files)))
    total = sum(len(each.rows) for each in found.held)
    header = [say(f"explanation.{name}") for name in ("table", "rows", "months", "files")]
    return Section(say("explanation.held"), say("explanation.held_said", n=total, tables=len(rows)), header, rows)
