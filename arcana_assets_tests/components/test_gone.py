"""A domain's folder goes away while Dagster has it loaded: what was loaded works on, and none is called right again."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.components.broken import CHECK
from arcana_assets.components.customer_domain import resources
from arcana_assets.definitions import build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.graph.run import AS_OF_TAG, range_tags
from arcana_assets_tests.worlds.folder import CLIENTS, DEFS, SALES

NOVEMBER, NIGHT = date(2024, 11, 1), datetime(2024, 11, 20, 5, tzinfo=UTC)
FIRST = "dagster/asset_partition_range_start"
BOTH = ("north", "south")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """Two domains, north and south, in a folder of their own, with a file of sales and of clients each."""
    for name in BOTH:
        sources, landing = tmp_path / "defs" / name / "sources", tmp_path / "landing" / name
        sources.mkdir(parents=True)
        (sources.parent / "defs.yaml").write_text(DEFS.replace("name: shop", f"name: {name}"), encoding="utf-8")
        (sources / "sales.yaml").write_text(SALES, encoding="utf-8")
        (sources / "clients.yaml").write_text(CLIENTS, encoding="utf-8")
        (landing / "sales").mkdir(parents=True)
        (landing / "clients.csv").write_text("id\nwalk-in\n", encoding="utf-8")
        (landing / "sales" / "november.csv").write_text(
            "No;When;Code;Pieces;Price;Land;Till\n#1;2024-11-05;LAMP;2;9,5;NO;1\n", encoding="utf-8"
        )
    places = (str(tmp_path / name) for name in ("lake", "landing", "home"))
    return Deployment(*places, tracking="off", defs=(str(tmp_path / "defs"),))


@pytest.fixture
def loaded(deployment: Deployment) -> dg.Definitions:
    """The definitions as they were built before the folder of south was removed."""
    definitions = build_definitions(deployment=deployment)
    definitions.get_repository_def().load_all_definitions()  # as a code server does when it starts
    shutil.rmtree(Path(deployment.defs[0]) / "south")
    return definitions


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.mark.parametrize("name", BOTH)
def test_the_sensor_and_the_night_of_what_was_loaded_ask_as_before(name, loaded, deployment, instance):
    repository, there = loaded.get_repository_def(), resources(deployment)
    sensor = repository.get_sensor_def(f"landing_{name}")
    needed = {each: there[each] for each in sensor.required_resource_keys}
    seen = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, resources=needed))
    assert {"sales:sales/november.csv", "clients:clients.csv"} == {*json.loads(seen.cursor)["files"]}
    assert seen.run_requests[0].tags[FIRST] == "2024-11-01"
    at_night = dg.build_schedule_context(instance=instance, scheduled_execution_time=NIGHT)
    (asked,) = repository.get_schedule_def(f"nightly_{name}").evaluate_tick(at_night).run_requests
    assert asked.tags.items() >= (range_tags([NOVEMBER]) | {AS_OF_TAG: NIGHT.isoformat()}).items()


@pytest.mark.parametrize("name", BOTH)
def test_a_run_of_what_was_loaded_writes_its_tables(name, loaded, deployment, instance):
    job = loaded.resolve_job_def(f"refresh_{name}").get_subset(
        asset_selection={dg.AssetKey([name, layer, "sales"]) for layer in ("bronze", "silver", "quarantine")}
    )
    done = job.execute_in_process(instance=instance, tags=range_tags([NOVEMBER]) | {AS_OF_TAG: NIGHT.isoformat()})
    assert done.success
    lake, engine = resources(deployment)["lake"], resources(deployment)["engine"]
    silver = engine.backend.to_pyarrow(lake.read((name, "silver", "sales"), [NOVEMBER], engine))
    assert silver["product_id"].to_pylist() == ["LAMP"]


def test_when_it_is_loaded_again_the_other_domain_is_whole_and_nothing_of_this_one_is_left(loaded, deployment):
    repository = build_definitions(deployment=deployment).get_repository_def()
    assert {key.path[0] for key in repository.asset_graph.materializable_asset_keys} == {"north"}
    assert {job.name for job in repository.get_all_jobs()} >= {"refresh_north", "maintain_north", "erase_north"}
    assert not [job.name for job in repository.get_all_jobs() if "south" in job.name]


def checked(definitions: dg.Definitions, key: dg.AssetKey, instance: dg.DagsterInstance) -> tuple[bool, str]:
    """Whether the check of a domain that could not be read when it was loaded passes now, and what it says."""
    check = dg.AssetCheckKey(key, CHECK)
    job = definitions.resolve_implicit_global_asset_job_def()
    chosen = job.get_subset(asset_check_selection={check}, asset_selection=set())
    assert chosen.execute_in_process(instance=instance).success
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])[check]
    evaluated = record.event.dagster_event.asset_check_evaluation_data
    return evaluated.passed, evaluated.description


@pytest.mark.parametrize("gone", ["south", "."])
def test_a_broken_domain_whose_folder_goes_away_is_not_said_to_be_right_again(gone, deployment, instance):
    folder = Path(deployment.defs[0])
    wrong = folder / "south" / "defs.yaml"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("currency: ", "curency: "), encoding="utf-8")
    definitions = build_definitions(deployment=deployment)
    shutil.rmtree(folder / gone)
    passed, said = checked(definitions, dg.AssetKey(["south", "domain"]), instance)
    assert not passed
    assert said == (
        f"{folder / 'south'}: expected the folder of the domain with its defs.yaml, found none. Put it back, or "
        "reload the code location: nothing of it is there then"
    )


def test_a_folder_of_domains_that_was_not_there_and_is_has_a_check_that_passes(deployment, instance, tmp_path):
    later = tmp_path / "later"
    given = Deployment(deployment.lake, deployment.landing, deployment.home, tracking="off", defs=(str(later),))
    definitions = build_definitions(deployment=given)
    assert not checked(definitions, dg.AssetKey(["later", "domain"]), instance)[0]
    shutil.copytree(deployment.defs[0], later)
    assert checked(definitions, dg.AssetKey(["later", "domain"]), instance)[0]
