"""Names by order on the axis, where neither rules nor shares give them."""

from arcana_assets.segmentation.personas.persona import Persona
from arcana_assets_tests.segmentation.personas.placed import BY_ORDER, at, named, texts


def test_without_rules_and_shares_segments_are_named_by_order_on_the_axis():
    personas, _ = named([at(3, 0.9), at(1, 0.5), at(2, 0.1)], BY_ORDER)
    assert texts(personas) == {3: "01-Alta Receita", 1: "02-Média Receita", 2: "03-Baixa Receita"}
    many, _ = named([at(each, each / 20) for each in range(1, 13)], BY_ORDER)
    assert (texts(many)[12], texts(many)[1]) == ("01-Receita Nível 1 de 12", "12-Receita Nível 12 de 12")
    assert len(set(texts(many).values())) == 12


def test_one_segment_is_the_whole_base():
    assert named([at(1)], BY_ORDER)[0] == [Persona(1, "01-Base Única", None, None, 1, True)]
    assert texts(named([at(1)])[0]) == {1: "01-Frequentes de Medio Valor"}


def test_the_order_is_kept_until_the_percentiles_are_further_apart_than_slack():
    before, _ = named([at(1, 0.7), at(2, 0.5)], BY_ORDER)
    near, renamed = named([at(1, 0.5), at(2, 0.54)], BY_ORDER, before)
    assert (texts(near), renamed) == ({1: "01-Alta Receita", 2: "02-Baixa Receita"}, [])
    assert [each.confident for each in near] == [False, False]
    far, renamed = named([at(1, 0.5), at(2, 0.6)], BY_ORDER, before)
    assert texts(far) == {2: "01-Alta Receita", 1: "02-Baixa Receita"}
    assert renamed[0].why == "Passou do 1º para o 2º lugar em Valor líquido: média 500, percentil médio 50 %."


def test_another_number_of_segments_is_another_scale():
    before, _ = named([at(1, 0.7), at(2, 0.3)], BY_ORDER)
    personas, renamed = named([at(1, 0.7), at(2, 0.3), at(3, 0.1)], BY_ORDER, before)
    assert texts(personas) == {1: "01-Alta Receita", 2: "02-Média Receita", 3: "03-Baixa Receita"}
    assert [each.why for each in renamed] == ["Os segmentos passaram de 2 para 3, e com isso a escala dos nomes mudou."]
