"""A domain that `dg scaffold` made loads as it is, and says what of it is its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster.components.testing.utils import DefsFolderSandbox, create_defs_folder_sandbox

from arcana_assets.components import CustomerDomainComponent
from arcana_assets.components.customer_domain import resources
from arcana_assets.components.scaffolding import CustomerDomainScaffolder
from arcana_assets.deployment import Deployment
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.folder import load_domain

ROOT = Path(__file__).parents[2]
PROJECT = """\
[project]
name = "ours"
version = "1.0"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "ours"
registry_modules = ["arcana_assets.components"]
"""
DEFINITIONS = """\
from pathlib import Path

import dagster as dg

from arcana_assets.components.customer_domain import resources
from arcana_assets.deployment import Deployment


@dg.definitions
def defs() -> dg.Definitions:
    ours = dg.load_from_defs_folder(path_within_project=Path(__file__))
    return dg.Definitions.merge(ours, dg.Definitions(resources=resources(Deployment.from_env())))
"""


@pytest.fixture
def project(monkeypatch, tmp_path):
    """A project of Dagster that is not this one."""
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    with create_defs_folder_sandbox() as sandbox:
        yield sandbox


@pytest.mark.filterwarnings("ignore:`parse_obj_as` is deprecated")  # Dagster calls it wherever it reads a defs.yaml
@pytest.mark.filterwarnings("ignore:.* is currently in beta")  # of these it makes jobs and where files are
def test_a_scaffolded_domain_loads_as_it_is_with_all_tables_of_a_shop(project: DefsFolderSandbox):
    folder = project.scaffold_component(CustomerDomainComponent, "corner_bakery")
    assert sorted(path.name for path in folder.rglob("*.yaml")) == ["defs.yaml", "transactions.yaml"]
    with project.load_component_and_build_defs(defs_path=folder) as (component, definitions):
        domain = component.spec.domain
        assert (domain.name, domain.title, [*domain.sources]) == ("corner_bakery", "Corner bakery", ["transactions"])
        given = dg.Definitions(resources=resources(Deployment.from_env()))
        graph = dg.Definitions.merge(definitions, given).resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    wanted = {"silver/transactions", "gold/customer_360", "models/value", "gold/segments", "gold/recommendations"}
    assert {f"corner_bakery/{each}" for each in wanted} <= keys


@pytest.mark.parametrize("name", ["no", "on", "off", "yes", "y", "null", "true", "nan", "e3"])
def test_a_name_that_yaml_takes_for_something_else_is_a_name(tmp_path: Path, name):
    folder = tmp_path / name
    folder.mkdir()
    CustomerDomainScaffolder().scaffold(dg.ScaffoldRequest("", folder, "yaml", tmp_path, None, False))
    domain = load_domain(folder)
    assert (domain.name, domain.title, domain.description) == (name, name.capitalize(), f"Sales of {name}")
    as_dagster_reads = yaml.safe_load((folder / "defs.yaml").read_text(encoding="utf-8"))["attributes"]
    assert (as_dagster_reads["name"], as_dagster_reads["title"]) == (domain.name, domain.title)


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("Corner-Bakery", "yaml", "did you mean 'corner_bakery'"),
        ("gold", "yaml", "'gold' is reserved"),
        ("bakery", "python", "expected the format yaml"),
    ],
)
def test_what_can_be_no_domain_is_refused_and_leaves_nothing(project: DefsFolderSandbox, name, asked, said):
    with pytest.raises(ArcanaError, match=said):
        project.scaffold_component(CustomerDomainComponent, name, scaffold_format=asked)
    assert [path for path in project.defs_folder_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "there", "said"),
    [
        ("bakery", "defs.yaml", "found defs.yaml in .*bakery; nothing was written"),
        ("bakery", "sources/mine.yaml", "found sources in .*bakery; nothing was written"),
        ("gold", "notes.txt", "'gold' is reserved"),
    ],
)
def test_what_is_in_the_folder_already_stays_as_it_is(tmp_path: Path, name, there, said):
    mine = tmp_path / name / there
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    request = dg.ScaffoldRequest("", tmp_path / name, "yaml", tmp_path, None, False)
    with pytest.raises(ArcanaError, match=said):
        CustomerDomainScaffolder().scaffold(request)
    assert [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()] == ["mine"]


@pytest.mark.slow
def test_dg_scaffolds_checks_and_lists_a_domain(tmp_path):
    """Slow: `dg` starts processes that load the platform, three times."""
    dg_command = shutil.which("dg", path=Path(sys.executable).parent)
    assert dg_command is not None, "expected dg beside Python: pip install dagster-dg-cli, as .venv has it"
    package = tmp_path / "src" / "ours"
    (package / "defs").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (package / "__init__.py").touch()
    (package / "definitions.py").write_text(DEFINITIONS, encoding="utf-8")
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env |= {"HOME": str(tmp_path), "DAGSTER_HOME": "", "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path / 'src'}"}
    env |= {"ARCANA_LAKE": str(tmp_path / "lake"), "DG_CLI_DISABLE_TELEMETRY": "1", "COLUMNS": "200"}

    def dg_(*words: str) -> str:
        done = subprocess.run([dg_command, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    dg_("scaffold", "defs", "arcana_assets.components.CustomerDomainComponent", "bakery")
    assert "All definitions loaded successfully" in dg_("check", "defs")
    listed = dg_("list", "defs", "--json")
    assert '"bakery/gold/customer_360"' in listed
    assert '"refresh_bakery"' in listed
