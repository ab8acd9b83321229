"""Pages: a report as one HTML file that needs nothing else, on a screen or on paper.

Belongs here: the page, with its pictures inside and every text escaped. Does not belong here: what it says
(`loyalty.report`), where it goes (`files`).
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from arcana_assets.domain.words import DEFAULT_LANGUAGE
from arcana_assets.exports.cells import legal_text
from arcana_assets.exports.drawings import Drawing
from arcana_assets.exports.errors import UnreadableExport
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.notation import SIGNS

_SIGNS = "|".join(re.escape(sign) for sign in sorted(SIGNS.values(), key=len, reverse=True))
_NUMBER = re.compile(rf"(< |[A-Z]{{3}} |({_SIGNS}) ?)?-?[\d.,]+( mi| bi| M| bn)?( ?%)?")


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and the table behind them: texts only.

    On a page `in_order` a section also has figures (name, value, and a line on how it changed) and drawings with what
    is said above each, and `begins` a sheet of paper or not. A line break in the text begins a paragraph; a section
    without a heading goes on with the one before.
    """

    heading: str
    text: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    figures: Sequence[tuple[str, str, str]] = ()
    drawings: Sequence[Drawing] = ()
    begins: bool = False


@dataclass(frozen=True)
class Page:
    """A report: title, a line about it, sections, pictures (PNG, with the words that stand for each) and facts.

    All sentences come first, on one sheet of paper; pictures and the tables behind follow. On a page `in_order` each
    section has its sentences, figures, drawings and table together.
    """

    title: str
    about: str
    sections: Sequence[Section]
    pictures: Sequence[tuple[str, bytes]] = ()
    facts: Sequence[tuple[str, str]] = ()
    in_order: bool = False
    language: str = DEFAULT_LANGUAGE


def html(page: Page) -> str:
    """The page as HTML: the same page is the same text. No script, and nothing that is loaded from elsewhere."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    # Escapes all that is put in; the template is ours.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"legal": legal_text, "number": lambda cell: bool(cell and _NUMBER.fullmatch(cell))}
    environment.filters["inside"] = lambda picture: b64encode(picture).decode()
    environment.filters["as_it_is"] = Markup  # of drawings, which escape their texts
    say = language_of(page.language).say
    headings = {"pictures_heading": say("pages.pictures"), "tables_heading": say("pages.tables")}
    return environment.from_string(_TEMPLATE).render(page=page, **headings)


def check_page(name: str, text: str, sections: int) -> None:
    """Raises UnreadableExport where a page, read back, lacks a section or would load or run something."""
    found = _Found()
    found.feed(text)
    found.close()
    if found.sections != sections:
        raise UnreadableExport(name, ValueError(f"expected {sections} sections, found {found.sections}"))
    if found.outside:
        raise UnreadableExport(name, ValueError(f"it would load or run {', '.join(found.outside)}"))


class _Found(HTMLParser):
    """The sections of a page, and what in it would load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.sections, self.outside = 0, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sections += tag == "section"
        if tag in ("script", "iframe", "object", "embed", "link", "form"):
            self.outside.append(f"<{tag}>")
        for attribute, value in attrs:
            loads = attribute in ("src", "href", "srcset") and not (value or "").startswith("data:image/png;base64,")
            if loads or attribute.startswith("on"):
                self.outside.append(f"{attribute} of <{tag}>")


