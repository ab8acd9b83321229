"""Names by shares: the one or two categories that stand out, kept down to four fifths of the limits."""

import math

from arcana_assets.segmentation.personas.persona import Persona
from arcana_assets_tests.segmentation.personas.placed import SHARES, named, shares, texts


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
