"""Labels, units and kinds of published columns."""

import re

import pytest

from arcana_assets.catalogue.tables import column_of, gold_tables, table_named
from arcana_assets.definitions import DEFS
from arcana_assets.domain.entities.feedback import OUTCOMES
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.words import languages
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import language_of
from arcana_assets.publication import publications
from arcana_assets.publication.columns import HEADLINES, headlines, published_columns
from arcana_assets.publication.publications import BASE_ANALITICA as BASE
from arcana_assets.publication.publications import CLIENTES_POR_SEGMENTO as BY_SEGMENT
from arcana_assets.publication.publications import LISTA_DE_FIDELIDADE as LOYAL
from arcana_assets.publication.publications import PRODUTOS_POR_SEGMENTO as PRODUCTS
from arcana_assets.publication.publications import RECOMENDACOES_POR_CLIENTE as RECOMMENDED
from arcana_assets.publication.publications import RECOMENDACOES_POR_SEGMENTO as OPEN
from arcana_assets.publication.publications import RESUMO_DOS_SEGMENTOS as SUMMARY
from arcana_assets.publication.publications import Publication

PUBLICATIONS = [each for each in vars(publications).values() if isinstance(each, Publication)]


@pytest.mark.parametrize(
    ("publication", "name", "type_", "kind"),
    [
        (BASE, "month", "date", "month"),
        (BASE, "since", "date", "date"),
        (BASE, "monetary", "decimal", "money"),
        (BASE, "average_ticket", "double", "money"),
        (BASE, "share_livros", "double", "share"),
        (BASE, "return_share", "double", "share"),
        (BASE, "mrr_growth_3m", "double", "share"),
        (BASE, "unheard_of", "decimal", "decimal"),
        (BASE, "share_count", "integer", "integer"),
        (LOYAL, "expected_up_to", "double", "money"),
        (LOYAL, "member_since", "date", "date"),
        (SUMMARY, "mean_monetary", "double", "money"),
        (SUMMARY, "median_return_share", "double", "share"),
        (SUMMARY, "mean_usage_absent", "double", "share"),
        (SUMMARY, "mean_region_is_sul", "double", "share"),
        (SUMMARY, "lift_return_share", "double", "decimal"),
        (SUMMARY, "mean_frequency", "double", "decimal"),
        (SUMMARY, "share", "double", "share"),
        (PRODUCTS, "share", "double", "share"),
        (RECOMMENDED, "probability", "double", "share"),
        (RECOMMENDED, "expected_value", "double", "money"),
        (RECOMMENDED, "offered_at", "date", "date"),
        (OPEN, "penetration", "double", "share"),
        (OPEN, "potential", "double", "money"),
        (BY_SEGMENT, "distance", "double", "decimal"),
    ],
)
def test_a_column_is_of_the_kind_that_its_type_and_meaning_say(publication, name, type_, kind):
    [column] = published_columns(publication, {name: type_}, "BRL")
    assert column.kind == kind


def test_a_word_can_mean_something_else_in_one_publication():
    [of_offer] = published_columns(RECOMMENDED, {"segment": "text"}, "BRL")
    [of_market] = published_columns(BASE, {"segment": "text"}, "BRL")
    assert (of_offer.label, of_market.label) == ("Segmento", "Segmento de mercado")


def test_the_words_to_fill_in_are_those_that_the_contracts_read():
    (answer,) = published_columns(RECOMMENDED, {"outcome": "text"}, "BRL")
    words = language_of().words("workbook.outcomes")
    assert answer.choices == words
    for domain in ("retail", "b2b"):
        contract = load_domain(DEFS / domain).sources["recommendation_feedback"]
        (lookup,) = contract.lookups
        assert tuple(lookup.values[word] for word in words) == OUTCOMES
        types = {"customer_id": "text", "month": "date", "offered_at": "date", "outcome": "text", "item_id": "text"}
        labels = {column.label for column in published_columns(RECOMMENDED, types, "BRL")}
        assert {column.from_ for column in contract.columns} == labels - {"Mês"}
        assert contract.format.sheet == language_of().say(f"files.of.{RECOMMENDED.name}.sheet")


@pytest.mark.parametrize("code", languages())
def test_every_column_of_customers_and_of_a_file_of_its_own_is_called_by_a_word_of_the_language(code):
    customers = {each.name: ("customer_360",) for each in table_named("customer_360").columns.values()}
    own = {name: (each.name, *each.tables) for each in PUBLICATIONS for name in each.own}
    left = {
        name
        for name, of in (customers | own).items()
        if "<" not in name and label_of(name, language_of(code), of) == name
    }
    assert left == set()


def test_in_an_english_domain_a_file_speaks_english():
    types = {
        "customer_id": "text",
        "segment": "text",
        "average_ticket": "double",
        "tenure_months": "integer",
        "share_a": "double",
    }
    columns = published_columns(BASE, types, "GBP", language_of("en"))
    assert [(each.label, each.unit) for each in columns] == [
        ("Customer", ""),
        ("Market segment", ""),
        ("Average order", "GBP per order"),
        ("Tenure (months)", "months"),
        ("Share of spend: a", ""),
    ]


@pytest.mark.parametrize("code", languages())
def test_every_unit_that_a_table_declares_is_a_unit_of_the_language(code):
    declared = {column.unit for table in gold_tables().values() for column in table.columns.values()} - {""}
    declared |= {column.unit for each in PUBLICATIONS for column in each.own.values()} - {""}
    assert sorted(unit for unit in declared if not language_of(code).knows(f"units.{unit}")) == []


def test_headlines_are_the_axes_then_what_the_domain_has_each_once():
    known = ["tenure_months", "monetary", "mrr_12m", "other"]
    assert headlines(["mrr_12m", "not_there"], known) == ["mrr_12m", "monetary", "tenure_months"]
    assert all(column_of("customer_360", name) for name in HEADLINES)


def test_titles_of_sheets_are_ones_that_a_workbook_can_have():
    for publication in PUBLICATIONS:
        for code in languages():
            assert re.fullmatch(r"[^\[\]:*?/\\]{1,31}", language_of(code).say(f"files.of.{publication.name}.sheet"))
    assert len({publication.name for publication in PUBLICATIONS}) == len(PUBLICATIONS) == 10
