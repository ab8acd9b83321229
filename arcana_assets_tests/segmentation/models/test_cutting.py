"""A base without groups is cut, and says so; of shares by what stands out, of those who bought enough to tell."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.personas import Personas, ShareNames
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.domain.words import languages, read_in
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.clustering.clusterer_data import LARGEST_LIFT
from arcana_assets.segmentation.clustering.preprocessing import UnusableFeatures
from arcana_assets.segmentation.models.cutting import by_lift_again
from arcana_assets.segmentation.models.fitting import fit_segmentation, refit_segmentation, with_ids_of
from arcana_assets.segmentation.models.model import CUTS, KINDS, SegmentationModel
from arcana_assets_tests.segmentation.models.chained import FOUR, JULY, cloud, customers, settings

CATEGORIES = ("livros", "moda", "tech", "jardim")


def test_a_cloud_is_cut_into_as_many_parts_as_are_declared_and_the_reason_says_in_words_why():
    for cuts in (3, 5):
        found = fit_segmentation(cloud(), settings(cuts=cuts))
        assert (found.form, found.k, found.admissible) == (CUTS, cuts, True)
        assert found.reason.startswith(f"{cuts} cortes de um contínuo, úteis para falar com os clientes, e não tipos")
        assert "partidas não há vale entre grupos de clientes." in found.reason
        means = cloud()["monetary"].groupby(found.assign(cloud())["segment_id"]).mean()
        assert means.is_monotonic_decreasing


def test_the_row_of_the_cuts_is_in_the_language_of_the_domain():
    for code in languages():
        with read_in(code):
            asked = settings(personas=Personas())
        found = fit_segmentation(cloud(), asked)
        (row,) = [each for each in found.selection if each["chosen"]]
        assert row["silhouette_on"] == language_of(code).say("segmentation.codes.silhouette_on.all")


def test_a_cut_of_a_small_base_has_five_customers_or_more():
    few = cloud(size=24)
    found = fit_segmentation(few, settings(cuts=6))
    assert found.form == CUTS
    assert found.assign(few)["segment_id"].value_counts().min() >= 5


def test_fewer_groups_than_are_asked_for_are_none():
    found = fit_segmentation(customers(*FOUR[:2], size=120), settings())
    assert found.form == CUTS
    assert "só 2 grupos têm um vale entre si, e pedem-se ao menos 3." in found.reason


def test_the_order_of_rows_changes_no_cut():
    model = fit_segmentation(cloud(), settings())
    assert fit_segmentation(cloud().sample(frac=1, random_state=1), settings()) == model
    assert SegmentationModel.from_json(model.to_json()) == model


def spent(size=500, seed=3, orders=9):
    """Customers whose shares differ without forming groups, and how often they bought."""
    draw = np.random.default_rng(seed)
    shares = pd.DataFrame(draw.dirichlet(np.ones(4), size), columns=[f"share_{name}" for name in CATEGORIES])
    ids = [f"C{number:04d}" for number in range(size)]
    return shares.assign(customer_id=ids, frequency=float(orders), monetary=draw.lognormal(5, 1, size))


def loved(**how):
    """A segmentation by shares, named by them."""
    asked = {"name": "categories", "features": ["share_*"], "fitted_on": "frequency", "fitted_from": 3, "k": (3, 8)}
    return Segmentation(**(asked | {"personas": Personas(shares=ShareNames(leave_out=[]))} | how))


@pytest.fixture(scope="module")
def lovers():
    return fit_segmentation(spent(), loved())


def test_shares_without_groups_are_cut_by_what_stands_out_and_named_by_it(lovers):
    assert (lovers.form, lovers.clusterer.algorithm) == (CUTS, LARGEST_LIFT)
    assert {row["persona"] for row in lovers.personas} == {
        "Livros_Lovers",
        "Moda_Lovers",
        "Tech_Lovers",
        "Jardim_Lovers",
        "Variados",
    }
    found = lovers.assign(spent())
    drawn = (9 * spent()["share_moda"] + spent()["share_moda"].mean()) / 10
    moda = found["persona"] == "Moda_Lovers"
    assert (drawn[moda] >= 2 * spent()["share_moda"].mean() - 1e-9).all()
    assert (drawn[found["persona"] == "Variados"] < 2 * spent()["share_moda"].mean()).all()
    assert "cortes de um contínuo" in lovers.reason


def test_who_bought_less_than_it_takes_is_a_lover_of_nothing_however_one_sided(lovers):
    once = pd.DataFrame([[1.0, 0, 0, 0]], columns=[f"share_{name}" for name in CATEGORIES]).assign(monetary=50.0)
    assert lovers.assign(once.assign(frequency=2.0))["persona"].tolist() == ["Variados"]
    assert lovers.assign(once.assign(frequency=3.0))["persona"].tolist() == ["Livros_Lovers"]


def test_cuts_by_shares_are_refitted_to_the_base_as_it_is_and_keep_their_ids(lovers):
    later = spent().assign(share_moda=lambda frame: frame["share_moda"] * 0.85)
    fresh, _ = with_ids_of(refit_segmentation(later, lovers, loved(), JULY), lovers, later)
    assert set(fresh.clusterer.arrays["places"]) == set(lovers.clusterer.arrays["places"])
    place = lovers.features.index("share_moda")
    (at,) = np.flatnonzero(fresh.clusterer.arrays["places"] == place)
    (before,) = np.flatnonzero(lovers.clusterer.arrays["places"] == place)
    ratio = fresh.clusterer.arrays["bases"][at] / lovers.clusterer.arrays["bases"][before]
    assert ratio == pytest.approx(0.85)
    assert sorted(fresh.segment_ids) == sorted(lovers.segment_ids)


def test_cuts_by_shares_of_the_same_base_are_the_same_groups_in_the_order_that_they_had(lovers):
    points = lovers.preprocessing.points(spent())
    again = by_lift_again(points, lovers, lovers.preprocessing, loved())
    np.testing.assert_array_equal(again.labels(points), lovers.clusterer.labels(points))


def test_where_a_share_is_nobody_s_any_more_as_many_cuts_do_not_form(lovers):
    with pytest.raises(UnusableFeatures, match="1 of the shares that customers stood out by are nobody's now"):
        refit_segmentation(spent().assign(share_moda=0.0), lovers, loved(), JULY)


def test_a_category_that_names_nobody_has_no_cut():
    names = Personas(shares=ShareNames(leave_out=["moda"]))
    found = fit_segmentation(spent(), loved(personas=names))
    assert {row["persona"] for row in found.personas} == {
        *("Livros_Lovers", "Tech_Lovers", "Jardim_Lovers", "Variados")
    }
    most = spent().assign(share_livros=0.0, share_tech=0.0, share_jardim=0.0, share_moda=1.0)
    assert set(found.assign(most)["persona"]) == {"Variados"}


def test_a_model_without_what_its_shares_are_weighed_by_groups_nobody(lovers):
    assert lovers.can_group(spent())
    assert not lovers.can_group(spent().drop(columns="frequency"))


def test_counts_with_holes_are_no_groups():
    draw = np.random.default_rng(3)
    orders = 1.0 + draw.poisson(1.0, 900)  # one, two, three: between them is nobody, and no valley
    spent_ = orders * draw.lognormal(4, 0.8, 900)
    frame = pd.DataFrame({"frequency": orders, "monetary": spent_}).assign(
        customer_id=[f"C{number:04d}" for number in range(900)]
    )
    assert fit_segmentation(frame, settings(k=(3, 8))).form == CUTS


def test_planted_lovers_who_bought_enough_are_kinds():
    draw = np.random.default_rng(5)
    kind = np.repeat(np.arange(4), 120)
    shares = np.vstack([draw.dirichlet(np.where(np.arange(4) == each, 30, 2)) for each in kind])
    frame = spent(480).assign(**{f"share_{name}": shares[:, at] for at, name in enumerate(CATEGORIES)})
    found = fit_segmentation(frame, loved())
    assert (found.form, found.k) == (KINDS, 4)
    assert pd.crosstab(kind, found.assign(frame)["persona"].to_numpy()).max(axis=1).min() >= 118
