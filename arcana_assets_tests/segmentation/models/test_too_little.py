"""Who bought too little to tell is of no kind; what passed no gate is nobody's segment."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.personas import Personas, ShareNames
from arcana_assets.domain.settings.segmentation import Combination, Segmentation
from arcana_assets.segmentation.models.apart import with_names_of_now
from arcana_assets.segmentation.models.fitting import fit_segmentation, refit_segmentation
from arcana_assets.segmentation.models.model import KINDS, SegmentationModel
from arcana_assets.segmentation.models.named import personas_of
from arcana_assets.segmentation.models.scores import segments_of_month
from arcana_assets.segmentation.personas.by_shares import naming
from arcana_assets_tests.segmentation.models.chained import FOUR, JULY, customers, settings
from arcana_assets_tests.segmentation.models.test_apart import rules

CATEGORIES = ("livros", "moda", "tech", "jardim")
JUNE = date(2011, 6, 1)


def shops(kinds, size=150, few=100, seed=4):
    """Customers of some kinds by what they buy (a row of shares each) and as many with a single order of one thing."""
    draw = np.random.default_rng(seed)
    shares = np.vstack([draw.dirichlet(np.array(kind) * 60, size) for kind in kinds])
    once = np.eye(4)[draw.integers(0, 4, few)]
    frame = pd.DataFrame(np.vstack([shares, once]), columns=[f"share_{name}" for name in CATEGORIES])
    orders = np.r_[draw.integers(4, 12, size * len(kinds)), np.ones(few)]
    ids = [f"C{number:04d}" for number in range(len(frame))]
    return frame.assign(customer_id=ids, frequency=orders, monetary=50.0 * orders)


LOVERS = ((0.79, 0.07, 0.07, 0.07), (0.07, 0.79, 0.07, 0.07), (0.07, 0.07, 0.79, 0.07))
ASKED = Segmentation(
    name="categories",
    features=["share_*"],
    axis="monetary",
    fitted_on="frequency",
    fitted_from=3,
    k=(3, 8),
    personas=Personas(shares=ShareNames(leave_out=[])),
)


def fitted(base):
    return fit_segmentation(base[base["frequency"] >= 3], ASKED, month=JULY, everyone=base)


def by_orders(model, base):
    found = model.assign(base)
    return {many: set(found.loc[(base["frequency"] >= 3) == many, "persona"]) for many in (True, False)}


def test_one_order_makes_nobody_a_lover_where_everybody_else_is_one():
    base = shops(LOVERS)
    model = fitted(base)
    assert (model.form, model.k) == (KINDS, 3)
    assert by_orders(model, base) == {True: {"Livros_Lovers", "Moda_Lovers", "Tech_Lovers"}, False: {"Sem Grupo"}}
    assert SegmentationModel.from_json(model.to_json()) == model
    again = refit_segmentation(base[base["frequency"] >= 3], model, ASKED, JULY)
    assert set(again.assign(base)["segment_id"]) == {0, 1, 2, 3}


def test_one_order_is_of_those_who_are_nothing_in_particular_where_there_are_such():
    base = shops((*LOVERS, (0.07, 0.07, 0.07, 0.79), (0.25, 0.25, 0.25, 0.25)))
    model = fitted(base)
    assert (model.form, model.k) == (KINDS, 5)
    assert by_orders(model, base)[False] == {"Variados"}
    assert "Sem Grupo" not in {row["persona"] for row in model.personas}


def test_a_model_that_is_kept_has_the_segments_that_it_had():
    base = customers(*FOUR)
    asked = settings(personas=rules(("Grandes", 0.8), ("Medios", 0.55), ("Menores", 0.3), ("Pequenos", 0)))
    model = fit_segmentation(base, asked)
    assert model.k == 4
    # A month in which most customers are of the largest: the others would have one name.
    tilted = customers(FOUR[0], FOUR[0], FOUR[0], FOUR[0], FOUR[0], FOUR[0], *FOUR[1:])
    kept, events = with_names_of_now(model, tilted, asked)
    assert kept.segment_ids == model.segment_ids
    assert len({row["persona"] for row in kept.personas}) == 4
    assert {row["persona"] for row in kept.personas} >= {each.persona for each in personas_of(model)} or events


def test_a_model_that_passed_no_gate_has_nobody_and_nothing_is_combined_of_it():
    base = customers(*FOUR)
    good = fit_segmentation(base, settings())
    bad = fit_segmentation(base, settings(personas=rules(("Todos", 0))))
    assert (good.admissible, bad.admissible) == (True, False)
    domain = SimpleNamespace(
        language="pt-BR",
        segmentations=[settings(name="one"), settings(name="two")],
        combinations=[Combination(name="both", of=["one", "two"])],
    )
    for other, expected in ((good, {"one", "two", "both"}), (bad, {"one"})):
        models = {"one": {JUNE: good}, "two": {JUNE: other}}
        assert set(segments_of_month(domain, base, models, {}, JUNE)) == expected


def test_each_name_is_of_one_column_and_none_of_a_bare_number():
    names = ShareNames(labels={"a": "Casa", "b_2": "Bê"}, leave_out=["outros"])
    columns = ["share_tamanho_2", "share_a", "share_casa", "share_b_2", "share_outros", "share_absent"]
    assert naming(columns, names) == ["share_a", "share_b_2"]


def test_groups_that_cannot_be_named_are_not_said_to_be_none():
    found = fit_segmentation(customers(*FOUR), settings(personas=rules(("Grandes", 0.5), ("Pequenos", 0))))
    assert "não tipos" not in found.reason
    assert "dos 4 grupos achados só 2 têm nomes distintos" in found.reason
