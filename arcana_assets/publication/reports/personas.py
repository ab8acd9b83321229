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
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.notation import count, number, percent

Row = Mapping[str, Any]

_FEATURES, _ITEMS, _WAYS, _RULE = 9, 8, 3, 420
_NEAR = 0.05  # of the base: a feature that lies so near tells nothing
_OUTSIDE = "fora da base"


def personas_page(
    domain: CustomerDomain,
    month: date,
    last_day: date,
    *,
    profiles: Sequence[Row],
    before: Sequence[Row],
    migration: Sequence[Row],
    items: Sequence[Row],
) -> Page:
    """The page of a month whose data end with `last_day`.

    Takes the rows of `segment_profiles` of the month and of the one before, of `segment_migration` of the month, and of
    the publication of items by segment. Combinations of segmentations have no sheet: their parts have one.
    """
    sections: list[Section] = []
    then = {(row["segmentation"], row["segment_id"]): row for row in before}
    for segmentation in domain.segmentations:
        mine = [row for row in profiles if row["segmentation"] == segmentation.name]
        for row in sorted(mine, key=lambda row: (row["persona"] or "", row["segment_id"])):
            key = (row["segmentation"], row["segment_id"])
            sections += _sheet(domain, row, then.get(key), _of(migration, key), _of_items(items, key), not sections)
    if not sections:
        sections.append(Section("Personas", "Nenhum segmento neste mês."))
    about = f"{domain.title}, {month:%m/%Y}. Uma folha por persona: quem são, o que os distingue, o que fazer."
    facts = (("Base", domain.title), ("Dados até", f"{last_day:%d/%m/%Y}"), ("Moeda", domain.currency))
    return Page(f"Personas - {month:%m/%Y}", about, sections, facts=facts, in_order=True)


def named(segmentation: str) -> str:
    """A segmentation as its readers call it."""
    language, key = language_of(), f"segmentations.{segmentation}"
    return language.say(key) if language.knows(key) else segmentation


def _of(migration: Sequence[Row], key: tuple[str, int]) -> list[Row]:
    return [row for row in migration if row["segmentation"] == key[0] and key[1] in _ends(row)]


def _ends(row: Row) -> tuple[int | None, int | None]:
    return row["from_segment_id"], row["to_segment_id"]


def _of_items(items: Sequence[Row], key: tuple[str, int]) -> list[Row]:
    return sorted(
        (row for row in items if (row["segmentation"], row["segment_id"]) == key), key=lambda row: row["rank"]
    )[:_ITEMS]


def _sheet(
    domain: CustomerDomain, row: Row, before: Row | None, moves: Sequence[Row], items: Sequence[Row], first: bool
) -> Iterator[Section]:
    mine = row["segment_id"]
    came = [each for each in moves if each["to_segment_id"] == mine and each["from_segment_id"] != mine]
    left = [each for each in moves if each["from_segment_id"] == mine and each["to_segment_id"] != mine]
    entered, gone = (sum(each["customers"] for each in side) for side in (came, left))
    figures = (
        ("Clientes", count(row["customers"]), changed(row["customers"], before["customers"] if before else None)),
        ("Parcela da base", percent(row["share"]), ""),
        *((("Entraram", count(entered), ""), ("Saíram", count(gone), "")) if moves else ()),
    )
    lines = [str(row["description"] or "")]
    if rule := row["membership_rule"]:
        short = rule if len(rule) <= _RULE else f"{rule[:_RULE].rsplit(' ', 1)[0]} …"
        right = row["membership_fidelity"]
        sure = f" (acerta {percent(right, 0)} dos clientes)" if right is not None else ""
        lines.append(f"Regra{sure}: {short}")
    if row["actions"]:
        lines.append(f"O que fazer: {'; '.join(_actions(row['actions']))}.")
    if row["form"]:
        lines.append(f"Forma: {row['form']}." + (" O nome é incerto." if row["confident"] is False else ""))
    drawn = _against_the_base(row)
    yield Section(
        f"{row['persona']}  ·  {named(row['segmentation'])}",
        "\n".join(line for line in lines if line),
        figures=figures,
        drawings=[drawn] if drawn else (),
        begins=not first,
    )
    if items:
        table = [(each["item_name"], count(each["customers"]), percent(each["share"])) for each in items]
        yield Section("", "O que mais têm:", ["Item", "Clientes", "Parcela da persona"], table)
    if moves:
        yield Section("", _moved(came, left))


def _actions(text: str) -> list[str]:
    return [line.strip(" -•.") for line in text.splitlines() if line.strip(" -•.")]


def _against_the_base(row: Row) -> Drawing | None:
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
        said = f"{percent(places[name], 0)}" + (f"  (mediana {number(median)})" if median is not None else "")
        shade = GREY if abs(places[name] - 0.5) < _NEAR else BLUE
        rows.append(Bar(label_of(name), places[name], said, mark=0.5, shade=shade))
    return bars("Que parte da base fica abaixo de seus clientes, em média; o traço é a base (50 %)", rows, most=1.0)


def _moved(came: Sequence[Row], left: Sequence[Row]) -> str:
    said = []
    for verb, rows, end in (("Vieram", came, "from_persona"), ("Foram", left, "to_persona")):
        ways = sorted(rows, key=lambda row: (-row["customers"], row[end] or ""))
        preposition = "de" if verb == "Vieram" else "para"
        told = [f"{count(each['customers'])} {preposition} {each[end] or _OUTSIDE}" for each in ways[:_WAYS]]
        if told:
            more = sum(each["customers"] for each in ways[_WAYS:])
            said.append(f"{verb}: {', '.join(told)}" + (f" e {count(more)} de outros" if more else "") + ".")
    return "Movimento no mês. " + (" ".join(said) or "Ninguém entrou e ninguém saiu.")


def changed(now: float | None, before: float | None) -> str:
    """How much more or less than the month before: `+4,2 % ante o mês anterior`; `novo no mês` without one."""
    if before is None:
        return "novo no mês"
    if now is None or not before:
        return ""
    share = now / before - 1
    return f"{'+' if share > 0 else ''}{percent(share)} ante o mês anterior"
