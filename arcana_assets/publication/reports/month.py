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
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.notation import count, number, percent, sign
from arcana_assets.publication.reports.personas import changed, named

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
    language = language_of()
    sections = [
        _figures(domain, found),
        *(_segments(domain, found, segmentation.name) for segmentation in domain.segmentations),
        *_movement(domain, found),
        *_programmes(domain, found),
        *_offers(domain, found),
        _data(found),
    ]
    about = f"{domain.title}. Dados até {last_day:%d/%m/%Y}; janela de {domain.lookback_months} meses."
    facts = (("Base", domain.title), ("Moeda", domain.currency))
    return Page(f"Resumo de {language.month(month)}", about, sections, facts=facts, in_order=True)


def _figures(domain: CustomerDomain, found: MonthFound) -> Section:
    language, figures, customers = language_of(), [], None
    for metric, (now, before) in found.metrics.items():
        if now is None:
            continue
        unit = f"metrics.{metric.name}.unit"
        value = language.value(now, metric.kind, domain.currency, language.say(unit) if language.knows(unit) else "")
        # Without a figure of the month before there is nothing to tell: the window fills, or the month is not over.
        change = changed(now, before) if before is not None else ""
        figures.append((language.say(f"metrics.{metric.name}.label"), value, change))
        if metric.name == "customers":
            customers = now
    if customers is None:
        return Section("Números do mês", "Nenhum cliente neste mês.")
    change = next(change for name, _, change in figures if name == language.say("metrics.customers.label"))
    text = f"{count(customers)} clientes" + (f", {change}." if change else ".")
    return Section("Números do mês", text, figures=figures)


def _segments(domain: CustomerDomain, found: MonthFound, segmentation: str) -> Section:
    mine = [row for row in found.profiles if row["segmentation"] == segmentation]
    then = {row["segment_id"]: row for row in found.profiles_before if row["segmentation"] == segmentation}
    mine.sort(key=lambda row: (row["persona"] or "", row["segment_id"]))
    heading = f"Segmentos: {named(segmentation)}"
    if not mine:
        return Section(heading, "Nenhum segmento neste mês.")
    largest = max(mine, key=lambda row: (row["customers"], row["persona"]))
    grown = {
        row["segment_id"]: row["customers"] - (then[row["segment_id"]]["customers"] if row["segment_id"] in then else 0)
        for row in mine
    }
    text = f"O maior é «{largest['persona']}», com {percent(largest['share'])} dos clientes."
    if then:
        most = max(mine, key=lambda row: (abs(grown[row["segment_id"]]), row["persona"]))
        more = grown[most["segment_id"]]
        if more:
            text += f" Mudou mais «{most['persona']}»: {count(abs(more))} clientes a {'mais' if more > 0 else 'menos'}."
    drawn = bars(
        "Clientes por segmento; o traço é o mês anterior" if then else "Clientes por segmento",
        [
            Bar(
                str(row["persona"]),
                row["customers"],
                f"{count(row['customers'])}  ({percent(row['share'])})",
                mark=then[row["segment_id"]]["customers"] if row["segment_id"] in then else None,
            )
            for row in mine
        ],
    )
    return Section(heading, text, drawings=[drawn])


def _movement(domain: CustomerDomain, found: MonthFound) -> list[Section]:
    """The greatest moves of the first segmentation, and how many are due to customers."""
    if not domain.segmentations:
        return []
    name = domain.segmentations[0].name
    rows = [row for row in found.migration if row["segmentation"] == name]
    known = [row for row in rows if row["from_segment_id"] is not None and row["to_segment_id"] is not None]
    moved = [row for row in known if row["from_segment_id"] != row["to_segment_id"]]
    there = sum(row["customers"] for row in known)
    heading = f"Movimento: {named(name)}"
    if not there:
        return [Section(heading, "Sem o mês anterior não há movimento a contar.", begins=True)]
    total, by_model = sum(row["customers"] for row in moved), sum(row["by_model"] for row in moved)
    text = f"{count(total)} de {count(there)} clientes que estavam nos dois meses mudaram ({percent(total / there)})"
    text += f"; de {count(by_model)} a causa é só o modelo." if by_model else "; nenhum só por causa do modelo."
    lines = [
        (row["from_persona"], row["to_persona"], count(row["customers"]))
        for row in sorted(moved, key=lambda row: (-row["customers"], str(row["from_persona"])))[:_MOVES]
    ]
    header = ["De", "Para", "Clientes"] if lines else []
    return [Section(heading, text, header, lines, begins=True)]


