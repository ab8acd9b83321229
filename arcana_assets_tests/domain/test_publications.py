"""Labels, units and kinds of published columns."""

import re

import pytest

from arcana_assets.domain.gold_columns import describe_column
from arcana_assets.domain.publications import HEADLINES, PUBLICATIONS, headlines, label_of, published_columns

BASE, BY_SEGMENT, RECOMMENDED, PRODUCTS, SUMMARY = PUBLICATIONS


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("frequency", "Frequência (pedidos)"),
        ("mean_frequency", "Média: Frequência (pedidos)"),
        ("lift_share_livros", "Lift: Parcela de compras: livros"),
        ("persona_value", "Persona: value"),
        ("has_tickets", "Tem: Suporte"),
        ("mean_subscriptions_absent", "Média: Ausência: Receita recorrente"),
        ("recency_days_absent", "Ausência: Recência (dias)"),
        ("share_absent", "Ausência: Parcela de compras"),
        ("mean_region_is_sul", "Média: Região: sul"),
        ("share_", "share_"),
        ("unheard_of", "unheard_of"),
    ],
)
def test_a_column_is_labelled_by_itself_by_its_pattern_or_by_its_name(name, label):
    assert label_of(name) == label


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
        (SUMMARY, "mean_monetary", "double", "money"),
        (SUMMARY, "median_return_share", "double", "share"),
        (SUMMARY, "mean_usage_absent", "double", "share"),
        (SUMMARY, "mean_region_is_sul", "double", "share"),
        (SUMMARY, "lift_return_share", "double", "decimal"),
        (SUMMARY, "mean_frequency", "double", "decimal"),
        (SUMMARY, "share", "double", "share"),
        (PRODUCTS, "share", "double", "share"),
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


def test_headlines_are_the_axes_then_what_the_domain_has_each_once():
    known = ["tenure_months", "monetary", "mrr_12m", "other"]
    assert headlines(["mrr_12m", "not_there"], known) == ["mrr_12m", "monetary", "tenure_months"]
    assert all(describe_column("customer_360", name) for name in HEADLINES)


def test_titles_of_sheets_are_ones_that_a_workbook_can_have():
    for publication in PUBLICATIONS:
        assert re.fullmatch(r"[^\[\]:*?/\\]{1,31}", publication.sheet)
    assert len({publication.name for publication in PUBLICATIONS}) == 5
