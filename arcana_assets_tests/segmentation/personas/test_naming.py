"""A segment has the name of where it lies and the number of the settings, whatever the others have; and what to do."""

import math

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.personas import Personas, names_given
from arcana_assets.segmentation.personas.naming import actions_of, name_segments
from arcana_assets.segmentation.personas.persona import Persona, UnusableSegments
from arcana_assets.segmentation.personas.positions import positions
from arcana_assets_tests.segmentation.personas.placed import BY_LEVEL, FOUR, RFV, SHARES, at, named, shares, texts


def test_names_do_not_depend_on_the_order_of_the_positions():
    assert named(FOUR[::-1]) == named(FOUR)


@pytest.mark.parametrize("row", FOUR)
def test_a_name_has_the_same_number_whichever_segments_a_month_has(row):
    (alone,) = named([row])[0]
    assert texts([alone])[row["segment_id"]] == texts(named(FOUR)[0])[row["segment_id"]]


def test_segments_that_lie_alike_have_one_name():
    personas, _ = named([*FOUR, at(7, 0.95, lift=9.0), at(8, 0.3, 0.95), at(9, 0.3, 0.7)])
    assert texts(personas)[1] == texts(personas)[7] == "04-VIPs/Alta Receita"
    assert texts(personas)[4] == texts(personas)[8] == texts(personas)[9] == "05-Risco churn"


def test_customers_in_no_group_are_sem_grupo_without_a_number():
    personas, renamed = named([at(0, math.nan, math.nan, math.nan), *FOUR], kept=[Persona(0, "x", None, None, 9, True)])
    assert personas[0] == Persona(0, "Sem Grupo", None, None, None, True)
    assert texts(personas)[4] == "05-Risco churn"
    assert renamed == []


def test_a_new_segment_renames_nobody():
    before, _ = named(FOUR)
    personas, renamed = named([*FOUR, at(7, 0.9)], kept=before)
    assert texts(personas) == {**texts(before), 7: "03-Frequentes de Alto Valor"}
    assert renamed == []


def test_turning_numbers_off_renames_all_and_keeps_the_words():
    before, _ = named(FOUR)
    personas, renamed = named(FOUR, RFV.model_copy(update={"numbered": False}), before)
    assert texts(personas)[1] == "VIPs/Alta Receita"
    assert {each.why for each in renamed} == {"A configuração dos nomes mudou."}
    assert len(renamed) == 4


@pytest.mark.parametrize("settings", [RFV, SHARES, BY_LEVEL])
@pytest.mark.parametrize("seed", range(10))
def test_over_months_of_any_movement_names_are_of_those_given_and_none_ends_in_a_number(seed, settings):
    draw = np.random.default_rng(seed)
    kept = []
    given = names_given(settings.on_axis("Receita"))
    for month in range(8):
        ids = range(1 + month // 3, 6 + month // 2)
        if settings is SHARES:
            rows = [shares(each, tech=draw.random(), livros=draw.random(), alimentos=draw.random()) for each in ids]
        else:
            rows = [at(each, draw.random(), draw.random(), 4 * draw.random()) for each in ids]
        kept, _ = named(rows, settings, kept)
        assert not [each.persona for each in kept if each.persona[-1].isdigit()]
        if settings is not SHARES:
            assert all(each.persona == f"{given.index(each.name) + 1:02d}-{each.name}" for each in kept)
        # The same month again renames nobody, and is the same.
        again, renamed = named(rows, settings, kept)
        assert (texts(again), renamed) == (texts(kept), [])


def test_identical_customers_and_a_segment_of_one_have_names():
    frame = pd.DataFrame({"monetary": [5.0] * 4, "recency_days": [9.0] * 4})
    table = positions(frame, pd.Series([1, 1, 1, 2]), ["monetary", "recency_days"])
    personas, _ = name_segments(table, RFV, "monetary", "Receita")
    assert texts(personas) == dict.fromkeys([1, 2], "02-Frequentes de Medio Valor")


def test_naming_refuses_positions_without_the_columns_it_needs_and_segments_that_stand_twice():
    with pytest.raises(UnusableSegments, match="no column 'percentile_recency_days'"):
        named([{key: value for key, value in at(1).items() if key != "percentile_recency_days"}])
    with pytest.raises(UnusableSegments, match="segment 1 stands twice"):
        named([at(1), at(1)])


def test_actions_are_those_of_the_rule_else_of_the_name():
    personas, _ = named([*FOUR, at(5, 0.85, lift=3.0)])
    by_id = {each.segment_id: actions_of(each, RFV) for each in personas}
    assert by_id[3] == ["Programa de pontos"]
    assert by_id[1] == by_id[5] == ["Gerente dedicado"]
    assert by_id[4] == []
    assert actions_of(named([at(1)], BY_LEVEL)[0][0], RFV) == ["Observar"]
    assert actions_of(named([shares(1, tech=0.6)], SHARES)[0][0], SHARES) == ["Lançamentos"]
    whole = Personas.model_validate({"actions": {"04-Média Receita": ["Pelo número"]}})
    assert actions_of(named([at(1)], BY_LEVEL)[0][0], whole) == ["Pelo número"]
