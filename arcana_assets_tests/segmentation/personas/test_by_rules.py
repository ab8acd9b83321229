"""Names by rules: the first that fits, a level by band, kept until the segment has left it or another fits clearly.

Levels on the axis, of settings without rules and shares, are one rule for all.
"""

import math

import pytest

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.domain.words import DEFAULTS
from arcana_assets.segmentation.personas.persona import Persona
from arcana_assets_tests.segmentation.personas.placed import BY_LEVEL, FOUR, at, named, texts

MEDIUM = Persona(1, "02-Frequentes de Medio Valor", "Frequentes de {level} Valor", "Medio", 2, True)
BEFORE_OTHERS = Personas.model_validate(
    {
        "rules": [
            {"name": "Recentes", "when": {"recency_days": {"mean_at_most": 40}}},
            {"name": "VIPs", "when": {"monetary": {"lift_at_least": 2}}},
            {"name": "Outros"},
        ]
    }
)


def test_the_four_names_of_recency_frequency_and_value():
    personas, renamed = named(FOUR)
    assert texts(personas) == {
        1: "04-VIPs/Alta Receita",
        2: "02-Frequentes de Medio Valor",
        3: "01-Frequentes de Baixo Valor",
        4: "05-Risco churn",
    }
    assert renamed == []
    assert all(each.confident for each in personas)
    assert personas[1] == Persona(2, "02-Frequentes de Medio Valor", "Frequentes de {level} Valor", "Medio", 2, True)


@pytest.mark.parametrize(
    ("percentile", "level"),
    [(0, "Baixo"), (0.39, "Baixo"), (0.4, "Medio"), (0.84, "Medio"), (0.85, "Alto"), (1, "Alto")],
)
def test_a_level_is_that_of_the_band_in_which_the_percentile_lies_whatever_others_have(percentile, level):
    limits = Personas(level_limits=[0.4, 0.85])
    for others in ([], [at(2, percentile), at(3, 0.39)]):
        personas, _ = named([at(1, percentile), *others], limits)
        assert texts(personas)[1].split("-")[1] == f"{level} Receita"


def test_a_name_within_slack_of_a_limit_is_not_confident():
    inside, _ = named([at(1, 0.9, 0.3, lift=2.1), at(2, 0.2, 0.62), at(3, 0.5, 0.3), at(4, 0.36, 0.3)])
    assert texts(inside) == {
        1: "04-VIPs/Alta Receita",
        2: "01-Frequentes de Baixo Valor",
        3: "02-Frequentes de Medio Valor",
        4: "02-Frequentes de Medio Valor",
    }
    assert [each.confident for each in inside] == [False, False, True, False]


def test_a_condition_on_what_is_not_known_does_not_hold_and_a_level_of_it_is_the_lowest():
    # A base whose mean value is negative has no lift: nobody is a VIP by a lift.
    personas, _ = named([at(1, 0.95, lift=math.nan), at(2, math.nan, math.nan, math.nan)])
    assert texts(personas) == {1: "03-Frequentes de Alto Valor", 2: "01-Frequentes de Baixo Valor"}
    assert [each.confident for each in personas] == [True, False]


def test_a_kept_name_stays_within_slack_of_its_limits_and_of_the_band_of_its_level():
    before, _ = named(FOUR)
    # Lift of 2 less 10 %, percentile of 0.33 less 0.05 and more 0.05, recency of 0.65 less 0.05.
    drifted = [at(1, 0.76, 0.3, 1.85), at(2, 0.29, 0.4), at(3, 0.38, 0.4), at(4, 0.3, 0.61)]
    personas, renamed = named(drifted, kept=before)
    assert texts(personas) == texts(before)
    assert renamed == []
    assert not any(each.confident for each in personas)
    # Nothing but last month's names speaks for them.
    assert texts(named(drifted)[0]) != texts(before)


