"""Everybody: the engine counts what positions of a frame come to."""

import ibis
import numpy as np
import pandas as pd
import pytest

from arcana_assets.engine.duckdb import Engine
from arcana_assets.segmentation.personas.positions import base_means, positions
from arcana_assets.segmentation.profiles.everybody import everybody

FEATURES = ["monetary", "frequency", "share_moda", "gone"]


def test_positions_of_a_table_are_those_of_its_frame():
    draw, engine = np.random.default_rng(5), Engine()
    values = {
        "monetary": np.concatenate([draw.lognormal(2, 2, 998), [np.inf, -3.5]]),
        "frequency": draw.integers(0, 6, 1_000).astype(float),  # ties
        "share_moda": np.where(draw.random(1_000) < 0.4, np.nan, draw.random(1_000)),
        "gone": np.full(1_000, np.nan),
    }
    frame = pd.DataFrame({"customer_id": [f"c{n:04}" for n in range(1_000)], **values})
    ids = pd.Series(draw.integers(0, 4, 1_000))
    segments = frame[["customer_id"]].assign(segment_id=ids, persona="p" + ids.astype(str)).sample(frac=1)
    tables = ibis.memtable(segments), ibis.memtable(frame)
    found = everybody(*tables, FEATURES, lambda rows: engine.small(rows).to_pylist())
    pd.testing.assert_frame_equal(found.positions, positions(frame, ids, FEATURES), rtol=1e-7, check_dtype=False)
    assert found.base == pytest.approx(base_means(frame, FEATURES), nan_ok=True)
    assert found.personas == {0: "p0", 1: "p1", 2: "p2", 3: "p3"}
