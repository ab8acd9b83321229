"""No two segments of a month have one name: those that would are one segment, as the clustering was too fine."""

import re

import pytest

from arcana_assets.domain.settings.personas import PersonaRule, Personas, Position
from arcana_assets.segmentation.models.apart import with_names_apart
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.model import CUTS, KINDS
from arcana_assets_tests.segmentation.models.chained import FOUR, cloud, customers, settings


def rules(*named):
    """Rules by the mean percentile in value from which on each holds."""
    return Personas(
        rules=[
            PersonaRule(name=name, when={"monetary": Position(percentile_at_least=least)} if least else {})
            for name, least in named
        ]
    )


THREE_NAMES = settings(personas=rules(("Grandes", 0.8), ("Medios", 0.3), ("Pequenos", 0)))
TWO_NAMES = settings(personas=rules(("Grandes", 0.5), ("Pequenos", 0)))


def names(model):
    return [re.sub(r"^\d+-", "", row["persona"]) for row in model.personas]


def test_segments_of_one_name_are_merged_and_an_event_says_where_their_customers_are():
    base = customers(*FOUR)
    before = fit_segmentation(base, settings())
    assert (before.k, before.form) == (4, KINDS)
    model, events = with_names_apart(before, base, base, THREE_NAMES)
    assert model.k == 3
    assert len(set(names(model))) == 3
    merged = [event for event in events if event.event == "merged"]
    # Two in the middle have one name; of three groups K-Means makes one of the lower of them and the lowest.
    assert [(each.segment_id, each.other, each.customers) for each in merged] == [(3, 4, 60)]
    assert (model.segment_ids, model.next_segment_id) == ((1, 2, 4), 5)  # an id that is gone never comes back
    assert model.measures["k"] == 3
    assert model.measures["stability"] > 0.8  # of the three: the gate asks it of them as of any others
    assert model.assign(base)["segment_id"].value_counts().to_dict() == {4: 120, 1: 60, 2: 60}


def test_a_fit_whose_groups_cannot_be_told_apart_by_name_is_of_fewer_groups_and_says_so():
    found = fit_segmentation(customers(*FOUR), THREE_NAMES)
    assert (found.k, found.form, found.admissible) == (3, KINDS, True)
    assert found.reason.endswith(" 4 grupos têm 3 nomes: os de mesmo nome são um só.")
    assert [row["k"] for row in found.selection if row["chosen"]] == [3]


def test_where_what_is_left_breaks_the_gate_the_customers_are_cut_and_it_is_said():
    found = fit_segmentation(customers(*FOUR), TWO_NAMES)
    assert (found.form, found.admissible) == (CUTS, True)
    assert "dos 4 grupos achados só 2 têm nomes distintos: forma só 2 grupos, o mínimo é 3." in found.reason
    assert len([row for row in found.selection if row["chosen"]]) == 1
    # Of the groups and of the cuts two names are left: the table of what was tried has each of them once.
    tried = [(row["algorithm"], row["parameter"]) for row in found.selection]
    assert len(set(tried)) == len(tried)
    assert [each for _, each in tried if "nomes" in each] == ["2 nomes de 4 grupos", "2 nomes de 4 cortes"]


def test_segments_that_all_have_one_name_are_no_segments_and_pass_no_gate():
    one = settings(personas=rules(("Todos", 0)))
    base = customers(*FOUR)
    model, _ = with_names_apart(fit_segmentation(base, settings()), base, base, one)
    assert not model.admissible
    assert model.measures["refused_for"] == "todos os segmentos têm um só nome"
    cuts = fit_segmentation(base, one)
    assert not cuts.admissible  # nor do cuts, whose names are no others
    assert cuts.reason.endswith(" Todos os segmentos têm um só nome, e por isso não há nenhum.")
    assert with_names_apart(cuts, base, base, one)[0].reason == cuts.reason, "it is said once"
    (chosen,) = (row for row in cuts.selection if row["chosen"])
    assert (chosen["admissible"], chosen["refused_for"]) == (False, "todos os segmentos têm um só nome")


@pytest.mark.parametrize("asked", [settings(), THREE_NAMES, TWO_NAMES])
@pytest.mark.parametrize("base", [customers(*FOUR), cloud()])
def test_no_two_segments_have_one_name(asked, base):
    found = fit_segmentation(base, asked)
    assert len(set(names(found))) == len(names(found)) == found.k > 1


def test_no_segment_has_a_name_that_ends_in_a_number():
    """Two that lie alike are one segment; a figure behind a name would tell nobody anything."""
    for asked in (settings(), settings(personas=Personas()), TWO_NAMES, THREE_NAMES):
        found = fit_segmentation(customers(*FOUR), asked)
        assert len(set(names(found))) == found.k
        assert not [name for name in names(found) if name[-1].isdigit()]