def test_a_name_is_kept_at_just_the_limit_less_its_slack():
    """As a floating-point number 0.2 - 0.05 is a bit more than 0.15."""
    rules = [{"name": "Ausentes", "when": {"recency_days": {"percentile_at_least": 0.2}}}, {"name": "Outros"}]
    settings, kept = Personas.model_validate({"rules": rules}), [Persona(1, "01-Ausentes", "Ausentes", None, 1, True)]
    assert texts(named([at(1, recency=0.15)], settings, kept)[0]) == {1: "01-Ausentes"}
    assert texts(named([at(1, recency=0.149)], settings, kept)[0]) == {1: "02-Outros"}


def test_without_slack_a_name_is_kept_no_further_than_its_limits():
    settings = Personas.model_validate({"slack": 0, "rules": BEFORE_OTHERS.model_dump()["rules"]})
    kept = [Persona(1, "02-VIPs", "VIPs", None, 2, True)]
    assert texts(named([at(1, lift=1.95)], settings, kept)[0]) == {1: "03-Outros"}
    assert texts(named([at(1, lift=1.95)], BEFORE_OTHERS, kept)[0]) == {1: "02-VIPs"}


def test_a_segment_that_leaves_its_rule_is_renamed_and_the_numbers_say_why():
    before, _ = named(FOUR)
    personas, renamed = named([*FOUR[:3], at(4, 0.85, 0.5, 1.5)], kept=before)
    assert texts(personas)[4] == "03-Frequentes de Alto Valor"
    (change,) = renamed
    assert (change.before, change.after) == ("05-Risco churn", "03-Frequentes de Alto Valor")
    assert change.why == "Recência (dias): percentil médio 50 %; o nome pede ao menos 65 %."


def test_a_segment_that_leaves_the_band_of_its_level_is_renamed():
    personas, renamed = named([at(1, 0.27)], kept=[MEDIUM])
    assert texts(personas) == {1: "01-Frequentes de Baixo Valor"}
    assert renamed[0].why == "Valor líquido: percentil médio 27 %; o nome pede ao menos 33 %."
    personas, renamed = named([at(1, 0.73)], kept=[MEDIUM])
    assert texts(personas) == {1: "03-Frequentes de Alto Valor"}
    assert renamed[0].why == "Valor líquido: percentil médio 73 %; o nome pede no máximo 67 %."


def test_a_vip_who_was_called_frequent_is_called_vip_once_that_is_clear():
    just, renamed = named([at(1, 0.66, lift=2.1)], kept=[MEDIUM])
    assert (texts(just), renamed) == ({1: MEDIUM.persona}, [])
    clear, renamed = named(
        [at(1, 0.86, lift=2.4)], kept=[Persona(1, "03-Frequentes de Alto Valor", None, None, 3, True)]
    )
    assert texts(clear) == {1: "04-VIPs/Alta Receita"}
    assert renamed[0].why == (
        "Passou a caber em 'VIPs/Alta Receita': Valor líquido: percentil médio 86 % (pede ao menos 80 %); "
        "Valor líquido: 2,40 vezes a média da base (pede ao menos 2 vezes)."
    )


def test_a_name_that_holds_goes_to_a_clear_one_before_it_and_not_to_one_behind():
    vip, recent = (Persona(1, "02-VIPs", "VIPs", None, 2, True), Persona(1, "01-Recentes", "Recentes", None, 1, True))
    both = [at(1, recency=0.3, lift=5)]
    assert texts(named(both, BEFORE_OTHERS, [vip])[0]) == {1: "01-Recentes"}
    assert texts(named(both, BEFORE_OTHERS, [recent])[0]) == {1: "01-Recentes"}
    # The first one fits, but just so: it takes no segment from who has a name, and is not passed over for a later one.
    just = [at(1, recency=0.39, lift=5)]
    assert texts(named(just, BEFORE_OTHERS, [vip])[0]) == {1: "02-VIPs"}
    assert texts(named(just, BEFORE_OTHERS, [recent])[0]) == {1: "01-Recentes"}


