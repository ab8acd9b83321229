"""Names by level on the axis, where neither rules nor shares give them."""

import pytest

from arcana_assets.domain.settings.personas import LEVELS_ON_AXIS, Personas
from arcana_assets.segmentation.personas.persona import Persona
from arcana_assets_tests.segmentation.personas.placed import BY_LEVEL, at, named, texts


def test_without_rules_and_shares_segments_are_called_by_their_level_on_the_axis():
    personas, renamed = named([at(3, 0.8), at(1, 0.5), at(2, 0.2)], BY_LEVEL)
    assert texts(personas) == {2: "01-Baixa Receita", 1: "02-Média Receita", 3: "03-Alta Receita"}
    assert all(each.confident for each in personas)
    assert renamed == []


@pytest.mark.parametrize("count", range(1, 13))
def test_names_are_of_as_many_levels_as_there_are_and_all_different(count):
    personas, _ = named([at(each, each / (count + 1)) for each in range(1, count + 1)], BY_LEVEL)
    assert len({each.name for each in personas}) == count
    assert len({each.level for each in personas}) == min(count, len(LEVELS_ON_AXIS))
    levels = [LEVELS_ON_AXIS.index(each.level) for each in personas]  # of segments from the lowest to the highest
    assert levels == sorted(levels)


def test_one_segment_lies_in_the_middle_of_the_base():
    (only,) = named([at(1)], BY_LEVEL)[0]
    assert only == Persona(1, "01-Média Receita", "{level} Receita", "Média", 1, True)


def test_a_level_is_kept_within_slack_of_its_band_and_left_for_good_beyond():
    before, _ = named([at(1, 0.8), at(2, 0.2)], BY_LEVEL)
    near, renamed = named([at(1, 0.89), at(2, 0.1)], BY_LEVEL, before)
    assert (texts(near), renamed) == ({1: "02-Alta Receita", 2: "01-Baixa Receita"}, [])
    assert [each.confident for each in near] == [False, False]
    far, renamed = named([at(1, 0.8), at(2, 0.36)], BY_LEVEL, before)
    assert texts(far) == {1: "02-Alta Receita", 2: "01-Média Baixa Receita"}
    assert renamed[0].why == "Valor líquido: percentil médio 36 %, fora da faixa de Baixa (14 % a 29 %)."


def test_another_number_of_segments_renames_nobody_who_stays():
    before, _ = named([at(1, 0.8), at(2, 0.2)], BY_LEVEL)
    personas, renamed = named([at(1, 0.8), at(2, 0.2), at(3, 0.5)], BY_LEVEL, before)
    assert texts(personas) == {1: "02-Alta Receita", 2: "01-Baixa Receita", 3: "03-Média Receita"}
    assert renamed == []


def test_levels_of_the_settings_are_those_of_the_names():
    said = Personas(levels=["Pouca", "Muita"])
    assert texts(named([at(1, 0.9), at(2, 0.1)], said)[0]) == {2: "01-Pouca Receita", 1: "02-Muita Receita"}


def test_a_name_that_was_given_by_order_is_changed_where_the_level_is_another():
    kept = [Persona(1, "01-Alta Receita", None, None, 1, True), Persona(2, "02-Baixa Receita", None, None, 2, True)]
    personas, renamed = named([at(1, 0.6), at(2, 0.2)], BY_LEVEL, kept)
    assert texts(personas) == {2: "01-Baixa Receita", 1: "02-Média Alta Receita"}
    assert {each.why for each in renamed} == {"A configuração dos nomes mudou."}
