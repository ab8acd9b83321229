"""The two roads to a domain's definitions end in the same ones, and single resources can be replaced."""

import dagster as dg
import pytest

from arcana_assets.components import CustomerDomainComponent
from arcana_assets.components.customer_domain import resources
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.files import Exports


@pytest.fixture
def deployment(tmp_path):
    return Deployment(*(str(tmp_path / name) for name in ("lake", "landing", "home")), tracking="off")


def names(definitions: dg.Definitions) -> tuple[set[str], set[str]]:
    """Keys of assets, and names of jobs, schedules and sensors."""
    repository = definitions.get_repository_def()
    makes = (*repository.get_all_jobs(), *repository.schedule_defs, *repository.sensor_defs)
    keys = {spec.key.to_user_string() for spec in definitions.resolve_all_asset_specs()}
    return keys, {each.name for each in makes if not each.name.startswith("__")}


def test_the_component_of_a_folder_is_the_domain_that_the_code_location_loads(deployment):
    component = dg.build_defs_for_component(CustomerDomainComponent(DEFS / "retail"))
    keys, makes = names(dg.Definitions.merge(component, dg.Definitions(resources=resources(deployment))))
    all_keys, all_makes = names(build_definitions(deployment=deployment))
    assert keys == {key for key in all_keys if key.startswith("retail/")}
    assert makes == {name for name in all_makes if name.endswith(("_retail", "_retail_tables"))}


def test_a_resource_given_takes_the_place_of_one_of_the_deployment(deployment, lake):
    exports = Exports(root="elsewhere", sheet_rows=3)
    given = build_definitions(deployment=deployment, resources={"exports": exports, "lake": lake}).resources
    assert given["exports"] is exports
    assert given["landing"].root == deployment.landing


def test_the_io_manager_writes_to_the_lake_that_is_given(deployment, lake):
    engine = Engine()
    given = resources(deployment, lake=lake, engine=engine)
    with dg.build_init_resource_context() as context:
        manager = next(given["io_manager"].resource_fn(context))
    assert (manager.lake, manager.engine, manager.leases.root) == (lake, engine, lake.root)


def test_a_resource_that_no_asset_asks_for_is_refused_with_the_nearest_name(deployment):
    with pytest.raises(TypeError, match="no asset asks for a resource 'export'; did you mean 'exports'"):
        resources(deployment, export=1)
