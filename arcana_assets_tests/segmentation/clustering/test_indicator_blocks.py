"""Indicators have a say in a clustering and no more: clusters are not the values of a category."""

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.segmentation.clustering.preprocessing import Preprocessing
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.pictures.profile import MOST_FEATURES, profile_chart
from arcana_assets.segmentation.profiles.profile import profile

SEGMENTS = [f"segment_is_{name}" for name in ("agro", "varejo", "saude", "educacao", "servicos", "industria")]


def base(size=900, seed=5):
    """Customers in three groups of value, and six market segments that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    group, market = rng.integers(0, 3, size), rng.integers(0, len(SEGMENTS), size)
    numbers = {
        "contract_value": rng.lognormal(np.array([3, 7, 11])[group], 0.6),
        "mrr": rng.lognormal(np.array([2, 5, 9])[group], 0.6),
    }
    flags = {name: (market == place).astype(float) for place, name in enumerate(SEGMENTS)}
    customers = {"customer_id": [f"c{number:04}" for number in range(size)]}
    return pd.DataFrame(customers | numbers | flags), group, market


def asked(*features):
    return Segmentation(name="x", features=[*features], axis="mrr", k=(3, 8))


def test_clusters_are_the_groups_and_not_the_market_segments():
    frame, group, market = base()
    fitted = fit_segmentation(frame, asked("contract_value", "mrr", *SEGMENTS))
    found = fitted.assign(frame)["segment_id"]
    assert adjusted_rand_score(group, found) > 0.9
    assert adjusted_rand_score(market, found) < 0.05


def test_the_same_indicators_standardised_one_by_one_would_be_the_clusters():
    from sklearn.cluster import KMeans

    frame, _, market = base()
    numbers = np.log1p(frame[["contract_value", "mrr"]].to_numpy())
    both = np.hstack([numbers, frame[SEGMENTS].to_numpy()])
    scaled = (both - both.mean(axis=0)) / both.std(axis=0)
    found = KMeans(len(SEGMENTS), n_init=10, random_state=7).fit_predict(scaled)
    assert adjusted_rand_score(market, found) > 0.6


def test_a_block_has_a_variance_of_one_half_and_numbers_of_one_each_in_the_mean():
    frame, _, _ = base()
    features = ["contract_value", "mrr", *SEGMENTS]
    fitted = fit_segmentation(frame, asked(*features))
    variances = fitted.preprocessing.points(frame).var(axis=0)
    np.testing.assert_allclose(variances[:2].sum(), 2)
    np.testing.assert_allclose(variances[2:].sum(), 0.5)
    alone = Preprocessing.fit(frame, features).points(frame).var(axis=0)
    np.testing.assert_allclose(alone[:2], 1)
    np.testing.assert_allclose(alone[2:], variances[2:])


def test_indicators_that_say_the_same_of_everybody_cost_nothing():
    frame, group, _ = base()
    frame = frame.assign(**dict.fromkeys(SEGMENTS, 0.0))
    fitted = fit_segmentation(frame, asked("contract_value", "mrr", *SEGMENTS))
    assert adjusted_rand_score(group, fitted.assign(frame)["segment_id"]) > 0.9


def test_a_picture_of_many_features_shows_those_that_tell_segments_apart():
    frame, _, _ = base()
    more = pd.DataFrame({f"owns_item_{number}": np.ones(len(frame)) for number in range(40)})
    frame = pd.concat([frame, more], axis=1)
    features = [name for name in frame.columns if name != "customer_id"]
    found = fit_segmentation(frame, asked("contract_value", "mrr")).assign(frame)
    wide = profile(frame, found, features)
    assert len(features) > MOST_FEATURES
    told = ["contract_value", "mrr", *SEGMENTS, *more.columns[: MOST_FEATURES - 2 - len(SEGMENTS)]]
    assert profile_chart(wide) == profile_chart(profile(frame, found, told))
