"""Fits of predictions in MLflow: a run a fit with what was measured, a model that loads, and nothing of a customer.

The store is real: SQLite and files in a folder. Slow: MLflow takes seconds to begin.
"""

import json
import re
from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets.tracking.store import opened
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import CUSTOMERS, MODELS, SAID, Shop, sales_of

pytestmark = pytest.mark.slow

EXPERIMENT = "arcana/retail/volta_1"


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


@pytest.fixture(scope="module")
def tracked(tmp_path_factory):
    """Four months, of which the first has nothing to learn from; and the verdicts of the run."""
    shop = Shop(tmp_path_factory.mktemp("tracked"))
    shop.tracking = ""
    shop.deliver_sales(sales_of(), 4)
    result = shop.run(0, 3, (*CUSTOMERS, *MODELS, *SAID))
    assert result.success
    return shop, result


def runs(shop):
    with opened("", str(shop.root / "lake")) as store:
        found = store.client.search_runs([store.experiment(EXPERIMENT)])
    return {run.data.tags["month"]: run for run in found}


def told(shop):
    return [None if each is None or each != each else json.loads(each) for each in shop.models()["tracked"]]


def verdict(result):
    (found,) = (each for each in result.get_asset_check_evaluations() if each.check_name == "fits_are_tracked")
    return found


def test_every_fit_is_a_run_with_the_measures_of_each_candidate_on_each_hold_out(tracked):
    shop, result = tracked
    found, models = runs(shop), shop.models()
    assert sorted(found) == ["2011-01", "2011-02", "2011-03"]  # before, nothing was known to learn from
    assert verdict(result).passed
    run, model = found["2011-03"], models.iloc[3]
    assert run.info.status == "FINISHED"
    assert {name: run.data.tags[name] for name in ("prediction", "role")} == {
        "prediction": "volta_1",
        "role": "champion",
    }
    assert run.data.params["champion"] == model["champion"]
    assert (run.data.params["train_from"], run.data.params["train_to"]) == ("2010-12", "2011-02")
    assert run.data.metrics["events"] == model["events"]
    for row in shop.table("prediction_evaluation", 3).to_dict("records"):
        measured = run.data.metrics[f"{row['candidate']}/brier/{row['hold_out']:%Y-%m}"]
        assert measured == pytest.approx(row["brier"])
    (read,) = run.inputs.dataset_inputs
    assert json.loads(read.dataset.profile) == {"num_rows": int(model["rows"])}
    assert [each["run"] if each else None for each in told(shop)] == [
        None,
        *(found[month].info.run_id for month in sorted(found)),
    ]


def test_what_serves_is_loaded_from_mlflow_and_says_what_the_table_says(tracked, monkeypatch):
    import mlflow.pyfunc

    shop, _ = tracked
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shop.root}/lake/.mlflow/mlflow.db")
    model = mlflow.pyfunc.load_model("models:/retail.volta_1@champion")
    features = shop.table("feature_matrix", 3).sort_values("customer_id", ignore_index=True)
    sales = sales_of()
    did = set(sales.loc[sales["month"] == shifted(START, 3), "customer_id"])
    features["did_in_the_last_period"] = features["customer_id"].isin(did).astype(float)
    months = (
        sales[sales["month"].between(shifted(START, 1), shifted(START, 3))].groupby("customer_id")["month"].nunique()
    )
    features["share_of_months"] = features["customer_id"].map(months).fillna(0) / 3
    said = shop.table("predictions", 3).sort_values("customer_id", ignore_index=True)
    numbers = features.drop(columns=["customer_id", "month"]).astype("float64")
    np.testing.assert_allclose(model.predict(numbers)["probability"], said["probability"])


def test_no_customer_is_in_anything_that_mlflow_keeps(tracked):
    shop, _ = tracked
    codes = re.compile(rb"\bc\d{3}\b")
    files = [path for path in (Path(shop.root) / "lake" / ".mlflow").rglob("*") if path.is_file()]
    assert len(files) > 9
    assert [path.name for path in files if codes.search(path.read_bytes())] == []


def test_a_month_made_again_is_not_tracked_twice_and_what_is_gone_is_tracked_again(tracked):
    shop, _ = tracked
    before = told(shop)
    assert shop.run(3, names=MODELS).success
    assert told(shop) == before
    assert len(runs(shop)) == 3
    shop.tracking = "off"
    assert shop.run(3, names=MODELS).success
    assert told(shop) == before  # what was kept is still there
    shop.tracking = ""


def test_a_fit_that_mlflow_refuses_is_in_the_lake_all_the_same_and_is_warned_of(tracked, tmp_path):
    shop = Shop(tmp_path)
    shop.tracking = "http://127.0.0.1:9"  # nobody listens
    shop.deliver_sales(sales_of(customers=120), 3)
    result = shop.run(0, 2, (*CUSTOMERS, *MODELS))
    assert result.success
    assert not verdict(result).passed
    assert "MLflow at http://127.0.0.1:9 could not keep" in verdict(result).description
    assert shop.models()["champion"].notna().sum() == 2
    assert told(shop) == [None, None, None]


def test_where_tracking_is_off_nothing_is_kept(tmp_path):
    shop = Shop(tmp_path)
    shop.deliver_sales(sales_of(customers=120), 2)
    result = shop.run(0, 1, (*CUSTOMERS, *MODELS))
    assert result.success
    assert verdict(result).description == "Fits are not tracked"
    assert not (shop.root / "lake" / ".mlflow").exists()
