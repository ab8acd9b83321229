"""What the guide to databases points to is there, and says what the guide says."""

import json
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "databases.md"
pytestmark = pytest.mark.skipif(not GUIDE.is_file(), reason="an installed package comes without docs")


def test_power_bi_opens_the_database_of_the_guide_by_its_file():
    text = GUIDE.read_text(encoding="utf-8")
    assert "[arcana.pbids](arcana.pbids)" in text
    told = json.loads((DOCS / "arcana.pbids").read_text(encoding="utf-8"))
    assert set(told) == {"version", "connections"}
    [connection] = told["connections"]
    assert connection["mode"] == "Import"
    assert connection["details"]["protocol"] == "postgresql"
    server, database = (connection["details"]["address"][each] for each in ("server", "database"))
    assert f"postgresql+psycopg://arcana_publisher@{server}/{database}" in text


def test_no_step_of_the_guide_takes_months_for_days():
    text = GUIDE.read_text(encoding="utf-8")
    assert "mark `dim_mes` as date table by" not in text
    assert "Do not mark `dim_mes` as date table" in text
