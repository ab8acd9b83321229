"""Segments by what customers own: latent classes say how many kinds there are, and live on from month to month.

Slow: each of these tests fits models of several months.
"""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.segmentation.clustering.clusterer_data import LATENT_CLASSES
from arcana_assets.segmentation.clustering.gate import choose
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.model import CUTS, KINDS, SegmentationModel
from arcana_assets_tests.segmentation.clustering.owned import frame_of, owned
from arcana_assets_tests.segmentation.models.chained import LEVELS, THREE, chain
from arcana_assets_tests.segmentation.models.chained import customers as customers_by_value
from arcana_assets_tests.segmentation.models.chained import settings as asked_of_numbers

pytestmark = pytest.mark.slow


def asked(**how):
    return Segmentation(**({"name": "produtos", "features": ["owns_*"], "personas": LEVELS} | how))


def customers(*sizes, seed=3, **how):
    """Each profile is worth five times the one before, so that no two of them would get one name."""
    has, groups = owned(*sizes, seed=seed, **how)
    return frame_of(has).assign(monetary=100.0 * 5.0**groups), groups


@pytest.fixture(scope="module")
def fitted():
    frame, groups = customers(300, 200, 100)
    return frame, groups, fit_segmentation(frame, asked())


def test_kinds_by_what_is_owned_are_as_many_as_were_planted_and_the_reason_says_why(fitted):
    frame, groups, model = fitted
    assert (model.form, model.k, model.clusterer.algorithm) == (KINDS, 3, LATENT_CLASSES)
    assert adjusted_rand_score(groups, model.assign(frame)["segment_id"]) > 0.85
    assert model.reason.startswith("Classes latentes com k = 3: com 3 classes o que um cliente tem é 2,9 vezes tão")
    tried = {(row["algorithm"], row["k"]) for row in model.selection}
    assert tried == {(LATENT_CLASSES, k) for k in range(2, 9)} | {("kmeans", k) for k in range(3, 9)}


def test_without_latent_classes_k_means_takes_the_number_that_they_tell(fitted):
    frame, _, _ = fitted
    model = fit_segmentation(frame, asked(algorithms=["kmeans"]))
    assert (model.form, model.k, model.clusterer.algorithm) == (KINDS, 3, "kmeans")
    assert {row["algorithm"] for row in model.selection} == {"kmeans"}


@pytest.mark.parametrize(
    ("algorithms", "taken"), [(["kmeans"], "kmeans"), (["kmeans", LATENT_CLASSES], LATENT_CLASSES)]
)
def test_of_the_admissible_latent_classes_are_taken_whatever_their_silhouette(algorithms, taken):
    row = {"k": 3, "silhouette": 0.2, "smallest_share": 0.2, "largest_share": 0.4, "noise_share": 0.0}
    row |= {"stability": 0.9}
    rows = [row | {"algorithm": name, "silhouette": 0.2 / (at + 1)} for at, name in enumerate(algorithms)]
    selection, at = choose(rows, asked().gate, 3)
    assert selection[at]["algorithm"] == taken
    unstable = [each | {"stability": 0.5 if each["algorithm"] == LATENT_CLASSES else 0.9} for each in rows]
    selection, at = choose(unstable, asked().gate, 3)
    assert selection[at]["algorithm"] == "kmeans"


def test_customers_of_one_kind_are_cut_and_the_reason_says_that_there_are_no_kinds():
    model = fit_segmentation(customers(500)[0], asked())
    assert model.form == CUTS
    assert "uma só classe latente diz tanto dos clientes quanto várias" in model.reason
    two = fit_segmentation(customers(300, 200)[0], asked())
    assert (two.form, "só 2 classes latentes se distinguem, e pedem-se ao menos 3" in two.reason) == (CUTS, True)


def test_numbers_are_grouped_by_valleys_as_ever():
    model = fit_segmentation(customers_by_value(*THREE), asked_of_numbers())
    assert (model.form, "grupos com um vale entre todos" in model.reason) == (KINDS, True)
    assert LATENT_CLASSES not in {row["algorithm"] for row in model.selection}


def test_neither_row_order_nor_threads_change_anything(fitted):
    frame, _, model = fitted
    assert fit_segmentation(frame.sample(frac=1, random_state=1), asked()).to_json() == model.to_json()
    with threadpool_limits(limits=2):
        assert fit_segmentation(frame, asked()).to_json() == model.to_json()
    again = SegmentationModel.from_json(model.to_json())
    assert again.assign(frame).equals(model.assign(frame))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_customers_and_customers_who_are_all_alike_are_no_kinds(count):
    frame = frame_of(np.eye(3)[:count])
    model = fit_segmentation(frame, asked())
    assert model.form == CUTS
    assert model.assign(frame)["segment_id"].notna().all()
    alike = frame_of(np.tile([1.0, 0, 1], (40, 1)))
    one = fit_segmentation(alike, asked())
    assert (one.k, one.form) == (1, CUTS)
    assert one.reason.startswith("Um único segmento")


def test_products_that_everybody_nobody_or_nobody_known_to_us_owns_change_no_segment(fitted):
    frame, _, model = fitted
    more = fit_segmentation(frame.assign(owns_x=1.0, owns_y=0.0, owns_z=np.nan), asked())
    assert more.assign(frame.assign(owns_x=1.0, owns_y=0.0, owns_z=np.nan))["segment_id"].equals(
        model.assign(frame)["segment_id"]
    )


def test_a_month_later_the_classes_have_moved_with_their_customers_and_kept_their_ids():
    june, groups = customers(300, 200, 100)
    later, _ = customers(300, 200, 100, seed=8)
    july = june.copy()
    july[::5] = later[::5]  # every fifth customer owns other products of the kind
    first, second, third = chain([june, july, july], asked())
    assert (second.outcome, second.model.clusterer.algorithm) == ("refitted", LATENT_CLASSES)
    assert second.model.segment_ids == first.model.segment_ids
    assert 0 < second.moved < 0.1
    assert not np.array_equal(second.model.clusterer.arrays["chances"], first.model.clusterer.arrays["chances"])
    assert adjusted_rand_score(groups, second.model.assign(july)["segment_id"]) > 0.8
    assert third.moved < 0.01  # nobody did anything: the classes stay where they are


def test_a_customer_at_the_border_stays_while_another_class_is_hardly_nearer(fitted):
    frame, _, model = fitted
    away = np.sort(model.distances(frame), axis=1)
    border = away[:, 0] > 0.85 * away[:, 1]
    second = np.argsort(model.distances(frame), axis=1)[:, 1]
    previous = np.array(model.segment_ids)[second]
    found = model.assign(frame, previous, 0.15)["segment_id"].to_numpy()
    np.testing.assert_array_equal(found == previous, border)
    assert 0 < border.mean() < 0.5
