"""What headers and pictures call a feature."""

import pytest

from arcana_assets.presentation.labels import label_of, segmentation_of, unit_of
from arcana_assets.presentation.language import language_of


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("frequency", "Frequência (pedidos)"),
        ("mean_frequency", "Média: Frequência (pedidos)"),
        ("lift_share_livros", "Lift: Parcela de compras: livros"),
        ("persona_value", "Segmento por valor"),
        ("persona_of_mine", "Persona: of mine"),
        ("has_tickets", "Tem: Suporte"),
        ("mean_subscriptions_absent", "Média: Ausência: Receita recorrente"),
        ("recency_days_absent", "Ausência: Recência (dias)"),
        ("share_absent", "Ausência: Parcela de compras"),
        ("segment", "Segmento de mercado"),
        ("mean_region_is_sul", "Média: Região: sul"),
        ("share_", "share_"),
        ("unheard_of", "unheard_of"),
    ],
)
def test_a_column_is_labelled_by_itself_by_its_pattern_or_by_its_name(name, label):
    assert label_of(name) == label


def test_a_table_may_call_a_column_otherwise_than_the_rest():
    said = [label_of("state", tables=(table,)) for table in ("customer_360", "loyalty_members", "no_such_table")]
    assert said == ["UF", "Situação", "Situação"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("frequency", "Frequency (orders)"),
        ("median_frequency", "Median: Frequency (orders)"),
        ("has_tickets", "Has: Support"),
        ("mean_subscriptions_absent", "Mean: Absent: Recurring revenue"),
        ("region_is_sul", "Region: sul"),
        ("owns_agro_plus", "Owns: agro plus"),
    ],
)
def test_another_language_says_the_same_in_its_words(name, label):
    assert label_of(name, language_of("en")) == label


def test_units_and_segmentations_are_said_in_the_language():
    english, portuguese = language_of("en"), language_of()
    assert unit_of("currency of the domain per order", portuguese, "BRL") == "BRL por pedido"
    assert (unit_of("hours a ticket", english, "BRL"), unit_of("", english, "BRL")) == ("hours a ticket", "")
    assert (segmentation_of("comportamento", english), segmentation_of("of_mine", english)) == ("Behaviour", "Of mine")
