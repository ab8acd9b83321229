"""Nobody reads a word of another language: tables, published files and pictures of a domain are in its own.

Slow: it refreshes two months of a shop of 80 customers, once in each language, and publishes the last.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import openpyxl
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.presentation.language import language_of
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets.segmentation.pictures.month import charts_of_month
from arcana_assets_tests.worlds.platform import Platform

pytestmark = pytest.mark.slow

DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)
# What a domain does not say is said in its language: levels, names by shares, the family of the rest.
DOMAIN = """
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: retail
  title: {title}
  description: A shop
  timezone: Europe/London
  currency: GBP
  language: {language}
  start: 2010-12
  lookback_months: 2
  segmentations:
    - {{name: value, features: [recency_days, frequency, monetary], k: [3, 4], gate: {{refits: 2}}}}
    - {{name: categories, features: [share_*], fitted_on: frequency, k: [3, 4], personas: {{shares: {{}}}}}}
  combinations:
    - {{name: value_categories, of: [value, categories]}}
"""
TITLES = {"en": "The corner shop", "pt-BR": "A loja da esquina"}
PUBLICATIONS = (
    *("base_analitica", "clientes_atipicos", "clientes_por_segmento", "produtos_por_segmento"),
    *("resumo_dos_segmentos", "relatorio_de_personas", "resumo_do_mes", "perfil_dos_dados"),
)
# To be added, with what they are made of in DOMAIN; what their rooms say is looked at by tests of these rooms so far:
# predictions (previsoes_por_cliente, cartoes_dos_modelos), recommendations (recomendacoes_por_cliente,
# recomendacoes_por_segmento), loyalty (lista_de_fidelidade, relatorio_de_fidelidade).

TEXTS = {
    ("gold", "segments"): ("persona",),
    ("gold", "segment_profiles"): ("persona", "description", "membership_rule", "form", "reason"),
    ("gold", "segmentation_selection"): ("parameter", "refused_for"),
    ("gold", "segment_events"): ("note",),
    ("gold", "segment_migration"): ("from_persona", "to_persona"),
    ("gold", "feature_drift"): ("note",),
    ("models", "value"): ("reason",),
    ("models", "categories"): ("reason",),
}
"""Columns of segmentation that hold sentences and names; all others hold codes, which are the same everywhere."""

# Frequent words that the other language does not have: `do`, `no`, `as`, `for` and `base` are words of both.
PORTUGUESE = """
de da dos das em na nas nos um uma que com sem por para pelo ao ou como mais menos mês meses dias cliente clientes
segmento segmentos grupo grupos compra compras pedido pedidos nenhum nenhuma ninguém todos todas parcela receita outros
outro entre até acima abaixo média mediana valor variável atributo atributos produto produtos itens novos saíram sim não
vez vezes antes agora onde quem foi são está ausente perto moeda
"""
ENGLISH = """
the of and is are was were with from than that which who this these those customer customers segment segments group
groups month months days revenue share mean median values row rows none nobody nothing not by to at only all more
less above below before after there their has have been its it other others product products column columns currency
"""
WORDS = {"pt-BR": set(PORTUGUESE.split()), "en": set(ENGLISH.split())}
ACCENTS = "áéíóúâêôãõçàÁÉÍÓÚÂÊÔÃÕÇÀ"


class Told(NamedTuple):
    """A domain in a language, refreshed and published."""

    code: str
    platform: Platform
    data: re.Pattern[str]

    def foreign(self, text: str) -> list[str]:
        """Words of the other language in a text, but for what comes from the data and names of tables and columns."""
        own = re.sub(r"\b\w+[._]\w[\w.]*|\b(transactions|customers|products)\b", " ", self.data.sub(" ", text))
        words = re.findall(r"\w+", own.lower())
        [other] = WORDS.keys() - {self.code}
        found = [word for word in words if word in WORDS[other]]
        return found + [word for word in words if self.code == "en" and set(word) & set(ACCENTS)]


@pytest.fixture(scope="module", params=["en", "pt-BR"])
def told(request: pytest.FixtureRequest, make_platform: Callable[[], Platform]) -> Told:
    platform, code = make_platform(), request.param
    folder = platform.root / "defs" / "retail"
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(DOMAIN.format(language=code, title=TITLES[code]), encoding="utf-8")
    for contract in (DEFS / "retail" / "sources").glob("[!r]*.yaml"):  # nobody recommends, so nobody answers
        (folder / "sources" / contract.name).write_bytes(contract.read_bytes())
    platform.folder = folder.parent
    write_retail_drop(platform.landing, customers=80, months=2, seed=7)
    done = platform.refresh(DECEMBER, JANUARY, published=False)
    assert done.succeeded, done.failures
    keys = [["retail", "published", name] for name in PUBLICATIONS]
    job = dg.define_asset_job("published", dg.AssetSelection.assets(*keys))
    definitions = dg.Definitions.merge(platform.definitions, dg.Definitions(jobs=[job]))
    run = definitions.resolve_job_def("published")
    assert run.execute_in_process(instance=platform.instance, partition_key=JANUARY.isoformat()).success
    return Told(code, platform, _of_data(platform))


def _of_data(platform: Platform) -> re.Pattern[str]:
    """All that sources say in a text, what is made of categories, and the names and rules of the contracts."""
    found = set[str]()
    for source in ("transactions", "customers", "products"):
        for layer in ("silver", "quarantine"):
            found |= {text for row in platform.table(layer, source).to_pylist() for text in _texts_in(row)}
    found |= {text.rsplit(", found ", 1)[0] for text in found}  # the rule of a reason, without the value
    shares = [name for name in platform.table("gold", "feature_matrix").column_names if name.startswith("share_")]
    found |= {name.removeprefix("share_") for name in shares} - {"other", "outros", "absent"}
    known = sorted((re.escape(value.strip()) for value in found if len(value.strip()) > 3), key=len, reverse=True)
    return re.compile("|".join(known), re.IGNORECASE)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts_in(each)


def _files(told: Told, name: str) -> list[Path]:
    """The files of January, by themselves or in a folder of the month."""
    folder = told.platform.root / "lake" / "retail" / "published" / name
    found = [*folder.glob("2011-01.*"), *folder.glob("2011-01/*")]
    return [file for file in found if file.suffix != ".json"]


@pytest.mark.parametrize("table", TEXTS, ids=".".join)
def test_tables_of_segments_are_in_the_language_of_the_domain(told: Told, table: tuple[str, str]) -> None:
    rows = told.platform.table(*table).select(TEXTS[table]).to_pylist()
    texts = {value for row in rows for value in row.values() if value}
    assert texts or table[1] in ("segment_events", "feature_drift")
    assert {text: found for text in texts if (found := told.foreign(text))} == {}


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_published_files_are_in_the_language_of_the_domain(told: Told, name: str) -> None:
    files = _files(told, name)
    readers = {".csv": _of_csv, ".xlsx": _of_workbook, ".html": _of_page}
    assert files
    for file in files:
        texts = set(readers[file.suffix](file))
        assert len(texts) > 5, file.name
        assert {text: found for text in texts if (found := told.foreign(text))} == {}, file.name


def test_pictures_are_in_the_language_of_the_domain(told: Told) -> None:
    tables = {"segments": "segments", "profiles": "segment_profiles", "migration": "segment_migration"}
    tables |= {"selection": "segmentation_selection", "features": "feature_matrix"}
    frames = {
        name: told.platform.table("gold", table, JANUARY).to_pandas().drop(columns="month")
        for name, table in tables.items()
    }
    domain = load_domain(told.platform.folder / "retail")
    charts = dict(charts_of_month(domain.segmentations, JANUARY, frames, language_of(domain.language)))
    assert len(charts) == 13
    for name, chart in charts.items():
        shown = {key: value for key, value in chart.items() if key not in ("config", "$schema")}
        texts = set(_said(shown))
        assert len(texts) > 5, name
        assert {text: found for text in texts if (found := told.foreign(text))} == {}, name
        days = chart["config"]["locale"]["time"]["days"]
        assert days == list(language_of(told.code).words("notation.days"))


def test_the_same_words_are_found_where_they_are_foreign(told: Told) -> None:
    """Texts of the other language are told from one's own."""
    other = language_of("pt-BR" if told.code == "en" else "en")
    for key in ("segmentation.month.nobody", "profiling.quality.to_do", "segmentation.pictures.profile_note"):
        assert told.foreign(other.say(key))
        assert not told.foreign(language_of(told.code).say(key))