_TEMPLATE = """<!DOCTYPE html>
<html lang="{{ page.language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ page.title | legal }}</title>
<style>
  :root { color-scheme: light; }
  html { font-size: 15px; }
  body { font: 1rem/1.5 "Helvetica Neue", Arial, sans-serif; color: #222; margin: 0 auto; max-width: 62rem; }
  main { padding: 2rem; }
  h1 { font-size: 1.7rem; margin: 0; }
  h2 { font-size: 1.3rem; margin: 2.2rem 0 .3rem; }
  h3 { font-size: 1.05rem; margin: 1.2rem 0 .2rem; }
  p { margin: .2rem 0 .5rem; }
  .about { color: #666; margin-bottom: 1rem; }
  .pictures img { display: block; width: 100%; max-width: 51rem; margin: .6rem 0; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-size: .82rem; width: 100%; }
  th, td { border-bottom: 1px solid #ddd; padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: top; }
  th { color: #444; font-weight: 600; }
  .number { text-align: right; white-space: nowrap; }
  .figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: .6rem 0 1rem; }
  .figures div { min-width: 8rem; }
  .figures b { display: block; font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
  .figures small { color: #666; }
  .part { margin-top: 1.6rem; }
  figure { margin: .6rem 0; max-width: 46rem; }
  figure svg { display: block; width: 100%; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  figcaption { font-size: .85rem; color: #444; margin-bottom: .2rem; }
  .part h2 { margin: 0 0 .3rem; }
  footer { color: #666; font-size: .8rem; margin-top: 2rem; border-top: 1px solid #ddd; padding-top: .5rem; }
  @page { size: A4; margin: 14mm; }
  @media print {
    html { font-size: 10.5px; }
    body { max-width: none; }
    main { padding: 0; }
    h2, h3 { break-after: avoid; }
    .behind { break-before: page; margin-top: 0; }
    .begins { break-before: page; margin-top: 0; }
    .figures { break-inside: avoid; }
    .pictures img { max-width: 17cm; }
    tr, img, figure { break-inside: avoid; }
    .wide { overflow: visible; }
  }
</style>
</head>
<body>
<main>
<h1>{{ page.title | legal }}</h1>
<p class="about">{{ page.about | legal }}</p>
{% macro drawn(pictures) %}
<div class="pictures">
{% for words, picture in pictures %}
<img alt="{{ words | legal }}" src="data:image/png;base64,{{ picture | inside }}">
{% endfor %}
</div>
{% endmacro %}
{% macro table(section) %}
<div class="wide"><table>
<thead><tr>
{% for cell in section.header %}
<th{% if section.rows[0][loop.index0] | number %} class="number"{% endif %}>{{ cell | legal }}</th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in section.rows %}
<tr>
{% for cell in row %}
<td{% if cell | number %} class="number"{% endif %}>{{ cell | legal }}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table></div>
{% endmacro %}
{% if page.in_order %}
{% for section in page.sections %}
<section class="part{% if section.begins %} begins{% endif %}">
{% if section.heading %}
<h2>{{ section.heading | legal }}</h2>
{% endif %}
{% for line in section.text.split("\n") if line %}
<p>{{ line | legal }}</p>
{% endfor %}
{% if section.figures %}
<div class="figures">
{% for name, value, change in section.figures %}
<div><small>{{ name | legal }}</small><b>{{ value | legal }}</b><small>{{ change | legal }}</small></div>
{% endfor %}
</div>
{% endif %}
{% for drawing in section.drawings %}
<figure><figcaption>{{ drawing.words }}</figcaption>
{{ drawing.svg | as_it_is }}</figure>
{% endfor %}
{% if section.rows %}
{{ table(section) }}
{% endif %}
</section>
{% endfor %}
{% else %}
{% for section in page.sections %}
<section>
<h3>{{ section.heading | legal }}</h3>
<p>{{ section.text | legal }}</p>
</section>
{% endfor %}
<h2 class="behind">{{ pictures_heading | legal }}</h2>
{{ drawn(page.pictures) }}
<h2 class="behind">{{ tables_heading | legal }}</h2>
{% for section in page.sections if section.rows %}
<h3>{{ section.heading | legal }}</h3>
{{ table(section) }}
{% endfor %}
{% endif %}
<footer>
{% for name, words in page.facts %}
{{ name | legal }}: {{ words | legal }}{% if not loop.last %} · {% endif %}

{% endfor %}
</footer>
</main>
</body>
</html>
"""
