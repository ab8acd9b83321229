"""A profile shows what shapes a segment, what names it, and what the domain wants beside it."""

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.segmentation.profiles.month import columns_shown


def test_what_is_shown_follows_what_shapes_and_names_each_once():
    said = {"name": "value", "features": ["contract_value", "owns_*"], "axis": "contract_value"}
    rules = {"rules": [{"name": "Risco", "when": {"mean_score": {"percentile_at_most": 0.3}}}, {"name": "Base"}]}
    features = ["contract_value", "owns_erp"]
    named = Segmentation(**said, personas=rules)
    assert columns_shown(named, features) == ["contract_value", "owns_erp", "mean_score"]
    shown = Segmentation(**said, personas=rules, shown=["acquired_value_12m", "contract_value"])
    assert columns_shown(shown, features) == ["contract_value", "owns_erp", "mean_score", "acquired_value_12m"]
