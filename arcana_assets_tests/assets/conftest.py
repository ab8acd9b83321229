"""A shop of its own for each test."""

import dagster as dg
import pytest

from arcana_assets.assets import spec
from arcana_assets_tests.assets.shop import Shop
from arcana_assets_tests.platform import Platform


@pytest.fixture
def shop(tmp_path, monkeypatch):
    # Another try would come to the same, seconds later.
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Shop(Platform(tmp_path, instance))
