"""What the UI shows of a domain: groups that read as a picture, and assets that say what they are for."""

from collections import Counter

import dagster as dg
import pytest

from arcana_assets.definitions import build_definitions
from arcana_assets.deployment import Deployment

SHOP = {"retail_landing": 4, "retail_bronze": 4, "retail_silver": 8}
FIRM = {
    "b2b_landing_customers": 2,
    "b2b_landing_surveys": 6,
    "b2b_bronze_commercial": 5,
    "b2b_silver_experience": 4,
    "b2b_silver_surveys": 12,
    "b2b_silver_feedback": 2,
}


@pytest.fixture(scope="module")
def specs(tmp_path_factory) -> list[dg.AssetSpec]:
    root = tmp_path_factory.mktemp("deployment")
    deployment = Deployment(*(str(root / name) for name in ("lake", "landing", "home")))
    return list(build_definitions(deployment=deployment).resolve_all_asset_specs())


def test_no_group_of_a_domain_is_too_large_for_one_picture(specs):
    groups = Counter(spec.group_name for spec in specs)
    assert {spec.key.path[0] for spec in specs} == {"retail", "b2b", "mall"}
    assert {name: size for name, size in groups.items() if size > 12} == {}


def test_sources_are_together_where_they_are_few_and_by_area_where_they_are_many(specs):
    groups = Counter(spec.group_name for spec in specs)
    assert {name: groups[name] for name in {**SHOP, **FIRM}} == {**SHOP, **FIRM}
    assert not {"b2b_landing", "b2b_bronze", "b2b_silver"} & groups.keys()


def test_a_refused_row_is_shown_beside_the_rows_that_were_kept(specs):
    groups = {tuple(spec.key.path): spec.group_name for spec in specs}
    sources = [path for path in groups if path[1] == "silver"]
    assert all(
        groups[domain, "quarantine", source] == groups[domain, "silver", source] for domain, _, source in sources
    )


def test_after_silver_groups_are_capabilities(specs):
    groups = {
        spec.group_name.partition("_")[2] for spec in specs if spec.key.path[1] in ("gold", "models", "published")
    }
    groups_of_people = {"customers", "identity", "sales", "visits", "segments", "recommendations", "loyalty"}
    assert groups == groups_of_people | {"predictions", "profile", "published", "reports"}


def test_every_asset_says_what_it_is_for_and_what_is_in_it(specs):
    for spec in specs:
        said = spec.description or ""
        assert said.endswith("."), spec.key
        assert ("a month" in said) if spec.key.path[1] == "published" else ("A row is " in said), spec.key
