"""Names of segments: by rules, by shares or by order, all different, and kept next month unless the place changed."""

import math

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.segmentation.clustering.preprocessing import UnusableFeatures
from arcana_assets.segmentation.personas.by_rules import levels_of
from arcana_assets.segmentation.personas.naming import actions_of, name_segments
from arcana_assets.segmentation.personas.persona import Persona, UnusableSegments
from arcana_assets.segmentation.personas.positions import base_means, positions

RFV = Personas.model_validate(
    {
        "rules": [
            {"name": "Frequentes de {level} Valor", "level_of": "monetary", "actions": ["Programa de pontos"]},
            {"name": "VIPs/Alta Receita", "when": {"monetary": {"percentile_at_least": 0.8, "lift_at_least": 2}}},
            {"name": "Risco churn", "when": {"recency_days": {"percentile_at_least": 0.65}}},
        ],
        "actions": {"VIPs/Alta Receita": ["Gerente dedicado"], "Base Única": ["Observar"]},
    }
)
SHARES = Personas.model_validate(
    {
        "shares": {
            "labels": {"tech": "Tech", "livros": "Livros", "alimentos": "Food"},
            "actions": {"Tech_Lovers": ["Lançamentos"]},
        }
    }
)
BY_ORDER = Personas()


def at(segment_id, monetary=0.5, recency=0.5, lift=1.0):
    """A segment by its mean percentiles; its mean value is 1,000 times the percentile."""
    return {
        "segment_id": segment_id,
        "mean_monetary": 1000 * monetary,
        "percentile_monetary": monetary,
        "lift_monetary": lift,
        "mean_recency_days": 100 * recency,
        "percentile_recency_days": recency,
        "lift_recency_days": 1.0,
    }


def shares(segment_id, monetary=500.0, **parts):
    """A segment by its shares, each with its lift over a base where every category has a tenth."""
    row = {"segment_id": segment_id, "mean_monetary": monetary, "percentile_monetary": 0.5}
    for name in ("alimentos", "livros", "outros", "tech"):
        row |= {f"mean_share_{name}": parts.get(name, 0.05), f"lift_share_{name}": parts.get(name, 0.05) / 0.1}
    return row


def named(rows, settings=RFV, kept=()):
    return name_segments(pd.DataFrame(rows), settings, "monetary", "Receita", kept)


def texts(personas):
    return {each.segment_id: each.persona for each in personas}


FOUR = [at(1, 0.92, 0.3, 4.0), at(2, 0.55, 0.4), at(3, 0.25, 0.4), at(4, 0.3, 0.85)]


def test_positions_are_sizes_means_lifts_and_mid_rank_percentiles():
    frame = pd.DataFrame({"monetary": [10.0, 20.0, 20.0, 50.0]})
    table = positions(frame, pd.Series([1, 1, 2, 2]), ["monetary"])
    assert table.columns.to_list() == [
        *("segment_id", "customers", "share"),
        *("mean_monetary", "median_monetary", "lift_monetary", "percentile_monetary"),
    ]
    # Mid-ranks of four values: 10 at 1/8, both 20 at the middle, 50 at 7/8. The mean of the base is 25.
    assert table.iloc[0].to_list() == [1, 2, 0.5, 15, 15, 0.6, (0.125 + 0.5) / 2]
    assert table.iloc[1].to_list() == [2, 2, 0.5, 35, 35, 1.4, (0.5 + 0.875) / 2]
    assert base_means(frame, ["monetary"]) == {"monetary": 25}
    assert base_means(frame, []) == {}


def test_positions_are_the_same_in_any_order_of_rows():
    draw = np.random.default_rng(5)
    frame = pd.DataFrame({"monetary": draw.lognormal(5, 1, 300), "frequency": draw.poisson(3, 300)})
    segments = pd.Series(draw.integers(1, 4, 300))
    mixed = draw.permutation(300)
    names = ["monetary", "frequency"]
    pd.testing.assert_frame_equal(
        positions(frame, segments, names), positions(frame.iloc[mixed], segments.iloc[mixed], names), check_exact=True
    )


