"""Drift of two months: measured against the month of the fit, and told where a feature passes its limit."""

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from arcana_assets_tests.segmentation.assets.hundred import CUSTOMERS, DECEMBER, JANUARY, MONTHS, told_of
from arcana_assets_tests.worlds.shop import checks, failure


def test_a_feature_that_drifted_is_named_and_kept_with_its_reference(base):
    december, january = base.fill()
    result = base.run(JANUARY)
    rows = {row["feature"]: row for row in base.rows("feature_drift", JANUARY).to_pylist()}
    assert list(rows) == base.features
    assert {feature: row["drifted"] for feature, row in rows.items()} == {
        "recency_days": True,
        "frequency": False,
        "monetary": False,
    }
    row = rows["recency_days"]
    assert row["median_before"] == pytest.approx(december["recency_days"].median())
    assert row["median_now"] == pytest.approx(january["recency_days"].median())
    assert (row["customers_before"], row["customers_now"], row["fitted_month"]) == (100, 99, DECEMBER)
    found = checks(result)["features_keep_their_distribution"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description.startswith(f"2011-01, {base.name}: Recência (dias) (recency_days) mudou, com PSI ")
    assert "Valor" not in found.description
    metadata = told_of(result, "feature_drift")
    assert metadata[f"largest_psi_{base.name}"].value == pytest.approx(row["psi"])
    assert "Recência (dias)" in metadata["drift"].value


def test_the_limit_of_drift_is_that_of_the_segmentation(base):
    base.refit = {"psi": 50.0}
    base.fill()
    result = base.run(JANUARY)
    assert checks(result)["features_keep_their_distribution"].passed
    assert not any(base.rows("feature_drift", JANUARY)["drifted"].to_pylist())


def test_features_that_are_new_or_gone_have_rows_that_say_so(base):
    base.fill(without=["frequency"])
    base.settings["features"] = [*base.features, "distinct_products"]
    result = base.run(JANUARY)
    notes = {
        row["feature"]: (row["psi"] is None, row["note"]) for row in base.rows("feature_drift", JANUARY).to_pylist()
    }
    assert notes["frequency"] == (True, "ausente na base atual")
    assert notes["distinct_products"] == (True, "sem referência no modelo, ausente na base atual")
    description = checks(result)["features_keep_their_distribution"].description
    assert "(frequency) está ausente na base atual" in description
    assert "distinct_products" not in description


def test_a_model_fitted_on_some_customers_is_compared_to_those(base):
    base.settings["fitted_on"] = "frequency"
    base.now = dict.fromkeys(base.features, 1.0)
    december, _ = base.fill()
    nobody = pd.concat(
        [
            december.assign(month=DECEMBER),
            december.assign(month=JANUARY, customer_id=lambda f: "x" + f.customer_id, frequency=0.0, monetary=0.0),
        ]
    )
    base.write("feature_matrix", pd.concat([nobody, december.assign(month=JANUARY)]))
    base.run(JANUARY)
    rows = base.rows("feature_drift", JANUARY).to_pylist()
    assert {row["customers_now"] for row in rows} == {100}
    assert max(row["psi"] for row in rows) < 0.01


def test_who_stands_out_does_not_count_for_drift_where_a_model_is_not_fitted_on_them(base):
    base.settings["outliers"] = "not_fitted"
    base.now = dict.fromkeys(base.features, 1.0)
    base.fill()
    flags = [
        {"customer_id": customer, "month": month, "is_outlier": place < 7}
        for month in (DECEMBER, JANUARY)
        for place, customer in enumerate(CUSTOMERS)
    ]
    base.write("customer_360", flags)
    base.run(JANUARY)
    assert {row["customers_now"] for row in base.rows("feature_drift", JANUARY).to_pylist()} == {92}


def test_a_month_without_a_model_has_no_drift(base):
    base.fill()
    empty = base.rows("segments", DECEMBER)[:0]
    schema = pa.schema(
        [("month", pa.date32()), *((n, pa.string()) for n in ("segmentation", "model")), ("fitted_month", pa.date32())]
    )
    base.lake.write(("retail", "models", base.name), schema.empty_table(), list(MONTHS), engine=base.engine, run_id="m")
    base.lake.write(("retail", "gold", "segments"), empty, list(MONTHS), engine=base.engine, run_id="m")
    result = base.run(JANUARY)
    assert result.success, failure(result)
    assert all(check.passed for check in checks(result).values() if check.check_name != "segments_within_share_limits")
    assert base.rows("feature_drift", JANUARY).num_rows == base.rows("segment_migration", JANUARY).num_rows == 0
