"""Rank correlations are Spearman's, features are those that settings name, personas have their own quantiles."""

import json
from datetime import date

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from arcana_assets.profile.features import by_persona, correlations, named_features

MAY = date(2011, 5, 1)


@pytest.fixture
def matrix():
    generator = np.random.default_rng(3)
    a = generator.integers(0, 6, 200)  # ties
    b = a + generator.integers(0, 4, 200)
    return {"a": a.tolist(), "b": [None if at % 10 == 0 else int(each) for at, each in enumerate(b)], "c": [1] * 200}


def table(columns):
    ids = [f"c{at}" for at in range(len(columns["a"]))]
    return ibis.memtable(pa.table({"month": pa.array([MAY] * len(ids), pa.date32()), "customer_id": ids, **columns}))


def test_the_coefficient_is_that_of_mean_ranks_over_who_has_both(engine, matrix):
    known = [at for at, value in enumerate(matrix["b"]) if value is not None]
    matrix["a"] = [None if at not in set(known) else value for at, value in enumerate(matrix["a"])]
    found = {(row["item"], row["other"]): row for row in correlations(engine, table(matrix), ["a", "b", "c"])}
    expected = spearmanr([matrix["a"][at] for at in known], [matrix["b"][at] for at in known]).statistic
    assert found["a", "b"]["value"] == pytest.approx(expected)
    assert found["a", "b"]["n"] == len(known)
    assert set(found) == {("a", "b")}  # what is always the same goes together with nothing


def test_points_are_of_few_customers_and_without_their_ids(engine, matrix):
    (row,) = correlations(engine, table(matrix), ["a", "b"])
    points = json.loads(row["detail"])
    assert len(points) == 180
    assert sorted(points) == points
    assert "c1" not in row["detail"]


def test_of_few_customers_no_coefficient_is_told(engine):
    assert list(correlations(engine, table({"a": [1, 2, 3], "b": [1, 2, 3]}), ["a", "b"])) == []


def test_features_are_those_that_segmentations_name_and_two_of_each_pattern():
    columns = ["x", "owns_a", "owns_b", "owns_c", "x_absent"]
    assert named_features(["x", "owns_*", "x", "x_absent"], columns, 9) == ["x", "owns_a", "owns_b"]
    assert named_features(["owns_*", "x"], columns, 1) == ["owns_a"]


def test_each_persona_has_the_median_of_its_own_customers(engine):
    features = table({"a": [1, 2, 3, 10, 20]})
    segments = ibis.memtable(
        pa.table(
            {
                "month": pa.array([MAY] * 5, pa.date32()),
                "customer_id": [f"c{at}" for at in range(5)],
                "segmentation": ["value"] * 5,
                "segment_id": [1, 1, 1, 2, 2],
                "persona": ["Low", "Low", "Low", "High", "High"],
            }
        )
    )
    found = {row["item"]: row for row in by_persona(engine, features, segments, {"value": ["a"], "none": []})}
    assert {name: (row["value"], row["n"]) for name, row in found.items()} == {"Low": (2, 3), "High": (10, 2)}
