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
from arcana_assets.presentation.labels import segmentation_of
from arcana_assets.profile.report.said import Month, Row, detail

_DRAWN, _TOLD, _PAIRS = 4, 30, 10  # histograms, lines of quantiles, pairs of features
_BEST = 10  # items that are named
_OF_CUSTOMERS = "customer_360"


def distributions(found: Month) -> list[Section]:
    """Distributions: quantiles of what is known of customers and of silver's numbers, and histograms."""
    say, number, percent = found.say, found.language.number, found.language.percent
    of_customers = [
        row
        for row in found.columns
        if row["table"] == _OF_CUSTOMERS and row["median"] is not None and not is_share(row["column"])
    ]
    numbers = [row for row in found.columns if row["layer"] == "silver" and row["median"] is not None]
    told = [row for row in (*numbers, *of_customers) if row["distinct"] > 1][:_TOLD]
    if not told:
        return [Section(say("profiling.distributions.heading"), say("profiling.distributions.nothing"), begins=True)]
    many = [row for row in of_customers if row["maximum"] > 1]
    lopsided = [row for row in many if row["median"] > 0 and row["mean"] > 2 * row["median"]]
    ends = {f"p{share:02d}": percent(share / 100, 0) for share in (5, 25, 75, 95)}
    text = say(
        "profiling.distributions.said",
        p25=ends["p25"],
        p75=ends["p75"],
        p05=ends["p05"],
        p95=ends["p95"],
        most=percent(0.9, 0),
    )
    if lopsided:
        row = max(lopsided, key=lambda row: row["mean"] / row["median"])
        lopsided_most = say(
            "profiling.distributions.lopsided",
            column=found.label(row["column"]),
            mean=number(row["mean"]),
            times=number(row["mean"] / row["median"], 1),
            median=number(row["median"]),
        )
        text = f"{lopsided_most}\n{text}"
    text += "\n" + say("profiling.distributions.done")
    drawn = [row for row in of_customers if row["distinct"] > 2 and row["histogram"]][:_DRAWN]
    before = {(row["table"], row["column"]): row for row in found.before}
    lines = [
        (
            *(row["table"], found.label(row["column"]) if row in of_customers else row["column"]),
            *(found.written(row[name]) for name in ("minimum", "p05", "p25", "median", "p75", "p95", "maximum")),
        )
        for row in told
    ]
    header = [
        *found.header("table", "column", "minimum"),
        *(ends["p05"], ends["p25"], *found.header("median"), ends["p75"], ends["p95"]),
        *found.header("maximum"),
    ]
    shown = [_histogram(found, row, before.get((row["table"], row["column"]))) for row in drawn]
    drawings = [each for each in shown if each]
    return [Section(say("profiling.distributions.heading"), text, header, lines, drawings=drawings, begins=True)]


def _histogram(found: Month, row: Row, before: Row | None) -> Drawing | None:
    """Columns of a histogram between its 1st and 99th hundredth, as shares, with those of the month before in "
    "outline."""
    number, now, then = found.language.number, _bins(row), _bins(before)
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
    column = found.label(row["column"])
    if not then:
        words = found.say("profiling.distributions.histogram", column=column)
    elif row["psi"] is None:
        words = found.say("profiling.distributions.histogram_before", column=column)
    else:
        words = found.say("profiling.distributions.histogram_psi", column=column, psi=number(row["psi"], 2))
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
    """Products: items a customer, the most owned ones, those owned together, the long tail."""
    say, count, percent = found.say, found.language.count, found.language.percent
    per, tops = found.of("items_per_customer"), [row for row in found.of("top_items") if row["item"]]
    if not tops:
        return []
    median = next(row for row in per if row["item"] == "median")
    one = next((row for row in per if row["item"] == "1"), None)
    tail = found.of("top_items", "")[0]
    tops.sort(key=lambda row: detail(row)["place"])
    told = {
        "customers": count(median["n"]),
        "median": found.language.number(median["value"]),
        "item": tops[0]["item"],
        "share": percent(tops[0]["share"]),
    }
    text = (
        say("profiling.products.said_one", **told, one=percent(one["share"]))
        if one
        else say("profiling.products.said", **told)
    )
    text += "\n" + say("profiling.products.tail", share=percent(tail["share"]), items=count(tail["n"]))
    counted = sorted(
        (row for row in per if row["item"] != "median"), key=lambda row: int(re.split("[-+]", row["item"])[0])
    )
    how_many = bars(
        say("profiling.products.per_customer"),
        [
            Bar(_items(found, row["item"]), row["share"], f"{percent(row['share'])}  ({count(row['value'])})")
            for row in counted
        ],
    )
    lines = [(row["item"], count(row["value"]), percent(row["share"])) for row in tops[:_BEST]]
    header = found.header("item", "customers", "share")
    sections = [Section(say("profiling.products.heading"), text, header, lines, drawings=[how_many], begins=True)]
    pairs = found.of("owned_together")
    if pairs:
        sections.append(_together(found, pairs))
    return sections


