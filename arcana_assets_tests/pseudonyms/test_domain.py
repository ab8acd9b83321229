"""A domain with pseudonyms: whatever it has beyond silver is said to hold them, and its steps are told how to see them.

No table is computed here.
"""

import pytest

from arcana_assets.catalogue.owners import owned_by
from arcana_assets.catalogue.tables import tables_of
from arcana_assets.components.customer_domain import domain_definitions
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.pseudonyms.names import CUSTOMERS, PSEUDONYMS, Columns, Naming
from arcana_assets_tests.worlds.run import deployment_in


def assets_of(name, pseudonyms, tmp_path):
    domain = load_domain(DEFS / name).model_copy(update={"pseudonyms": pseudonyms})
    return domain, domain_definitions(DomainSpec(domain, DEFS / name), deployment_in(tmp_path)).assets


@pytest.mark.parametrize("name", ["retail", "b2b", "mall"])
def test_every_table_says_who_is_in_it_and_every_step_how_it_sees_them(name, tmp_path):
    domain, assets = assets_of(name, True, tmp_path)
    tables = {(domain.name, each.layer, each.name): each for each in tables_of(domain)}
    seen = dict[str, set[str]]()
    for asset in assets:
        if not hasattr(asset, "metadata_by_key"):  # the files of the landing, which are no tables
            continue
        naming = Naming.heard(asset.op.tags[PSEUDONYMS])
        for key, metadata in asset.metadata_by_key.items():
            seen.setdefault(key.path[1], set()).add(naming.shown)
            if table := tables.get(tuple(key.path)):
                columns = Columns.heard(metadata[CUSTOMERS])
                assert {*columns.plain, *columns.lists} == {*table.customers}
    as_is = {layer: {"as_is"} for layer in ("bronze", "silver", "quarantine", "warehouse")}
    beyond = {layer: {"beyond"} for layer in ("gold", "models") if layer in seen}
    assert seen == {**as_is, **beyond, "published": {"people"}}
    [owned] = owned_by([domain]).values()
    assert {key[2] for key in owned.tables} == {
        each.name for each in tables.values() if each.layer == "gold" and each.customers
    }
    assert "customer_id" in {column for columns in owned.silver.values() for column in columns}


def test_a_domain_without_the_setting_is_what_it_was(tmp_path):
    domain, assets = assets_of("retail", False, tmp_path)
    assert owned_by([domain]) == {}
    for asset in (each for each in assets if hasattr(each, "metadata_by_key")):
        assert PSEUDONYMS not in asset.op.tags
        assert not any(CUSTOMERS in metadata for metadata in asset.metadata_by_key.values())
