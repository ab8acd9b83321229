"""What headers and pictures call a feature."""

import pytest

from arcana_assets.presentation.labels import label_of


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
