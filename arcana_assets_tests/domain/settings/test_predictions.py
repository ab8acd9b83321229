"""What a domain may say of its predictions, and what of it no source can give or no earlier month could know."""

import shutil

import pytest
import yaml
from pydantic import ValidationError

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.domain.yaml.file import ContractError

USUAL = {"name": "volta", "title": "Volta", "target": "active", "features": ["frequency"]}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"horizon_months": [3, 1]}, "expected months from 1 to 12, ascending, each once"),
        ({"horizon_months": [0]}, "expected months from 1 to 12"),
        ({"horizon_days": [30, 7]}, "expected days from 1 to 365, ascending, each once"),
        ({"horizon_days": [400]}, "expected days from 1 to 365"),
        ({"horizon_days": [7], "horizon_months": [1]}, "expected this or 'horizon_months', found both"),
        (
            {"horizon_days": [7], "target": "leaves"},
            "'leaves' is told by month, not by day; only active and visits are",
        ),
        ({"target": "buys_item_group"}, "needs the product category that is bought; add it"),
        ({"item_group": "Lamps"}, "only 'buys_item_group' is of a product category, found 'active'"),
        ({"candidates": ["table"]}, "'last_period' is what the others are held against"),
        ({"candidates": ["last_period", "last_period"]}, "each is tried once"),
        ({"candidates": ["last_period", "mean", "additive"]}, "'mean' is that of 'logistic' and 'additive'"),
        ({"goals": {"slope": [1.4, 0.7]}}, "expected two numbers from 0 on, ascending"),
        ({"goals": {"coverage": [0.9, 0.7]}}, "expected two numbers from 0 on, ascending"),
        ({"candidates": ["last_period", "ratio"]}, "of 'active' there are last_period, table, rfm, logistic, additive"),
        (
            {"target": "spend", "candidates": ["last_period", "table"]},
            "of 'spend' there are last_period, window_rate, half_and_half, ratio, mean; found table; leave it out",
        ),
        ({"target": "spend", "candidates": ["last_period", "mean", "ratio"]}, "that of 'ratio' and 'half_and_half'"),
        ({"target": "spend", "candidates": []}, "at least 1"),
        ({"features": ["frequencia"]}, "the feature matrix has no column 'frequencia'; did you mean 'frequency'?"),
    ],
)
def test_what_could_not_be_acted_on_is_refused(settings, said):
    with pytest.raises(ValidationError) as caught:
        Prediction.model_validate({**USUAL, **settings})
    assert said in str(caught.value)


def test_candidates_are_tried_in_the_order_of_their_simplicity():
    said = Prediction.model_validate({**USUAL, "candidates": ["additive", "rfm", "last_period"]})
    assert said.tried == ["last_period", "rfm", "additive"]


def test_a_prediction_has_horizons_of_one_unit_and_three_months_where_none_is_given():
    told = [
        Prediction.model_validate({**USUAL, **each})
        for each in ({}, {"horizon_months": [1]}, {"horizon_days": [7, 30]})
    ]
    assert [(each.horizons, each.unit) for each in told] == [([3], "months"), ([1], "months"), ([7, 30], "days")]


def test_the_frequency_of_a_group_is_its_share_of_spend():
    said = Prediction.model_validate({**USUAL, "target": "buys_item_group", "item_group": "Saúde & Bem-estar"})
    assert said.rfm == ("recency_days", "share_saude_bem_estar", "monetary")


def test_what_is_tried_where_nothing_is_said_follows_the_target():
    usual = ["last_period", "table", "rfm", "logistic", "additive", "mean"]
    assert Prediction.model_validate(USUAL).tried == usual
    spend = Prediction.model_validate({**USUAL, "target": "spend"})
    assert spend.tried == ["last_period", "window_rate", "half_and_half", "ratio", "mean"]


def refused(tmp_path, domain, **settings):
    """What is said of a deployed domain with one prediction."""
    shutil.copytree(DEFS / domain, tmp_path / domain, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / domain / "defs.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["attributes"]["predictions"] = [{**USUAL, **settings}]
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load_domain(tmp_path / domain)
    return str(caught.value)


SAFE = {"target": "silent", "candidates": ["last_period", "logistic"]}


@pytest.mark.parametrize(
    "feature",
    [
        *("contract_value", "products_owned", "owns_erp", "owns_*", "contracts_absent"),
        *("purchases_12m", "purchases_value_12m", "revenue_band_rank"),
    ],
)
def test_features_of_the_present_state_know_what_came_later_and_are_refused(tmp_path, feature):
    said = refused(tmp_path, "b2b", **SAFE, features=["mrr", feature])
    assert "predictions[0].features[1]: " in said
    assert f"'{feature}' comes in its present state: its earlier months know what came later" in said


def test_features_and_targets_that_no_source_gives_are_refused(tmp_path):
    assert "no source of the domain gives the feature 'mrr'" in refused(tmp_path / "1", "retail", features=["mrr"])
    assert "no source has visits or Wi-Fi sessions" in refused(tmp_path / "2", "retail", target="visits")
    said = refused(tmp_path / "3", "b2b", features=["mrr"])
    assert "'table' needs recency_days, frequency, and no source of the domain gives recency_days, frequency" in said


def test_spend_is_predicted_only_where_a_source_says_what_customers_pay(tmp_path):
    shutil.copytree(DEFS / "b2b", tmp_path / "b2b", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mrr.yaml", "mrr_monthly.yaml", "purchases.yaml"):
        (tmp_path / "b2b" / "sources" / name).unlink()
    file = tmp_path / "b2b" / "defs.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    attributes = content["attributes"]
    attributes["predictions"] = [{**USUAL, "target": "spend", "features": ["tickets_opened"]}]
    attributes.pop("programmes")
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load_domain(tmp_path / "b2b")
    assert "'spend' is of revenue by month, and no source has transactions, or subscriptions with dates" in str(
        caught.value
    )


def test_a_prediction_has_a_name_that_no_segmentation_has(tmp_path):
    assert "models/value is the table of one" in refused(tmp_path, "retail", name="value")


def test_each_target_is_refused_where_no_source_tells_of_it(tmp_path):
    few = {"candidates": ["last_period", "logistic"]}
    leaves = refused(tmp_path / "1", "retail", target="leaves", **few)
    assert "predictions[0].target: 'leaves' is of recurring revenue by month, and no source is conformed to" in leaves
    coupon = refused(tmp_path / "2", "retail", target="uses_coupon", **few)
    assert "'uses_coupon' is of orders with a coupon, and no source of transactions has coupon_id" in coupon
    group = refused(tmp_path / "3", "b2b", target="buys_item_group", item_group="ERP", features=["mrr"], **few)
    assert "'buys_item_group' is of product categories, and no source is conformed to transactions" in group
    days = refused(tmp_path / "4", "b2b", horizon_days=[7], features=["mrr"], **few)
    assert "'active' in days is of orders, and subscriptions are by month; use 'horizon_months'" in days


def test_a_candidate_whose_features_are_not_among_those_named_is_refused(tmp_path):
    said = refused(tmp_path, "retail", features=["frequency"], candidates=["last_period", "table"])
    assert "'table' needs recency_days, frequency, and features lack recency_days; add them, or leave it out" in said
    group = {"target": "buys_item_group", "item_group": "Moda", "candidates": ["last_period", "rfm"]}
    lacking = refused(tmp_path / "2", "retail", features=["recency_days", "monetary"], **group)
    assert "features lack share_moda" in lacking