def test_a_segment_goes_to_the_name_that_is_clear_and_the_reason_tells_that_one():
    before = Persona(1, "03-Outros", "Outros", None, 3, True)
    personas, renamed = named([at(1, recency=0.39, lift=5)], BEFORE_OTHERS, [before])
    assert texts(personas) == {1: "02-VIPs"}
    assert renamed[0].why.startswith("Passou a caber em 'VIPs'")


def test_a_name_that_holds_by_its_slack_alone_goes_to_any_that_is_clear():
    recent = Persona(1, "01-Recentes", "Recentes", None, 1, True)
    stays = named([at(1, recency=0.43, lift=2.1)], BEFORE_OTHERS, [recent])[0]
    assert (texts(stays), stays[0].confident) == ({1: "01-Recentes"}, False)
    personas, renamed = named([at(1, recency=0.43, lift=5)], BEFORE_OTHERS, [recent])
    assert texts(personas) == {1: "02-VIPs"}
    assert renamed[0].why == "Passou a caber em 'VIPs': Valor líquido: 5 vezes a média da base (pede ao menos 2 vezes)."
    # The rule for all others is nobody's clear name.
    assert texts(named([at(1, recency=0.43)], BEFORE_OTHERS, [recent])[0]) == {1: "01-Recentes"}


def test_a_mean_is_held_against_its_limit_and_told_in_its_unit():
    recent = Persona(1, "01-Recentes", "Recentes", None, 1, True)
    personas, renamed = named([at(1, recency=0.45)], BEFORE_OTHERS, [recent])
    assert texts(personas) == {1: "03-Outros"}
    assert renamed[0].why == "Recência (dias): média 45; o nome pede no máximo 40."
    (change,) = named([at(1, recency=math.nan)], BEFORE_OTHERS, [recent])[1]
    assert change.why == "Recência (dias): sem dado; o nome pede no máximo 40."


def test_two_segments_that_exchange_their_levels_exchange_their_names():
    before, _ = named(FOUR)
    personas, renamed = named([FOUR[0], at(2, 0.25), at(3, 0.55), FOUR[3]], kept=before)
    assert texts(personas) == {**texts(before), 2: "01-Frequentes de Baixo Valor", 3: "02-Frequentes de Medio Valor"}
    assert len(renamed) == 2


def test_a_rule_that_is_no_longer_there_renames_its_segments():
    personas, renamed = named([at(1, 0.5)], kept=[Persona(1, "01-Novatos", "Novatos", None, 1, True)])
    assert texts(personas) == {1: "02-Frequentes de Medio Valor"}
    assert renamed[0].why == "A configuração não dá o nome 'Novatos'."


def test_without_rules_and_shares_segments_are_called_by_their_level_on_the_axis():
    personas, renamed = named([at(3, 0.8), at(1, 0.5), at(2, 0.2)], BY_LEVEL)
    assert texts(personas) == {2: "02-Baixa Receita", 1: "04-Média Receita", 3: "06-Alta Receita"}
    assert all(each.confident for each in personas)
    assert renamed == []
    assert personas[0] == Persona(1, "04-Média Receita", "{level} Receita", "Média", 4, True)


def test_segments_in_the_middles_of_as_many_bands_as_there_are_have_all_levels():
    levels = DEFAULTS["levels_on_axis"]
    count = len(levels)
    personas, _ = named([at(each, (each - 0.5) / count) for each in range(1, count + 1)], BY_LEVEL)
    assert [each.level for each in personas] == levels


def test_levels_of_the_settings_are_those_of_the_names():
    said = Personas(levels=["Pouca", "Muita"])
    assert texts(named([at(1, 0.9), at(2, 0.1)], said)[0]) == {2: "01-Pouca Receita", 1: "02-Muita Receita"}
