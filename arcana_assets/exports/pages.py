"""Pages: a report as one HTML file that needs nothing else, on a screen or on paper.

Belongs here: the page, with its pictures inside and every text escaped. Does not belong here: what it says
(`loyalty.report`), where it goes (`files`).
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from arcana_assets.exports.cells import legal_text
from arcana_assets.exports.errors import UnreadableExport

_NUMBER = re.compile(r"(< |[A-Z]{3} )?-?[\d.,]+( mi| bi)?( %)?")


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and the table behind them: texts only."""

    heading: str
    text: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Page:
    """A report: title, a line about it, sections, pictures (PNG, with the words that stand for each) and facts.

    All sentences come first, on one sheet of paper; pictures and the tables behind follow.
    """

    title: str
    about: str
    sections: Sequence[Section]
    pictures: Sequence[tuple[str, bytes]] = ()
    facts: Sequence[tuple[str, str]] = ()
    pictures_heading: str = "Gráficos"
    tables_heading: str = "Tabelas"


def html(page: Page) -> str:
    """The page as HTML: the same page is the same text. No script, and nothing that is loaded from elsewhere."""
    from jinja2 import Environment, StrictUndefined

    # Escapes all that is put in; the template is ours.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"legal": legal_text, "number": lambda cell: bool(cell and _NUMBER.fullmatch(cell))}
    pictures = [(words, b64encode(picture).decode()) for words, picture in page.pictures]
    return environment.from_string(_TEMPLATE).render(page=page, pictures=pictures)


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
<html lang="pt-BR">
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
  footer { color: #666; font-size: .8rem; margin-top: 2rem; border-top: 1px solid #ddd; padding-top: .5rem; }
  @page { size: A4; margin: 14mm; }
  @media print {
    html { font-size: 10.5px; }
    body { max-width: none; }
    main { padding: 0; }
    h2, h3 { break-after: avoid; }
    h2 { break-before: page; margin-top: 0; }
    tr, img { break-inside: avoid; }
    .wide { overflow: visible; }
  }
</style>
</head>
<body>
<main>
<h1>{{ page.title | legal }}</h1>
<p class="about">{{ page.about | legal }}</p>
{% for section in page.sections %}
<section>
<h3>{{ section.heading | legal }}</h3>
<p>{{ section.text | legal }}</p>
</section>
{% endfor %}
<h2>{{ page.pictures_heading | legal }}</h2>
<div class="pictures">
{% for words, picture in pictures %}
<img alt="{{ words | legal }}" src="data:image/png;base64,{{ picture }}">
{% endfor %}
</div>
<h2>{{ page.tables_heading | legal }}</h2>
{% for section in page.sections if section.rows %}
<h3>{{ section.heading | legal }}</h3>
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
{% endfor %}
<footer>
{% for name, words in page.facts %}
{{ name | legal }}: {{ words | legal }}{% if not loop.last %} · {% endif %}

{% endfor %}
</footer>
</main>
</body>
</html>
"""
