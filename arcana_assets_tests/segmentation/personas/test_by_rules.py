"""Names by rules: the first that fits, a level where one says so, kept until the segment has left it for good.

Levels on the axis, of settings without rules and shares, are one rule for all.
"""

import math

import pytest

from arcana_assets.domain.settings.personas import LEVELS_ON_AXIS, Personas
from arcana_assets.segmentation.personas.by_rules import levels_of
from arcana_assets.segmentation.personas.persona import Persona
from arcana_assets_tests.segmentation.personas.placed import BY_LEVEL, FOUR, at, named, texts


def test_the_four_names_of_recency_frequency_and_value():
    personas, renamed = named(FOUR)
    assert texts(personas) == {
        1: "03-VIPs/Alta Receita",
        2: "02-Frequentes de Medio Valor",
        3: "01-Frequentes de Baixo Valor",
        4: "04-Risco churn",
    }
    assert renamed == []
    assert all(each.confident for each in personas)
    assert personas[1] == Persona(2, "02-Frequentes de Medio Valor", "Frequentes de {level} Valor", "Medio", 2, True)


@pytest.mark.parametrize(
    ("values", "limits", "expected"),
    [
        ([0.1], [1 / 3, 2 / 3], [0]),
        ([0.9], [1 / 3, 2 / 3], [2]),
        ([0.45, 0.55], [1 / 3, 2 / 3], [0, 1]),  # as far from low and middle as from middle and high: the lower ones
        ([0.48, 0.6], [1 / 3, 2 / 3], [1, 2]),
        ([0.3, 0.75], [1 / 3, 2 / 3], [0, 2]),
        ([0.3, 0.75], [0.4, 0.85], [0, 1]),
        ([0.1, 0.2, 0.3], [1 / 3, 2 / 3], [0, 1, 2]),
        ([0.49, 0.5, 0.5, 0.51], [1 / 3, 2 / 3], [0, 1, 1, 2]),
        ([], [0.5], []),
    ],
)
def test_levels_are_those_of_the_bands_as_long_as_they_differ(values, limits, expected):
    assert levels_of(values, limits) == expected


def test_levels_fit_around_those_that_stand():
    assert levels_of([0.1, 0.4, 0.9], [1 / 3, 2 / 3], {0: 1}) == [1, 1, 2]
    assert levels_of([0.1, 0.2, 0.9], [1 / 3, 2 / 3], {2: 0}) == [0, 0, 0]


def test_a_level_that_was_given_for_want_of_a_nearer_one_is_not_confident():
    personas, _ = named([at(1, 0.45), at(2, 0.55)])
    assert [(each.level, each.confident) for each in personas] == [("Baixo", False), ("Medio", True)]


def test_of_more_segments_than_levels_a_level_is_numbered():
    personas, _ = named([at(1, 0.1), at(2, 0.5), at(3, 0.52), at(4, 0.75)])
    assert list(texts(personas).values()) == [
        "01-Frequentes de Baixo Valor",
        "02-Frequentes de Medio Valor",
        "03-Frequentes de Medio Valor 2",
        "04-Frequentes de Alto Valor",
    ]


def test_a_name_within_slack_of_a_limit_is_not_confident():
    inside, _ = named([at(1, 0.9, 0.3, lift=2.1), at(2, 0.2, 0.62), at(3, 0.5, 0.3)])
    assert texts(inside) == {
        1: "03-VIPs/Alta Receita",
        2: "01-Frequentes de Baixo Valor",
        3: "02-Frequentes de Medio Valor",
    }
    assert [each.confident for each in inside] == [False, False, True]


def test_a_condition_on_what_is_not_known_does_not_hold():
    # A base whose mean value is negative has no lift: nobody is a VIP by a lift.
    personas, _ = named([at(1, 0.95, lift=math.nan), at(2, math.nan, math.nan, math.nan)])
    assert texts(personas) == {1: "02-Frequentes de Alto Valor", 2: "01-Frequentes de Baixo Valor"}
    assert [each.confident for each in personas] == [True, False]


def test_a_kept_segment_keeps_its_name_and_number_within_slack_of_the_limits():
    before, _ = named(FOUR)
    # Lift of 2 less 10 %, recency of 0.65 less 0.05, and the two levels exchanged by 0.04.
    drifted = [at(1, 0.76, 0.3, 1.85), at(2, 0.4, 0.4), at(3, 0.44, 0.4), at(4, 0.3, 0.61)]
    personas, renamed = named(drifted, kept=before)
    assert texts(personas) == texts(before)
    assert renamed == []
    assert [each.confident for each in personas] == [False, True, False, False]