def test_what_is_missing_or_infinite_is_left_out_of_positions():
    frame = pd.DataFrame({"monetary": [1.0, math.inf, math.nan, 3.0], "recency_days": [math.nan] * 4})
    table = positions(frame, pd.Series([1, 1, 2, 1]), ["monetary", "recency_days"])
    assert table["mean_monetary"].to_list()[0] == 2
    assert table["percentile_monetary"].to_list()[0] == 0.5
    assert table.filter(like="recency_days").isna().all(axis=None)
    assert table.loc[1].drop(["segment_id", "customers", "share"]).isna().all()


@pytest.mark.parametrize("values", [[-4.0, 4.0], [-4.0, 1.0]])
def test_a_lift_over_a_base_mean_of_zero_or_less_is_missing(values):
    table = positions(pd.DataFrame({"monetary": values}), pd.Series([1, 2]), ["monetary"])
    assert table["lift_monetary"].isna().all()
    assert table["percentile_monetary"].to_list() == [0.25, 0.75]


def test_positions_refuse_other_rows_missing_segments_and_columns_that_are_not_there():
    frame = pd.DataFrame({"monetary": [1.0, 2.0]})
    with pytest.raises(UnusableSegments, match="not the same rows"):
        positions(frame, pd.Series([1, 1], index=[5, 6]), ["monetary"])
    with pytest.raises(UnusableSegments, match="1 customers have no segment"):
        positions(frame, pd.Series([1, None]), ["monetary"])
    with pytest.raises(UnusableFeatures, match="did you mean 'monetary'"):
        positions(frame, pd.Series([1, 1]), ["monetry"])
    assert positions(frame, pd.Series([1, 2]), []).columns.to_list() == ["segment_id", "customers", "share"]


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


def test_names_do_not_depend_on_the_order_of_the_positions():
    assert named(FOUR[::-1]) == named(FOUR)


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


def test_two_segments_of_a_rule_without_levels_are_told_apart_the_higher_one_first():
    personas, _ = named([at(1, 0.85, lift=2.5), at(2, 0.95, lift=9.0)])
    assert texts(personas) == {2: "01-VIPs/Alta Receita", 1: "02-VIPs/Alta Receita 2"}


def test_a_name_within_slack_of_a_limit_is_not_confident():
    inside, _ = named([at(1, 0.9, 0.3, lift=2.1), at(2, 0.2, 0.62), at(3, 0.5, 0.3)])
    assert texts(inside) == {
        1: "03-VIPs/Alta Receita",
        2: "01-Frequentes de Baixo Valor",
        3: "02-Frequentes de Medio Valor",
    }
    assert [each.confident for each in inside] == [False, False, True]


def test_customers_in_no_group_are_sem_grupo_without_a_number():
    personas, renamed = named([at(0, math.nan, math.nan, math.nan), *FOUR], kept=[Persona(0, "x", None, None, 9, True)])
    assert personas[0] == Persona(0, "Sem Grupo", None, None, None, True)
    assert texts(personas)[4] == "04-Risco churn"
    assert renamed == []


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


def test_a_rule_that_is_no_longer_there_renames_its_segments():
    personas, renamed = named([at(1, 0.5)], kept=[Persona(1, "01-Novatos", "Novatos", None, 1, True)])
    assert texts(personas) == {1: "01-Frequentes de Medio Valor"}
    assert renamed[0].why == "A regra 'Novatos' não existe mais."


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


def test_the_four_names_by_shares():
    rows = [
        shares(1, tech=0.6),
        shares(2, livros=0.35, alimentos=0.4),
        shares(3, outros=0.8),
        shares(4, alimentos=0.7, livros=0.19),
    ]
    personas, _ = named(rows, SHARES)
    # Livros before Food because the labels say so, though its column comes later and its share is less.
    assert texts(personas) == {1: "Tech_Lovers", 2: "Livros&Food", 3: "Variados", 4: "Food_Lovers"}
    assert [each.rule for each in personas] == ["share_tech", "share_livros&share_alimentos", None, "share_alimentos"]
    # Of the fourth, Livros just misses the limit; of the third, nothing reaches it.
    assert [each.confident for each in personas] == [True, True, False, False]
    assert {each.number for each in personas} == {None}


