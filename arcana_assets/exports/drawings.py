"""Drawings: bars, columns and points as lines of a page, which draws them itself: sharp on paper, and nothing to load.

Belongs here: from numbers and texts to SVG, every text escaped. Does not belong here: charts that are pictures, or that
a reader can ask (`presentation.charts`), what is drawn (the slices).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from arcana_assets.exports.cells import legal_text
from arcana_assets.presentation.language import DEFAULT, Language

BLUE, GREY, INK, FAINT, GRID = "#0072B2", "#8C8C8C", "#222222", "#666666", "#DDDDDD"
WIDE = 700
_ROW, _LABEL, _LETTER = 22, 270, 7.2  # pixels; of a letter, in the widest of the fonts that a reader may have


@dataclass(frozen=True)
class Drawing:
    """A drawing: the words that stand for it, and its SVG. Made by the functions here, which escape all texts."""

    words: str
    svg: str


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to `value`, with what is written beside it, and where a mark stands, such as the base."""

    name: str
    value: float
    said: str
    mark: float | None = None
    shade: str = BLUE


def bars(words: str, rows: Sequence[Bar], most: float | None = None) -> Drawing:
    """A horizontal bar a row, the first at the top; `most` is the value that fills the width."""
    top = most or max((max(row.value, row.mark or 0) for row in rows), default=0) or 1
    across, parts = WIDE - _LABEL - 150, []
    for place, row in enumerate(rows):
        y, long = _ROW * place, max(0.0, min(1.0, row.value / top)) * across
        parts.append(_text(_LABEL - 8, y + 15, _cut(row.name, _LABEL), "end"))
        parts.append(_rect(_LABEL, y + 4, long, _ROW - 8, row.shade))
        parts.append(_text(_LABEL + max(long, (row.mark or 0) / top * across) + 6, y + 15, row.said))
        if row.mark is not None:
            x = _LABEL + max(0.0, min(1.0, row.mark / top)) * across
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y + 1}" y2="{y + _ROW - 1}" stroke="{INK}"/>')
    return _drawing(words, _ROW * len(rows), parts)


def columns(words: str, names: Sequence[str], values: Sequence[float], before: Sequence[float] = ()) -> Drawing:
    """A column a bin, and in outline what it was before; names below, as many as there is room for."""
    high, top = 110, max([*values, *before, 0]) or 1
    wide, parts = (WIDE - 20) / max(len(names), 1), []
    every = max(1, int(len(names) * 52 / WIDE) + 1) if len(names) * 52 > WIDE else 1
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        x = 10 + wide * place
        parts.append(_rect(x + 1, high - high * value / top, max(wide - 2, 1), high * value / top, BLUE))
        if before:
            y = high - high * before[place] / top
            parts.append(f'<path d="M{x:.1f} {y:.1f}h{wide:.1f}" fill="none" stroke="{INK}" stroke-width="1.5"/>')
        if place % every == 0:
            parts.append(_text(x + wide / 2, high + 15, _cut(name, wide * every + 4), "middle", 11))
    return _drawing(words, high + 22, parts)


def points(
    words: str, across: str, up: str, pairs: Sequence[tuple[float, float]], language: Language = DEFAULT
) -> Drawing:
    """A point a pair, with the ends of both axes, from the least to the greatest value."""
    high, left = 230, 90
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    span = [(min(each, default=0.0), max(each, default=1.0)) for each in (xs, ys)]
    (x0, x1), (y0, y1) = [(low, top if top > low else low + 1) for low, top in span]
    wide = WIDE - left - 30
    parts = [f'<rect x="{left}" y="6" width="{wide}" height="{high}" fill="none" stroke="{GRID}"/>']
    parts += [
        f'<circle cx="{left + (x - x0) / (x1 - x0) * wide:.1f}" cy="{6 + high - (y - y0) / (y1 - y0) * high:.1f}" '
        f'r="2.2" fill="{BLUE}" fill-opacity="0.45"/>'
        for x, y in pairs
    ]
    parts += [
        _text(left, high + 22, language.number(x0), "start", 11),
        _text(left + wide, high + 22, language.number(x1), "end", 11),
        _text(left + wide / 2, high + 22, _cut(across, wide / 2), "middle"),
        _text(left - 6, high + 4, language.number(y0), "end", 11),
        _text(left - 6, 16, language.number(y1), "end", 11),
        f'<text x="16" y="{high / 2 + 6:.0f}" transform="rotate(-90 16 {high / 2 + 6:.0f})" text-anchor="middle" '
        f'font-size="12" fill="{INK}">{escape(legal_text(_cut(up, high)))}</text>',
    ]
    return _drawing(words, high + 30, parts)


def _drawing(words: str, high: float, parts: Sequence[str]) -> Drawing:
    told = legal_text(words)
    return Drawing(
        told,
        f'<svg role="img" aria-label="{escape(told)}" viewBox="0 0 {WIDE} {high:.0f}">{"".join(parts)}</svg>',
    )


def _rect(x: float, y: float, wide: float, high: float, shade: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{shade}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    said = escape(legal_text(text))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{INK}">{said}</text>'


def _cut(text: str, pixels: float) -> str:
    most = max(4, int(pixels / _LETTER))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
