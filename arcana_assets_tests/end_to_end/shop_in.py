"""The made-up shop as a domain whose owner writes Portuguese, or English: names, goods, countries and titles.

Belongs here: contracts, settings and files of such a domain. Does not belong here: the shop (`samples.retail`), what is
told of it (the tests).
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from arcana_assets.definitions import DEFS
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.samples.retail.catalogue import CATEGORIES, NON_PRODUCTS
from arcana_assets.samples.retail.customers import COUNTRIES
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets_tests.worlds.platform import Platform

NAME = "retail"
# Levels, names by shares and the family of the rest are not said: they are those of the language.
SETTINGS = """
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: retail
  title: {title}
  description: {description}
  timezone: Europe/London
  currency: GBP
  language: {code}
  start: 2010-12
  lookback_months: 3
  segmentations:
    - {{name: {value}, features: [recency_days, frequency, monetary], axis: monetary, fitted_on: frequency, k: [3, 4],
       gate: {{refits: 2}}}}
    - {{name: {categories}, features: [share_*], fitted_on: frequency, k: [3, 4], gate: {{refits: 2}},
       personas: {{shares: {{}}}}}}
  combinations:
    - {{name: {both}, of: [{value}, {categories}]}}
  recommendations: {{segmentation: {value}, top: 5, minimum_owners: 5, held_out: 0.05}}
  programmes:
    - {{name: {club}, title: {club_title}, segmentation: {value},
       measures: {{monetary: high, frequency: high, recency_days: low}}}}
  predictions:
    - {{name: {again}, title: {again_title}, target: active, horizon_months: [1], features: [{features}]}}
    - {{name: {when}, title: {when_title}, target: active, horizon_days: [14], features: [{features}]}}
    - {{name: {spend}, title: {spend_title}, target: spend, horizon_months: [1, 3], features: [{features}]}}
"""
FEATURES = "recency_days, frequency, monetary, average_ticket, distinct_products"
WORDS = {
    "en": {
        "title": "The corner shop",
        "description": "A shop of many goods",
        "value": "value",
        "categories": "categories",
        "both": "value_and_categories",
        "club": "friends",
        "club_title": "Friends of the house",
        "again": "buys_again",
        "again_title": "Buys again",
        "when": "next_purchase",
        "when_title": "Next purchase",
        "spend": "spend",
        "spend_title": "Spend",
    },
    "pt-BR": {
        "title": "A loja da esquina",
        "description": "Uma loja de muitas coisas",
        "value": "valor",
        "categories": "categorias",
        "both": "valor_e_categorias",
        "club": "amigos",
        "club_title": "Amigos da casa",
        "again": "volta_a_comprar",
        "again_title": "Volta a comprar",
        "when": "proxima_compra",
        "when_title": "Próxima compra",
        "spend": "gasto",
        "spend_title": "Gasto",
    },
}
GOODS = {
    "en": ("Electronics", "Fashion", "Books", "Food", "Toys"),
    "pt-BR": ("Eletrônicos", "Moda", "Livros", "Alimentos", "Brinquedos"),
}
PLACES = {
    "en": COUNTRIES,
    "pt-BR": ("Reino Unido", "Alemanha", "França", "Irlanda", "Espanha", "Holanda", "Bélgica", "Suíça"),
}
NO_GOODS = {"en": "Postage", "pt-BR": "Frete"}
# What the workbook of recommendations has beside the answers.
LISTED = ("month", "segment", "rank", "item_name", "reason", "probability", "ticket", "expected_value")


@dataclass(frozen=True)
class Words:
    """What the shop calls its goods and countries."""

    code: str
    names: dict[str, str]

    def product(self, row: list[str]) -> list[str]:
        """A row of the catalogue: code, name, category, price."""
        return [row[0], self.names[row[0].strip().upper()], GOODS[self.code][CATEGORIES.index(row[2])], *row[3:]]

    def customer(self, row: list[str]) -> list[str]:
        """A row of the master: code, country, since."""
        return [row[0], self.country(row[1]), *row[2:]]

    def sale(self, row: list[str]) -> list[str]:
        """A line of an order, with the code, the name and the country at their places."""
        name = self.names.get(row[1].strip().upper(), NO_GOODS[self.code])
        return [*row[:2], name, *row[3:-1], self.country(row[-1])]

    def country(self, name: str) -> str:
        """A country."""
        return PLACES[self.code][COUNTRIES.index(name)]


def shop_in(code: str, platform: Platform, *, customers: int, months: int) -> None:
    """Writes the domain and its files into a platform."""
    folder, said = platform.root / "defs" / NAME, WORDS[code]
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(SETTINGS.format(code=code, features=FEATURES, **said), encoding="utf-8")
    for contract in (DEFS / NAME / "sources").glob("[!r]*.yaml"):
        (folder / "sources" / contract.name).write_bytes(contract.read_bytes())
    answers = _answers(language_of(code))
    (folder / "sources" / "recommendation_feedback.yaml").write_text(answers, encoding="utf-8")
    platform.folder = folder.parent
    drop = write_retail_drop(platform.landing, customers=customers, months=months, seed=11)
    *sales, products, people = drop.files
    with products.open(encoding="utf-8", newline="") as file:
        _, *goods = csv.reader(file)
    numbered = {row[0].strip().upper(): (number, row) for number, row in enumerate(goods, start=1)}
    names = {
        code_of: f"{GOODS[code][CATEGORIES.index(row[2])]} {number}" for code_of, (number, row) in numbered.items()
    }
    words = Words(code, names)
    _written_again(products, "utf-8", words.product)
    _written_again(people, "utf-8", words.customer)
    for file_of_month in sales:
        _written_again(file_of_month, "latin-1", words.sale)
    assert not {*names} & {*NON_PRODUCTS}


def _written_again(path: Path, encoding: str, of: Callable[[list[str]], list[str]]) -> None:
    header, *rows = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([header, *map(of, rows)])
    path.write_bytes(out.getvalue().encode(encoding))


def _answers(language: Language) -> str:
    """The contract of the workbook of recommendations as sellers fill it in, in the words that it is published in."""
    tables = ("recomendacoes_por_cliente", "recommendations")
    label = {
        name: label_of(name, language, tables) for name in ("customer_id", "item_id", "offered_at", "outcome", *LISTED)
    }
    won, lost, refused, unfit = (word.lower() for word in language.words("workbook.outcomes"))
    return f"""
entity: recommendation_feedback
description: {language.say("files.of.recomendacoes_por_cliente.title")}
landing: {{pattern: "recommendation_feedback/*.xlsx", required: false}}
format: {{kind: xlsx, sheet: {language.say("files.of.recomendacoes_por_cliente.sheet")}, header_row: 1}}
columns:
  - {{from: {label["customer_id"]}, to: customer_id, clean: [trim]}}
  - {{from: {label["item_id"]}, to: item_id, clean: [trim]}}
  - {{from: {label["offered_at"]}, to: offered_at, clean: [trim], formats: ["%Y-%m-%d"]}}
  - {{from: {label["outcome"]}, to: answer, clean: [trim, lower]}}
ignored: [{", ".join(label[name] for name in LISTED)}]
filled_in: [offered_at, answer]
lookups:
  - {{to: outcome, from: answer, values: {{{won}: won, {lost}: lost, {refused}: refused, {unfit}: not_fit}}}}
key: [customer_id, item_id, offered_at, outcome]
deduplicate: {{by: offered_at}}
rules:
  - {{column: answer, isin: [{won}, {lost}, {refused}, {unfit}]}}
"""