def test_a_segment_that_leaves_its_rule_is_renamed_and_the_numbers_say_why():
    before, _ = named(FOUR)
    personas, renamed = named([*FOUR[:3], at(4, 0.85, 0.5, 1.5)], kept=before)
    assert texts(personas)[4] == "04-Frequentes de Alto Valor"
    (change,) = renamed
    assert (change.before, change.after) == ("04-Risco churn", "04-Frequentes de Alto Valor")
    assert change.why == "Recência (dias): percentil médio 50 %; o nome pede ao menos 65 %."


def test_a_segment_of_the_rule_for_all_others_is_renamed_once_another_rule_fits_with_room():
    before, _ = named(FOUR)
    just, renamed = named([FOUR[0], FOUR[1], at(3, 0.25, 0.69), FOUR[3]], kept=before)
    assert texts(just) == texts(before)
    assert renamed == []
    well, renamed = named([FOUR[0], FOUR[1], at(3, 0.25, 0.75), FOUR[3]], kept=before)
    # Its place by nature would be the fourth, which is taken by who keeps it.
    assert texts(well)[3] == "05-Risco churn 2"
    assert (
        renamed[0].why == "Passou a caber em 'Risco churn': Recência (dias): percentil médio 75 % (pede ao menos 65 %)."
    )


def test_two_segments_that_exchange_their_levels_exchange_name_and_number():
    before, _ = named(FOUR)
    personas, renamed = named([FOUR[0], at(2, 0.25), at(3, 0.55), FOUR[3]], kept=before)
    assert texts(personas) == {**texts(before), 2: "01-Frequentes de Baixo Valor", 3: "02-Frequentes de Medio Valor"}
    assert renamed[0].why == "Valor líquido: percentil médio 25 %, agora abaixo do segmento de nível Baixo (55 %)."
    assert renamed[1].why == "Valor líquido: percentil médio 55 %, agora acima do segmento de nível Medio (25 %)."


def test_a_segment_alone_in_its_rule_is_renamed_when_it_leaves_the_band_of_its_level():
    before, _ = named([at(1, 0.2)])
    assert texts(named([at(1, 0.37)], kept=before)[0]) == {1: "01-Frequentes de Baixo Valor"}
    personas, renamed = named([at(1, 0.6)], kept=before)
    assert texts(personas) == {1: "01-Frequentes de Medio Valor"}
    assert renamed[0].why == "Valor líquido: percentil médio 60 %, fora da faixa de Baixo (0 % a 33 %)."


def test_new_segments_take_levels_that_fit_around_those_that_are_kept():
    kept = [Persona(9, "01-Frequentes de Baixo Valor", "Frequentes de {level} Valor", "Baixo", 1, True)]
    # By nature 0.1, 0.2 and 0.37 are Baixo, Medio, Alto; while the third is Baixo, none below it can be more.
    personas, renamed = named([at(1, 0.1), at(2, 0.2), at(9, 0.37)], kept=kept)
    assert [each.level for each in personas] == ["Baixo", "Baixo", "Baixo"]
    assert texts(personas)[9] == "01-Frequentes de Baixo Valor"
    assert texts(personas)[1] == "02-Frequentes de Baixo Valor 2"
    assert renamed == []


def test_a_level_is_kept_outside_its_band_where_the_next_one_is_taken():
    before, _ = named([at(1, 0.2), at(2, 0.6)])
    assert [each.level for each in before] == ["Baixo", "Medio"]
    personas, renamed = named([at(1, 0.42), at(2, 0.6)], kept=before)
    assert (texts(personas), renamed) == (texts(before), [])
    assert [each.confident for each in personas] == [False, True]


def test_a_rule_that_is_no_longer_there_renames_its_segments():
    personas, renamed = named([at(1, 0.5)], kept=[Persona(1, "01-Novatos", "Novatos", None, 1, True)])
    assert texts(personas) == {1: "01-Frequentes de Medio Valor"}
    assert renamed[0].why == "A regra 'Novatos' não existe mais."


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


def test_where_one_rule_names_all_no_level_is_given_twice_for_the_sake_of_one_that_is_kept():
    before, _ = named([at(1, 0.9), at(2, 0.3)], BY_LEVEL)
    assert texts(before) == {1: "02-Muito Alta Receita", 2: "01-Média Baixa Receita"}
    # Above the highest level there is none for the third: the first makes room.
    personas, renamed = named([at(1, 0.9), at(2, 0.3), at(3, 0.96)], BY_LEVEL, before)
    assert {each: text.split("-")[1] for each, text in texts(personas).items()} == {
        1: "Alta Receita",
        2: "Média Baixa Receita",
        3: "Muito Alta Receita",
    }
    assert [each.why for each in renamed] == ["O nível daria o mesmo nome a dois segmentos, e há níveis para todos."]
