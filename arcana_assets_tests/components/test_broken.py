"""A domain that cannot be read is a red check in Dagster, and the others load, run and are looked after."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.components.broken import CHECK, SENSOR
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment

KEY = dg.AssetKey(["mall", "domain"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("retail", "mall"):
        shutil.copytree(DEFS / name, tmp_path / "defs" / name)
    wrong = tmp_path / "defs" / "mall" / "defs.yaml"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("currency: ", "curency: "), encoding="utf-8")
    return tmp_path / "defs"


@pytest.fixture
def deployment(tmp_path: Path, folder: Path) -> Deployment:
    return Deployment(
        *(str(tmp_path / name) for name in ("lake", "landing", "home")), tracking="off", defs=(str(folder),)
    )


def failed(instance: dg.DagsterInstance) -> tuple[bool, str]:
    """Whether the check of the domain passed when it was evaluated last, and what it said."""
    key = dg.AssetCheckKey(KEY, CHECK)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    evaluated = record.event.dagster_event.asset_check_evaluation_data
    return evaluated.passed, evaluated.description


def test_the_others_load_and_the_broken_one_has_no_table_and_no_job(deployment, caplog):
    definitions = build_definitions(deployment=deployment)
    graph = definitions.resolve_asset_graph()
    assert {key.path[0] for key in graph.materializable_asset_keys} == {"retail"}
    assert [key.to_user_string() for key in graph.external_asset_keys if key.path[0] == "mall"] == ["mall/domain"]
    repository = definitions.get_repository_def()
    assert {job.name for job in repository.get_all_jobs()} >= {"refresh_retail", "maintain_retail"}
    assert not [job.name for job in repository.get_all_jobs() if "mall" in job.name]
    assert "the domain mall cannot be read" in caplog.text
    assert "attributes.curency: unknown key 'curency'; did you mean 'currency'?" in caplog.text


def test_the_check_is_red_without_a_run_and_told_once(deployment):
    repository = build_definitions(deployment=deployment).get_repository_def()
    sensor = repository.get_sensor_def(SENSOR)
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    with dg.DagsterInstance.ephemeral() as instance:
        result = sensor.evaluate_tick(dg.build_sensor_context(instance=instance))
        assert [(each.asset_key, each.check_name, each.passed) for each in result.asset_events] == [(KEY, CHECK, False)]
        for event in result.asset_events:
            instance.report_runless_asset_event(event)  # as the daemon does
        passed, said = failed(instance)
        assert not passed
        assert "mall/defs.yaml:10: attributes.curency" in said
        again = sensor.evaluate_tick(dg.build_sensor_context(instance=instance))
        assert (again.asset_events, again.skip_message) == ([], "still broken: mall")


def test_the_check_can_be_run_by_hand_and_passes_once_the_file_is_right(deployment, folder):
    definitions = build_definitions(deployment=deployment)
    job = definitions.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        chosen = job.get_subset(asset_check_selection={dg.AssetCheckKey(KEY, CHECK)}, asset_selection=set())
        assert chosen.execute_in_process(instance=instance).success
        assert not failed(instance)[0]
        wrong = folder / "mall" / "defs.yaml"
        wrong.write_text(wrong.read_text(encoding="utf-8").replace("curency: ", "currency: "), encoding="utf-8")
        assert chosen.execute_in_process(instance=instance).success
        assert failed(instance) == (True, "It can be read again: reload the code location.")


def test_a_deployment_whose_domains_are_all_right_has_nothing_of_it(deployment, folder):
    shutil.rmtree(folder / "mall")
    repository = build_definitions(deployment=deployment).get_repository_def()
    assert SENSOR not in {sensor.name for sensor in repository.sensor_defs}


def test_a_folder_whose_name_is_no_word_is_shown_as_one(deployment, folder):
    shutil.move(folder / "mall", folder / "my shop-2")
    graph = build_definitions(deployment=deployment).resolve_asset_graph()
    assert dg.AssetKey(["my_shop_2", "domain"]) in graph.external_asset_keys


def test_two_that_cannot_be_read_and_are_named_alike_stop_neither_each_other_nor_the_rest(tmp_path, folder):
    missing = (str(tmp_path / "a" / "defs"), str(tmp_path / "b" / "defs"))
    places = {name: str(tmp_path / name) for name in ("lake", "landing", "home")}
    deployment = Deployment(**places, tracking="off", defs=(str(folder), *missing))
    definitions = build_definitions(deployment=deployment)
    graph = definitions.resolve_asset_graph()
    assert {key.path[0] for key in graph.materializable_asset_keys} == {"retail"}
    broken = {key.path[0] for key in graph.external_asset_keys if key.path[-1] == "domain"}
    assert len(broken) == 3
    assert "mall" in broken
    assert definitions.get_repository_def().get_sensor_def(SENSOR)
