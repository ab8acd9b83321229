"""Parts of a screen: figures, tables and sentences as HTML, in which every text of the data is only a text.

Belongs here: what several screens show alike. Does not belong here: what a screen asks (`queries`), charts (`charts`).
"""

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from arcana_assets.dashboard.place import Place

_MARKDOWN = "\\`*_{}[]()<>#+-.!|:$~^&\"'@/"


@dataclass(frozen=True)
class Figure:
    """A number with its name, its definition, how it changed, and what it was in the months before."""

    label: str
    value: str
    about: str
    change: str = ""
    good: bool | None = None
    line: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Header:
    """The head of a column: its label, whether its cells are numbers, and what it means."""

    label: str
    number: bool = False
    about: str = ""


def plain(text: str) -> str:
    """A text of the data for a place that reads Markdown, such as the label of a link: every mark is only a mark."""
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in " ".join(text.split()))


def heading(title: str, lead: str = "") -> None:
    """The one title of a screen and the sentence below it."""
    st.html(f"<h1>{escape(title)}</h1>" + (f'<p class="lead">{escape(lead)}</p>' if lead else ""))


def section(title: str, sentence: str = "") -> None:
    """A title within a screen, and the sentence that says what is seen below."""
    st.html(f"<h2>{escape(title)}</h2>" + (f'<p class="said">{escape(sentence)}</p>' if sentence else ""))


def sentence(text: str) -> None:
    """A paragraph."""
    st.html(f'<p class="said">{escape(text)}</p>')


def nothing(text: str) -> None:
    """What is said where there is nothing to see."""
    st.html(f'<p class="nothing">{escape(text)}</p>')


def figures(shown: Iterable[Figure]) -> None:
    """Figures beside one another."""
    cards = "".join(
        f'<div class="figure" title="{escape(each.about)}"><span class="label">{escape(each.label)}</span>'
        f'<span class="value">{escape(each.value)}</span>{_change(each)}{_line(each.line)}'
        f'<span class="about">{escape(each.about)}</span></div>'
        for each in shown
    )
    st.html(f'<div class="figures">{cards}</div>')


