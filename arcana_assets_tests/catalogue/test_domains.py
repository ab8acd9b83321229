"""Domains lie in folders of one's own; one that is wrong stops none of the others, and says where it is wrong."""

import os
import shutil
from pathlib import Path

import pytest

from arcana_assets.catalogue.domains import NoSuchDomain, domains_of, folders_of
from arcana_assets.definitions import DEFS
from arcana_assets.domain.yaml.file import ContractError
from arcana_assets_tests.worlds.folder import CLIENTS, SALES
from arcana_assets_tests.worlds.folder import DEFS as SHOP


@pytest.fixture
def a_domain(tmp_path: Path):
    def made(folder: str, name: str, text: str = SHOP) -> Path:
        path = tmp_path / folder / name
        (path / "sources").mkdir(parents=True)
        (path / "defs.yaml").write_text(text.replace("name: shop", f"name: {name}"), encoding="utf-8")
        (path / "sources" / "sales.yaml").write_text(SALES, encoding="utf-8")
        (path / "sources" / "clients.yaml").write_text(CLIENTS, encoding="utf-8")
        return path

    return made


def test_any_number_of_folders_is_one_deployment(a_domain, tmp_path):
    north, south = a_domain("one", "north"), a_domain("two", "south")
    found = domains_of([tmp_path / "one", str(tmp_path / "two"), tmp_path / "two" / ".." / "one", DEFS])
    assert [domain.name for domain in found.loaded.values()] == ["north", "south", "b2b", "mall", "retail"]
    assert {north, south} < {*found.loaded}
    assert found.broken == {}


def test_a_domain_that_is_wrong_is_told_by_name_and_the_others_are_there(a_domain, tmp_path):
    a_domain("defs", "north")
    wrong = a_domain("defs", "south", SHOP.replace("currency: BRL", "currency: real"))
    strange = a_domain("defs", "west", SHOP.replace("currency: BRL\n", "currency: BRL\n  language: fr\n"))
    found = domains_of([tmp_path / "defs"])
    assert [domain.name for domain in found.loaded.values()] == ["north"]
    assert found.broken == {
        "south": f"{wrong}/defs.yaml:8: attributes.currency: 'real' is not an ISO 4217 code such as BRL",
        "west": f"{strange}/defs.yaml:9: attributes.language: there are no texts in 'fr'; known: en, pt-BR",
    }


def test_two_domains_of_one_name_are_told_with_both_places_and_neither_is_taken(a_domain, tmp_path):
    first, second = a_domain("one", "north"), a_domain("two", "north")
    a_domain("two", "south")
    found = domains_of([tmp_path / "one", tmp_path / "two"])
    assert [domain.name for domain in found.loaded.values()] == ["south"]
    assert f"{first}/defs.yaml:1: expected one domain 'north', found another in {second}" in found.broken["north"]
    with pytest.raises(ContractError, match="expected one domain 'north'"):
        folders_of([tmp_path / "one", tmp_path / "two"]).one("north")


def test_a_folder_that_is_not_there_or_is_a_domain_itself_is_told_and_stops_no_other(a_domain, tmp_path):
    a_domain("one", "north")
    south = a_domain("two", "south")
    found = domains_of([tmp_path / "one", tmp_path / "gone", south])
    assert [domain.name for domain in found.loaded.values()] == ["north"]
    assert "found none" in found.broken[str(tmp_path / "gone")]
    assert f"the folder around it, {tmp_path / 'two'}" in found.broken[str(south)]
    with pytest.raises(NoSuchDomain, match=r"(?s)no domain 'nroth'; did you mean 'north'\?.*gone: expected a folder"):
        folders_of([tmp_path / "one", tmp_path / "gone"]).one("nroth")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_told_as_that(a_domain, tmp_path):
    wrong = a_domain("defs", "north")
    (wrong / "sources" / "sales.yaml").chmod(0)
    assert "sales.yaml: expected a YAML file that can be read" in domains_of([tmp_path / "defs"]).broken["north"]


def test_a_folder_in_the_place_of_a_file_is_told_as_that(a_domain, tmp_path):
    wrong = a_domain("defs", "north")
    (wrong / "sources" / "sales.yaml").unlink()
    (wrong / "sources" / "sales.yaml").mkdir()
    assert "found: Is a directory" in domains_of([tmp_path / "defs"]).broken["north"]


def test_a_domain_that_is_gone_is_one_less(a_domain, tmp_path):
    a_domain("defs", "north")
    shutil.rmtree(a_domain("defs", "south"))
    assert [domain.name for domain in domains_of([tmp_path / "defs"]).loaded.values()] == ["north"]
