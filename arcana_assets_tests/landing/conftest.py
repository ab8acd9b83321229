"""A landing of its own for each test."""

import pytest

from arcana_assets_tests.landing.drops import Drop, catalogue


@pytest.fixture
def drop(tmp_path, engine) -> Drop:
    return Drop(tmp_path / "landing", engine, catalogue())