def _programmes(domain: CustomerDomain, found: MonthFound) -> list[Section]:
    titles = {programme.name: programme.title for programme in domain.programmes}
    then = {row["programme"]: row for row in found.programmes_before}
    sections = []
    for row in sorted(found.programmes, key=lambda row: row["programme"]):
        heading = f"Programa: {titles.get(row['programme'], row['programme'])}"
        if not row["members"]:
            sections.append(Section(heading, f"Nenhum membro neste mês. {row['note'] or ''}".strip()))
            continue
        share = f" e trazem {percent(row['revenue_share'])} da receita" if row["revenue_share"] is not None else ""
        part = percent(row["members"] / max(row["customers"], 1))
        text = f"{count(row['members'])} membros são {part} dos clientes{share}."
        before = then.get(row["programme"])
        figures = [
            ("Membros", count(row["members"]), changed(row["members"], before["members"] if before else None)),
            *((name, count(row[of]), "") for name, of in _OF_PROGRAMME),
        ]
        sections.append(Section(heading, text, figures=figures))
    return sections


_OF_PROGRAMME = (("Entraram", "entered"), ("Saíram", "left"), ("Em risco", "at_risk"), ("Candidatos", "candidates"))


def _offers(domain: CustomerDomain, found: MonthFound) -> list[Section]:
    if not domain.recommendations:
        return []
    offers = found.offers or {}
    if not offers.get("customers"):
        return [Section("Recomendações", "Nenhuma lista neste mês.")]
    text = f"{count(offers['customers'])} clientes têm lista, com {count(offers['items'])} itens diferentes."
    if offers["expected"]:
        text += f" Valor esperado do que foi recomendado: {sign(domain.currency)} {number(offers['expected'])}."
    if found.serves and found.serves["reason"]:
        text += f"\nQuem recomenda: {found.serves['reason']}"
    return [Section("Recomendações", text)]


def _data(found: MonthFound) -> Section:
    """What may be trusted, in three sentences; the page of the data profile says the rest."""
    of: dict[str, list[Row]] = {}
    for row in found.findings:
        of.setdefault(row["subject"], []).append(row)
    total = {
        item: sum(row["value"] for row in of.get("rows", []) if row["item"] == item)
        for item in ("landed", "accepted", "refused")
    }
    if not total["landed"]:
        return Section("Dados", "Nenhuma linha chegou neste mês.")
    said = [
        f"{count(total['landed'])} linhas vieram; {percent(total['accepted'] / total['landed'])} foram aceitas e "
        f"{percent(total['refused'] / total['landed'])} recusadas."
    ]
    if unknown := [row for row in of.get("coverage", []) if row["item"] == "unknown" and row["share"]]:
        said.append(f"{percent(unknown[0]['share'])} das linhas de venda não têm cliente.")
    gaps = [row for row in of.get("days", []) if row["value"] and row["share"] <= 0.5]
    said += [
        f"{row['part']}: {count(row['value'])} de {count(row['n'])} dias sem linhas (dias {_days(row)})."
        for row in gaps[:2]
    ]
    return Section("Dados", " ".join(said) + "\nO perfil dos dados diz o resto, com o que foi feito a respeito.")


def _days(row: Row) -> str:
    days = [str(date.fromisoformat(day).day) for day in json.loads(row["detail"])]
    return ", ".join(days[:8]) + (", …" if len(days) > 8 else "")