def _of_csv(file: Path) -> Iterator[str]:
    """All cells below the header, which has the names of columns."""
    text = file.read_text(encoding="utf-8-sig")
    _, *rows = csv.reader(text.splitlines(), delimiter=";" if ";" in text.split("\n")[0] else ",")
    for row in rows:
        yield from filter(None, row)


def _of_workbook(file: Path) -> Iterator[str]:
    """All cells but technical names and definitions of columns, which tables declare in English for everybody."""
    book = openpyxl.load_workbook(file)
    for place, sheet in enumerate(book.worksheets):
        yield sheet.title
        for row in sheet.iter_rows(values_only=True):
            cells = (row[0], row[2]) if place == 1 else row
            yield from (cell for cell in cells if isinstance(cell, str))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts, self.inside = list[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.texts += [value for name, value in attrs if name in ("alt", "aria-label", "title") and value]

    def handle_data(self, data: str) -> None:
        if self.inside != "style" and data.strip():
            self.texts.append(data.strip())


def _of_page(file: Path) -> Iterator[str]:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    yield from page.texts


def _said(part: Any) -> Iterator[str]:
    """Every text of a chart that is shown: words of titles, axes and legends, and those in the rows of its data."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from _said(each)
    elif isinstance(part, dict):
        for key, each in part.items():
            if isinstance(each, dict | list) or key in SHOWN:
                yield from _said(each)


SHOWN = {"text", "title", "subtitle", "description", "name", "said", "labelExpr", "persona", "feature", "segment"}


def test_what_is_looked_at_of_a_chart_is_all_that_is_shown() -> None:
    chart = {"title": {"text": ["a"]}, "layer": [{"data": {"values": [{"text": "b", "shade": "#fff"}]}, "mark": "bar"}]}
    assert sorted(_said(json.loads(json.dumps(chart)))) == ["a", "b"]
