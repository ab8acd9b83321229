"""Drift of predictions through Dagster: a base that changes is warned of by its features and by its results.

Slow: each of these tests computes months of a domain.
"""

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import CUSTOMERS, EVERYTHING, MODELS, SAID, Shop, sales_of

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


def checks(result):
    return {
        each.check_name: each
        for each in result.get_asset_check_evaluations()
        if each.asset_key == dg.AssetKey(["retail", "gold", "predictions"])
    }


def test_a_base_that_stays_is_not_warned_of_and_one_that_changes_is(tmp_path):
    shop, sales = Shop(tmp_path), sales_of()
    shop.deliver_sales(sales, 6)
    result = shop.run(0, 5, EVERYTHING)
    assert result.success
    drift, then = shop.table("prediction_drift", 5), shop.table("prediction_evaluation", 4)
    assert set(drift["prediction"]) == {"volta"}
    assert drift["psi"].notna().all()
    assert drift["customers_before"].iloc[0] == shop.models()["rows"].iloc[5]
    assert checks(result)["results_hold"].passed
    results = shop.table("prediction_results", 5).iloc[0]
    of = {
        name: then.loc[mask] for name, mask in (("ours", then["serves"]), ("last", then["candidate"] == "last_period"))
    }
    ours, last = (np.average(each["brier"], weights=each["n"]) for each in of.values())
    assert results["hold_out_skill"] == pytest.approx(1 - ours / last)

    last = shifted(START, 6)
    shop.deliver_sales(sales, 7)
    assert shop.run(6, names=CUSTOMERS).success
    features = shop.table("feature_matrix", 6)
    features["recency_days"] += 100
    shop.write("feature_matrix", features, [last])
    result = shop.run(6, names=(*MODELS, *SAID))
    assert result.success  # it is a warning
    said = checks(result)
    assert not said["features_keep_their_distribution"].passed
    assert "volta, 1 months ahead: recency_days has PSI" in said["features_keep_their_distribution"].description
    assert said["results_hold"].passed

    # Only who did not buy in the month before buys in the last one.
    bought = set(sales.loc[sales["month"] == shifted(START, 5), "customer_id"])
    turned = sales[sales["month"] < last]
    others = turned[~turned["customer_id"].isin(bought)].drop_duplicates("customer_id")
    shop.deliver_sales(pd.concat([turned, others.assign(month=last, day=last)], ignore_index=True), 7)
    result = shop.run(6, names=EVERYTHING)
    assert result.success
    said = checks(result)["results_hold"]
    assert not said.passed
    assert "said as of 2011-05" in said.description
    assert "of the last period's error" in said.description
