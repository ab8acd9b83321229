"""The storage that `dagster.yaml` proposes for several machines, in a real PostgreSQL: a refresh, and its retention.

Slow: a whole month is refreshed in a process of its own.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import create_engine, text

from arcana_assets.alerts.look import found
from arcana_assets.alerts.state import load_state
from arcana_assets.alerts.watch import Watched
from arcana_assets.automation.old_runs import remove_old_runs
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domains
from arcana_assets_tests.worlds import postgres
from arcana_assets_tests.worlds.postgres import Server

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow

URL = "ARCANA_DAGSTER_POSTGRES_URL"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as started:
        yield started


def proposed() -> str:
    """dagster.yaml with the storage of its comment in the place of the one it has."""
    settings = (ROOT / "dagster.yaml").read_text()
    lines = re.search(r"(?m)^#   storage:\n(?:#     .*\n)+", settings)
    assert lines, "dagster.yaml proposes no storage"
    told = re.sub(r"(?m)^#   ", "", lines.group())
    changed, times = re.subn(r"(?m)^storage:\n(?:  .*\n)+", told, settings)
    assert times == 1
    return changed


def address(server: Server) -> str:
    return server.uri.replace("+psycopg:", "+psycopg2:")


def test_a_refresh_is_recorded_in_postgresql_and_removed_from_it(tmp_path, monkeypatch, server):
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(proposed())
    monkeypatch.setenv(URL, address(server))
    for name, value in (("ARCANA_HOME", home), ("ARCANA_LAKE", tmp_path / "lake"), ("ARCANA_WAREHOUSE", "off")):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.delenv("ARCANA_LANDING", raising=False)
    arcana = [sys.executable, "-c", "from arcana_assets.cli import main; main()"]
    made = ["sample", "retail", "--customers", "60", "--months", "1", "--seed", "7"]
    for command in (made, ["refresh", "retail", "--months", "2010-12:2010-12"]):
        done = subprocess.run([*arcana, *command], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (home / "dagster.yaml").read_text() == proposed()
    assert not list(home.rglob("*.db"))

    engine = create_engine(address(server))

    def count(table: str) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        customers = dg.AssetKey(["retail", "gold", "customer_360"])
        assert instance.get_materialized_partitions(customers) == {"2010-12-01"}
        assert count("event_logs") > 100
        assert count("asset_check_executions") > 10
        _is_watched(instance)
        # The run holds the latest of everything, and stays however old it is; with a newer one it may go.
        later = datetime.now(UTC) + timedelta(days=1)
        assert remove_old_runs(instance, later) == []
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO asset_check_executions (asset_key, check_name, partition, run_id, execution_status)"
                    " SELECT asset_key, check_name, partition, 'another', execution_status"
                    " FROM asset_check_executions"
                )
            )
            connection.execute(text("UPDATE event_logs SET asset_key = NULL"))
        assert remove_old_runs(instance, later) == [run.run_id]
        assert instance.get_runs() == []
        assert count(f"event_logs WHERE run_id = '{run.run_id}'") == 0
        assert count(f"asset_check_executions WHERE run_id = '{run.run_id}'") == 0
    engine.dispose()


def _is_watched(instance: dg.DagsterInstance) -> None:
    """What the alerts keep is kept there, again and again."""
    domains, now = list(load_domains(DEFS).values()), time.time()
    for _ in range(2):
        state = found(instance, domains, Watched(), now)
        assert {each.finding.severity for each in state.standing} == {"warning"}
        assert {each.times for each in state.standing} == {1}
        state.save(instance)
        assert load_state(instance, now) == state


def test_a_server_that_is_away_is_told_of_in_a_sentence_without_the_password(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(proposed())
    monkeypatch.setenv(URL, "postgresql+psycopg2://arcana:geheim@127.0.0.1:9/dagster?connect_timeout=2")
    monkeypatch.setenv("ARCANA_HOME", str(home))
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    command = [
        sys.executable,
        "-c",
        "from arcana_assets.cli import main; main()",
        "refresh",
        "retail",
        "--months",
        "2010-12:2010-12",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "geheim" not in said
    assert "Traceback" not in said, said[-3000:]
    assert "127.0.0.1" in said