def _items(found: Month, item: str) -> str:
    """How many items a bar is of: takes `1`, `2`, `3-5` or `6+`."""
    if item == "1":
        return found.say("profiling.products.one")
    if item.endswith("+"):
        return found.say("profiling.products.or_more", low=item.removesuffix("+"))
    low, dash, high = item.partition("-")
    return (
        found.say("profiling.products.range", low=low, high=high)
        if dash
        else found.say("profiling.products.exactly", items=item)
    )


def _together(found: Month, pairs: Sequence[Row]) -> Section:
    """The matrix of the most owned items: who owns both of who owns that of the row."""
    percent, names = found.language.percent, dict[int, str]()
    for row in pairs:
        first, second = (int(at) for at in row["part"].split("/"))
        names[first], names[second] = row["item"], row["other"]
    places = sorted(names)
    known = {row["part"]: row for row in pairs}
    best = max(pairs, key=lambda row: (detail(row)["lift"], row["item"]))
    text = found.say(
        "profiling.products.together",
        item=best["item"],
        other=best["other"],
        times=found.language.number(detail(best)["lift"], 1),
        share=percent(best["share"]),
        customers=found.language.count(best["n"]),
    )
    lines = [
        (
            f"{at}. {names[at]}",
            *(
                percent(known[f"{at}/{of}"]["share"], 0)
                if f"{at}/{of}" in known
                else ("" if at == of else percent(0, 0))
                for of in places
            ),
        )
        for at in places
    ]
    return Section("", text, [*found.header("of_who_has"), *(f"{at}." for at in places)], lines)


def relations(found: Month) -> list[Section]:
    """Relations: the strongest rank correlations, each with its n, three of them drawn; features by persona."""
    say, number, label = found.say, found.language.number, found.label
    pairs = sorted(found.of("correlation"), key=lambda row: (-abs(row["value"]), row["item"], row["other"]))
    sections = []
    if pairs:
        first, top = pairs[0], found.language.percent(0.01, 0)
        text = say(
            "profiling.relations.said",
            one=label(first["item"]),
            other=label(first["other"]),
            value=number(first["value"], 2),
            customers=found.language.count(first["n"]),
        )
        lines = [
            (label(row["item"]), label(row["other"]), number(row["value"], 2), found.language.count(row["n"]))
            for row in pairs[:_PAIRS]
        ]
        drawn = [
            points(
                say(
                    "profiling.relations.points",
                    n=len(detail(row)),
                    x=label(row["item"]),
                    y=label(row["other"]),
                    top=top,
                ),
                *(label(row["item"]), label(row["other"]), _within(detail(row)), found.language),
            )
            for row in pairs
            if row["detail"]
        ]
        header = found.header("feature", "with", "correlation", "customers")
        sections.append(Section(say("profiling.relations.heading"), text, header, lines, drawings=drawn, begins=True))
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
            (persona, *(_half(found, cells.get((persona, name))) for name in features))
            for persona in sorted({row["item"] for row in mine})
        ]
        called = segmentation_of(segmentation, found.language)
        heading = found.say("profiling.relations.heading") if first and not sections else ""
        header = [*found.header("persona"), *map(found.label, features)]
        sections.append(Section(heading, found.say("profiling.relations.personas", segmentation=called), header, lines))
    return sections


def _half(found: Month, row: Row | None) -> str:
    if row is None:
        return ""
    number, quantiles = found.language.number, detail(row)
    told = {"median": number(row["value"]), "low": number(quantiles[1]), "high": number(quantiles[3])}
    return found.say("profiling.relations.half", **told)
