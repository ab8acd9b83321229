"""Names and numbers are all different, stay with their segment, and lead to what to do."""

import math

import numpy as np
import pandas as pd
import pytest

from arcana_assets.segmentation.personas.naming import actions_of, name_segments
from arcana_assets.segmentation.personas.persona import Persona, UnusableSegments
from arcana_assets.segmentation.personas.positions import positions
from arcana_assets_tests.segmentation.personas.placed import BY_LEVEL, FOUR, RFV, SHARES, at, named, shares, texts


def test_names_do_not_depend_on_the_order_of_the_positions():
    assert named(FOUR[::-1]) == named(FOUR)


def test_two_segments_of_a_rule_without_levels_are_told_apart_the_higher_one_first():
    personas, _ = named([at(1, 0.85, lift=2.5), at(2, 0.95, lift=9.0)])
    assert texts(personas) == {2: "01-VIPs/Alta Receita", 1: "02-VIPs/Alta Receita 2"}


def test_customers_in_no_group_are_sem_grupo_without_a_number():
    personas, renamed = named([at(0, math.nan, math.nan, math.nan), *FOUR], kept=[Persona(0, "x", None, None, 9, True)])
    assert personas[0] == Persona(0, "Sem Grupo", None, None, None, True)
    assert texts(personas)[4] == "04-Risco churn"
    assert renamed == []


def test_a_new_segment_takes_the_number_of_its_place_or_the_next_free_one():
    before, _ = named(FOUR)
    personas, renamed = named([*FOUR, at(7, 0.3, 0.95)], kept=before)
    assert texts(personas) == {**texts(before), 7: "05-Risco churn 2"}
    without, _ = named([FOUR[0], FOUR[2], FOUR[3], at(8, 0.5)], kept=before)
    assert texts(without)[8] == "02-Frequentes de Medio Valor"
    assert renamed == []


def test_names_that_came_twice_from_the_month_before_are_told_apart():
    twice = [Persona(each, "04-Risco churn", "Risco churn", None, 4, True) for each in (1, 2)]
    personas, renamed = named([at(1, 0.3, 0.8), at(2, 0.3, 0.9)], kept=twice)
    assert texts(personas) == {1: "04-Risco churn", 2: "02-Risco churn 2"}
    assert renamed[0].why == "Outro segmento já tem esse nome ou esse número."


def test_turning_numbers_off_renames_all_and_keeps_the_words():
    before, _ = named(FOUR)
    personas, renamed = named(FOUR, RFV.model_copy(update={"numbered": False}), before)
    assert texts(personas)[1] == "VIPs/Alta Receita"
    assert {each.why for each in renamed} == {"A configuração dos nomes mudou."}
    assert len(renamed) == 4


@pytest.mark.parametrize("seed", range(30))
def test_names_and_numbers_stay_unique_over_months_of_any_movement(seed):
    draw = np.random.default_rng(seed)
    kept, ids, newest = [], [1, 2, 3, 4], 5
    for _ in range(8):
        if draw.random() < 0.4:
            ids = [*ids[1:], newest, *([newest + 1] if draw.random() < 0.5 else [])]
            newest += 2
        rows = [at(each, draw.random(), draw.random(), 4 * draw.random()) for each in ids]
        kept, _ = named(rows, kept=kept)
        assert len({each.persona for each in kept}) == len({each.number for each in kept}) == len(ids)
        assert len({each.name for each in kept}) == len(ids)
        by_level = sorted((each for each in kept if each.level), key=lambda each: RFV.levels.index(each.level))
        at_level = {row["segment_id"]: row["percentile_monetary"] for row in rows}
        for place, lower in enumerate(by_level):
            for upper in by_level[place + 1 :]:
                if lower.level != upper.level:
                    assert at_level[lower.segment_id] <= at_level[upper.segment_id] + RFV.slack + 1e-9
        # The same month again renames nobody.
        assert named(rows, kept=kept) == (kept, [])


def test_identical_customers_and_a_segment_of_one_have_names():
    frame = pd.DataFrame({"monetary": [5.0] * 4, "recency_days": [9.0] * 4})
    table = positions(frame, pd.Series([1, 1, 1, 2]), ["monetary", "recency_days"])
    personas, _ = name_segments(table, RFV, "monetary", "Receita")
    assert texts(personas) == {1: "01-Frequentes de Baixo Valor", 2: "02-Frequentes de Medio Valor"}


def test_naming_refuses_positions_without_the_columns_it_needs_and_segments_that_stand_twice():
    with pytest.raises(UnusableSegments, match="no column 'percentile_recency_days'"):
        named([{key: value for key, value in at(1).items() if key != "percentile_recency_days"}])
    with pytest.raises(UnusableSegments, match="segment 1 stands twice"):
        named([at(1), at(1)])


def test_actions_are_those_of_the_rule_else_of_the_name():
    personas, _ = named([*FOUR, at(5, 0.85, lift=3.0)])
    by_id = {each.segment_id: actions_of(each, RFV) for each in personas}
    assert by_id[3] == ["Programa de pontos"]
    assert by_id[1] == by_id[5] == ["Gerente dedicado"]  # `VIPs/Alta Receita 2` is the same kind of customer
    assert by_id[4] == []
    assert actions_of(named([at(1)], BY_LEVEL)[0][0], RFV) == ["Observar"]
    assert actions_of(named([shares(1, tech=0.6)], SHARES)[0][0], SHARES) == ["Lançamentos"]