def table(headers: Sequence[Header], rows: Iterable[Sequence[Any]], caption: str = "") -> None:
    """A short table. Texts are cells as they stand; numbers are to be written already."""
    head = "".join(
        f'<th scope="col" class="{"n" if each.number else "t"}"'
        + (f' title="{escape(each.about)}"' if each.about else "")
        + f">{escape(each.label)}</th>"
        for each in headers
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{"n" if header.number else "t"}">{_cell(cell)}</td>'
            for header, cell in zip(headers, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    st.html(
        f'<div class="scroll"><table class="plain">{told}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


@dataclass(frozen=True)
class Percent:
    """A cell with a number of 0 to 100, drawn as a bar with a mark in the middle."""

    value: float
    text: str


def _cell(cell: Any) -> str:
    if not isinstance(cell, Percent):
        return escape("" if cell is None else str(cell))
    wide = f"{min(max(cell.value, 0.0), 100.0):.0f}%"
    # The mark in the middle is where the base lies.
    behind = "linear-gradient(90deg,transparent calc(50% - 1px),#44505c 0,#44505c calc(50% + 1px),transparent 0)"
    bar = f"linear-gradient(90deg,#9fc0e2 {wide},#eef2f6 0)"
    drawn = f"display:inline-block;vertical-align:middle;width:9rem;height:.7rem;background:{behind},{bar}"
    return f'<span style="{drawn}"></span> <span style="display:inline-block;width:2rem">{escape(cell.text)}</span>'


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Names and what belongs to each, one below the other."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs if text)
    st.html(f'<dl class="facts">{rows}</dl>')


def bullets(lines: Iterable[str]) -> None:
    """Lines of a list."""
    st.html('<ul class="said">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>")


def chart(spec: dict[str, Any]) -> None:
    """A chart of `presentation.charts` or of `charts`, with the words that stand for it."""
    st.vega_lite_chart(None, spec, theme=None)


def beside(spec: dict[str, Any], headers: Sequence[Header], rows: Iterable[Sequence[Any]], tall: int = 240) -> None:
    """A chart and, beside it, the numbers that are drawn, for who reads them or cannot see a chart."""
    left, right = st.columns([3, 2])
    with left:
        chart(spec)
    with right, st.container(height=tall, border=False):
        table(headers, rows)


def _change(figure: Figure) -> str:
    if not figure.change:
        return '<span class="change"></span>'
    how = "" if figure.good is None else " good" if figure.good else " bad"
    return f'<span class="change{how}">{escape(figure.change)}</span>'


def _line(values: Sequence[float | None]) -> str:
    """The months as a line of some pixels; nothing of fewer than three."""
    known = [(place, float(value)) for place, value in enumerate(values) if value is not None]
    if len(known) < 3:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    wide, tall = 120, 26
    points = " ".join(
        f"{place * wide / (len(values) - 1):.1f},{tall - 3 - (value - low) / ((high - low) or 1) * (tall - 6):.1f}"
        for place, value in known
    )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f'<polyline points="{points}" fill="none" stroke="#1f5a96" stroke-width="1.5"/></svg>'
    )
    # As a picture: what is HTML here is cleared of drawings.
    return f'<img class="spark" alt="" src="data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}">'


def heat(headers: Sequence[Header], rows: Iterable[tuple[str, Sequence[tuple[str, float | None]]]]) -> None:
    """A table of lifts: blue above 1, the more the higher; ochre below; the numbers stand in the cells all the same."""
    head = "".join(
        f'<th scope="col" class="{"n" if each.number else "t"}" style="white-space:normal">{escape(each.label)}</th>'
        for each in headers
    )
    body = "".join(
        f'<tr><th scope="row" class="t" style="min-width:10rem">{escape(name)}</th>'
        + "".join(f'<td class="n heat" style="background:{_shade(value)}">{escape(text)}</td>' for text, value in cells)
        + "</tr>"
        for name, cells in rows
    )
    st.html(
        f'<div class="scroll"><table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def grid(place: Place, rows: pa.Table, told: str, table: str = "customer_360") -> int | None:
    """A long table of customers, of which one row can be picked: its place, None while nobody has picked one.

    `told` says what picking does; the columns are called as in `table`. Values are in the order of the question; the
    head does not sort, for it would sort what is shown and not what there is.
    """
    config: dict[str, Any] = {}
    for field in rows.schema:
        label = place.label(field.name, table)
        if pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type):
            column = place.column(table, field.name)
            percent = column is not None and column.kind == "share"
            config[field.name] = st.column_config.NumberColumn(label, format="percent" if percent else "localized")
        elif pa.types.is_date(field.type):
            config[field.name] = st.column_config.DateColumn(label, format=_day_of_browser(place))
        else:
            config[field.name] = st.column_config.TextColumn(label)
    st.caption(told)
    rows = _said(rows)
    state = st.dataframe(
        _rounded(place, rows, table),
        hide_index=True,
        placeholder=place.language.texts["notation"]["none"],  # the browser's own is None
        column_config=config,
        on_select="rerun",
        selection_mode="single-row",
        height=min(36 * (rows.num_rows + 1) + 3, 560),
        key=f"grid {place.domain.name} {told} {rows.num_rows} {rows.schema.names}",
    )
    picked = state["selection"]["rows"]
    return int(picked[0]) if picked and picked[0] < rows.num_rows else None


def _day_of_browser(place: Place) -> str:
    """How the browser is to write a date: `DD/MM/YYYY`."""
    day = str(place.language.texts["notation"]["day"])
    return day.replace("%d", "DD").replace("%m", "MM").replace("%Y", "YYYY")


def _said(rows: pa.Table) -> pa.Table:
    """Nothing where a text is absent: the browser would write None."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            rows = rows.set_column(at, field.name, pc.fill_null(rows.column(at), ""))
    return rows


def _rounded(place: Place, rows: pa.Table, table: str) -> pa.Table:
    """Money in whole units, measures with two decimals: the browser shows all that it is given."""
    for at, field in enumerate(rows.schema):
        if pa.types.is_decimal(field.type) or pa.types.is_floating(field.type):
            column = place.column(table, field.name)
            kind = column.kind if column is not None else "decimal"
            values = pc.round(pc.cast(rows.column(at), pa.float64()), {"money": 0, "share": 4}.get(kind, 2))
            rows = rows.set_column(at, field.name, values)
    return rows


def _shade(value: float | None) -> str:
    if value is None or value <= 0:
        return "transparent"
    strength = min(abs(math.log2(value)) / 2, 1) * 0.42
    return f"rgba(31,90,150,{strength:.2f})" if value > 1 else f"rgba(190,120,20,{strength:.2f})"
