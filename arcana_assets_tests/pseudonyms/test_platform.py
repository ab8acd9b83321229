"""A shop with pseudonyms: codes up to silver and in what people read, pseudonyms between, whatever is done with it.

Slow: months of a shop are computed and published.
"""

import json
import os
import re

import pytest
from typer.testing import CliRunner

from arcana_assets.catalogue.owners import owned_by
from arcana_assets.cli import app
from arcana_assets.domain.folder import load_domain
from arcana_assets.explanation.report import as_json, as_page, explain
from arcana_assets.lake.reader import Part, Reader
from arcana_assets.pseudonyms.names import Names
from arcana_assets.pseudonyms.reader import OwnersReader
from arcana_assets_tests.erasure.conftest import ANOTHER, HER, KEY, LINES, plain, world_in
from arcana_assets_tests.worlds.shop import DECEMBER, FEBRUARY, Shop

pytestmark = pytest.mark.slow

NAMES = Names("retail", KEY.encode())
GOLD = ("transactions_monthly", "customer_360", "feature_matrix", "items_owned")
MADE_OF_CUSTOMERS = (*GOLD, "outliers")


def customers(world):
    return sorted({each for each in world.platform.table("silver", "transactions")["customer_id"].to_pylist() if each})


def test_codes_end_with_silver_and_are_in_what_people_read(world):
    codes = customers(world)
    assert {HER, ANOTHER} < {*codes}
    held = world.scan(*codes)
    assert not held.undecoded
    layers = {each.place.split("/")[1] for each in held.left if each.kind == "tables"}
    assert layers == {"bronze", "silver", "quarantine"}
    assert {each.kind for each in held.left} == {"landing", "tables", "published"}  # neither the database nor Dagster
    lists = {each.place.split("/")[2] for each in held.left if each.kind == "published"}
    pseudonyms = world.scan(*map(NAMES.of, codes))
    assert {each.kind for each in pseudonyms.left} == {"tables", "database"}
    assert {each.place.split("/")[1] for each in pseudonyms.left if each.kind == "tables"} == {"gold"}
    assert lists == {"base_analitica"}
    assert KEY.encode() not in b"".join(path.read_bytes() for path in world.platform.root.rglob("*") if path.is_file())


def test_numbers_are_those_of_the_domain_without_pseudonyms_and_the_same_each_time(world, tmp_path_factory):
    before = {name: world.platform.rows("gold", name) for name in MADE_OF_CUSTOMERS}
    again = world.platform.refresh(DECEMBER, FEBRUARY, published=False)
    assert again.succeeded, again.failures
    assert {name: world.platform.rows("gold", name) for name in MADE_OF_CUSTOMERS} == before

    root = tmp_path_factory.mktemp("plain")
    plain(root / "yaml")
    with world_in(root) as other:
        Shop(other.platform).deliver("sales.csv", *LINES)
        done = other.platform.refresh(DECEMBER, FEBRUARY, published=False)
        assert done.succeeded, done.failures
        called = {code: NAMES.of(code) for code in customers(other)}
        for name in GOLD:
            table = other.platform.table("gold", name).to_pylist()
            named = [row | {"customer_id": called[row["customer_id"]]} for row in table]
            rows = sorted((tuple(row[each] for each in sorted(row)) for row in named), key=repr)
            assert rows == before[name], name
        assert not other.platform.root.joinpath("lake/retail/register/pseudonyms").exists()


def test_without_the_key_or_with_another_nothing_is_written(world, monkeypatch):
    lake = world.platform.root / "lake" / "retail"

    def files():
        layers = ("bronze", "silver", "quarantine", "gold", "published", "register")
        return {path for layer in layers for path in (lake / layer).rglob("*") if path.is_file()}

    there = files()
    for given, said in (("", "is not set"), ("another key, which is long enough, too", "under two keys")):
        monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", given)
        done = world.platform.refresh(DECEMBER)
        assert not done.succeeded
        assert any(said in each for each in done.failures), done.failures
        assert not any(given in each for each in done.failures if given)
    assert files() == there