def test_shares_are_numbered_where_the_settings_say_so_by_order_on_the_axis():
    settings = SHARES.model_copy(update={"numbered": True})
    personas, _ = named([shares(1, 100.0, tech=0.6), shares(2, 900.0, livros=0.6)], settings)
    assert texts(personas) == {2: "01-Livros_Lovers", 1: "02-Tech_Lovers"}


def test_two_segments_of_one_category_are_told_apart():
    personas, _ = named([shares(1, 100.0, tech=0.6), shares(2, 900.0, tech=0.5), shares(3), shares(4)], SHARES)
    assert texts(personas) == {1: "Tech_Lovers 2", 2: "Tech_Lovers", 3: "Variados", 4: "Variados 2"}


def test_a_category_without_a_label_is_called_by_the_end_of_its_column():
    row = shares(1) | {"mean_share_casa_e_jardim": 0.5, "lift_share_casa_e_jardim": 3.0}
    row |= {"mean_share_absent": 0.9, "lift_share_absent": 9.0}
    assert texts(named([row], SHARES)[0]) == {1: "Casa_E_Jardim_Lovers"}


def test_a_lift_that_is_not_known_names_no_category():
    assert texts(named([shares(1) | {"mean_share_tech": 0.9, "lift_share_tech": math.nan}], SHARES)[0]) == {
        1: "Variados"
    }


def test_a_category_keeps_its_name_down_to_four_fifths_of_the_limits():
    before, _ = named([shares(1, tech=0.6)], SHARES)
    stays, renamed = named([shares(1, tech=0.17)], SHARES, before)
    assert (texts(stays), renamed, stays[0].confident) == ({1: "Tech_Lovers"}, [], False)
    left, renamed = named([shares(1, tech=0.15)], SHARES, before)
    assert texts(left) == {1: "Variados"}
    assert (
        renamed[0].why
        == "Tech é 15,0 % do gasto, 1,50 vez a média da base; o nome pede ao menos 20 % e 1,40 vez a média."
    )


def test_a_category_well_above_the_limits_takes_the_name_from_one_that_has_fallen_below():
    before, _ = named([shares(1, tech=0.6), shares(2)], SHARES)
    stays, _ = named([shares(1, tech=0.6, livros=0.5), shares(2, livros=0.22)], SHARES, before)
    assert texts(stays) == {1: "Tech_Lovers", 2: "Variados"}
    left, renamed = named([shares(1, tech=0.18, livros=0.5), shares(2, livros=0.3)], SHARES, before)
    assert texts(left) == {1: "Livros_Lovers", 2: "Livros_Lovers 2"}
    assert renamed[0].why.startswith("Livros é 50,0 % do gasto, 5 vezes a média da base, bem acima")


def test_a_kept_name_of_a_category_that_no_longer_names_is_changed():
    before, _ = named([shares(1, tech=0.6, livros=0.3)], SHARES)
    names = SHARES.shares.model_copy(update={"leave_out": ["tech"]})
    personas, renamed = named([shares(1, tech=0.6, livros=0.3)], SHARES.model_copy(update={"shares": names}), before)
    assert texts(personas) == {1: "Livros_Lovers"}
    assert renamed[0].why == "A categoria 'Tech' não dá mais nome a segmentos."
    other = Persona(1, "01-Alta Receita", None, None, 1, True)
    assert named([shares(1)], SHARES, [other])[1][0].why == "A configuração dos nomes mudou."


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
    assert actions_of(named([at(1)], BY_ORDER)[0][0], RFV) == ["Observar"]
    assert actions_of(named([shares(1, tech=0.6)], SHARES)[0][0], SHARES) == ["Lançamentos"]
