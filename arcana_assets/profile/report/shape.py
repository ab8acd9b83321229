"""What the base looks like: distributions, products and relations, the later sections of the page.

Belongs here: their sentences, tables and drawings, and how far they may be trusted. Does not belong here: the first
sections (`origin`), revenue (`revenue`).
"""

import json
import re
from collections.abc import Sequence
from itertools import groupby

from arcana_assets.domain.facets.features import is_share
from arcana_assets.exports.drawings import Bar, Drawing, bars, columns, points
from arcana_assets.exports.pages import Section
from arcana_assets.presentation.labels import label_of, segmentation_of
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.notation import count, number, percent
from arcana_assets.profile.report.said import Month, Row, detail, plural, written

_DRAWN, _TOLD, _PAIRS = 4, 30, 10  # histograms, lines of quantiles, pairs of features
_BEST = 10  # items that are named
_OF_CUSTOMERS = "customer_360"


def distributions(found: Month) -> list[Section]:
    """Distribuições: quantiles of what is known of customers and of silver's numbers, and histograms."""
    of_customers = [
        row
        for row in found.columns
        if row["table"] == _OF_CUSTOMERS and row["median"] is not None and not is_share(row["column"])
    ]
    numbers = [row for row in found.columns if row["layer"] == "silver" and row["median"] is not None]
    told = [row for row in (*numbers, *of_customers) if row["distinct"] > 1][:_TOLD]
    if not told:
        return [Section("Distribuições", "Nenhuma coluna tem números neste mês.", begins=True)]
    many = [row for row in of_customers if row["maximum"] > 1]
    lopsided = [row for row in many if row["median"] > 0 and row["mean"] > 2 * row["median"]]
    text = "Onde ficam os valores: metade deles fica entre 25 % e 75 %, e 90 % entre 5 % e 95 %."
    if lopsided:
        row = max(lopsided, key=lambda row: row["mean"] / row["median"])
        text = (
            f"«{label_of(row['column'])}» é a mais desigual das colunas de clientes: a média ({number(row['mean'])}) é "
            f"{number(row['mean'] / row['median'], 1)} vezes a mediana ({number(row['median'])}).\n{text}"
        )
    text += "\nO que foi feito: modelos usam o logaritmo do que é desigual, e nenhum extremo foi cortado dos dados."
    drawn = [row for row in of_customers if row["distinct"] > 2 and row["histogram"]][:_DRAWN]
    before = {(row["table"], row["column"]): row for row in found.before}
    lines = [
        (
            *(row["table"], label_of(row["column"]) if row in of_customers else row["column"]),
            *(written(row[name]) for name in ("minimum", "p05", "p25", "median", "p75", "p95", "maximum")),
        )
        for row in told
    ]
    header = ["Tabela", "Coluna", "Mínimo", "5 %", "25 %", "Mediana", "75 %", "95 %", "Máximo"]
    shown = [_histogram(row, before.get((row["table"], row["column"]))) for row in drawn]
    return [Section("Distribuições", text, header, lines, drawings=[each for each in shown if each], begins=True)]


def _histogram(row: Row, before: Row | None) -> Drawing | None:
    """Columns of a histogram between its 1st and 99th hundredth, as shares, with those of the month before in "
    "outline."""
    now, then = _bins(row), _bins(before)
    low, high = row["p01"], row["p99"]
    edges = [edge for edge in sorted({*now, *then}) if low <= edge] or sorted(now)
    last = next((at for at, edge in enumerate(edges) if edge >= high), len(edges) - 1)
    edges = edges[: last + 1]
    if len(edges) < 2:
        return None
    shares = [_shares(bins, edges) for bins in (now, then)] if then else [_shares(now, edges), []]
    names = ["0" if not edge else f"≤ {number(edge)}" for edge in edges]
    if high < max(now):
        names[-1] = f"> {number(edges[-2])}"
    words = f"{label_of(row['column'])}: parcela dos clientes por faixa"
    if then:
        psi = f"; PSI {number(row['psi'], 2)}" if row["psi"] is not None else ""
        words += f"; traço: mês anterior{psi}"
    return columns(words, names, shares[0], shares[1])


def _bins(row: Row | None) -> dict[float, int]:
    pairs = json.loads(row["histogram"]) if row and row["histogram"] else []
    return {float(edge): rows for edge, rows in pairs}


def _shares(bins: dict[float, int], edges: Sequence[float]) -> list[float]:
    """The share of each bin; what lies below the first is in it, what lies beyond the last in that."""
    total, shares, below = sum(bins.values()) or 1, [], -float("inf")
    for at, edge in enumerate(edges):
        upto = edge if at < len(edges) - 1 else float("inf")
        shares.append(sum(rows for at_, rows in bins.items() if below < at_ <= upto) / total)
        below = edge
    return shares


