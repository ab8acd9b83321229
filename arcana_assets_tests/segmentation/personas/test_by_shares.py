"""Names by shares: the one or two categories that stand out, kept down to four fifths of the limits."""

import math

from arcana_assets.domain.settings.personas import Personas
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


def test_who_buys_nothing_else_has_a_sure_name_however_strict_the_limit():
    strict = SHARES.model_copy(update={"shares": SHARES.shares.model_copy(update={"at_least": 0.95})})
    (persona,) = named([shares(1, tech=1.0)], strict)[0]
    assert (persona.persona, persona.confident) == ("Tech_Lovers", True)
    (persona,) = named([shares(1, tech=0.96)], strict)[0]
    assert (persona.persona, persona.confident) == ("Tech_Lovers", False)


def test_two_segments_of_one_category_have_one_name():
    personas, _ = named([shares(1, 100.0, tech=0.6), shares(2, 900.0, tech=0.5), shares(3), shares(4)], SHARES)
    assert texts(personas) == {1: "Tech_Lovers", 2: "Tech_Lovers", 3: "Variados", 4: "Variados"}


def test_a_category_whose_column_ends_in_a_number_gives_a_name_by_its_label_alone():
    row = shares(1, tech=0.6) | {"mean_share_linha_2": 0.4, "lift_share_linha_2": 3.0}
    assert texts(named([row], SHARES)[0]) == {1: "Tech_Lovers"}
    labelled = SHARES.shares.model_copy(update={"labels": {"linha_2": "Segunda Linha", "tech": "Tech"}})
    settings = SHARES.model_copy(update={"shares": labelled})
    assert texts(named([row], settings)[0]) == {1: "Segunda Linha&Tech"}


def test_what_customers_own_names_them_as_what_they_spend_on_does():
    settings = Personas.model_validate({"shares": {"of": "owns_*", "one": "{0} e Outros", "two": "{0} e {1}"}})
    owned = {"erp_gold": (0.9, 2.0), "folha": (0.5, 3.0), "ponto": (0.3, 1.0)}
    row = shares(1, tech=0.6)
    for name, (mean, lift) in owned.items():
        row |= {f"mean_owns_{name}": mean, f"lift_owns_{name}": lift}
    assert texts(named([row], settings)[0]) == {1: "Erp_Gold e Folha"}


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
    assert renamed[0].why == "Tech: 15,0 %, 1,50 vez a média da base; o nome pede ao menos 20 % e 1,40 vez a média."


def test_a_category_well_above_the_limits_takes_the_name_from_one_that_has_fallen_below():
    before, _ = named([shares(1, tech=0.6), shares(2)], SHARES)
    stays, _ = named([shares(1, tech=0.6, livros=0.5), shares(2, livros=0.22)], SHARES, before)
    assert texts(stays) == {1: "Tech_Lovers", 2: "Variados"}
    left, renamed = named([shares(1, tech=0.18, livros=0.5), shares(2, livros=0.3)], SHARES, before)
    assert texts(left) == {1: "Livros_Lovers", 2: "Livros_Lovers"}
    assert renamed[0].why.startswith("Livros: 50,0 %, 5 vezes a média da base, bem acima")


def test_a_kept_name_of_a_category_that_no_longer_names_is_changed():
    before, _ = named([shares(1, tech=0.6, livros=0.3)], SHARES)
    names = SHARES.shares.model_copy(update={"leave_out": ["tech"]})
    personas, renamed = named([shares(1, tech=0.6, livros=0.3)], SHARES.model_copy(update={"shares": names}), before)
    assert texts(personas) == {1: "Livros_Lovers"}
    assert renamed[0].why == "A categoria 'Tech' não dá mais nome a segmentos."
    other = Persona(1, "01-Alta Receita", None, None, 1, True)
    assert named([shares(1)], SHARES, [other])[1][0].why == "A configuração dos nomes mudou."