def test_the_setting_taken_back_is_refused(world):
    Shop(world.platform).mend("defs", "  pseudonyms: true\n", "")
    done = world.platform.refresh(FEBRUARY, published=False)
    assert not done.succeeded
    assert any("no `pseudonyms: true` any more" in each for each in done.failures), done.failures


def test_she_is_erased_by_code_and_by_pseudonym(world):
    Shop(world.platform).mend("defs", "attributes:\n", "attributes:\n  erasures: {rewrite_landing: true}\n")
    others = world.others()
    assert len({each.number for each in world.scan(HER, NAMES.of(HER)).left}) == 2
    done = world.erase(HER)
    assert done.succeeded, done.failures
    assert world.scan(HER, NAMES.of(HER)).left == []
    text = world.platform.root.joinpath("lake/retail/published/provas_de_eliminacao/R1.json").read_text()
    told = json.loads(text)
    assert told["eliminated"]
    assert {"retail/bronze/transactions", "retail/gold/customer_360"} <= {*told["rows_removed"]}
    assert not {HER, NAMES.of(HER)} & {*re.findall(r"\w+", text)}
    now = world.others()
    assert {name: [row for row in rows if NAMES.of(HER) not in repr(row)] for name, rows in others.items()} == now


def test_whoever_is_read_of_by_a_pseudonym_can_be_erased_by_it(world):
    done = world.erase(NAMES.of(HER))
    assert not done.succeeded  # the company's own file has her code still
    assert world.scan(HER, NAMES.of(HER)).by_kind() == {"landing": 1}


@pytest.fixture
def domain(world):
    return load_domain(world.platform.folder / "retail")


@pytest.fixture
def reader(world, domain):
    reader = OwnersReader(str(world.platform.root / "lake"), owned_by([domain]), threads=1)
    yield reader
    reader.close()


def test_an_owner_reads_codes_and_others_pseudonyms(world, domain, reader, monkeypatch):
    key = ("retail", "gold", "customer_360")
    query = "SELECT DISTINCT customer_id FROM c ORDER BY 1"
    assert reader.rows(query, {"c": Part(key)})["customer_id"].to_pylist() == customers(world)
    hers = reader.rows("SELECT * FROM c WHERE customer_id = $code", {"c": Part(key, (FEBRUARY,))}, code=HER)
    assert hers.num_rows == 1
    assert hers.schema.names == world.platform.table("gold", "customer_360").schema.names
    named = sorted(map(NAMES.of, customers(world)))
    plain_reader = Reader(str(world.platform.root / "lake"), threads=1)
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", "")
    without = OwnersReader(str(world.platform.root / "lake"), owned_by([domain]), threads=1)
    for each in (plain_reader, without):
        assert each.rows(query, {"c": Part(key)})["customer_id"].to_pylist() == named
        each.close()


def test_an_explanation_holds_all_of_her_by_her_code_and_nobody_else(domain, reader):
    found = explain(domain, reader, HER, FEBRUARY)
    tables = {each.table.title for each in found.held}
    assert {"bronze/transactions", "silver/transactions", "gold/customer_360", "gold/transactions_monthly"} <= tables
    for text in (as_json(found), as_page(found)):
        assert HER in text
        assert not {ANOTHER, NAMES.of(HER)} & {*re.findall(r"\w+", text)}


def test_the_command_explains_by_the_code_and_says_that_it_needs_the_key(world, monkeypatch):
    monkeypatch.setenv("ARCANA_DEFS", os.fspath(world.platform.folder))
    monkeypatch.setenv("ARCANA_LAKE", os.fspath(world.platform.root / "lake"))
    asked = ["explain", "retail", HER, "--into", os.fspath(world.platform.root / "[out]")]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0, told.output
    assert "[out]/explicacao.json" in told.output.replace("\n", "")
    said = world.platform.root.joinpath("[out]/explicacao.json").read_text()
    assert f'"customer_id": "{HER}"' in said
    assert NAMES.of(HER) not in said
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", "")
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code != 0
    assert "ARCANA_PSEUDONYM_KEY is not set" in f"{refused.output}{refused.exception}"