def products(found: Month) -> list[Section]:
    """Produtos: items a customer, the most owned ones, those owned together, the long tail."""
    per, tops = found.of("items_per_customer"), [row for row in found.of("top_items") if row["item"]]
    if not tops:
        return []
    median = next(row for row in per if row["item"] == "median")
    one = next((row for row in per if row["item"] == "1"), None)
    tail = found.of("top_items", "")[0]
    tops.sort(key=lambda row: detail(row)["place"])
    text = (
        f"Metade dos {count(median['n'])} clientes que têm algum item tem até {number(median['value'])}"
        + (f"; {percent(one['share'])} têm um só" if one else "")
        + f". O item mais comum é «{tops[0]['item']}», de {percent(tops[0]['share'])} deles.\n"
        f"{percent(tail['share'])} dos {count(tail['n'])} itens têm menos de 5 clientes: deles nenhuma recomendação "
        "pode "
        "dizer muito."
    )
    counted = sorted(
        (row for row in per if row["item"] != "median"), key=lambda row: int(re.split("[-+]", row["item"])[0])
    )
    how_many = bars(
        "Itens por cliente: parcela dos clientes",
        [
            Bar(_items(row["item"]), row["share"], f"{percent(row['share'])}  ({count(row['value'])})")
            for row in counted
        ],
    )
    lines = [(row["item"], count(row["value"]), percent(row["share"])) for row in tops[:_BEST]]
    sections = [Section(*("Produtos", text, ["Item", "Clientes", "Parcela"], lines), drawings=[how_many], begins=True)]
    pairs = found.of("owned_together")
    if pairs:
        sections.append(_together(pairs))
    return sections


def _items(item: str) -> str:
    return "1 item" if item == "1" else f"{item.replace('+', ' ou mais').replace('-', ' a ')} itens"


def _together(pairs: Sequence[Row]) -> Section:
    """The matrix of the most owned items: who owns both of who owns that of the row."""
    names = {}
    for row in pairs:
        first, second = (int(at) for at in row["part"].split("/"))
        names[first], names[second] = row["item"], row["other"]
    places = sorted(names)
    known = {row["part"]: row for row in pairs}
    best = max(pairs, key=lambda row: (detail(row)["lift"], row["item"]))
    text = (
        f"Quem tem «{best['item']}» tem «{best['other']}» {number(detail(best)['lift'], 1)} vezes mais que a média "
        f"({percent(best['share'])} de {count(best['n'])} clientes). Na tabela: de quem tem o item da linha, quantos "
        "têm "
        "o da coluna."
    )
    lines = [
        (
            f"{at}. {names[at]}",
            *(
                percent(known[f"{at}/{of}"]["share"], 0) if f"{at}/{of}" in known else ("" if at == of else "0 %")
                for of in places
            ),
        )
        for at in places
    ]
    return Section("", text, ["De quem tem", *(f"{at}." for at in places)], lines)


def relations(found: Month) -> list[Section]:
    """Relações: the strongest rank correlations, each with its n, three of them drawn; features by persona."""
    pairs = sorted(found.of("correlation"), key=lambda row: (-abs(row["value"]), row["item"], row["other"]))
    sections = []
    if pairs:
        first = pairs[0]
        text = (
            f"O que mais anda junto: «{label_of(first['item'])}» e «{label_of(first['other'])}» (correlação de postos "
            f"{number(first['value'], 2)}, em {count(first['n'])} clientes). Perto de 1 ou -1 dizem quase o mesmo; "
            "andar "
            "junto não é causa. Olhe os pontos antes de acreditar no número.\nO que foi feito: nada foi retirado; a "
            "segmentação mede, em cada ajuste, quanto cada atributo separa os grupos."
        )
        lines = [
            (label_of(row["item"]), label_of(row["other"]), number(row["value"], 2), count(row["n"]))
            for row in pairs[:_PAIRS]
        ]
        drawn = [
            points(
                f"{label_of(row['item'])} (horizontal) e {label_of(row['other'])}: "
                f"{plural(len(detail(row)), 'cliente', 'clientes')} ao acaso; na borda, o 1 % mais alto",
                *(label_of(row["item"]), label_of(row["other"]), _within(detail(row))),
            )
            for row in pairs
            if row["detail"]
        ]
        header = ["Atributo", "Com", "Correlação de postos", "Clientes"]
        sections.append(Section("Relações", text, header, lines, drawings=drawn, begins=True))
    return [*sections, *_by_persona(found, first=not sections)]


def _within(pairs: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """The points, those beyond the 99th hundredth of an axis at its end: one customer would flatten all others."""
    ends = [sorted(each)[int(0.99 * (len(pairs) - 1))] for each in zip(*pairs, strict=True)]
    return [(min(x, ends[0]), min(y, ends[1])) for x, y in pairs]


def _by_persona(found: Month, first: bool) -> list[Section]:
    """A table a segmentation: the median of each feature in each persona, with half of its customers."""
    rows, sections = found.of("feature_by_persona"), list[Section]()
    for segmentation, of in groupby(sorted(rows, key=lambda row: row["part"]), key=lambda row: row["part"]):
        mine = list(of)
        features = list(dict.fromkeys(row["other"] for row in mine))
        cells = {(row["item"], row["other"]): row for row in mine}
        lines = [
            (persona, *(_half(cells.get((persona, name))) for name in features))
            for persona in sorted({row["item"] for row in mine})
        ]
        called = segmentation_of(segmentation, language_of())
        text = f"Personas de «{called}»: mediana e, entre parênteses, a faixa da metade do meio."
        heading = "Relações" if first and not sections else ""
        sections.append(Section(heading, text, ["Persona", *map(label_of, features)], lines))
    return sections


def _half(row: Row | None) -> str:
    if row is None:
        return ""
    quantiles = detail(row)
    return f"{number(row['value'])} ({number(quantiles[1])} a {number(quantiles[3])})"
