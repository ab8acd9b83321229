"""The base that moves and drift are tested on."""

import dagster as dg
import pytest

from arcana_assets.graph import spec as spec_module
from arcana_assets_tests.segmentation.assets.hundred import Base


@pytest.fixture
def base(tmp_path, monkeypatch):
    # Another try would come to the same, seconds later.
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Base(tmp_path, instance)
