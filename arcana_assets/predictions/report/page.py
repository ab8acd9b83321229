"""The page of a model's card: the same as its JSON, in sentences, tables and a picture.

Belongs here: the sections. Does not belong here: the figures (`card`), sections of money alone (`money_page`), how
pages look (`exports.pages`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.exports.drawings import Bar, Drawing, bars
from arcana_assets.exports.pages import Page, Section
from arcana_assets.predictions.champion import LAST, method
from arcana_assets.predictions.report import money_page
from arcana_assets.predictions.report.said import chance, saved, within
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of

Row = Mapping[str, Any]
_DIGEST = 16  # characters of a SHA-256 that are shown


def card_page(domain: CustomerDomain, card: Row) -> Page:
    """The page of a card, as `card.card_of` makes it."""
    language = language_of(domain.language)
    say = language.say
    sections = [
        Section(say("card.purpose_title"), "\n".join(card["purpose"])),
        Section(say("card.must_not_title"), "\n".join(card["must_not"])),
        _target(card, language),
        *(section for each in card["horizons"] for section in _horizon(card, each, language)),
        *_objected(card, language),
        _versions(card, language),
    ]
    month = language.month(card["month"])
    return Page(
        say("card.title", title=card["title"], month=month),
        say("card.about", domain=domain.title, day=language.day(card["data_until"])),
        sections,
        facts=((say("reports.base"), domain.title), (say("card.json"), f"{card['prediction']}.json")),
        in_order=True,
        language=language.code,
    )


def _target(card: Row, language: Language) -> Section:
    names = ", ".join(dict.fromkeys(_feature(name, language) for name in card["features"]))
    learned = "card.money.features" if card["currency"] else "card.features"
    text = f"{card['target']['words']}\n{language.say(learned, names=names)}"
    return Section(language.say("card.target_title"), text)


def _feature(name: str, language: Language) -> str:
    return label_of(name.removesuffix("*"), language) if name.endswith("*") else label_of(name, language)


def _horizon(card: Row, each: Row, language: Language) -> list[Section]:
    title = f"{card['title']} {within(language, each['horizon'], each['unit'])}"
    first = Section(title, each["why"], figures=_figures(card, each, language), begins=True)
    if not each["champion"]:
        return [first]
    if card["currency"]:
        judged = money_page.judged(each, card["currency"], language)
    else:
        parts = _candidates, _calibration, _hold_outs, _results
        judged = [part(each, language) for part in parts]
    found = [first, *judged, _drift(each, language), _groups(each, card["currency"], language)]
    return [section for section in found if section is not None]


def _figures(card: Row, each: Row, language: Language) -> list[tuple[str, str, str]]:
    say, training = language.say, each["training"]
    found = []
    if training["from"] is not None:
        ends = {"low": language.short_month(training["from"]), "high": language.short_month(training["to"])}
        span = say("card.span", **ends)
        found.append((say("card.learned_from"), span, ""))
        found.append((say("card.rows"), language.count(training["customers"]), say("card.rows_about")))
        events, about = say("card.events"), ""
        if card["currency"]:
            events, about = say("card.money.events"), say("card.money.events_about")
        found.append((events, language.count(training["events"]), about))
    if each["expected"] is not None:
        found.append((say("card.customers"), language.count(each["customers"]), ""))
        if card["currency"]:
            said = language.money(each["expected"], card["currency"])
            found.append((say("predictions.money.expected"), said, say("predictions.money.expected_about")))
        else:
            found.append((say("predictions.expected"), language.number(each["expected"], 0), ""))
    return found


def _candidates(each: Row, language: Language) -> Section | None:
    say = language.say
    if not each["candidates"]:
        return None
    header = [say(f"card.{name}") for name in ("candidate", "error", "interval", "saved")]
    header += ["AUC", say("card.slope"), say("card.bias"), say("recommendations.serves")]
    lines = [
        (
            method(language, row["candidate"]),
            language.number(row["brier"], 4),
            _interval(row, language),
            "" if row["candidate"] == LAST else saved(language, row["skill"]),
            *(_number(row[name], language) for name in ("auc", "slope", "bias")),
            language.texts["notation"]["yes"] if row["serves"] else "",
        )
        for row in each["candidates"]
    ]
    return Section("", say("card.candidates_said"), header, lines)


def _interval(row: Row, language: Language) -> str:
    if row["low"] is None or row["low"] == row["high"] == 0:
        return ""
    return language.say("card.span", **{name: language.number(row[name], 4) for name in ("low", "high")})


def _calibration(each: Row, language: Language) -> Section | None:
    if not each["calibration"]:
        return None
    say = language.say
    return Section("", say("card.calibration_said"), drawings=[_drawn(each["calibration"], language)])


def _drawn(rows: Sequence[Row], language: Language) -> Drawing:
    say = language.say
    return bars(
        say("card.calibration_words"),
        [
            Bar(
                say("card.tenth", n=row["decile"], customers=language.count(row["n"])),
                row["observed"],
                say("card.both", came=language.percent(row["observed"]), said=chance(language, row["predicted"])),
                mark=row["predicted"],
            )
            for row in reversed(rows)
        ],
        most=1.25,  # so that the texts beside bars of nearly 1 have room
    )


def _hold_outs(each: Row, language: Language) -> Section | None:
    say = language.say
    last = {row["hold_out"]: row["brier"] for row in each["hold_outs"] if row["candidate"] == LAST}
    serves = [row for row in each["hold_outs"] if row["candidate"] == each["champion"]]
    if not serves or each["champion"] == LAST:
        return None
    header = [say("predictions.as_of"), say("words.customers"), say("predictions.came"), say("card.error")]
    header += [say("predictions.error_last"), say("card.saved")]
    lines = [
        (
            language.month(row["hold_out"]),
            language.count(row["n"]),
            language.percent(row["events"] / row["n"]),
            *(language.number(value, 4) for value in (row["brier"], last[row["hold_out"]])),
            saved(language, row["skill"]),
        )
        for row in serves
    ]
    won = sum(row["brier"] < last[row["hold_out"]] for row in serves)
    return Section("", say("predictions.hold_outs_said", n=len(serves), won=won), header, lines)


def _results(each: Row, language: Language) -> Section:
    say = language.say
    if not each["results"]:
        return Section("", say(f"predictions.no_results.{each['unit']}", n=each["horizon"]))
    header = [say("predictions.said_in"), say("card.candidate"), say("words.customers"), say("predictions.said")]
    header += [say("predictions.came"), say("card.saved"), say("card.hold_out_saved")]
    lines = [
        (
            language.month(row["made_in"]),
            method(language, row["champion"]),
            language.count(row["n"]),
            chance(language, row["predicted"]),
            language.percent(row["observed"]),
            *("" if row["champion"] == LAST else saved(language, row[name]) for name in ("skill", "hold_out_skill")),
        )
        for row in each["results"]
    ]
    return Section("", say("card.results_said"), header, lines)


def _drift(each: Row, language: Language) -> Section | None:
    say = language.say
    if not each["drift"]:
        return None
    far = [row for row in each["drift"] if row["drifted"]]
    header = [say("words.feature"), "PSI", say("predictions.median_before"), say("predictions.median_now"), ""]
    lines = [
        (
            label_of(row["feature"], language),
            _number(row["psi"], language),
            *("" if row[each] is None else language.number(row[each]) for each in ("median_before", "median_now")),
            say("card.far") if row["drifted"] else "",
        )
        for row in each["drift"]
    ]
    told = say("predictions.drift_said", n=len(far)) if far else say("card.no_drift")
    return Section("", told, header, lines)


def _groups(each: Row, currency: str | None, language: Language) -> Section | None:
    say = language.say
    if not each["groups"]:
        return None
    said_in: date = each["groups_of"]
    shown = [row for row in each["groups"] if row["group"] is not None]
    hidden = sum({row["dimension"]: row["suppressed"] for row in each["groups"]}.values())
    text = say("card.groups_said", month=language.month(said_in))
    if hidden:
        text += f"\n{say('card.suppressed', n=hidden)}"
    header = [say(f"card.{name}") for name in ("dimension", "group")]
    header += [say("words.customers")]
    header += [say(f"card.money.{name}") for name in ("mean_expected", "mean_paid")] if currency else []
    header += [] if currency else [say("predictions.said"), say("predictions.came")]
    lines = [
        (
            _dimension(row["dimension"], language),
            row["group"],
            language.count(row["n"]),
            language.money(row["said"], currency) if currency else chance(language, row["said"]),
            language.money(row["came"], currency) if currency else language.percent(row["came"]),
        )
        for row in shown
    ]
    return Section("", text, header if lines else (), lines)


def _dimension(name: str, language: Language) -> str:
    key = f"card.dimensions.{name}"
    return language.say(key) if language.knows(key) else name


def _objected(card: Row, language: Language) -> list[Section]:
    say, told = language.say, card["objected"]
    title = say("card.objected_title")
    if told is None:
        return [Section(title, say("card.not_asked"))]
    return [Section(title, say("card.objected", n=told["refused"], of=told["customers"], unasked=told["unasked"]))]


def _versions(card: Row, language: Language) -> Section:
    say = language.say
    lines = [(name, value) for name, value in card["versions"].items()]
    for each in card["horizons"]:
        span = within(language, each["horizon"], each["unit"])
        lines.append((say("card.rows_digest", within=span), each["training"]["digest"][:_DIGEST]))
        lines.append((say("card.model_digest", within=span), each["model_digest"][:_DIGEST]))
    return Section(say("card.versions_title"), say("card.versions_said"), [say("card.what"), say("card.which")], lines)


def _number(value: float | None, language: Language) -> str:
    return "" if value is None or value != value else language.number(value, 2)
