"""Which ways to group a segmentation has: those that it names, else what suits its features."""

import pytest
from pydantic import ValidationError

from arcana_assets.domain.settings.segmentation import Segmentation


def algorithms(features, **how):
    return Segmentation(name="x", features=features, **how).algorithms


@pytest.mark.parametrize("features", [["owns_*"], ["owns_erp", "segment_is_varejo", "usage_absent"]])
def test_where_all_features_are_indicators_latent_classes_are_tried_beside_k_means(features):
    assert algorithms(features) == ["kmeans", "latent_classes"]
    assert algorithms(features, algorithms=["kmeans"]) == ["kmeans"]
    assert algorithms(features, algorithms=["latent_classes"]) == ["latent_classes"]


@pytest.mark.parametrize("features", [["monetary"], ["contract_value", "owns_*"], ["share_*"]])
def test_where_one_is_a_number_latent_classes_are_neither_tried_nor_to_be_asked_for(features):
    assert algorithms(features) == ["kmeans"]
    with pytest.raises(ValidationError, match=f"0 or 1, such as owns_\\*, and '{features[0][:5]}.*' is not"):
        algorithms(features, algorithms=["kmeans", "latent_classes"])


def test_a_feature_that_is_none_is_said_to_be_none_before_anything_else():
    with pytest.raises(ValidationError, match="no column 'monetry'") as raised:
        Segmentation(name="x", features=["monetry"])
    assert raised.value.error_count() == 1
